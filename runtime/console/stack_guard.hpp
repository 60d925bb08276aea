// runtime/console/stack_guard.hpp - deep recursion goes on on another stack, and ends in an Erlang error, not in a
// crash.
//
//     thread's stack  |=========|  low: with_stack takes a segment of 64 MB, runs the rest there, and comes back
//     segment 1       |=========|  low: the next one ...
//     no memory left               {error, system_limit}
//
// A segment takes only the memory that is touched. One is taken as long as the machine (or the program's control group)
// has memory to spare for two, and the thread has fewer than 48: 3 GB, some 1.1 million calls of a small fun.
// Everything else of the thread stays as it is: thread_local objects, locks, the process that runs. Any thread; each
// has stacks of its own. Source: getcontext(3), makecontext(3).
#pragma once
#include <type_traits>
#include <utility>

namespace twinslot::console {

/// Whether the stack that the thread runs on is nearly used up: with_stack would take another one.
bool is_stack_low() noexcept;
/// Raises {error, system_limit} a little later than that: for recursion that need not be deep (the parser).
void check_stack();

/// Calls run(argument) on another stack, and throws what it throws. Raises {error, system_limit} without memory.
void run_on_next_stack(void (*run)(void* argument), void* argument);

/// function(), on another stack if this one is nearly used up.
template <class Function>
auto with_stack(Function&& function) -> std::invoke_result_t<Function&> {
  if (!is_stack_low()) [[likely]]
    return function();
  struct {
    Function& call;
    std::invoke_result_t<Function&> value;
  } both{function, {}};
  run_on_next_stack(
      [](void* argument) {
        auto& there = *static_cast<decltype(both)*>(argument);
        there.value = there.call();
      },
      &both);
  return std::move(both.value);
}
}  // namespace twinslot::console
