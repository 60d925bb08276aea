// runtime/process/native.hpp - functions that the host itself offers under Erlang's names: erlang:self/0, lists:map/2,
// gen_server:call/2. One table serves calls, completion, h(Module) and module_info.
#pragma once
#include "runtime/term/term.hpp"

#include <span>

namespace twinslot {
class process;

struct native {
  const char* module;
  const char* name;
  int arity;
  /// Runs in the calling process; `arguments` has `arity` terms. Errors: throws `raised`.
  term (*call)(process& self, const term* arguments);
  const char* usage;  // "map(Fun, List)": for h(); argument names as in OTP's documentation
  const char* doc;    // one line
};
}  // namespace twinslot
