#include "runtime/process/process_table.hpp"

#include <algorithm>

namespace twinslot {

namespace {
constexpr std::size_t least_cells = 64;
constexpr std::size_t leaving_at_a_time = 64;  // so many are worth a look at the readers
}  // namespace

process_table::process_table() : array_(new array(least_cells)) {}

process_table::~process_table() {
  flush();
  const std::unique_ptr<array> last(array_.load());
  last->each([](process* left) { static_cast<void>(process_ref::adopt(left)); });
}

void process_table::put(array& in, process* added) noexcept {
  std::size_t at = in.first_of(added->self().id);
  while (in.cells[at].load(std::memory_order_relaxed))
    at = (at + 1) & in.mask;
  in.cells[at].store(added, std::memory_order_release);
}

bool process_table::make_room() {
  array& before = *array_.load(std::memory_order_relaxed);
  if ((used_ + 1) * 2 <= before.mask + 1)
    return false;
  std::size_t cells = least_cells;
  while (cells < (count_ + 1) * 3)
    cells *= 2;
  auto next = std::make_unique<array>(cells);
  before.each([&](process* there) { put(*next, there); });
  leaving_.make_room();
  used_ = count_;
  array_.store(next.release());
  leaving_.add({{}, std::unique_ptr<array>(&before)});
  return true;
}

void process_table::insert(process& added) {
  std::vector<unlinked> released;  // after the lock
  const std::lock_guard guard{mutex_};
  if (make_room())
    released = leaving_.unread();  // the former arrays together are as large as the one before this
  put(*array_.load(std::memory_order_relaxed), process_ref::share(added).detach());
  ++count_;
  ++used_;
}

void process_table::remove(pid who) noexcept {
  std::vector<unlinked> released;  // after the lock
  const std::lock_guard guard{mutex_};
  array& in = *array_.load(std::memory_order_relaxed);
  auto [at, there] = in.look(who.id);
  if (!there)
    return;
  process_ref removed = process_ref::adopt(there);
  --count_;
  in.cells[at].store(gone());
  // At the end of a row nobody goes on from there: cells that are gone become empty.
  if (in.cells[(at + 1) & in.mask].load(std::memory_order_relaxed) == nullptr)
    for (; in.cells[at].load(std::memory_order_relaxed) == gone(); at = (at - 1) & in.mask) {
      in.cells[at].store(nullptr);
      --used_;
    }
  leaving_.add({std::move(removed), nullptr});
  if (leaving_.size() % leaving_at_a_time == 0)
    released = leaving_.unread();
}

void process_table::flush() noexcept {
  leaving_.flush(mutex_);
}

std::vector<process_ref> process_table::all() const {
  std::vector<std::pair<std::uint64_t, process_ref>> found;
  {
    const std::lock_guard guard{mutex_};
    found.reserve(count_);
    array_.load(std::memory_order_relaxed)->each([&](process* there) {
      found.emplace_back(there->self().id, process_ref::share(*there));
    });
  }
  std::sort(found.begin(), found.end(), [](auto& a, auto& b) { return a.first < b.first; });
  std::vector<process_ref> in_order;
  in_order.reserve(found.size());
  for (auto& [id, each] : found)
    in_order.push_back(std::move(each));
  return in_order;
}
}  // namespace twinslot
