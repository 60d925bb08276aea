#include "runtime/console/evaluator.hpp"
#include "runtime/console/stack_guard.hpp"

namespace twinslot::console {

// True if the pattern takes the value; then its variables are bound. A failed match may leave some bound: the caller
// rewinds.
bool evaluator::match(const term& pattern, const term& value, bindings::mark from) {
  if (is_stack_low()) [[unlikely]]
    return with_stack([&] { return match(pattern, value, from); });
  const term& what = pattern[0];
  if (what == "var"_atom) {
    const atom name = pattern[2].as_atom();
    if (name == "_"_atom)
      return true;
    if (const term* bound = scope_.find(name, from))
      return *bound == value;
    scope_.bind(name, value);
    return true;
  }
  if (what == "nil"_atom)
    return value.is_nil();
  if (what == "cons"_atom)
    return match_list(pattern, value, from);
  if (what == "tuple"_atom) {
    if (!value.is_tuple())
      return false;
    std::size_t i = 0;
    for (const term& element : pattern[2].elements_of_list())
      if (i == value.size() || !match(element, value[i++], from))
        return false;
    return i == value.size();
  }
  if (what == "match"_atom)
    return match(pattern[2], value, from) && match(pattern[3], value, from);
  if (what == "map"_atom)
    return match_map(pattern, value, from);
  if (what == "bin"_atom)
    return match_binary(pattern, value, from);
  if (pattern.is_tagged("op"_atom, 5) && pattern[2] == "++"_atom)
    return match_prefix(pattern, value, from);
  return expression(pattern) == value;  // a literal or an operator on literals
}

bool evaluator::match_list(const term& pattern, const term& value, bindings::mark from) {
  const term* at = &pattern;
  term rest = value;
  for (; at->is_tagged("cons"_atom, 4); at = &(*at)[3]) {
    if (!rest.is_cons() || !match((*at)[2], rest.head(), from))
      return false;
    rest = rest.tail();
  }
  return match(*at, rest, from);
}

// "prefix" ++ Rest
bool evaluator::match_prefix(const term& pattern, const term& value, bindings::mark from) {
  term rest = value;
  for (const term& wanted : expression(pattern[3]).elements_of_list()) {
    if (!rest.is_cons() || !(rest.head() == wanted))
      return false;
    rest = rest.tail();
  }
  return match(pattern[4], rest, from);
}

// Keys are expressions of what was bound before the pattern.
bool evaluator::match_map(const term& pattern, const term& value, bindings::mark from) {
  if (!value.is_map())
    return false;
  for (const term& field : pattern[2].elements_of_list()) {
    const term* found = value.get(expression(field[2]));
    if (!found || !match(field[3], *found, from))
      return false;
  }
  return true;
}
}  // namespace twinslot::console
