// runtime/process/caf_parking.hpp - the scheduling policy of a node's own actor system: workers that steal from each
// other, look around for a moment when they have nothing to do, and then rest until they are woken.
//
//     enqueue    any thread: job to a queue, then: somebody searches? he will find it. Else somebody rests? wake one.
//     dequeue    the worker: own queue -> others' queues -> searches a while, polls sockets -> rests
//
// No wake-up is lost. The enqueuer pushes, then reads `searching`, then `resting`. A worker that gives up goes the
// other way: it counts itself as resting, notes `epoch`, stops counting as searching, looks at all queues once more,
// and only then sleeps, and only if `epoch` is still the one it noted. All of it is sequentially consistent, and queues
// are locked. So if the enqueuer saw a searcher, that one's last look comes later and finds the job; if it saw none,
// the worker was counted as resting before, and the enqueuer's new epoch keeps it from sleeping, or wakes it.
//     `resting` counts who sleeps, or is about to, and is not called yet. Whoever wakes takes one off, then wakes one
// thread; whoever does not sleep after all takes one off unless all were taken. So it never counts a worker that is
// awake for good.
//     Who leaves the search with a job while nobody else searches, and leaves other jobs behind, wakes the next one.
// Queues are first in, first out: an actor that runs again goes behind those that wait (no starvation).
//
// CAF's own policies were measured beside it: `sharing` wakes as quickly but has one queue for all; `stealing` polls,
// with sleeps of 50 us, so work from outside waits, and an idle node never rests. Source: Go's scheduler for the search
// and for polling in it.
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

namespace twinslot {

class parking : public caf::policy::unprofiled {
public:
  struct coordinator_data {
    explicit coordinator_data(caf::scheduler::abstract_coordinator*) {}
    std::atomic<std::size_t> next{0};  // worker for a job from outside
    std::atomic<std::uint32_t> searching{0};
    std::atomic<std::uint32_t> resting{0};
    std::atomic<std::uint32_t> epoch{0};
    std::atomic<poller*> outside{nullptr};
    std::atomic<std::uint32_t> polling{0};  // workers in there

    /// Null: returns when no worker is in the former one any more.
    void attend(poller* to) noexcept;
    /// What jobs are made for goes to the queue of `worker`.
    bool poll(caf::execution_unit* worker);
    void wake_one() noexcept;
    /// A place among the resting given back, unless it was taken.
    void stay_up() noexcept;
    /// Until it is woken, unless that was after `noted`.
    void rest(std::uint32_t noted) noexcept;
  };

  struct worker_data {
    explicit worker_data(caf::scheduler::abstract_coordinator*) {}
    worker_data(const worker_data&) {}  // CAF makes each worker's from a pattern
    void push(caf::resumable* job);
    caf::resumable* take() { return count.load(std::memory_order_relaxed) == 0 ? nullptr : take_locked(); }
    caf::resumable* take_locked();
    bool is_empty();
    std::mutex mutex;
    std::deque<caf::resumable*> jobs;
    std::atomic<std::size_t> count{0};  // a hint
    std::uint32_t taken = 0;            // by the worker itself
  };

  template <class Coordinator>
  void central_enqueue(Coordinator* all, caf::resumable* job) {
    all->worker_by_id(d(all).next.fetch_add(1, std::memory_order_relaxed) % all->num_workers())->external_enqueue(job);
  }
  template <class Worker>
  void external_enqueue(Worker* to, caf::resumable* job) {
    d(to).push(job);
    d(to->parent()).wake_one();
  }
  template <class Worker>
  void internal_enqueue(Worker* self, caf::resumable* job) {
    external_enqueue(self, job);
  }
  template <class Worker>
  void resume_job_later(Worker* self, caf::resumable* job) {
    d(self).push(job);
  }
  template <class Worker>
  caf::resumable* dequeue(Worker* self) {
    // Who always has jobs looks outside now and then.
    if (++d(self).taken % jobs_a_poll == 0)
      d(self->parent()).poll(self);
    for (;;) {
      if (auto* job = find(self, false))
        return job;
      if (auto* job = search(self))
        return job;
    }
  }
  template <class Worker, class Function>
  void foreach_resumable(Worker* self, Function handle) {
    while (auto* job = d(self).take_locked())
      handle(job);
  }
  template <class Coordinator, class Function>
  void foreach_central_resumable(Coordinator*, Function) {}

private:
  static constexpr std::uint32_t jobs_a_poll = 61;  // as Go's: a prime, so that no pattern of jobs keeps in step
  static constexpr std::chrono::microseconds search_time{50};
  static void breathe() noexcept;  // between two looks

  /// In the worker's own queue, then in the others'.
  template <class Worker>
  caf::resumable* find(Worker* self, bool thoroughly) {
    auto* const all = self->parent();
    const std::size_t count = all->num_workers();
    for (std::size_t i = 0; i < count; ++i) {
      auto& queue = d(all->worker_by_id((self->id() + i) % count));
      if (auto* job = thoroughly ? queue.take_locked() : queue.take())
        return job;
    }
    return nullptr;
  }

  template <class Worker>
  bool are_more(Worker* self) {
    auto* const all = self->parent();
    for (std::size_t i = 0; i < all->num_workers(); ++i)
      if (!d(all->worker_by_id(i)).is_empty())
        return true;
    return false;
  }

  template <class Worker>
  caf::resumable* search(Worker* self) {
    auto& all = d(self->parent());
    const std::size_t workers = self->parent()->num_workers();
    if (all.searching.fetch_add(1) < std::max<std::size_t>(1, workers / 2)) {
      auto until = std::chrono::steady_clock::now() + search_time;
      do {
        if (auto* job = find(self, false)) {
          if (all.searching.fetch_sub(1) == 1 && are_more(self))
            all.wake_one();
          return job;
        }
        if (all.poll(self))
          until = std::chrono::steady_clock::now() + search_time;
        else
          breathe();
      } while (std::chrono::steady_clock::now() < until);
    }
    const bool is_last = all.resting.fetch_add(1) + 1 == workers;
    const auto noted = all.epoch.load();
    all.searching.fetch_sub(1);
    if (auto* job = find(self, true)) {
      all.stay_up();
      return job;
    }
    if (is_last && all.outside.load())
      unattended(all);
    all.rest(noted);
    return nullptr;
  }
  static void unattended(coordinator_data& all);
};
}  // namespace twinslot
