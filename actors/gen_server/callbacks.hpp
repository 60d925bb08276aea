// actors/gen_server/callbacks.hpp - the callbacks of one version of a module, called with terms.
//
// Only actors/gen_server calls these, in the server's own process. A callback runs without a pin: the process is bound
// to the version, and says that it is inside (process::dispatching), so that a purge sees it linger.
// Source: design 3.3; runtime/sdk/twinslot/abi.hpp.
#pragma once
#include "runtime/code/version.hpp"
#include "runtime/process/held_frame.hpp"
#include "runtime/term/raised.hpp"
#include "runtime/term/result.hpp"

#include <cstddef>

namespace twinslot::gen_server {

/// What a callback decided: abi::outcome with its terms owned, and laid out as that, so that callbacks write into it.
struct decision {
  abi::action what = abi::action::noreply;
  abi::then next = abi::then::wait;
  std::int64_t timeout_ms = 0;
  term reply, reason, argument;
  abi::frame* handler = nullptr;  // with status::waits: the caller's, and has not begun to run

  /// For one callback; nothing was decided before.
  abi::outcome* to_be_written() noexcept { return reinterpret_cast<abi::outcome*>(this); }
};
static_assert(sizeof(decision) == sizeof(abi::outcome) && offsetof(decision, reply) == offsetof(abi::outcome, reply) &&
              offsetof(decision, handler) == offsetof(abi::outcome, handler));

enum class callback { init, call, cast, info, continue_ };

struct answer {
  abi::status how = abi::status::ok;
  decision decided;
  raised failure{};  // with status::raised; never a class other than error, exit, throw
};

/// {Reason, Stack} of an error, the bare reason of an exit, {{nocatch, Value}, Stack} of a throw: why a process ends.
term exit_reason(const raised& failure);
/// The same with the stack in any case, as reports show it.
term reported_reason(const raised& failure);

/// {Class, Reason, Stack} as an exception.
inline raised unpack(const term& failure) {
  return {failure[0].as_atom(), failure[1], failure[2]};
}

class callbacks {
public:
  /// `in` stays loaded while this lives: the process is bound to it, or pins it.
  callbacks(process& self, code::version& in) noexcept : self_(self), in_(in), table_(*in.server()) {}

  answer init(const term& arguments, void** state) const;
  /// `from` is {Pid, Tag} of a call. no_clause where the module has no such callback at all.
  answer handle(callback which, void* state, const term& message, const term& from) const;
  /// What a handler that is done has decided; `state`: init's. Never status::waits.
  answer decided_by(held_frame& ended, callback which, void** state) const;
  answer terminate(void* state, const term& reason) const;

  /// The state as a term. Errors: {Class, Reason, Stack}.
  result<term> export_state(const void* state) const;
  /// Errors: {Class, Reason, Stack}, mostly {error, {bad_state, Term, Why}, _}.
  result<void*> import_state(const term& value) const;
  void destroy_state(void* state) const noexcept { table_.destroy_state(table_.data, state); }
  term schema() const;
  bool has_code_change(const term& old_vsn) const noexcept {
    return table_.has_code_change(table_.data, &old_vsn.raw()) != 0;
  }
  answer code_change(const term& old_vsn, const term& state, const term& extra, void** made) const;
  /// The older version's term is in `decided.reply`.
  answer code_change_down(const term& to_vsn, const term& state, const term& extra) const;
  /// What reports show of a state; the state itself where the module has no wish, or its hook fails.
  term format_status(const term& state) const;

private:
  process& self_;
  code::version& in_;
  const abi::server& table_;
};

const char* name_of(callback which) noexcept;  // "handle_call" ...
}  // namespace twinslot::gen_server
