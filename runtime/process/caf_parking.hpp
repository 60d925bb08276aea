// runtime/process/caf_parking.hpp - the scheduler of a node's own actor system: workers that run next what the
// running process has just woken, steal from each other, look around for a moment when they have nothing to do, and
// then rest until they are called.
//
// A worker has a slot for one job and a queue, first in, first out:
//     what a process wakes    to its worker's slot. What was in there goes to the queue, and somebody is called for it.
//     what others wake        to some worker's queue, and somebody is called for it.
//     a worker takes          slot (16 times in a row at most: then that job goes behind those in the queue) -> queue
//                             -> half of another's queue -> sockets -> another's slot -> rests
// So two processes that call each other stay on one core, and nobody else is disturbed for them. Each 61 jobs a worker
// polls the sockets, and looks whether jobs wait behind a long one of another worker, one after the other.
//
// Nobody is called while somebody searches: he will find it. `searching` counts those, from the moment they are called.
// Who leaves the search with a job, as the last one, calls the next if there is more to do.
//
// No wake-up is lost.
//   Queues: the enqueuer pushes, then reads `searching`, then `resting`. A worker that gives up goes the other way: it
// counts itself as resting, stops counting as searching, looks at all queues once more, and only then sleeps. These
// counters are sequentially consistent, and queues are locked. So if the enqueuer saw a searcher, that one's last look
// comes later and finds the job; if it saw none, the worker was counted as resting before, and is called.
//   Slots: their owner is up, and looks there before it rests. So that a job is not stuck there behind one that takes
// long, a searcher takes it out when the owner has begun no job since it looked before, some microseconds ago; and as
// long as one worker is up and others rest, one of those keeps watch: it sleeps with a time limit, and then looks.
// `watched` says so. Whoever fills a slot looks at it, and at `searching`, afterwards, and calls somebody if neither is
// set; who is called last finds that nobody watches, and does. Who stops searching looks at the slots afterwards, too.
//   When all rest, the watch ends after a millisecond: an idle node has no wake-ups, and a burst of jobs need not call
// somebody for the watch with each. Where sockets are open it ends at once: whoever is called for it polls them as
// well.
//
// Who touches what: slot: owner fills it, anyone empties it, by exchange (acquire and release: what was written before
// the job was given is seen by who runs it). queue: anyone, locked. progress: owner writes. Who rests, who watches,
// and `called`: under the lock of `parking`, only the sleeper reads `called` without.
//
// A module of CAF's, as its own schedulers: CAF's actors run here beside processes. CAF's template for workers and its
// two policies were measured beside it: the template looks for a log twice a job; `sharing` wakes as quickly but has
// one queue for all; `stealing` polls, with sleeps of 50 us, so work from outside waits, and an idle node never rests.
// Source: CAF's coordinator for start and stop; Go's scheduler for the slot, the search, its throttle, polling, and the
// monitor; Tokio's for the limit of the slot.
#pragma once
#include "runtime/process/poller.hpp"

#include <caf/detail/thread_safe_actor_clock.hpp>
#include <caf/execution_unit.hpp>
#include <caf/resumable.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace twinslot {

/// What the workers share. Any thread, but for what CAF calls at the start and at the end.
class parking final : public caf::scheduler::abstract_coordinator {
public:
  explicit parking(caf::actor_system& system);
  ~parking() override;
  static caf::actor_system::module* make(caf::actor_system& system, caf::detail::type_list<>);

  void enqueue(caf::resumable* job) override;
  caf::detail::thread_safe_actor_clock& clock() noexcept override { return clock_; }
  /// Null: returns when no worker is in the former one any more.
  void attend(poller* to) noexcept;
  bool all_rest() const noexcept { return resting_.load() == workers_.size(); }

protected:
  void start() override;
  void stop() override;

private:
  class worker;

  /// False where there is none.
  template <class Function>
  bool with_poller(Function function);
  /// What jobs are made for goes to `by`.
  bool poll(worker& by);
  void unattended();
  /// Calls somebody who rests, unless somebody searches.
  void call_one() noexcept;
  void call_resting() noexcept;
  /// A searcher goes, with a job.
  void leave_search() noexcept;
  bool are_more();
  bool is_slot_filled() const noexcept;

  std::vector<std::unique_ptr<worker>> workers_;  // complete before the first one runs
  std::atomic<std::size_t> next_{0};              // worker for a job from outside
  std::atomic<std::uint32_t> searching_{0};
  std::atomic<std::uint32_t> resting_{0};  // who is in `sleepers_`, or watches
  std::atomic<bool> watched_{false};
  std::mutex mutex_;
  std::vector<worker*> sleepers_;
  worker* watch_ = nullptr;
  std::atomic<poller*> outside_{nullptr};
  std::atomic<std::uint32_t> polling_{0};  // workers in there
  caf::detail::thread_safe_actor_clock clock_;
  std::thread clock_thread_;
};

class alignas(64) parking::worker final : public caf::execution_unit {
public:
  worker(parking& home, std::size_t jobs_at_most);
  void start();
  void join() { thread_.join(); }

  /// Any thread.
  void enqueue(caf::resumable* job);
  /// The running job wakes another.
  void exec_later(caf::resumable* job) override;
  /// At the end of all.
  caf::resumable* remaining();

private:
  friend parking;
  void run();
  caf::resumable* dequeue();
  void push(caf::resumable* job);
  void run_later(caf::resumable* job);
  caf::resumable* take_slot() { return slot_.load(std::memory_order_relaxed) ? slot_.exchange(nullptr) : nullptr; }
  caf::resumable* take_queue();
  caf::resumable* take_own();
  caf::resumable* steal(bool thoroughly);
  caf::resumable* steal_half(worker& from);
  bool is_stuck(std::size_t which);
  caf::resumable* take_stuck();
  caf::resumable* look_around();
  // Counted as searching before and afterwards.
  caf::resumable* find();
  caf::resumable* search();
  caf::resumable* rest();
  caf::resumable* keep_watch();
  void sleep(std::chrono::nanoseconds limit) noexcept;
  void get_up() noexcept;
  bool is_empty();

  parking& all_;
  const std::size_t throughput_;
  std::thread thread_;
  std::chrono::steady_clock::time_point polled_{};
  std::size_t looked_at_ = 0;             // whom
  std::vector<std::uint32_t> seen_;       // of the others' progress
  std::uint32_t slot_runs_ = 0;           // in a row
  std::atomic<std::uint32_t> called_{0};  // a futex
  // Written for each job; others look when they search.
  alignas(64) std::atomic<caf::resumable*> slot_{nullptr};
  std::atomic<std::uint32_t> progress_{0};  // jobs begun
  alignas(64) std::mutex mutex_;
  std::deque<caf::resumable*> jobs_;
  std::atomic<std::size_t> count_{0};  // a hint
};
}  // namespace twinslot
