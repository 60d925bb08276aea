// try, catch and receive.
#include "runtime/console/evaluator.hpp"

namespace twinslot::console {

// What is tried is never in the last place: its exceptions are waited for. Its variables stay, as at Erlang's shell.
term evaluator::try_expression(const term& e) {
  const term& after = e[5];
  if (after.is_nil())
    return try_body(e);
  term value;
  std::optional<raised> failure;
  try {
    value = try_body(e);
  } catch (raised& thrown) {
    add_own_frame(thrown);
    failure = thrown;
  }
  body(after, place::inner);
  if (failure)
    throw *failure;
  return value;
}

term evaluator::try_body(const term& e) {
  const auto before = scope_.here();
  std::optional<raised> failure;
  term value;
  try {
    value = body(e[2], place::inner);
  } catch (raised& thrown) {
    add_own_frame(thrown);
    failure = thrown;
  }
  if (failure) {
    scope_.rewind(before);
    if (auto handled = handle(e[4], *failure))
      return *handled;
    throw *failure;
  }
  if (e[3].is_nil())
    return value;
  if (auto result = select(e[3], value, place::inner))
    return *result;
  raise_error(tuple("try_clause", value));
}

// A handler's pattern is {Class, Reason, Stack}.
std::optional<term> evaluator::handle(const term& clauses, const raised& failure) {
  return clauses.is_nil() ? std::nullopt
                          : select(clauses, tuple(failure.what, failure.reason, failure.stack), place::inner);
}

term evaluator::catch_expression(const term& e) {
  const auto before = scope_.here();
  try {
    return expression(e[2]);
  } catch (raised& failure) {
    scope_.rewind(before);
    add_own_frame(failure);
    if (failure.what == "throw"_atom)
      return failure.reason;
    return tuple("EXIT", failure.what == "exit"_atom ? failure.reason : tuple(failure.reason, failure.stack));
  }
}

term evaluator::receive_expression(const term& e, place where) {
  deadline until;
  if (e.is_tuple(5)) {
    const term timeout = expression(e[3]);
    const bool is_time = timeout == "infinity" || (timeout.is_int64() && timeout.as_int64() >= 0);
    if (!is_time)
      throw raised{"error"_atom, "timeout_value", list(tuple("prim_eval", "receive", 2, term{}))};
    until = deadline_from(timeout);
  }
  const auto before = scope_.here();
  term chosen;
  const auto takes = [&](const term& message) {
    for (const term& clause : e[2].elements_of_list()) {
      if (match(clause[2].head(), message) && guard(clause[3])) {
        chosen = clause;
        return true;
      }
      scope_.rewind(before);
    }
    return false;
  };
  if (!self_.may_block())
    raise_error(tuple("would_block", "receive"));
  if (self_.receive(takes, until))
    return body(chosen[4], where);
  return body(e[4], where);
}
}  // namespace twinslot::console
