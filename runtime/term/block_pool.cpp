#include "runtime/term/block_pool.hpp"

#include <array>
#include <utility>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TWINSLOT_NO_POOL
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define TWINSLOT_NO_POOL
#endif

namespace twinslot {

namespace {
constexpr std::size_t most_bytes = std::size_t{1} << 20;  // that a depot keeps
constexpr std::size_t own_batches = 32;                   // that a thread keeps; as many as a flood needs

#ifdef TWINSLOT_NO_POOL
constexpr bool pools = false;
#else
constexpr bool pools = true;
#endif

/// What this thread has in use.
struct in_use {
  block_depot::own_blocks* first = nullptr;
  ~in_use() {
    while (auto* const mine = std::exchange(first, first ? first->next : nullptr))
      mine->depot->close(*mine);
  }
};
thread_local in_use of_this_thread;

void free_all(block_depot::block* first) noexcept {
  while (first)
    ::operator delete(std::exchange(first, first->next));
}
}  // namespace

void* block_depot::take(own_blocks& mine) {
  begin(mine);
  block* taken = mine.full;
  if (taken) {
    mine.full = taken->next_batch;
    --mine.full_count;
  } else if (mine.now == own_blocks::state::in_use) {
    taken = take_batch();
  }
  if (!taken)
    return ::operator new(bytes_);
  mine.first = taken->next;
  mine.count = batch - 1;
  return taken;
}

void block_depot::give(own_blocks& mine, void* freed) noexcept {
  begin(mine);
  if (mine.now != own_blocks::state::in_use)
    return ::operator delete(freed);
  if (mine.first) {
    if (mine.full_count == own_batches) {
      give_batch(mine.first);
    } else {
      mine.first->next_batch = mine.full;
      mine.full = mine.first;
      ++mine.full_count;
    }
    mine.first = nullptr;
  }
  mine.first = new (freed) block{nullptr, nullptr};
  mine.count = 1;
}

void block_depot::begin(own_blocks& mine) noexcept {
  if (!pools || mine.now != own_blocks::state::fresh)
    return;
  mine.now = own_blocks::state::in_use;
  mine.depot = this;
  mine.next = std::exchange(of_this_thread.first, &mine);
  mine.count = 0;
}

void block_depot::close(own_blocks& mine) noexcept {
  mine.now = own_blocks::state::closed;
  free_all(std::exchange(mine.first, nullptr));
  mine.count = batch;
  while (mine.full)
    give_batch(std::exchange(mine.full, mine.full->next_batch));
}

namespace {
constexpr std::size_t step = 128;
struct sized {
  void* (*take)();
  void (*give)(void*) noexcept;
};
template <std::size_t... I>
constexpr std::array<sized, sizeof...(I)> all_sized(std::index_sequence<I...>) {
  return {{{block_pool<(I + 1) * step>::take, block_pool<(I + 1) * step>::give}...}};
}
constexpr auto sizes = all_sized(std::make_index_sequence<8>{});

/// Null: the allocator.
const sized* pool_for(std::size_t bytes) noexcept {
  const std::size_t at = (bytes - 1) / step;
  return at < sizes.size() ? &sizes[at] : nullptr;
}
}  // namespace

void* take_memory(std::size_t bytes) noexcept {
  try {
    const auto* const pool = pool_for(bytes);
    return pool ? pool->take() : ::operator new(bytes);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void give_memory(void* freed, std::size_t bytes) noexcept {
  if (const auto* const pool = pool_for(bytes))
    pool->give(freed);
  else
    ::operator delete(freed);
}

block_depot::block* block_depot::take_batch() noexcept {
  if (count_.load(std::memory_order_relaxed) == 0)
    return nullptr;
  const std::lock_guard guard{mutex_};
  block* const taken = batches_;
  if (taken) {
    batches_ = taken->next_batch;
    count_.store(count_.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
  }
  return taken;
}

void block_depot::give_batch(block* first) noexcept {
  {
    const std::lock_guard guard{mutex_};
    const auto kept = count_.load(std::memory_order_relaxed);
    if ((kept + 1) * batch * bytes_ <= most_bytes) {
      first->next_batch = std::exchange(batches_, first);
      count_.store(kept + 1, std::memory_order_relaxed);
      return;
    }
  }
  free_all(first);
}
}  // namespace twinslot
