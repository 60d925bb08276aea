// actors/sys/system_part.hpp - the server side of sys: what every behaviour does with {system, From, Request}.
//
//     suspend resume get_state {replace_state, Fun} get_status {debug, What} {terminate, Reason}
//     {change_code, Module, OldVsn, Extra}          anything else: {error, {unknown_system_msg, Request}}
//
// A behaviour's body has one of these and is its `behaviour`. While it is suspended the body skips user messages, each
// in O(1), and shows system messages to `handle` as ever (design 3.6).
// For the server's own process. Source: OTP's sys; S01-S20.
#pragma once
#include "actors/sys/debug.hpp"
#include "runtime/process/node.hpp"

namespace twinslot::sys {

/// What sys needs of a behaviour. A function that fails throws `raised`.
class behaviour {
public:
  virtual ~behaviour() = default;
  virtual atom module() const = 0;  // gen_server
  /// The registered name, or the pid: for trace lines and reports.
  virtual term name() const = 0;
  virtual pid parent() const = 0;
  virtual term get_state(process& self) = 0;
  /// Applies the fun and returns the new state; throws and changes nothing.
  virtual term replace_state(process& self, const term& fun) = 0;
  /// ok | {error, Reason}; called while suspended only.
  virtual term change_code(process& self, const term& module, const term& old_vsn, const term& extra) = 0;
  /// The last element of get_status: what the behaviour shows of itself. `status` is running or suspended.
  virtual term format_status(process& self, atom status) = 0;
  virtual void terminate(process& self, const term& reason) = 0;
  virtual void suspended(process& self) = 0;
  virtual void resumed(process& self) = 0;
  /// It takes no user messages for a reason of its own, and a change of code may help: as if it were suspended.
  virtual bool parked() const noexcept { return false; }
  /// Requests beyond the common ones. Empty: unknown.
  virtual std::optional<term> further(process& self, const term& request, const term& from) = 0;
};

class system_part {
public:
  explicit system_part(behaviour& owner) noexcept : owner_(owner) {}
  /// True for {system, {Pid, Tag}, Request}.
  static bool is_system_message(const term& message) noexcept {
    return message.is_tagged("system"_atom, 3) && node::is_from(message[1]);
  }
  bool suspended() const noexcept { return suspended_; }
  void handle(process& self, const term& message);
  /// Whether anything of `events` is switched on.
  bool observed() const noexcept { return debug_ && debug_->on(); }
  debug& events() {
    if (!debug_)
      debug_ = std::make_unique<debug>();
    return *debug_;
  }
  /// As debug::log.
  term logged() const { return debug_ ? debug_->log() : term{}; }

private:
  std::optional<term> answer(process& self, const term& request, const term& from);
  term status(process& self);

  behaviour& owner_;
  std::unique_ptr<debug> debug_;  // made when first asked for: most servers live without
  bool suspended_ = false;
};
}  // namespace twinslot::sys
