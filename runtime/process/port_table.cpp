#include "runtime/process/port_table.hpp"

#include <algorithm>

namespace twinslot {

namespace {
constexpr std::size_t least_cells = 1024;
constexpr std::size_t leaving_at_a_time = 16;  // so many are worth a look at the readers
}  // namespace

port_table::port_table() : array_(new array(least_cells)) {}

port_table::~port_table() {
  flush();
  const std::unique_ptr<const array> last(array_.load());
  for (std::size_t at = 0; at <= last->mask; ++at)
    delete last->cells[at].load(std::memory_order_relaxed);
}

void port_table::make_room() {
  const array& before = *array_.load(std::memory_order_relaxed);
  if ((count_ + 1) * 2 <= before.mask + 1)
    return;
  auto next = std::make_unique<const array>(2 * (before.mask + 1));
  for (std::size_t at = 0; at <= before.mask; ++at)
    if (const entry* const there = before.cells[at].load(std::memory_order_relaxed))
      next->of(there->id).store(there, std::memory_order_relaxed);
  leaving_.make_room();
  array_.store(next.release());
  leaving_.add({{}, std::unique_ptr<const array>(&before)});
}

port port_table::insert(std::shared_ptr<port_object> opened) {
  const std::lock_guard guard{mutex_};
  make_room();
  const array& in = *array_.load(std::memory_order_relaxed);
  do {
    ++last_;
  } while (in.of(last_).load(std::memory_order_relaxed));
  in.of(last_).store(new entry{last_, std::move(opened)}, std::memory_order_release);
  ++count_;
  return {last_, 0};
}

std::shared_ptr<port_object> port_table::remove(port which) noexcept {
  std::vector<unlinked> released;  // after the lock
  const std::lock_guard guard{mutex_};
  const entry* const there = look(which);
  if (!there)
    return nullptr;
  --count_;
  array_.load(std::memory_order_relaxed)->of(which.id).store(nullptr);
  auto removed = there->object;
  leaving_.add({std::unique_ptr<const entry>(there), nullptr});
  if (leaving_.size() % leaving_at_a_time == 0)
    released = leaving_.unread();
  return removed;
}

void port_table::flush() noexcept {
  leaving_.flush(mutex_);
}

std::vector<port> port_table::all() const {
  std::vector<port> found;
  {
    const std::lock_guard guard{mutex_};
    const array& in = *array_.load(std::memory_order_relaxed);
    for (std::size_t at = 0; at <= in.mask; ++at)
      if (const entry* const there = in.cells[at].load(std::memory_order_relaxed))
        found.push_back({there->id, 0});
  }
  std::sort(found.begin(), found.end());
  return found;
}
}  // namespace twinslot
