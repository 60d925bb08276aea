// Functions that look at the session itself: b/0 f/0 f/1 h/0 history/1 results/1 rp/1.
#include "runtime/console/session.hpp"

#include "runtime/term/print.hpp"

#include <algorithm>
#include <map>

namespace twinslot::console {
namespace {
std::vector<term> elements(const term& list) {
  std::vector<term> all;
  for (const term& element : list.elements_of_list())
    all.push_back(element);
  return all;
}

std::int64_t count_argument(process& self, const term& expression, bindings& scope) {
  const term value = evaluator(self, scope).run(list(expression));
  if (!value.is_int64() || value.as_int64() < 0)
    raise_error("badarg");
  return value.as_int64();
}
}  // namespace

std::optional<term> session::call(process& self, atom name, const term& arguments, bindings& scope) {
  const std::vector<term> given = elements(arguments);
  const auto is = [&](std::string_view wanted, std::size_t arity) {
    return given.size() == arity && name.text() == wanted;
  };
  if (is("b", 0)) {
    list_bindings(scope);
    return "ok"_atom;
  }
  if (is("f", 0)) {
    scope.clear();
    return "ok"_atom;
  }
  if (is("f", 1)) {
    if (!(given[0][0] == "var"_atom))
      throw raised{"error"_atom, "function_clause", list(tuple("shell", "f", 1, term{}))};
    scope.forget(given[0][2].as_atom());
    return "ok"_atom;
  }
  if (is("h", 0)) {
    list_history();
    return "ok"_atom;
  }
  if (is("history", 1))
    return history_.keep_commands(count_argument(self, given[0], scope));
  if (is("results", 1))
    return history_.keep_results(count_argument(self, given[0], scope));
  if (is("rp", 1)) {
    print_layout whole = shell_layout(columns());
    whole.depth = -1;
    print(to_text_p(evaluator(self, scope).run(arguments), whole) + "\n");
    return "ok"_atom;
  }
  return std::nullopt;
}

void session::list_bindings(const bindings& scope) {
  std::map<std::string, term> sorted;
  for (const auto& [name, value] : scope)
    sorted.insert_or_assign(std::string(name.text()), value);
  for (const auto& [name, value] : sorted) {
    const std::string start = name + " = ";
    print(start + to_text_p(value, shell_layout(columns(), static_cast<int>(start.size()))) + "\n");
  }
}

void session::list_history() {
  for (const history::command& one : history_.all()) {
    std::string text = std::to_string(one.number) + ": " + one.source + "\n";
    if (one.result)
      text += "-> " + to_text_p(*one.result, shell_layout(columns(), 3)) + "\n";
    print(text);
  }
}
}  // namespace twinslot::console
