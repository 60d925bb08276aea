#include "runtime/console/exception_text.hpp"

#include "runtime/console/argument_complaints.hpp"
#include "runtime/console/evaluator.hpp"
#include "runtime/term/print.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace twinslot::console {
namespace {
using frames = std::vector<term>;  // {Module, Function, Arity or Arguments, Info}

std::string spaces(std::size_t count) {
  return std::string(count, ' ');
}

std::string on_one_line(const term& shown, int less = 0) {
  print_layout layout = shell_layout();
  layout.width = 0;
  layout.depth -= less;
  return to_text_p(shown, layout);
}

class writer {
public:
  explicit writer(const exception_layout& how)
      : width_(how.width), records_(how.records), tag_(how.caught ? "* " : "** ") {}

  std::string exception(const raised& failure) const;

private:
  // A value whose first character stands in this column, from 0.
  // `less`: as deep inside something that is not shown.
  std::string value(const term& shown, std::size_t column, int less = 0) const {
    print_layout layout = shell_layout(width_, static_cast<int>(column));
    layout.depth -= less;
    layout.records = records_;
    return to_text_p(shown, layout);
  }
  bool fits(const std::string& text, std::size_t column) const {
    return text.find('\n') == std::string::npos && column + text.size() <= static_cast<std::size_t>(width_);
  }
  std::string explanation(const term& reason, frames& stack, const std::string& start) const;
  std::string with_value(const std::string& start, const std::string& said, const term& shown) const;
  std::string call(atom module, atom function, const term& arguments, std::size_t column) const;
  std::string arguments_of(const std::string& name, const term& arguments, std::size_t column) const;
  std::string operation(const std::string& sign, const term& arguments, std::size_t column) const;
  std::string frame(const term& one, bool is_first, const term& reason) const;

  int width_;
  const record_fields* records_;
  std::string tag_;  // continuation lines are indented by as many columns more
};

bool is_operator(atom module, atom function, std::size_t arity) {
  static constexpr std::string_view unary[] = {"+", "-", "not", "bnot"};
  static constexpr std::string_view binary[] = {
      "+",   "-",  "*",  "/",  "div", "rem", "band", "bor", "bxor", "bsl", "bsr", "and", "or",
      "xor", "++", "--", "==", "/=",  "=<",  "<",    ">=",  ">",    "=:=", "=/=", "!"};
  if (!(module == "erlang"_atom))
    return false;
  const auto is_in = [&](const auto& names) {
    return std::find(std::begin(names), std::end(names), function.text()) != std::end(names);
  };
  return (arity == 1 && is_in(unary)) || (arity == 2 && is_in(binary));
}

std::string arity_text(std::size_t count) {
  switch (count) {
    case 0: return "no arguments";
    case 1: return "one argument";
    case 2: return "two arguments";
    default: return std::to_string(count) + " arguments";
  }
}

std::size_t length_of(const term& list) {
  std::size_t count = 0;
  for (term rest = list; rest.is_cons(); rest = rest.tail())
    ++count;
  return count;
}

std::size_t arity_of(const term& frame) {
  return frame[2].is_int64() ? static_cast<std::size_t>(frame[2].as_int64()) : length_of(frame[2]);
}

// lists:map, or atom_to_list where the module need not be written.
std::string name_of(atom module, atom function, std::size_t arity) {
  const bool is_plain =
      module == "erlang"_atom && (is_auto_imported(function, arity) || is_operator(module, function, arity));
  return is_plain ? quoted(function) : quoted(module) + ":" + quoted(function);
}

std::string name_and_arity(const term& frame) {
  const atom module = frame[0].as_atom(), function = frame[1].as_atom();
  const std::size_t arity = arity_of(frame);
  const bool is_plain_sign = is_operator(module, function, arity) && !(function == "/"_atom);
  const std::string name = is_plain_sign ? std::string(function.text()) : name_of(module, function, arity);
  return name + "/" + std::to_string(arity);
}

std::optional<term> info_of(const term& frame, atom key) {
  for (const term& pair : frame[3].elements_of_list())
    if (pair.is_tagged(key, 2))
      return pair[1];
  return std::nullopt;
}

// " (counter.cpp, line 12)" where the entry has both.
std::string location_of(const term& frame) {
  const auto file = info_of(frame, "file"_atom);
  std::string name;
  if (!file || !chardata_to_utf8(*file, name))
    return {};
  const auto line = info_of(frame, "line"_atom);
  return line ? " (" + name + ", line " + to_text_w(*line) + ")" : std::string{};
}

// What a segment of a binary could not be made of.
std::string segment_complaint(const term& cause) {
  const std::string shown = on_one_line(cause[3]);
  const std::string kind = to_text_w(cause[1]);
  const term& what = cause[2];
  std::string text = "segment " + to_text_w(cause[0]) + " of type '" + kind + "': ";
  if (what == "size")
    return text + "expected a non-negative integer as size but got: " + shown;
  if (what == "too_large")
    return text + "the size " + shown + " is too large";
  if (what == "short")
    return text + "the value " + shown + " is shorter than the size of the segment";
  if (what == "float_size")
    return text + "expected one of the supported sizes 16, 32, or 64 but got: " + shown;
  if (what == "no_float")
    return text + "the value " + shown + " is outside the range expressible as a float";
  if (what.is_tagged("unit"_atom, 2))
    return text + "the size of the value " + shown + " is not a multiple of " + to_text_w(what[1]) +
           " (the unit for the segment)";
  if (kind == "float")
    return text + "expected a float or an integer but got: " + shown;
  if (kind == "binary")
    return text + "expected a binary but got: " + shown;
  if (kind.starts_with("utf"))
    return text + "expected a non-negative integer encodable as " + kind + " but got: " + shown;
  return text + "expected an integer but got: " + shown;
}

// The cause of a failed construction of a binary, if that is what it is.
std::optional<term> segment_cause(const frames& stack) {
  if (stack.empty() || !(stack[0][0] == "eval_bits"_atom))
    return std::nullopt;
  const auto info = info_of(stack[0], "error_info"_atom);
  const term* cause = info && info->is_map() ? info->get("cause") : nullptr;
  return cause ? std::optional(*cause) : std::nullopt;
}

// The arguments are shown as the elements of a list are: each one less deep than the one before.
std::string writer::arguments_of(const std::string& name, const term& arguments, std::size_t column) const {
  std::string line = name + "(";
  int position = 0;
  for (const term& argument : arguments.elements_of_list()) {
    line += position > 0 ? "," : "";
    line += on_one_line(argument, ++position);
  }
  line += ")";
  if (fits(line, column + 1))
    return line;
  const std::size_t inside = column + name.size() + 1;
  std::string text = name + "(";
  position = 0;
  for (const term& argument : arguments.elements_of_list()) {
    text += position > 0 ? ",\n" + spaces(inside) : "";
    text += value(argument, inside, ++position);
  }
  return text + ")";
}

std::string writer::operation(const std::string& sign, const term& arguments, std::size_t column) const {
  const term left = arguments.head();
  if (arguments.tail().is_nil())
    return sign + " " + value(left, column + sign.size() + 1);
  const term right = arguments.tail().head();
  const std::string one_line = on_one_line(left) + " " + sign + " " + on_one_line(right);
  if (fits(one_line, column + 1))
    return one_line;
  const std::string next = "\n" + spaces(column);
  return value(left, column) + next + sign + next + value(right, column);
}

std::string writer::call(atom module, atom function, const term& arguments, std::size_t column) const {
  const std::size_t arity = length_of(arguments);
  if (is_operator(module, function, arity))
    return operation(std::string(function.text()), arguments, column);
  return arguments_of(name_of(module, function, arity), arguments, column);
}

// A value after some words; on lines of its own where it needs several.
std::string writer::with_value(const std::string& start, const std::string& said, const term& shown) const {
  const std::string text = value(shown, start.size() + said.size());
  if (fits(text, start.size() + said.size()))
    return said + text;
  return said + "\n" + spaces(start.size()) + value(shown, start.size());
}

std::string writer::explanation(const term& reason, frames& stack, const std::string& start) const {
  struct known {
    std::string_view tag;
    std::string_view text;
  };
  static constexpr known plain[] = {
      {"badarg", "bad argument"},
      {"badarith", "an error occurred when evaluating an arithmetic expression"},
      {"if_clause", "no true branch found when evaluating an if expression"},
      {"noproc", "no such process or port"},
      {"timeout_value", "bad receive timeout value"},
      {"system_limit", "a system limit has been reached"},
  };
  static constexpr known with_term[] = {
      {"badarg", "bad argument: "},
      {"badfun", "bad function "},
      {"badmatch", "no match of right hand side value "},
      {"case_clause", "no case clause matching "},
      {"try_clause", "no try clause matching "},
      {"bad_filter", "bad filter "},
      {"bad_generator", "bad generator "},
      {"badkey", "bad key: "},
      {"badmap", "bad map: "},
  };
  if (reason == "badarg" && segment_cause(stack))
    return "construction of binary failed";
  if (reason.is_atom())
    for (const known& one : plain)
      if (reason.as_atom().text() == one.tag)
        return std::string(one.text);
  if (reason.is_tuple(2) && reason[0].is_atom())
    for (const known& one : with_term)
      if (reason[0].as_atom().text() == one.tag)
        return with_value(start, std::string(one.text), reason[1]);
  if (reason.is_tagged("unbound"_atom, 2))
    return "variable " + to_text_w(reason[1]) + " is unbound";
  if (reason.is_tagged("badarity"_atom, 2) && reason[1].is_tuple(2) && reason[1][0].is_fun()) {
    const term& fun = reason[1][0];
    const auto* made = static_cast<const fun_cell*>(fun.raw().box);
    const std::string called = " called with " + arity_text(length_of(reason[1][1]));
    if (made->flags == 0)
      return "interpreted function with arity " + std::to_string(made->arity) + called;
    return quoted(term::as_term(made->module).as_atom()) + ":" + quoted(term::as_term(made->name).as_atom()) + "/" +
           std::to_string(made->arity) + called;
  }
  if (reason == "undef" && !stack.empty()) {
    const term top = stack.front();
    stack.erase(stack.begin());
    const std::string name = name_and_arity(top);
    if (top[0] == "shell_default"_atom)
      return "undefined shell command " + name.substr(name.find(':') + 1);
    return "undefined function " + name;
  }
  if (reason == "function_clause" && !stack.empty() && stack.front()[0] == "shell"_atom &&
      !(stack.front()[1] == "apply_fun"_atom)) {
    const term top = stack.front();
    stack.erase(stack.begin());
    return "no function clause matching call to " + quoted(top[1].as_atom()) + "/" + std::to_string(arity_of(top));
  }
  if (reason == "function_clause" && !stack.empty() && stack.front()[2].is_list()) {
    const term top = stack.front();
    stack.erase(stack.begin());
    const std::string said = "no function clause matching ";
    const auto text = [&](std::size_t column) {
      return call(top[0].as_atom(), top[1].as_atom(), top[2], column) + location_of(top);
    };
    const std::string one_line = text(start.size() + said.size());
    if (fits(one_line, start.size() + said.size() + 1))
      return said + one_line;
    return said + "\n" + spaces(start.size()) + text(start.size());
  }
  return value(reason, start.size());
}

std::string writer::frame(const term& one, bool is_first, const term& reason) const {
  const atom module = one[0].as_atom(), function = one[1].as_atom();
  const std::size_t arity = arity_of(one);
  const std::string indent = spaces(tag_.size() + 2);
  std::string text = indent;
  text += !is_first ? "in call from " : is_operator(module, function, arity) ? "in operator  " : "in function  ";
  text += name_and_arity(one) + location_of(one);
  if (!one[2].is_list())
    return text;
  const std::string called = indent + "   called as ";
  text += "\n" + called + call(module, function, one[2], called.size());
  if (is_first)
    for (const auto& [number, what] : argument_complaints(reason, module, function, one[2]))
      text += "\n" + indent + "   *** argument " + std::to_string(number) + ": " + what;
  return text;
}

std::string writer::exception(const raised& failure) const {
  frames stack;
  for (const term& one : failure.stack.elements_of_list())
    if (one.is_tuple(4) && one[0].is_atom() && one[1].is_atom())
      stack.push_back(one);
  const bool is_error = failure.what == "error"_atom;
  const std::string start = tag_ + "exception " + std::string(failure.what.text()) + ": ";
  frames shown = stack;
  std::string text =
      start + (is_error ? explanation(failure.reason, shown, start) : value(failure.reason, start.size()));
  if (const auto cause = is_error ? segment_cause(stack) : std::nullopt) {
    text += "\n" + spaces(tag_.size() + 5) + "*** " + segment_complaint(*cause);
    shown.erase(shown.begin());
  }
  // The evaluator's own frames are the console, which need not be named.
  std::erase_if(shown, [](const term& one) {
    return (one[2].is_int64() && one[0] == "erl_eval"_atom) || one[0] == "shell"_atom;
  });
  if (!shown.empty() && shown[0][0] == "erlang"_atom && shown[0][1] == "apply"_atom)
    shown.erase(shown.begin());
  for (std::size_t i = 0; i < shown.size(); ++i)
    text += "\n" + frame(shown[i], i == 0, shown[0] == stack[0] ? failure.reason : term{});
  return text;
}
}  // namespace

std::string exception_text(const raised& failure, const exception_layout& how) {
  return writer(how).exception(failure);
}
}  // namespace twinslot::console
