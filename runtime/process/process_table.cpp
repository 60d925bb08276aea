#include "runtime/process/process_table.hpp"

#include <algorithm>
#include <thread>

namespace twinslot {

namespace {
constexpr std::size_t least_cells = 64;
constexpr std::size_t leaving_at_a_time = 64;  // so many are worth a look at the readers
}  // namespace

process_table::process_table() : array_(new array(least_cells)) {}

process_table::~process_table() {
  flush();
  const std::unique_ptr<array> last(array_.load());
  for (std::size_t at = 0; at <= last->mask; ++at)
    if (process* const here = last->cells[at].load(std::memory_order_relaxed); here && here != gone())
      static_cast<void>(process_ref::adopt(here));
}

void process_table::put(array& in, process* added) noexcept {
  std::size_t at = in.first_of(added->self().id);
  while (in.cells[at].load(std::memory_order_relaxed))
    at = (at + 1) & in.mask;
  in.cells[at].store(added, std::memory_order_release);
}

void process_table::make_room() {
  array& before = *array_.load(std::memory_order_relaxed);
  if ((used_ + 1) * 2 <= before.mask + 1)
    return;
  std::size_t cells = least_cells;
  while (cells < (count_ + 1) * 3)
    cells *= 2;
  auto next = std::make_unique<array>(cells);
  for (std::size_t at = 0; at <= before.mask; ++at)
    if (process* const here = before.cells[at].load(std::memory_order_relaxed); here && here != gone())
      put(*next, here);
  leaving_.push_back({0, {}, std::unique_ptr<array>(&before)});
  used_ = count_;
  array_.store(next.release());
  leaving_.back().number = os::read_section::unlinked();
}

void process_table::insert(process& added) {
  const std::lock_guard guard{mutex_};
  make_room();
  put(*array_.load(std::memory_order_relaxed), process_ref::share(added).detach());
  ++count_;
  ++used_;
}

void process_table::remove(pid who) noexcept {
  std::vector<left_behind> released;  // after the lock
  const std::lock_guard guard{mutex_};
  array& in = *array_.load(std::memory_order_relaxed);
  std::size_t at = in.first_of(who.id);
  for (;; at = (at + 1) & in.mask) {
    process* const here = in.cells[at].load(std::memory_order_relaxed);
    if (!here)
      return;
    if (here != gone() && here->self().id == who.id)
      break;
  }
  process_ref removed = process_ref::adopt(in.cells[at].load(std::memory_order_relaxed));
  --count_;
  in.cells[at].store(gone());
  // At the end of a row nobody goes on from there: cells that are gone become empty.
  if (in.cells[(at + 1) & in.mask].load(std::memory_order_relaxed) == nullptr)
    for (; in.cells[at].load(std::memory_order_relaxed) == gone(); at = (at - 1) & in.mask) {
      in.cells[at].store(nullptr);
      --used_;
    }
  leaving_.push_back({os::read_section::unlinked(), std::move(removed), nullptr});
  if (leaving_.size() % leaving_at_a_time == 0)
    released = unread();
}

std::vector<process_table::left_behind> process_table::unread() noexcept {
  const auto oldest = os::read_section::oldest_reader();
  const auto first_read =
      std::find_if(leaving_.begin(), leaving_.end(), [&](auto& one) { return one.number >= oldest; });
  std::vector<left_behind> found(std::make_move_iterator(leaving_.begin()), std::make_move_iterator(first_read));
  leaving_.erase(leaving_.begin(), first_read);
  return found;
}

void process_table::flush() noexcept {
  for (;;) {
    std::vector<left_behind> released;
    const std::lock_guard guard{mutex_};
    released = unread();
    if (leaving_.empty())
      return;
    std::this_thread::yield();
  }
}

std::vector<process_ref> process_table::all() const {
  std::vector<std::pair<std::uint64_t, process_ref>> found;
  {
    const std::lock_guard guard{mutex_};
    found.reserve(count_);
    const array& in = *array_.load(std::memory_order_relaxed);
    for (std::size_t at = 0; at <= in.mask; ++at)
      if (process* const here = in.cells[at].load(std::memory_order_relaxed); here && here != gone())
        found.emplace_back(here->self().id, process_ref::share(*here));
  }
  std::sort(found.begin(), found.end(), [](auto& a, auto& b) { return a.first < b.first; });
  std::vector<process_ref> in_order;
  in_order.reserve(found.size());
  for (auto& [id, each] : found)
    in_order.push_back(std::move(each));
  return in_order;
}

std::size_t process_table::size() const {
  const std::lock_guard guard{mutex_};
  return count_;
}
}  // namespace twinslot
