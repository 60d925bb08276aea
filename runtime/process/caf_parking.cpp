#include "runtime/process/caf_parking.hpp"

#include "runtime/process/caf_process.hpp"

#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <thread>

namespace twinslot {

namespace {
long futex(std::atomic<std::uint32_t>& word, int operation, std::uint32_t value) noexcept {
  static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t));
  return ::syscall(SYS_futex, &word, operation | FUTEX_PRIVATE_FLAG, value, nullptr, nullptr, 0);
}
}  // namespace

void parking::worker_data::push(caf::resumable* job) {
  const std::lock_guard guard(mutex);
  jobs.push_back(job);
  count.store(jobs.size(), std::memory_order_relaxed);
}

caf::resumable* parking::worker_data::take_locked() {
  const std::lock_guard guard(mutex);
  if (jobs.empty())
    return nullptr;
  caf::resumable* const job = jobs.front();
  jobs.pop_front();
  count.store(jobs.size(), std::memory_order_relaxed);
  return job;
}

bool parking::worker_data::is_empty() {
  const std::lock_guard guard(mutex);
  return jobs.empty();
}

void parking::coordinator_data::wake_one() noexcept {
  // The job's queue was locked before: a worker that looked into it earlier was counted earlier.
  if (searching.load() != 0)
    return;
  auto sleepers = resting.load();
  do {
    if (sleepers == 0)
      return;
  } while (!resting.compare_exchange_weak(sleepers, sleepers - 1));
  epoch.fetch_add(1);
  futex(epoch, FUTEX_WAKE, 1);
}

void parking::coordinator_data::stay_up() noexcept {
  auto sleepers = resting.load();
  while (sleepers != 0 && !resting.compare_exchange_weak(sleepers, sleepers - 1)) {
  }
}

void parking::coordinator_data::rest(std::uint32_t noted) noexcept {
  if (futex(epoch, FUTEX_WAIT, noted) != 0)
    stay_up();  // it was changed before, or a signal came
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

void parking::unattended(coordinator_data& all) {
  all.polling.fetch_add(1);
  if (auto* const now = all.outside.load())
    now->unattended();
  all.polling.fetch_sub(1);
}

void parking::breathe() noexcept {
  for (int i = 0; i < 16; ++i)
    __builtin_ia32_pause();
  ::sched_yield();
}
}  // namespace twinslot
