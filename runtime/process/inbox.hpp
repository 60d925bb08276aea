// runtime/process/inbox.hpp - where signals arrive: a lock-free stack that many threads push on and one empties.
//
//     head_   idle     the process waits; whoever pushes next must wake it
//             nullptr  nothing is here and the process runs, or is about to (it will look again)
//             closed   the process has ended; what is pushed comes back to the sender
//             else     the newest signal, chained to older ones
//
// One atomic word is the whole protocol:
//   push    any thread: head_ from idle, nullptr or a signal to its own signal, by compare-exchange. The one that
//           replaced `idle` wakes the process, nobody else: so it is scheduled once.
//   take    the process: exchange with nullptr, then reverse (the stack is newest first), which gives arrival order.
//   rest    the process, having seen nothing to do: nullptr to idle, by compare-exchange. A signal that came in between
//           makes it fail, and the process looks again. So no wake-up is lost: at every moment either head_ is `idle`
//           and the next push wakes, or the process will look at head_ again before it rests.
//   close   the process, at its end: exchange with `closed`.
// Orders: push releases and take acquires, so the receiver sees what the sender wrote before it sent. `rest` releases
// what the process did, and the push that replaces `idle` acquires it, so that the thread which runs the process next
// sees it (it is started by that push). Between one sender and one receiver the order of pushes is the order of
// arrival (P14).
// Source: Treiber's stack; the blocked and closed tags as in CAF's inbox.
#pragma once
#include "runtime/process/signal.hpp"

#include <atomic>

namespace twinslot {

class inbox {
public:
  enum class pushed { accepted, wake, closed };
  inbox() = default;
  ~inbox() { reverse(take_chain(nullptr)); }

  /// Any thread. `closed`: the signal stays with the caller.
  pushed push(signal_ptr& sent) noexcept {
    signal* head = head_.load(std::memory_order_relaxed);
    do {
      if (head == closed())
        return pushed::closed;
      sent->next = is_tag(head) ? nullptr : head;
    } while (!head_.compare_exchange_weak(head, sent.get(), std::memory_order_acq_rel, std::memory_order_relaxed));
    sent.release();
    return head == idle() ? pushed::wake : pushed::accepted;
  }

  // The process's side.
  bool has_some() const noexcept { return !is_tag(head_.load(std::memory_order_relaxed)); }
  struct arrivals {
    signal_list all;
    bool messages_only;
  };
  /// All that arrived, oldest first. Not while idle.
  arrivals take() noexcept { return reverse(take_chain(nullptr)); }
  /// True: the next push wakes.
  bool rest() noexcept {
    signal* expected = nullptr;
    return head_.compare_exchange_strong(expected, idle(), std::memory_order_acq_rel, std::memory_order_acquire);
  }
  /// Ends the rest without a push. False: a push has ended it, and wakes.
  bool rise() noexcept {
    signal* expected = idle();
    return head_.compare_exchange_strong(expected, nullptr, std::memory_order_acq_rel, std::memory_order_acquire);
  }
  /// No more is accepted; gives what had arrived.
  signal_list close() noexcept { return reverse(take_chain(closed())).all; }
  bool is_closed() const noexcept { return head_.load(std::memory_order_acquire) == closed(); }
  bool is_idle() const noexcept { return head_.load(std::memory_order_acquire) == idle(); }

private:
  // Addresses that no signal has.
  static signal* idle() noexcept { return reinterpret_cast<signal*>(std::uintptr_t{1}); }
  static signal* closed() noexcept { return reinterpret_cast<signal*>(std::uintptr_t{2}); }
  static bool is_tag(const signal* head) noexcept { return reinterpret_cast<std::uintptr_t>(head) <= 2; }

  signal* take_chain(signal* replacement) noexcept {
    signal* head = head_.exchange(replacement, std::memory_order_acq_rel);
    return is_tag(head) ? nullptr : head;
  }
  static arrivals reverse(signal* newest) noexcept {
    signal* last = newest;
    signal* first = nullptr;
    bool messages_only = true;
    while (newest) {
      messages_only = messages_only && newest->what == signal::kind::message;
      first = std::exchange(newest, std::exchange(newest->next, first));
    }
    return {{first, last}, messages_only};
  }
  std::atomic<signal*> head_{nullptr};
};
}  // namespace twinslot
