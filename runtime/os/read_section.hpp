// runtime/os/read_section.hpp - readers that never wait, and writers who know when the last reader of something has
// left (read-copy-update).
//
//     reader    { read_section here; ... what was found through an atomic pointer is there as long as `here` lives }
//     writer    makes it unreachable (a seq_cst store), asks `unlinked()` for a number, and frees it once
//               `oldest_reader()` is greater than that number
//
// Any thread may do both. A section is short, never waits for another thread, and may be inside another one. It costs
// two plain stores to a line of the thread's own; the writer pays for the order between them (membarrier). Where the
// kernel has no membarrier, or ThreadSanitizer looks on, the reader's store is seq_cst instead.
//
// Why it is safe: the reader notes the time, then loads pointers; the writer unlinks, then moves the time on, then
// looks at the notes. A reader that got hold of the thing loaded its pointer before the unlink was visible, so it had
// read the time before it was moved on: its note is not greater than the writer's number. Could the writer miss the
// note? Both "note, then load" and "unlink, then look at notes" are in one order for all threads (membarrier puts a
// full barrier into every thread between the writer's two steps): either the writer sees the note, or the reader's load
// comes later and sees the unlink. Leaving is a release store, and the writer's look acquires: what the reader did with
// the thing comes before it is freed. Source: McKenney and others on RCU; liburcu's membarrier flavour.
#pragma once
#include <atomic>
#include <cstdint>

namespace twinslot::os {

class read_section {
public:
  read_section() noexcept {
    if (!mine) [[unlikely]]
      join();
    outer_ = mine->since.load(std::memory_order_relaxed) != 0;
    if (!outer_)
      enter();
  }
  ~read_section() {
    if (!outer_)
      mine->since.store(0, std::memory_order_release);
  }
  read_section(const read_section&) = delete;
  read_section& operator=(const read_section&) = delete;

  /// What was made unreachable before this call has this number.
  static std::uint64_t unlinked() noexcept { return now.fetch_add(1); }
  /// Everything with a smaller number has no reader any more. Some microseconds: not for every single thing.
  static std::uint64_t oldest_reader() noexcept;

private:
  /// A thread's note; of a list that only grows. A thread that ends leaves its place to the next one.
  struct alignas(64) place {
    std::atomic<std::uint64_t> since{0};  // 0: in no section
    std::atomic<bool> taken{true};
    place* next = nullptr;
  };
  struct membership;
  static void join() noexcept;
  void enter() noexcept {
    const auto time = now.load(std::memory_order_acquire);
    if (has_membarrier) {
      mine->since.store(time, std::memory_order_release);
      std::atomic_signal_fence(std::memory_order_seq_cst);
    } else {
      mine->since.store(time);
    }
  }

  static constinit thread_local place* mine;
  static constinit std::atomic<std::uint64_t> now;
  static constinit std::atomic<place*> places;
  static const bool has_membarrier;
  bool outer_;
};
}  // namespace twinslot::os
