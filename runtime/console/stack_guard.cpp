#include "runtime/console/stack_guard.hpp"

#include "runtime/term/raised.hpp"

#include <cstdint>

#include <pthread.h>

namespace twinslot::console {
namespace {
// What is kept free for whatever does not look: a native, printing, unwinding. Sanitizers widen every frame.
constexpr std::size_t reserve_bytes = 1 << 20;

std::uintptr_t lowest_allowed() {
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0)
    return 0;
  void* lowest = nullptr;
  std::size_t bytes = 0;
  pthread_attr_getstack(&attributes, &lowest, &bytes);
  pthread_attr_destroy(&attributes);
  return reinterpret_cast<std::uintptr_t>(lowest) + (bytes > 4 * reserve_bytes ? reserve_bytes : bytes / 4);
}
}  // namespace

bool is_stack_low() noexcept {
  static thread_local const std::uintptr_t lowest = lowest_allowed();
  return reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)) < lowest;
}

void check_stack() {
  if (is_stack_low())
    raise_error("system_limit");
}
}  // namespace twinslot::console
