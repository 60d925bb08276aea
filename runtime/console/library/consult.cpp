// runtime/console/library/consult.cpp - file:consult/1: a file of terms, each ended by a dot.
#include "runtime/console/evaluator.hpp"
#include "runtime/console/library/arguments.hpp"
#include "runtime/console/library/tables.hpp"
#include "runtime/console/parser.hpp"
#include "runtime/os/file.hpp"

#include <algorithm>

namespace twinslot::library {
namespace {

/// {Line, Module, Text}, as file:format_error/1 takes it.
term complaint(int line, const char* module, std::string_view text) {
  return tuple("error", tuple(line, atom(module), string(text)));
}

/// Whether an expression in the abstract format is a term as it is: no variable, no call, no operator but a sign.
bool is_literal(const term& expression) {
  constexpr const char* plain[] = {"atom", "integer", "float", "char", "string", "nil"};
  constexpr const char* compound[] = {"cons", "tuple", "map", "map_field_assoc", "bin"};
  terms open{expression};
  const auto open_all = [&](const term& list) {
    for (const term& each : list.elements_of_list())
      open.push_back(each);
  };
  while (!open.empty()) {
    const term next = std::move(open.back());
    open.pop_back();
    if (!next.is_tuple() || next.size() < 2 || !next[0].is_atom())
      return false;
    const std::string_view tag = next[0].as_atom().text();
    if (std::find(std::begin(plain), std::end(plain), tag) != std::end(plain))
      continue;
    if (std::find(std::begin(compound), std::end(compound), tag) != std::end(compound)) {
      for (std::size_t i = 2; i < next.size(); ++i)
        next[i].is_list() ? open_all(next[i]) : open.push_back(next[i]);
    } else if (tag == "bin_element") {
      open.push_back(next[2]);
      if (next[3].is_tuple())  // a size
        open.push_back(next[3]);
    } else if (tag == "op" && next.size() == 4 && (next[2] == "-"_atom || next[2] == "+"_atom)) {
      open.push_back(next[3]);
    } else if (!(tag == "fun" && next[2].is_tuple(4))) {  // fun M:F/A
      return false;
    }
  }
  return true;
}

term consult(process& self, const term* a) {
  std::string name;
  try {
    name = take_file_name(a[0]);
  } catch (const raised&) {
    return tuple("error", "badarg");
  }
  const auto bytes = os::read_file(name);
  if (!bytes)
    return tuple("error", bytes.reason());
  terms found;
  std::string_view left = *bytes;
  int lines_before = 0;
  for (;;) {
    console::scanner reading;
    auto state = reading.feed(left);
    if (state == console::scanner::state::more)
      state = reading.finish();
    if (state == console::scanner::state::more && reading.empty())
      return tuple("ok", list_from(found));
    if (state == console::scanner::state::more)  // no dot
      return complaint(lines_before + (reading.tokens().empty() ? 1 : reading.tokens().back().at.line), "erl_parse",
                       "syntax error before: ");
    if (state == console::scanner::state::failed)
      return complaint(lines_before + reading.error().at.line, "erl_scan", reading.error().text);
    const auto parsed = console::parse_expressions(reading.tokens());
    if (const auto* wrong = std::get_if<console::syntax_error>(&parsed))
      return complaint(lines_before + wrong->at.line, "erl_parse", wrong->text);
    const term& expressions = std::get<term>(parsed);
    if (!expressions.tail().is_nil() || !is_literal(expressions.head()))
      return complaint(lines_before + reading.tokens().front().at.line, "erl_parse", "bad term");
    console::bindings none;
    found.push_back(console::evaluator(self, none).run(expressions));
    const std::string_view used = left.substr(0, left.size() - reading.rest().size());
    lines_before += static_cast<int>(std::count(used.begin(), used.end(), '\n'));
    left.remove_prefix(used.size());
  }
}

constexpr native functions[] = {
    {"file", "consult", 1, consult, "consult(Filename)", "{ok, Terms} of a file in which each term ends with a dot."},
};
}  // namespace

std::span<const native> consult_functions() {
  return functions;
}
}  // namespace twinslot::library
