#include "runtime/console/stack_guard.hpp"

#include "runtime/os/free_memory.hpp"
#include "runtime/term/raised.hpp"

#include <cstdint>
#include <exception>
#include <vector>

#include <pthread.h>
#include <sys/mman.h>
#include <ucontext.h>

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define TWINSLOT_FIBERS_ASAN 1
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
#define TWINSLOT_FIBERS_TSAN 1
#include <sanitizer/tsan_interface.h>
#endif

namespace twinslot::console {
namespace {
// What is kept free for whatever does not look: a native, printing, unwinding. Sanitizers widen every frame.
constexpr std::size_t reserve_bytes = 1 << 20;
constexpr std::size_t between_limits = 256 << 10;  // so that what only checks has room after with_stack
constexpr std::size_t segment_bytes = 64 << 20;
constexpr std::size_t most_segments = 48;      // 3 GB a thread: recursion without an end is not to take the machine's
constexpr std::size_t guard_bytes = 64 << 10;  // below a segment: no frame steps over it unnoticed
constexpr std::size_t kept_bytes = 128 << 10;  // of a segment that waits to be used again

std::uintptr_t lowest_of_thread() {
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0)
    return 0;
  void* lowest = nullptr;
  std::size_t bytes = 0;
  pthread_attr_getstack(&attributes, &lowest, &bytes);
  pthread_attr_destroy(&attributes);
  return reinterpret_cast<std::uintptr_t>(lowest) + (bytes > 4 * reserve_bytes ? reserve_bytes : bytes / 4);
}

std::uintptr_t& lowest_allowed() noexcept {
  static thread_local std::uintptr_t lowest = lowest_of_thread();
  return lowest;
}

/// Memory for a stack. Errors: system_limit.
class segment {
public:
  segment() {
    if (os::free_memory() < 2 * segment_bytes)
      raise_error("system_limit");
    memory_ = ::mmap(nullptr, segment_bytes, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (memory_ == MAP_FAILED)
      raise_error("system_limit");
    ::mprotect(memory_, guard_bytes, PROT_NONE);
  }
  segment(segment&& other) noexcept : memory_(std::exchange(other.memory_, nullptr)) {}
  segment& operator=(segment&& other) noexcept {
    std::swap(memory_, other.memory_);
    return *this;
  }
  ~segment() {
    if (memory_)
      ::munmap(memory_, segment_bytes);
  }
  char* lowest() const noexcept { return static_cast<char*>(memory_) + guard_bytes; }
  std::size_t bytes() const noexcept { return segment_bytes - guard_bytes; }
  /// Gives what was touched back, but for the beginning of the stack, which is its upper end.
  void give_back() const noexcept { ::madvise(lowest(), bytes() - kept_bytes, MADV_DONTNEED); }

private:
  void* memory_;
};

/// The thread's segment that waits: recursion that goes up and down at a stack's end takes the same one again.
std::vector<segment>& waiting() noexcept {
  static thread_local std::vector<segment> one;
  return one;
}

std::size_t& segments_in_use() noexcept {
  static thread_local std::size_t count = 0;
  return count;
}

segment take_segment() {
  if (segments_in_use() == most_segments)
    raise_error("system_limit");
  auto& kept = waiting();
  if (kept.empty())
    return {};
  segment taken = std::move(kept.back());
  kept.pop_back();
  return taken;
}

void give_segment(segment&& used) noexcept {
  used.give_back();
  if (waiting().empty())
    waiting().push_back(std::move(used));
}

/// One call on a stack of its own.
struct crossing {
  void (*run)(void*);
  void* argument;
  std::exception_ptr thrown = {};
  ucontext_t here = {}, there = {};
#ifdef TWINSLOT_FIBERS_ASAN
  void* fake_stack = nullptr;
  const void* caller_lowest = nullptr;
  std::size_t caller_bytes = 0;
#endif
#ifdef TWINSLOT_FIBERS_TSAN
  void* caller_fiber = nullptr;
#endif
};

thread_local crossing* starting = nullptr;

// On the new stack. It goes back in here, without returning: ThreadSanitizer counts calls for each stack.
[[noreturn]] void arrived(crossing& call) noexcept {
#ifdef TWINSLOT_FIBERS_ASAN
  __sanitizer_finish_switch_fiber(nullptr, &call.caller_lowest, &call.caller_bytes);
#endif
  try {
    call.run(call.argument);
  } catch (...) {
    call.thrown = std::current_exception();
  }
#ifdef TWINSLOT_FIBERS_ASAN
  __sanitizer_start_switch_fiber(nullptr, call.caller_lowest, call.caller_bytes);
#endif
#ifdef TWINSLOT_FIBERS_TSAN
  __tsan_switch_to_fiber(call.caller_fiber, 0);
#endif
  setcontext(&call.here);
  std::terminate();
}

void begin() {
  arrived(*starting);
}
// Apart from run_on_next_stack: to the compiler getcontext is a function that may come back twice, here it does not.
[[gnu::noinline]] void arrange(crossing& call, const segment& stack) {
  getcontext(&call.there);
  call.there.uc_stack.ss_sp = stack.lowest();
  call.there.uc_stack.ss_size = stack.bytes();
  call.there.uc_link = nullptr;
  makecontext(&call.there, begin, 0);
}
}  // namespace

bool is_stack_low() noexcept {
  return reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)) < lowest_allowed() + between_limits;
}

void check_stack() {
  if (reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)) < lowest_allowed())
    raise_error("system_limit");
}

void run_on_next_stack(void (*run)(void* argument), void* argument) {
  segment stack = take_segment();
  ++segments_in_use();
  crossing call{run, argument};
  arrange(call, stack);
  std::uintptr_t& lowest = lowest_allowed();
  const auto before = std::exchange(lowest, reinterpret_cast<std::uintptr_t>(stack.lowest()) + reserve_bytes);
  starting = &call;
#ifdef TWINSLOT_FIBERS_TSAN
  call.caller_fiber = __tsan_get_current_fiber();
  void* const fiber = __tsan_create_fiber(0);
  __tsan_switch_to_fiber(fiber, 0);
#endif
#ifdef TWINSLOT_FIBERS_ASAN
  __sanitizer_start_switch_fiber(&call.fake_stack, stack.lowest(), stack.bytes());
#endif
  swapcontext(&call.here, &call.there);
#ifdef TWINSLOT_FIBERS_ASAN
  __sanitizer_finish_switch_fiber(call.fake_stack, nullptr, nullptr);
#endif
#ifdef TWINSLOT_FIBERS_TSAN
  __tsan_destroy_fiber(fiber);
#endif
  lowest = before;
  --segments_in_use();
  give_segment(std::move(stack));
  if (call.thrown)
    std::rethrow_exception(std::move(call.thrown));
}
}  // namespace twinslot::console
