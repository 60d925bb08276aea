#include "runtime/process/caf_parking.hpp"

#include "runtime/process/caf_process.hpp"

#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <thread>

namespace twinslot {
using namespace std::chrono_literals;

namespace {
constexpr std::uint32_t slot_runs_in_a_row = 16;
constexpr std::uint32_t jobs_a_look = 61;  // as Go's: a prime, so that no pattern of jobs keeps in step
constexpr auto poll_interval = 50us;       // of who always has jobs
constexpr auto search_time = 50us;
constexpr auto stuck_time = 3us;  // as Go's
constexpr auto first_watch = 64us;
constexpr auto longest_watch = 256us;
constexpr std::size_t most_stolen = 64;

long futex(std::atomic<std::uint32_t>& word, int operation, std::uint32_t value, const timespec* limit) noexcept {
  static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t));
  return ::syscall(SYS_futex, &word, operation | FUTEX_PRIVATE_FLAG, value, limit, nullptr, 0);
}

/// Between two looks.
void breathe() noexcept {
  for (int i = 0; i < 16; ++i)
    __builtin_ia32_pause();
  ::sched_yield();
}
}  // namespace

// --- what the workers share ---

void parking::coordinator_data::call_one() noexcept {
  // The job's queue was locked before: a worker that looked into it earlier was counted earlier.
  if (searching.load() == 0 && resting.load() != 0)
    call_resting();
}

void parking::coordinator_data::call_resting() noexcept {
  worker_data* called = nullptr;
  {
    const std::lock_guard guard(mutex);
    if (searching.load() != 0)
      return;
    if (!sleepers.empty()) {
      called = sleepers.back();
      sleepers.pop_back();
    } else if (watch) {
      called = std::exchange(watch, nullptr);
      watched.store(false);
    } else {
      return;
    }
    searching.fetch_add(1);
    resting.fetch_sub(1);
    called->called_.store(1);
  }
  futex(called->called_, FUTEX_WAKE, 1, nullptr);
}

void parking::coordinator_data::leave_search() noexcept {
  if (searching.fetch_sub(1) == 1 && resting.load() != 0 && are_more())
    call_one();
}

bool parking::coordinator_data::is_slot_filled() const noexcept {
  return std::any_of(workers.begin(), workers.end(), [](const worker_data* each) { return each->slot_.load(); });
}

bool parking::coordinator_data::are_more() {
  return (!watched.load() && is_slot_filled()) ||
         std::any_of(workers.begin(), workers.end(), [](worker_data* each) { return !each->is_empty(); });
}

void parking::coordinator_data::attend(poller* to) noexcept {
  outside.store(to);
  while (!to && polling.load() != 0)
    std::this_thread::yield();
}

bool parking::coordinator_data::poll(caf::execution_unit* worker) {
  if (outside.load(std::memory_order_relaxed) == nullptr)
    return false;
  polling.fetch_add(1);
  auto* const now = outside.load();
  bool did = false;
  if (now) {
    const worker_scope scope(worker);
    did = now->poll();
  }
  polling.fetch_sub(1);
  return did;
}

void parking::coordinator_data::unattended() {
  if (!outside.load())
    return;
  polling.fetch_add(1);
  if (auto* const now = outside.load())
    now->unattended();
  polling.fetch_sub(1);
}

// --- a worker ---

parking::worker_data::worker_data(caf::scheduler::abstract_coordinator* home)
    : all_(&static_cast<caf::scheduler::coordinator<parking>*>(home)->data()) {}

parking::worker_data::worker_data(const worker_data& pattern) : all_(pattern.all_) {
  all_->workers.push_back(this);
}

void parking::worker_data::push(caf::resumable* job) {
  const std::lock_guard guard(mutex_);
  jobs_.push_back(job);
  count_.store(jobs_.size(), std::memory_order_relaxed);
}

bool parking::worker_data::is_empty() {
  const std::lock_guard guard(mutex_);
  return jobs_.empty();
}

void parking::worker_data::enqueue(caf::resumable* job) {
  push(job);
  all_->call_one();
}

void parking::worker_data::run_next(caf::resumable* job) {
  if (auto* const displaced = slot_.exchange(job))
    enqueue(displaced);
  else if (!all_->watched.load())
    all_->call_one();
}

void parking::worker_data::run_later(caf::resumable* job) {
  push(job);
  if (slot_.load(std::memory_order_relaxed) || count_.load(std::memory_order_relaxed) > 1)
    all_->call_one();
}

caf::resumable* parking::worker_data::take_queue() {
  if (count_.load(std::memory_order_relaxed) == 0)
    return nullptr;
  const std::lock_guard guard(mutex_);
  if (jobs_.empty())
    return nullptr;
  auto* const job = jobs_.front();
  jobs_.pop_front();
  count_.store(jobs_.size(), std::memory_order_relaxed);
  return job;
}

caf::resumable* parking::worker_data::take_own() {
  if (slot_runs_ < slot_runs_in_a_row) {
    if (auto* const job = take_slot()) {
      ++slot_runs_;
      return job;
    }
  }
  slot_runs_ = 0;
  auto* const first = take_queue();
  if (!first)
    return take_slot();
  if (auto* const displaced = take_slot())
    push(displaced);
  return first;
}

caf::resumable* parking::worker_data::remaining() {
  auto* const job = take_slot();
  return job ? job : take_queue();
}

caf::resumable* parking::worker_data::steal_half(worker_data& from) {
  std::array<caf::resumable*, most_stolen> stolen;
  std::size_t count = 0;
  {
    const std::lock_guard guard(from.mutex_);
    const auto wanted = std::min((from.jobs_.size() + 1) / 2, most_stolen);
    while (count < wanted) {
      stolen[count++] = from.jobs_.front();
      from.jobs_.pop_front();
    }
    from.count_.store(from.jobs_.size(), std::memory_order_relaxed);
  }
  if (count > 1) {
    const std::lock_guard guard(mutex_);
    jobs_.insert(jobs_.end(), stolen.begin() + 1, stolen.begin() + static_cast<std::ptrdiff_t>(count));
    count_.store(jobs_.size(), std::memory_order_relaxed);
  }
  return count ? stolen[0] : nullptr;
}

caf::resumable* parking::worker_data::steal(bool thoroughly) {
  for (worker_data* const each : all_->workers)
    if (each != this && (thoroughly || each->count_.load(std::memory_order_relaxed) != 0))
      if (auto* const job = steal_half(*each))
        return job;
  return nullptr;
}

caf::resumable* parking::worker_data::take_stuck(of_stuck which) {
  const auto& workers = all_->workers;
  seen_.resize(workers.size());
  for (std::size_t i = 0; i < workers.size(); ++i) {
    worker_data& other = *workers[i];
    if (&other == this)
      continue;
    const auto now = other.progress_.load(std::memory_order_relaxed);
    if (std::exchange(seen_[i], now) != now)
      continue;
    if (auto* const job = other.take_slot())
      return job;
    if (which == of_stuck::all)
      if (auto* const job = steal_half(other))
        return job;
  }
  return nullptr;
}

caf::resumable* parking::worker_data::look_around(caf::execution_unit* self) {
  if (const auto now = clock::now(); now - polled_ >= poll_interval) {
    polled_ = now;
    all_->poll(self);
  }
  auto* const job = take_stuck(of_stuck::all);
  if (job)
    all_->call_one();  // for what came with it
  return job;
}

caf::resumable* parking::worker_data::dequeue(caf::execution_unit* self) {
  const auto begun = progress_.load(std::memory_order_relaxed) + 1;
  caf::resumable* job = begun % jobs_a_look == 0 ? look_around(self) : nullptr;
  if (!job)
    job = take_own();
  if (!job)
    job = find(self);
  progress_.store(begun, std::memory_order_relaxed);
  return job;
}

caf::resumable* parking::worker_data::find(caf::execution_unit* self) {
  const auto most_searching = std::max<std::size_t>(1, all_->workers.size() / 2);
  caf::resumable* job = all_->searching.fetch_add(1) < most_searching ? search(self) : nullptr;
  while (!job) {
    job = rest();
    if (!job)
      job = search(self);
  }
  all_->leave_search();
  return job;
}

caf::resumable* parking::worker_data::search(caf::execution_unit* self) {
  auto now = clock::now();
  auto until = now + search_time, look_at_slots = now;
  do {
    if (auto* const job = take_own())
      return job;
    if (auto* const job = steal(false))
      return job;
    if (now >= look_at_slots) {
      look_at_slots = now + stuck_time;
      if (auto* const job = take_stuck(of_stuck::slots))
        return job;
    }
    const bool came = all_->poll(self);
    if (!came)
      breathe();
    now = polled_ = clock::now();
    if (came)
      until = now + search_time;
  } while (now < until);
  return nullptr;
}

/// Null: was called. Counts as searching before and afterwards.
caf::resumable* parking::worker_data::rest() {
  bool watches = false, is_last = false;
  {
    const std::lock_guard guard(all_->mutex);
    called_.store(0);
    is_last = all_->resting.fetch_add(1) + 1 == all_->workers.size();
    watches = !is_last && !all_->watch;
    if (watches)
      all_->watch = this, all_->watched.store(true);
    else
      all_->sleepers.push_back(this);
  }
  all_->searching.fetch_sub(1);
  caf::resumable* job = take_own();
  if (!job)
    job = steal(true);
  if (!job && is_last)
    all_->unattended();
  if (!job && watches)
    job = keep_watch();
  if (job)
    get_up();
  else
    sleep({});
  return job;
}

/// Null: was called, or nobody is up any more.
caf::resumable* parking::worker_data::keep_watch() {
  for (std::chrono::nanoseconds limit = first_watch;;
       limit = std::min<std::chrono::nanoseconds>(2 * limit, longest_watch)) {
    sleep(limit);
    {
      const std::lock_guard guard(all_->mutex);
      if (called_.load() != 0)
        return nullptr;
      if (all_->resting.load() == all_->workers.size()) {
        all_->watch = nullptr, all_->watched.store(false);
        all_->sleepers.push_back(this);
        return nullptr;
      }
    }
    if (auto* const job = steal(false))
      return job;
    if (auto* const job = take_stuck(of_stuck::slots))
      return job;
    if (!all_->is_slot_filled())
      continue;
    for (const auto until = clock::now() + stuck_time; clock::now() < until;)
      breathe();
    if (auto* const job = take_stuck(of_stuck::slots))
      return job;
  }
}

/// Until it is called, or for so long.
void parking::worker_data::sleep(std::chrono::nanoseconds limit) noexcept {
  const timespec at_most{0, static_cast<long>(limit.count())};
  while (called_.load() == 0)
    if (futex(called_, FUTEX_WAIT, 0, limit.count() ? &at_most : nullptr) != 0 && errno == ETIMEDOUT)
      return;
}

/// Nobody need call it any more: it searches, as if it had been called.
void parking::worker_data::get_up() noexcept {
  const std::lock_guard guard(all_->mutex);
  if (called_.load() != 0)
    return;
  if (all_->watch == this)
    all_->watch = nullptr, all_->watched.store(false);
  else
    std::erase(all_->sleepers, this);
  all_->searching.fetch_add(1);
  all_->resting.fetch_sub(1);
}
}  // namespace twinslot
