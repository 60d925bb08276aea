// runtime/process/signal.hpp - what one process sends to another: messages, exits, links, monitors, replies.
// Internal to runtime/process. A signal has one owner at a time: sender, inbox, receiver.
// Source: "Signals" in OTP's reference manual on processes.
#pragma once
#include "runtime/term/block_pool.hpp"
#include "runtime/term/term.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace twinslot {

struct signal {
  enum class kind : std::uint8_t {
    message,      // value; `ref` != 0: the sender also monitors under that number (a request)
    exit,         // value: reason; by_link: only counts while the link is there
    link,         // from: the other end
    unlink,       // ref: the number that the answer carries
    unlink_ack,   // ref
    monitor,      // ref; from: who watches
    demonitor,    // ref
    down,         // ref; value: reason
    reply,        // ref; value
    refusal,      // ref; value: reason; a request that was not served
    urgent,       // ref; value: request; from: who asks; also a monitor, as a message with ref
    timeout,      // ref: which setting of the timeout
    inspect,      // ref: number of the enquiry
    own_port,     // ref: the port
    disown_port,  // ref
    let_go,       // ref: which hold
    by_alias,     // ref: the alias; value: a message
  };
  signal(kind what_, pid from_, std::uint64_t ref_, term value_) noexcept
      : what(what_), from(from_), ref(ref_), value(std::move(value_)) {}

  static void* operator new(std::size_t bytes);
  static void operator delete(void* gone) noexcept;

  signal* next = nullptr;
  kind what;
  bool by_link = false;      // exit
  bool unwatched = false;    // reply: the server has already forgotten the monitor
  bool from_a_caf = false;   // message: a request of a CAF actor waits under `ref`
  bool from_a_port = false;  // message: `ref` is the port, which is told when it is taken
  pid from;
  std::uint64_t ref;
  term value;

  bool is_request() const noexcept { return what == kind::message && ref != 0 && !from_a_caf && !from_a_port; }
};
inline void* signal::operator new(std::size_t) {
  return block_pool<sizeof(signal)>::take();
}
inline void signal::operator delete(void* gone) noexcept {
  block_pool<sizeof(signal)>::give(gone);
}
using signal_ptr = std::unique_ptr<signal>;

inline signal_ptr make_signal(signal::kind what, pid from, std::uint64_t ref = 0, term value = {}) {
  return std::make_unique<signal>(what, from, ref, std::move(value));
}

/// Signals in order, with O(1) at both ends.
class signal_list {
public:
  signal_list() = default;
  /// Takes over a chain that ends at `last`.
  signal_list(signal* first, signal* last) noexcept : first_(first), last_(last) {}
  signal_list(signal_list&& other) noexcept
      : first_(std::exchange(other.first_, nullptr)), last_(std::exchange(other.last_, nullptr)) {}
  signal_list& operator=(signal_list&& other) noexcept {
    std::swap(first_, other.first_);
    std::swap(last_, other.last_);
    return *this;
  }
  ~signal_list() { clear(); }
  bool empty() const noexcept { return first_ == nullptr; }
  signal* first() const noexcept { return first_; }
  signal* last() const noexcept { return last_; }
  void append(signal_ptr added) noexcept {
    added->next = nullptr;
    (last_ ? last_->next : first_) = added.get();
    last_ = added.release();
  }
  signal_ptr take_first() noexcept {
    signal_ptr taken{first_};
    if (taken) {
      first_ = taken->next;
      if (!first_)
        last_ = nullptr;
    }
    return taken;
  }
  /// Removes the signal behind `before`; null: the first.
  signal_ptr take_after(signal* before) noexcept {
    if (!before)
      return take_first();
    signal_ptr taken{before->next};
    before->next = taken->next;
    if (last_ == taken.get())
      last_ = before;
    return taken;
  }
  /// Puts it behind `before`; null: in front.
  void insert_after(signal* before, signal_ptr added) noexcept {
    if (before == last_)
      return append(std::move(added));
    signal*& place = before ? before->next : first_;
    added->next = place;
    place = added.release();
  }
  /// Puts all of `later` behind what is here.
  void append(signal_list later) noexcept {
    if (later.empty())
      return;
    (last_ ? last_->next : first_) = later.first_;
    last_ = later.last_;
    later.first_ = later.last_ = nullptr;
  }
  /// Puts all of `earlier` before what is here.
  void put_in_front(signal_list earlier) noexcept {
    earlier.append(std::move(*this));
    *this = std::move(earlier);
  }
  /// The first two come to this core's cache while something else is done: others have written them.
  void prefetch() const noexcept {
    if (!first_)
      return;
    if (!first_->value.in_place())
      __builtin_prefetch(first_->value.raw().box);
    if (first_->next)
      __builtin_prefetch(first_->next);
  }
  void clear() noexcept {
    while (take_first()) {
    }
  }

private:
  signal* first_ = nullptr;
  signal* last_ = nullptr;
};
}  // namespace twinslot
