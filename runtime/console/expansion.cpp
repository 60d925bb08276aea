#include "runtime/console/expansion.hpp"

#include "runtime/console/stack_guard.hpp"
#include "runtime/term/print.hpp"

#include <vector>

namespace twinslot::console {
namespace {
// N of Name(N), where the argument is written as an integer.
std::optional<std::int64_t> number_of(const term& call) {
  const term& arguments = call[3];
  if (!arguments.is_cons() || !arguments.tail().is_nil())
    return std::nullopt;
  const term argument = arguments.head();
  if (argument.is_tagged("integer"_atom, 3) && argument[2].is_int64())
    return argument[2].as_int64();
  if (argument.is_tagged("op"_atom, 4) && argument[2] == "-"_atom && argument[3].is_tagged("integer"_atom, 3) &&
      argument[3][2].is_int64())
    return -argument[3][2].as_int64();
  return std::nullopt;
}

// What is no number at all names no command: v(a). Empty: it cannot be told before it is evaluated.
std::string written(const term& call) {
  if (!call[3].is_cons() || !call[3].tail().is_nil())
    return "";
  const term argument = call[3].head();
  const bool is_plain = argument.is_tuple(3) && (argument[0] == "atom"_atom || argument[0] == "var"_atom ||
                                                 argument[0] == "float"_atom || argument[0] == "string"_atom);
  if (!is_plain)
    return "";
  return argument[0] == "var"_atom ? std::string(argument[2].as_atom().text()) : to_text_p(argument[2], {.width = 0});
}

std::optional<term> replacement(const term& e, const expansion& from) {
  if (!e.is_tagged("call"_atom, 4) || !(e[2][0] == "atom"_atom))
    return std::nullopt;
  const bool is_value = e[2][2] == "v"_atom;
  if (!is_value && !(e[2][2] == "e"_atom))
    return std::nullopt;
  const auto number = number_of(e);
  if (!number) {
    if (const std::string text = written(e); !text.empty())
      throw unknown_command{text};
    return std::nullopt;
  }
  auto found = is_value ? from.result_of(*number) : from.expressions_of(*number);
  if (!found)
    throw unknown_command{std::to_string(*number)};
  return is_value ? tuple("value", e[1], *found) : tuple("block", e[1], *found);
}

// Null: nothing in it is replaced.
std::optional<term> expanded(const term& e, const expansion& from) {
  check_stack();
  if (e.is_tuple()) {
    if (auto made = replacement(e, from))
      return made;
    if (e.size() > 0 && (e[0] == "string"_atom || e[0] == "value"_atom))
      return std::nullopt;
    std::optional<std::vector<term>> copy;
    for (std::size_t i = 0; i < e.size(); ++i) {
      auto made = e[i].is_tuple() || e[i].is_cons() ? expanded(e[i], from) : std::nullopt;
      if (made && !copy)
        copy.emplace(e.elements(), e.elements() + e.size());
      if (made)
        (*copy)[i] = std::move(*made);
    }
    return copy ? std::optional(tuple_of(copy->data(), copy->size())) : std::nullopt;
  }
  bool changed = false;
  std::vector<term> elements;
  for (const term& element : e.elements_of_list()) {
    auto made = element.is_tuple() || element.is_cons() ? expanded(element, from) : std::nullopt;
    changed = changed || made;
    elements.push_back(made ? std::move(*made) : element);
  }
  return changed ? std::optional(list_of(elements.data(), elements.size())) : std::nullopt;
}
}  // namespace

term expand(const term& expression, const expansion& from) {
  auto made = expanded(expression, from);
  return made ? std::move(*made) : expression;
}
}  // namespace twinslot::console
