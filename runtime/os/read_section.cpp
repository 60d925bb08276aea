#include "runtime/os/read_section.hpp"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <limits>

namespace twinslot::os {

namespace {
long membarrier(int command) noexcept {
  return ::syscall(SYS_membarrier, command, 0, 0);
}

bool register_for_membarrier() noexcept {
#if defined(__SANITIZE_THREAD__)
  return false;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
  return false;
#endif
#endif
  return membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0;
}
}  // namespace

constinit thread_local read_section::place* read_section::mine = nullptr;
constinit std::atomic<std::uint64_t> read_section::now{1};
constinit std::atomic<read_section::place*> read_section::places{nullptr};
const bool read_section::has_membarrier = register_for_membarrier();

/// Ends with its thread.
struct read_section::membership {
  ~membership() {
    mine->taken.store(false, std::memory_order_release);
    mine = nullptr;
  }
};

void read_section::join() noexcept {
  for (auto* left = places.load(std::memory_order_acquire); left && !mine; left = left->next)
    if (!left->taken.load(std::memory_order_relaxed) && !left->taken.exchange(true, std::memory_order_acquire))
      mine = left;
  if (!mine) {
    mine = new place;
    mine->next = places.load(std::memory_order_relaxed);
    while (!places.compare_exchange_weak(mine->next, mine, std::memory_order_release, std::memory_order_relaxed)) {
    }
  }
  static thread_local membership until_the_end;
  static_cast<void>(until_the_end);
}

std::uint64_t read_section::oldest_reader() noexcept {
  if (has_membarrier)
    membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
  auto oldest = std::numeric_limits<std::uint64_t>::max();
  for (auto* each = places.load(std::memory_order_acquire); each; each = each->next)
    if (const auto since = each->since.load(); since != 0 && since < oldest)
      oldest = since;
  return oldest;
}
}  // namespace twinslot::os
