// runtime/console/stack_guard.hpp - deep recursion ends in an Erlang error, not in a crash.
//
// Any thread; each has limits of its own.
#pragma once

namespace twinslot::console {

/// Whether the thread's stack is nearly used up.
bool is_stack_low() noexcept;
/// Raises {error, system_limit} when the thread's stack is nearly used up.
void check_stack();
}  // namespace twinslot::console
