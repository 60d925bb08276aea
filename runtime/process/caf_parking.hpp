// runtime/process/caf_parking.hpp - the scheduling policy of a node's own actor system: workers that run next what the
// running process has just woken, steal from each other, look around for a moment when they have nothing to do, and
// then rest until they are called.
//
// A worker has a slot for one job and a queue, first in, first out:
//     what a process wakes    to its worker's slot. What was in there goes to the queue, and somebody is called for it.
//     what others wake        to some worker's queue, and somebody is called for it.
//     a worker takes          slot (16 times in a row at most: then that job goes behind those in the queue) -> queue
//                             -> half of another's queue -> sockets -> another's slot -> rests
// So two processes that call each other stay on one core, and nobody else is disturbed for them. Each 61 jobs a worker
// polls the sockets, and looks whether jobs wait behind a long one of another worker.
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
//   When all rest, none has a time limit: an idle node has no wake-ups.
//
// Who touches what: slot: owner fills it, anyone empties it, by exchange (acquire and release: what was written before
// the job was given is seen by who runs it). queue: anyone, locked. progress: owner writes. Who rests, who watches,
// and `called`: under the lock of `coordinator_data`, only the sleeper reads `called` without.
//
// CAF's own policies were measured beside it: `sharing` wakes as quickly but has one queue for all; `stealing` polls,
// with sleeps of 50 us, so work from outside waits, and an idle node never rests. Source: Go's scheduler for the slot,
// the search, its throttle, polling, and the monitor; Tokio's for the limit of the slot.
#pragma once
#include "runtime/process/poller.hpp"

#include <caf/policy/unprofiled.hpp>
#include <caf/resumable.hpp>
#include <caf/scheduler/coordinator.hpp>
#include <caf/scheduler/worker.hpp>

#include <atomic>
#include <chrono>
#include <deque>
#include <mutex>
#include <vector>

namespace twinslot {

class parking : public caf::policy::unprofiled {
public:
  struct worker_data;

  /// What the workers share.
  struct coordinator_data {
    explicit coordinator_data(caf::scheduler::abstract_coordinator*) {}
    std::vector<worker_data*> workers;  // complete before the first one runs
    std::atomic<std::size_t> next{0};   // worker for a job from outside
    std::atomic<std::uint32_t> searching{0};
    std::atomic<std::uint32_t> resting{0};  // who is in `sleepers`, or watches
    std::atomic<bool> watched{false};
    std::mutex mutex;
    std::vector<worker_data*> sleepers;
    worker_data* watch = nullptr;
    std::atomic<poller*> outside{nullptr};
    std::atomic<std::uint32_t> polling{0};  // workers in there

    /// Null: returns when no worker is in the former one any more.
    void attend(poller* to) noexcept;
    /// What jobs are made for goes to `worker`.
    bool poll(caf::execution_unit* worker);
    void unattended();
    /// Calls somebody who rests, unless somebody searches.
    void call_one() noexcept;
    void call_resting() noexcept;
    /// A searcher goes, with a job.
    void leave_search() noexcept;
    bool are_more();
    bool is_slot_filled() const noexcept;
  };

  struct alignas(64) worker_data {
    explicit worker_data(caf::scheduler::abstract_coordinator* home);
    worker_data(const worker_data& pattern);  // CAF makes each worker's from a pattern, before any runs

    // Any thread.
    void enqueue(caf::resumable* job);
    // The worker.
    void run_next(caf::resumable* job);
    void run_later(caf::resumable* job);
    caf::resumable* dequeue(caf::execution_unit* self);
    /// At the end of all.
    caf::resumable* remaining();

  private:
    friend coordinator_data;
    using clock = std::chrono::steady_clock;
    void push(caf::resumable* job);
    caf::resumable* take_slot() { return slot_.load(std::memory_order_relaxed) ? slot_.exchange(nullptr) : nullptr; }
    caf::resumable* take_queue();
    caf::resumable* take_own();
    caf::resumable* steal(bool thoroughly);
    caf::resumable* steal_half(worker_data& from);
    enum class of_stuck { slots, all };
    caf::resumable* take_stuck(of_stuck which);
    caf::resumable* look_around(caf::execution_unit* self);
    caf::resumable* find(caf::execution_unit* self);
    caf::resumable* search(caf::execution_unit* self);
    caf::resumable* rest();
    caf::resumable* keep_watch();
    void sleep(std::chrono::nanoseconds limit) noexcept;
    void get_up() noexcept;
    bool is_empty();

    // Others read these, or write them rarely.
    coordinator_data* const all_;
    std::atomic<caf::resumable*> slot_{nullptr};
    std::atomic<std::uint32_t> progress_{0};  // jobs begun
    std::atomic<std::uint32_t> called_{0};    // a futex
    std::uint32_t slot_runs_ = 0;             // in a row
    clock::time_point polled_{};
    std::vector<std::uint32_t> seen_;  // of the others' progress
    alignas(64) std::mutex mutex_;
    std::deque<caf::resumable*> jobs_;
    std::atomic<std::size_t> count_{0};  // a hint
  };

  template <class Coordinator>
  void central_enqueue(Coordinator* all, caf::resumable* job) {
    external_enqueue(all->worker_by_id(d(all).next.fetch_add(1, std::memory_order_relaxed) % all->num_workers()), job);
  }
  template <class Worker>
  void external_enqueue(Worker* to, caf::resumable* job) {
    d(to).enqueue(job);
  }
  template <class Worker>
  void internal_enqueue(Worker* self, caf::resumable* job) {
    d(self).run_next(job);
  }
  template <class Worker>
  void resume_job_later(Worker* self, caf::resumable* job) {
    d(self).run_later(job);
  }
  template <class Worker>
  caf::resumable* dequeue(Worker* self) {
    return d(self).dequeue(self);
  }
  template <class Worker, class Function>
  void foreach_resumable(Worker* self, Function handle) {
    while (auto* job = d(self).remaining())
      handle(job);
  }
  template <class Coordinator, class Function>
  void foreach_central_resumable(Coordinator*, Function) {}
};
}  // namespace twinslot
