// runtime/process/held_frame.hpp - a frame of a plugin's coroutine: where it stopped, and the version that it keeps.
//
//     enter -> hold -> resume -- stops -->  receive    until `offer` finds a message that a clause takes, or a timeout
//                        ^                  request    until the answer
//                        |                  yield      until its turn
//                        '----- arrange ----'
//                                           anything else: the frame has ended
//
// A version is pinned from `enter` on: the process lingers in it (C20-C22). Process functions (coroutine.hpp) have one
// of these, and servers whose handler waits (actors/gen_server). For the process itself, in its own thread.
// Source: design 3.5.
#pragma once
#include "runtime/process/process.hpp"

#include <atomic>

namespace twinslot {

class held_frame {
public:
  held_frame() noexcept = default;
  ~held_frame() { end(); }
  held_frame(const held_frame&) = delete;

  /// From now on the process lingers in that version. What it was in before must have been left.
  void enter(process& self, code::pin held);
  void leave() noexcept;
  /// Takes over a frame of the version that has not begun to run.
  void hold(abi::frame* made) noexcept { frame_ = made; }
  bool has_frame() const noexcept { return frame_ != nullptr; }

  void resume(abi::wake why, const term* value = nullptr) {
    routines().resume(frame_, why, value ? &value->raw() : nullptr, &stop_);
    keep_value();
  }
  /// At `receive`: false if no clause takes the message, and nothing has happened.
  bool offer(const term& message) {
    if (!routines().offer(frame_, &message.raw(), &stop_))
      return false;
    keep_value();
    return true;
  }
  /// Of a server's handler that is done: abi::frames::decide.
  abi::status decide(void** state, abi::outcome* decided, raw_term* failure) {
    return routines().decide(frame_, state, decided, failure);
  }
  /// Destroys the frame where it is. Throws what its destructors raise.
  void destroy();
  /// Destroys the frame and leaves the version; what destructors raise is logged.
  void end() noexcept;

  const abi::activity& stop() const noexcept { return stop_; }
  abi::step stopped_at() const noexcept { return stop_.what; }
  /// At receive: there are clauses, so messages are to be shown.
  /// One of the clauses that it waits with takes requests of sys.
  bool takes_system_requests() const noexcept { return stop_.what == abi::step::receive && stop_.count == 2; }
  bool wants_messages() const noexcept { return stop_.what == abi::step::receive && stop_.count != 0; }
  /// At receive and request: not for ever.
  bool is_limited() const noexcept { return stop_.timeout_ms >= 0; }
  /// At receive and request. Empty: for ever.
  deadline limit() const noexcept {
    return stop_.timeout_ms < 0 ? deadline{} : deadline_in(std::chrono::milliseconds{stop_.timeout_ms});
  }
  /// What came with the stop: {Server, Label, Request}, a result, {Class, Reason, Stack}.
  term& value() noexcept { return value_; }
  /// Says where it is, for code that is no frame.
  void stop_at(abi::step where) noexcept { stop_.what = where; }

  /// The version that was entered last; any thread, to compare with.
  code::version* version() const noexcept { return version_.load(std::memory_order_relaxed); }

private:
  void keep_value() noexcept {
    if (stop_.value.what != kind::nil || !value_.is_nil())
      value_ = term::adopt(stop_.value);
  }
  const abi::frames& routines() const noexcept { return *version()->info().routines; }

  process* self_ = nullptr;
  std::optional<process::frame> lingers_;
  std::atomic<code::version*> version_{nullptr};
  abi::frame* frame_ = nullptr;
  abi::activity stop_{};
  term value_;
};

/// A constant: a deadline that is made in place is read as a whole right after its flag was written, and waits for
/// that.
inline constexpr deadline for_ever{};

/// Asks the process, which may not block, for what a coroutine waits for: body::take, timeout, answered or turn will
/// bring it. True: it waits for nothing, it has ended.
template <class Coroutine>
bool arrange(process& self, Coroutine& routine) {
  for (;;) {
    switch (routine.stopped_at()) {
      case abi::step::receive:
        if (routine.wants_messages())
          self.look_again();
        if (routine.is_limited())
          self.set_timeout(routine.limit());
        else
          self.set_timeout(for_ever);
        return false;
      case abi::step::request: {
        const auto until = routine.limit();
        const term asked = std::move(routine.value());
        const auto refused = self.ask(asked[0], asked[1].as_atom(), asked[2], until);
        if (!refused)
          return false;
        routine.resume(abi::wake::refusal, &*refused);
        break;
      }
      case abi::step::yield:
        self.set_timeout({});
        self.yield();
        return false;
      default: return true;
    }
  }
}
}  // namespace twinslot
