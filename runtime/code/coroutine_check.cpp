#include "runtime/code/coroutine_check.hpp"

#include "runtime/os/file.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace twinslot::code {

namespace {
using text = std::string_view;

bool starts_with(text all, text beginning) noexcept {
  return all.substr(0, beginning.size()) == beginning;
}

text trimmed(text line) noexcept {
  const auto first = line.find_first_not_of(' ');
  return first == text::npos ? text{} : line.substr(first);
}

/// What stands between the first `from` and the next `to`; empty: not there.
text between(text all, text from, text to) noexcept {
  const auto begun = all.find(from);
  if (begun == text::npos)
    return {};
  const auto rest = all.substr(begun + from.size());
  const auto ended = rest.find(to);
  return ended == text::npos ? text{} : rest.substr(0, ended);
}

/// A temporary's name in the dump, D.12519, at the beginning of that text; else empty.
text temporary_at(text at) noexcept {
  if (!starts_with(at, "D."))
    return {};
  std::size_t end = 2;
  while (end < at.size() && at[end] >= '0' && at[end] <= '9')
    ++end;
  return at.substr(0, end);
}

/// The body of one coroutine, as the dump tells of it.
class body {
public:
  explicit body(text function) : function_(function) {}

  void look_at(text line) {
    line = trimmed(line);
    if (const auto member = between(line, "[value-expr: frame_ptr->", "]"); !member.empty())
      note_member(line, member);
    else if (const auto destroyed = between(line, "(&", ")"); line.find("::~") != text::npos && !destroyed.empty())
      destroyed_.insert(std::string(destroyed));
    else
      note_copy(line);
  }

  void tell(std::vector<std::string>& found) const {
    if (!first_member_.empty() && first_member_ != "_Coro_resume_fn")
      found.push_back(where() +
                      "its frame begins with the condition of an if, while or switch that has a co_await in it: await "
                      "into a variable first (const bool more = co_await ...; if (more) ...)");
    std::set<std::string> told;
    for (const auto& [to, from] : copies_)
      if (destroyed_.count(from) != 0)
        if (auto advice = about(to); told.insert(advice).second)
          found.push_back(where() + advice);
  }

private:
  /// `struct T D.12519 [value-expr: frame_ptr->D.12519_2_3];`
  void note_member(text line, text member) {
    if (first_member_.empty())
      first_member_ = member;
    const auto declared = line.substr(0, line.find(" [value-expr"));
    const auto before_name = declared.rfind(' ');
    if (starts_with(declared, "struct ") && before_name != text::npos && before_name > 7)
      types_[std::string(declared.substr(before_name + 1))] = std::string(declared.substr(7, before_name - 7));
  }
  /// `D.12520.__t = D.12519 >>> >>>>>;`, `(void) (x = D.12531) >>>>>;`: nothing but a name stands behind the sign.
  void note_copy(text line) {
    const auto sign = line.find(" = D.");
    if (sign == text::npos)
      return;
    const auto from = temporary_at(line.substr(sign + 3));
    const auto rest = line.substr(sign + 3 + from.size());
    if (!starts_with(rest, " >>>") && !starts_with(rest, ") >>>") && !starts_with(rest, ";"))
      return;
    const auto opening = line.rfind('(', sign);
    const auto to = line.substr(opening == text::npos ? 0 : opening + 1);
    copies_.emplace_back(std::string(to.substr(0, to.find(" = "))), std::string(from));
  }

  std::string where() const { return "in the coroutine " + function_ + ": "; }
  std::string about(const std::string& to) const {
    auto end = temporary_at(to).size();
    if (end == 0)
      end = std::min(to.find('.'), to.size());
    const std::string whole = to.substr(0, end);
    const auto known = types_.find(whole);
    const std::string type = known == types_.end() ? "" : known->second;
    const text twice = "this compiler destroys twice what a full expression with co_await ";
    if (end == to.size())
      return std::string(twice) + "makes of ?: - write if and else";
    if (!temporary_at(whole).empty() && starts_with(type, "._anon"))
      return std::string(twice) +
             "captures by value: capture by reference ([&]), or give the lambda a name before (auto clause = [...] "
             "{...}; co_await self.receive(clause))";
    if (temporary_at(whole).empty())
      return std::string(twice) + "puts into " + whole + ": await into a variable of its own, then make " + whole;
    return std::string(twice) + "makes member by member (" + type + "): give it a name before (" + type +
           " value{...}; co_await f(value)), or its type a constructor";
  }

  std::string function_;
  std::string first_member_;
  std::map<std::string, std::string> types_;
  std::set<std::string> destroyed_;
  std::vector<std::pair<std::string, std::string>> copies_;
};

/// The name in `;; Function void relay(relay(twinslot::self)::_Z5relay...Frame*) (null)`; empty: that is no coroutine.
std::string coroutine_of(text heading) {
  if (heading.find(".Frame*)") == text::npos || !starts_with(heading, ";; Function void "))
    return {};
  text name = heading.substr(17);
  // Of a lambda's: `twinslot_build()::<lambda(state&)>(...Frame*)`.
  const auto lambda = name.find("<lambda(");
  if (lambda != text::npos && lambda < name.find(".Frame*)"))
    return std::string(name.substr(0, name.find('(', lambda))) + name[lambda + 7] +
           std::string(between(name.substr(lambda), "(", ")>")) + ")>";
  return std::string(name.substr(0, name.find('(')));
}
}  // namespace

bool tells_trees(const std::vector<std::string>& arguments) {
  return std::none_of(arguments.begin(), arguments.end(),
                      [](const std::string& one) { return one.starts_with("-fsanitize="); });
}

bool may_have_coroutines(text source) {
  return source.find("co_await") != text::npos || source.find("#include \"") != text::npos;
}

std::vector<std::string> wrong_coroutines(text dump) {
  std::vector<std::string> found;
  std::string function;
  body now{""};
  const auto ended = [&] {
    if (!function.empty())
      now.tell(found);
  };
  while (!dump.empty()) {
    const auto line = dump.substr(0, dump.find('\n'));
    dump.remove_prefix(std::min(line.size() + 1, dump.size()));
    if (starts_with(line, ";; Function ")) {
      ended();
      function = coroutine_of(line);
      now = body(function);
    } else if (!function.empty()) {
      now.look_at(line);
    }
  }
  ended();
  return found;
}

std::string complaints_about(const std::string& source, text messages, const std::string& dump_file) {
  std::string complaints;
  if (messages.find("array used as initializer") != text::npos)
    complaints = source +
                 ": note: this compiler cannot make a braced list in a full expression with co_await: give it a name "
                 "before (std::vector<ts::term> values{...}; co_await f(values))\n";
  const auto dump = os::read_file(dump_file);
  static_cast<void>(os::delete_file(dump_file));
  if (dump)
    for (const auto& each : wrong_coroutines(*dump))
      complaints += source + ": error: " + each + "\n";
  return complaints;
}
}  // namespace twinslot::code
