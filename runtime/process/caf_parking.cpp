#include "runtime/process/caf_parking.hpp"

#include "runtime/process/caf_process.hpp"

#include <caf/actor_system.hpp>
#include <caf/detail/set_thread_name.hpp>

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
constexpr auto last_watch = 1ms;  // when all rest; not where there are sockets, for which two are better than one
constexpr std::size_t most_stolen = 64;

long futex(std::atomic<std::uint32_t>& word, int operation, std::uint32_t value, const timespec* limit) noexcept {
  static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t));
  return ::syscall(SYS_futex, &word, operation | FUTEX_PRIVATE_FLAG, value, limit, nullptr, 0);
}

/// Tells the processor that this thread only waits.
void pause() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("isb");  // some 10 ns, as x86's pause; `yield` takes none on most of these processors
#endif
}

/// Between two looks.
void breathe() noexcept {
  for (int i = 0; i < 16; ++i)
    pause();
  ::sched_yield();
}
}  // namespace

// --- what the workers share ---

parking::parking(caf::actor_system& system) : caf::scheduler::abstract_coordinator(system) {}
parking::~parking() = default;

caf::actor_system::module* parking::make(caf::actor_system& system, caf::detail::type_list<>) {
  return new parking(system);
}

void parking::start() {
  for (std::size_t i = 0; i < num_workers(); ++i)
    workers_.push_back(std::make_unique<worker>(*this, max_throughput()));
  for (const auto& each : workers_)
    each->start();
  clock_thread_ = std::thread([this] {
    caf::detail::set_thread_name("caf.clock");
    system().thread_started();
    clock_.run_dispatch_loop();
    system().thread_terminates();
  });
  abstract_coordinator::start();
}

namespace {
/// A worker ends with it.
class last_job final : public caf::resumable {
public:
  resume_result resume(caf::execution_unit*, std::size_t) override { return shutdown_execution_unit; }
  void intrusive_ptr_add_ref_impl() override {}
  void intrusive_ptr_release_impl() override {}
};
}  // namespace

void parking::stop() {
  last_job last;
  for (std::size_t i = 0; i < workers_.size(); ++i)
    enqueue(&last);  // one for each, whoever gets it
  for (const auto& each : workers_)
    each->join();
  stop_actors();
  for (const auto& each : workers_)
    while (auto* const job = each->remaining())
      cleanup_and_release(job);
  clock_.cancel_dispatch_loop();
  clock_thread_.join();
}

void parking::enqueue(caf::resumable* job) {
  workers_[next_.fetch_add(1, std::memory_order_relaxed) % workers_.size()]->enqueue(job);
}

void parking::call_one() noexcept {
  // The job's queue was locked before: a worker that looked into it earlier was counted earlier.
  if (searching_.load() == 0 && resting_.load() != 0)
    call_resting();
}

void parking::call_resting() noexcept {
  worker* called = nullptr;
  {
    const std::lock_guard guard(mutex_);
    if (searching_.load() != 0)
      return;
    if (!sleepers_.empty()) {
      called = sleepers_.back();
      sleepers_.pop_back();
    } else if (watch_) {
      called = std::exchange(watch_, nullptr);
      watched_.store(false);
    } else {
      return;
    }
    searching_.fetch_add(1);
    resting_.fetch_sub(1);
    called->called_.store(1);
  }
  futex(called->called_, FUTEX_WAKE, 1, nullptr);
}

void parking::leave_search() noexcept {
  if (searching_.fetch_sub(1) == 1 && resting_.load() != 0 && are_more())
    call_one();
}

bool parking::is_slot_filled() const noexcept {
  return std::any_of(workers_.begin(), workers_.end(), [](const auto& each) { return each->slot_.load(); });
}

bool parking::are_more() {
  return (!watched_.load() && is_slot_filled()) ||
         std::any_of(workers_.begin(), workers_.end(), [](const auto& each) { return !each->is_empty(); });
}

void parking::attend(poller* to) noexcept {
  outside_.store(to);
  while (!to && polling_.load() != 0)
    std::this_thread::yield();
}

template <class Function>
bool parking::with_poller(Function function) {
  if (!outside_.load(std::memory_order_relaxed))
    return false;
  polling_.fetch_add(1);
  auto* const now = outside_.load();
  const bool did = now && function(*now);
  polling_.fetch_sub(1);
  return did;
}

bool parking::poll(worker& by) {
  return with_poller([&](poller& its) {
    const worker_scope scope(&by);
    return its.poll();
  });
}

void parking::unattended() {
  with_poller([](poller& its) {
    its.unattended();
    return true;
  });
}

// --- a worker ---

parking::worker::worker(parking& home, std::size_t jobs_at_most)
    : caf::execution_unit(&home.system()), all_(home), throughput_(jobs_at_most) {}

void parking::worker::start() {
  thread_ = std::thread([this] {
    caf::detail::set_thread_name("twinslot.worker");
    system().thread_started();
    run();
    system().thread_terminates();
  });
}

void parking::worker::run() {
  for (;;) {
    caf::resumable* const job = dequeue();
    switch (job->resume(this, throughput_)) {
      case caf::resumable::resume_later: run_later(job); break;
      case caf::resumable::done:
      case caf::resumable::awaiting_message: caf::intrusive_ptr_release(job); break;
      case caf::resumable::shutdown_execution_unit: return;
    }
  }
}

void parking::worker::push(caf::resumable* job) {
  const std::lock_guard guard(mutex_);
  jobs_.push_back(job);
  count_.store(jobs_.size(), std::memory_order_relaxed);
}

bool parking::worker::is_empty() {
  const std::lock_guard guard(mutex_);
  return jobs_.empty();
}

void parking::worker::enqueue(caf::resumable* job) {
  push(job);
  all_.call_one();
}

void parking::worker::exec_later(caf::resumable* job) {
  if (auto* const displaced = slot_.exchange(job))
    enqueue(displaced);
  else if (!all_.watched_.load())
    all_.call_one();
}

void parking::worker::run_later(caf::resumable* job) {
  push(job);
  if (slot_.load(std::memory_order_relaxed) || count_.load(std::memory_order_relaxed) > 1)
    all_.call_one();
}

caf::resumable* parking::worker::take_queue() {
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

caf::resumable* parking::worker::take_own() {
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

caf::resumable* parking::worker::remaining() {
  auto* const job = take_slot();
  return job ? job : take_queue();
}

caf::resumable* parking::worker::steal_half(worker& from) {
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

caf::resumable* parking::worker::steal(bool thoroughly) {
  for (const auto& each : all_.workers_)
    if (each.get() != this && (thoroughly || each->count_.load(std::memory_order_relaxed) != 0))
      if (auto* const job = steal_half(*each))
        return job;
  return nullptr;
}

/// Whether that one is at the same job as when this one looked before.
bool parking::worker::is_stuck(std::size_t which) {
  seen_.resize(all_.workers_.size());
  const auto now = all_.workers_[which]->progress_.load(std::memory_order_relaxed);
  return std::exchange(seen_[which], now) == now;
}

caf::resumable* parking::worker::take_stuck() {
  for (std::size_t i = 0; i < all_.workers_.size(); ++i)
    if (all_.workers_[i].get() != this && is_stuck(i))
      if (auto* const job = all_.workers_[i]->take_slot())
        return job;
  return nullptr;
}

caf::resumable* parking::worker::look_around() {
  if (const auto now = clock::now(); now - polled_ >= poll_interval) {
    polled_ = now;
    all_.poll(*this);
  }
  looked_at_ = (looked_at_ + 1) % all_.workers_.size();
  worker& other = *all_.workers_[looked_at_];
  if (&other == this || !is_stuck(looked_at_))
    return nullptr;
  auto* job = other.take_slot();
  if (!job)
    job = steal_half(other);
  if (job)
    all_.call_one();  // for what came with it
  return job;
}

caf::resumable* parking::worker::dequeue() {
  const auto begun = progress_.load(std::memory_order_relaxed) + 1;
  caf::resumable* job = begun % jobs_a_look == 0 ? look_around() : nullptr;
  if (!job)
    job = take_own();
  if (!job)
    job = find();
  progress_.store(begun, std::memory_order_relaxed);
  return job;
}

caf::resumable* parking::worker::find() {
  all_.searching_.fetch_add(1);
  caf::resumable* job = search();
  while (!job) {
    job = rest();
    if (!job)
      job = search();
  }
  all_.leave_search();
  return job;
}

caf::resumable* parking::worker::search() {
  auto now = clock::now();
  auto until = now + search_time, look_at_slots = now;
  do {
    if (auto* const job = take_own())
      return job;
    if (auto* const job = steal(false))
      return job;
    if (now >= look_at_slots) {
      look_at_slots = now + stuck_time;
      if (auto* const job = take_stuck())
        return job;
    }
    const bool came = all_.poll(*this);
    if (!came)
      breathe();
    now = polled_ = clock::now();
    if (came)
      until = now + search_time;
  } while (now < until);
  return nullptr;
}

/// Null: was called. Counts as searching before and afterwards.
caf::resumable* parking::worker::rest() {
  bool watches = false, is_last = false;
  {
    const std::lock_guard guard(all_.mutex_);
    called_.store(0);
    is_last = all_.resting_.fetch_add(1) + 1 == all_.workers_.size();
    watches = !is_last && !all_.watch_;
    if (watches)
      all_.watch_ = this, all_.watched_.store(true);
    else
      all_.sleepers_.push_back(this);
  }
  all_.searching_.fetch_sub(1);
  caf::resumable* job = take_own();
  if (!job)
    job = steal(true);
  if (!job && is_last)
    all_.unattended();
  if (!job && watches)
    job = keep_watch();
  if (job)
    get_up();
  else
    sleep({});
  return job;
}

/// Null: was called, or nobody has been up for a while.
caf::resumable* parking::worker::keep_watch() {
  std::chrono::nanoseconds all_at_rest{0};
  for (std::chrono::nanoseconds limit = first_watch;;
       limit = std::min<std::chrono::nanoseconds>(2 * limit, longest_watch)) {
    sleep(limit);
    {
      const std::lock_guard guard(all_.mutex_);
      if (called_.load() != 0)
        return nullptr;
      const bool all_rest = all_.all_rest();
      all_at_rest = all_rest ? all_at_rest + limit : 0ns;
      if (all_rest && (all_at_rest > last_watch || all_.with_poller([](poller& its) { return its.has_any(); }))) {
        all_.watch_ = nullptr, all_.watched_.store(false);
        all_.sleepers_.push_back(this);
        return nullptr;
      }
    }
    if (auto* const job = steal(false))
      return job;
    if (auto* const job = take_stuck())
      return job;
    if (!all_.is_slot_filled())
      continue;
    for (const auto until = clock::now() + stuck_time; clock::now() < until;)
      breathe();
    if (auto* const job = take_stuck())
      return job;
  }
}

/// Until it is called, or for so long.
void parking::worker::sleep(std::chrono::nanoseconds limit) noexcept {
  const timespec at_most{0, static_cast<long>(limit.count())};
  while (called_.load() == 0)
    if (futex(called_, FUTEX_WAIT, 0, limit.count() ? &at_most : nullptr) != 0 && errno == ETIMEDOUT)
      return;
}

/// Nobody need call it any more: it searches, as if it had been called.
void parking::worker::get_up() noexcept {
  const std::lock_guard guard(all_.mutex_);
  if (called_.load() != 0)
    return;
  if (all_.watch_ == this)
    all_.watch_ = nullptr, all_.watched_.store(false);
  else
    std::erase(all_.sleepers_, this);
  all_.searching_.fetch_add(1);
  all_.resting_.fetch_sub(1);
}
}  // namespace twinslot
