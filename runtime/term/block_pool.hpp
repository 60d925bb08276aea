// runtime/term/block_pool.hpp - memory for what one thread makes and another one ends: blocks of one size.
//
//     who takes   from the thread's own blocks; has it none, a batch of the depot's; has that none, new memory
//     who gives   to the thread's own blocks; once these are many batches, each further one goes to the depot
//     depot       whole batches, under a lock; what is more than a megabyte goes back to the allocator
//
// Why: memory that is freed on another thread than it was taken on comes back to its page by an atomic operation, on a
// line of the cache that the thread which takes uses for every block. Here a lock is taken once in 128.
//
// Any thread may take and give, also while it ends. Its own blocks are touched by it alone, and go to the depot when it
// ends. With AddressSanitizer there is no pool, so that it sees every block's end.
// Source: the magazines of Bonwick and Adams, "Magazines and Vmem" (2001).
#pragma once
#include <atomic>
#include <cstddef>
#include <mutex>
#include <new>

namespace twinslot {

class block_depot {
public:
  static constexpr std::size_t batch = 128;
  struct block {
    block* next;
    block* next_batch;  // of the first one of a batch in the depot
  };
  /// A thread's own blocks. Not begun, and once the thread ends: `first` is null and `count` is `batch`, so that both
  /// taking and giving come to the depot.
  struct own_blocks {
    block* first = nullptr;
    std::size_t count = batch;
    block* full = nullptr;  // batches
    std::size_t full_count = 0;
    enum class state : unsigned char { fresh, in_use, closed } now = state::fresh;
    block_depot* depot = nullptr;
    own_blocks* next = nullptr;  // the thread's, of another size
  };
  constexpr explicit block_depot(std::size_t bytes) noexcept : bytes_(bytes) {}
  block_depot(const block_depot&) = delete;

  void* take(own_blocks& mine);
  void give(own_blocks& mine, void* freed) noexcept;
  /// The thread ends.
  void close(own_blocks& mine) noexcept;

private:
  void begin(own_blocks& mine) noexcept;
  block* take_batch() noexcept;
  void give_batch(block* first) noexcept;

  const std::size_t bytes_;  // of a block
  std::mutex mutex_;
  block* batches_ = nullptr;
  std::atomic<std::size_t> count_{0};  // written with the lock; who finds 0 need not take it
};

/// Bytes: at least two pointers'.
template <std::size_t Bytes>
class block_pool {
public:
  static void* take() {
    auto& mine = mine_;
    if (!mine.first) [[unlikely]]
      return depot_.take(mine);
    auto* const taken = mine.first;
    mine.first = taken->next;
    --mine.count;
    return taken;
  }
  static void give(void* freed) noexcept {
    auto& mine = mine_;
    if (mine.count == block_depot::batch) [[unlikely]]
      return depot_.give(mine, freed);
    mine.first = new (freed) block_depot::block{mine.first, nullptr};
    ++mine.count;
  }

private:
  static inline constinit block_depot depot_{Bytes};
  static inline constinit thread_local block_depot::own_blocks mine_{};
};

/// Blocks of up to 1 KiB come from pools, in steps of 128 bytes, larger ones from the allocator. Null: there is none.
void* take_memory(std::size_t bytes) noexcept;
/// With the number of bytes that was asked for.
void give_memory(void* freed, std::size_t bytes) noexcept;
}  // namespace twinslot
