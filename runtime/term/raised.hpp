// runtime/term/raised.hpp - an Erlang exception inside the host: class, reason, stack.
//
// Thrown by built-in functions and by the evaluator, never across a plugin's boundary (there a call returns a status,
// see runtime/sdk/twinslot/abi.hpp).
#pragma once
#include "runtime/term/term.hpp"

#include <utility>

namespace twinslot {

struct raised {
  atom what;  // "error", "exit" or "throw"
  term reason;
  term stack;  // [{Module, Function, Arity | Args, Location}], innermost first; [] if unknown
};

[[noreturn]] inline void raise_error(term reason) {
  throw raised{"error"_atom, std::move(reason), {}};
}
[[noreturn]] inline void raise_exit(term reason) {
  throw raised{"exit"_atom, std::move(reason), {}};
}
[[noreturn]] inline void raise_badarg() {
  raise_error("badarg");
}
}  // namespace twinslot
