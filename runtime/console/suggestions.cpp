#include "runtime/console/suggestions.hpp"

#include "runtime/console/evaluator.hpp"
#include "runtime/console/session.hpp"
#include "runtime/os/file.hpp"
#include "runtime/term/print.hpp"

#include <algorithm>

namespace twinslot::console {

std::vector<std::string> known_modules(node& home) {
  std::vector<std::string> names;
  for (const atom module : home.native_modules())
    names.push_back(quoted(module));
  for (const atom module : home.code().loaded())
    names.push_back(quoted(module));
  return names;
}

std::vector<known_function> known_functions(node& home, const std::string& module) {
  std::vector<known_function> found;
  for (const native* one : home.natives_of(atom(module)))
    found.push_back({quoted(atom(one->name)), static_cast<std::size_t>(one->arity)});
  if (const code::pin version = home.code().pin_current(atom(module)))
    for (std::uint32_t i = 0; i < version->info().function_count; ++i)
      found.push_back({quoted(atom(version->info().functions[i].name)), version->info().functions[i].arity});
  return found;
}

std::vector<known_function> known_commands(node& home) {
  std::vector<known_function> found;
  for (const session_command& one : session_commands())
    found.push_back({one.name, static_cast<std::size_t>(one.arity)});
  for (const native* one : home.natives_of("c"_atom))
    found.push_back({one->name, static_cast<std::size_t>(one->arity)});
  for (const native* one : home.natives_of("erlang"_atom))
    if (is_auto_imported(atom(one->name), static_cast<std::size_t>(one->arity)))
      found.push_back({one->name, static_cast<std::size_t>(one->arity)});
  return found;
}

std::size_t typing_distance(std::string_view one, std::string_view other) {
  // Rows of the matrix of distances of beginnings: the last two and the one that is made.
  std::vector<std::size_t> before(other.size() + 1), last(other.size() + 1), row(other.size() + 1);
  for (std::size_t i = 0; i < last.size(); ++i)
    last[i] = i;
  for (std::size_t i = 1; i <= one.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= other.size(); ++j) {
      const std::size_t changed = last[j - 1] + (one[i - 1] == other[j - 1] ? 0 : 1);
      row[j] = std::min({changed, last[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[other.size()];
}

namespace {
constexpr std::string_view indent = "   ";

/// How far a name may be from what was meant.
std::size_t reach(std::string_view name) {
  return name.size() <= 2 ? 0 : name.size() <= 5 ? 1 : 2;
}

/// The nearest within reach; of equally near ones the first that has the arity, else the first. Null: none.
const known_function* nearest(const std::vector<known_function>& all, const std::string& name, std::size_t arity) {
  const known_function* best = nullptr;
  std::size_t best_distance = reach(name) + 1;
  for (const known_function& one : all) {
    const std::size_t distance = typing_distance(name, one.name);
    const bool is_better =
        distance < best_distance || (best && distance == best_distance && one.arity == arity && best->arity != arity);
    if (is_better) {
      best = &one;
      best_distance = distance;
    }
  }
  return best;
}

std::string named(const std::string& module, const known_function& function) {
  return (module.empty() ? "" : module + ":") + function.name + "/" + std::to_string(function.arity);
}

/// "did you mean f/1?", or where the name is right "there is f/0, f/2".
std::string like(const std::vector<known_function>& all, const std::string& module, const std::string& name,
                 std::size_t arity) {
  std::string others;
  for (const known_function& one : all)
    if (one.name == name)
      others += (others.empty() ? "" : ", ") + named(module, one);
  if (!others.empty())
    return std::string(indent) + "there is " + others;
  const known_function* one = nearest(all, name, arity);
  return one ? std::string(indent) + "did you mean " + named(module, *one) + "?" : "";
}

std::string of_command(node& home, const std::string& name, std::size_t arity) {
  for (const std::string_view leaves : {"quit", "exit", "bye", "logout", "stop", "close"})
    if (name == leaves && arity == 0)
      return std::string(indent) + "q() leaves, and so does Ctrl-D";
  return like(known_commands(home), "", name, arity);
}

std::string of_missing_module(node& home, const std::string& module, const std::string& name, std::size_t arity) {
  if (os::is_regular(module + ".cpp"))
    return std::string(indent) + module + " is not loaded: c(" + module + ") compiles " + module + ".cpp";
  for (const std::string& other : known_modules(home))
    if (typing_distance(module, other) <= reach(module))
      for (const known_function& one : known_functions(home, other))
        if (one.name == name && one.arity == arity)
          return std::string(indent) + "did you mean " + named(other, one) + "?";
  return "";
}
}  // namespace

std::string suggestion_for(node& home, const raised& failure) {
  if (!(failure.what == "error"_atom) || !(failure.reason == "undef") || !failure.stack.is_cons())
    return "";
  const term top = failure.stack.head();
  if (!top.is_tuple(4) || !top[0].is_atom() || !top[1].is_atom())
    return "";
  const std::string module = quoted(top[0].as_atom()), name = quoted(top[1].as_atom());
  std::size_t arity = 0;
  if (top[2].is_int64())
    arity = static_cast<std::size_t>(top[2].as_int64());
  else
    for (term rest = top[2]; rest.is_cons(); rest = rest.tail())
      ++arity;
  if (top[0] == "shell_default"_atom)
    return of_command(home, name, arity);
  const auto functions = known_functions(home, module);
  return functions.empty() ? of_missing_module(home, module, name, arity) : like(functions, module, name, arity);
}
}  // namespace twinslot::console
