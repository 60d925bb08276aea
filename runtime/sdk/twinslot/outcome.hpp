// runtime/sdk/twinslot/outcome.hpp - what a server's clause decided, where a plain value does not say enough.
//
//     return ts::reply(value).timeout(500);      // {reply,Value,State,500}
//     return ts::noreply();                      // {noreply,State}: a call is answered later, by self.reply(from, ...)
//     return ts::stop("shutdown", "bye"_atom);   // {stop,shutdown,bye,State}
//     return ts::continue_with("load");          // {noreply,State,{continue,load}}
//     return ts::started(state{}).hibernate();   // init: {ok,State,hibernate}
//
// Source: OTP's gen_server, the results of its callbacks.
#pragma once
#include "runtime/sdk/twinslot/convert.hpp"

namespace twinslot {

/// A span of time in milliseconds: a number, or any std::chrono::duration (rounded down).
struct duration {
  std::int64_t ms;
  template <std::integral Int>
  constexpr duration(Int milliseconds) noexcept : ms(static_cast<std::int64_t>(milliseconds)) {}
  template <class Chrono>
  requires requires(const Chrono& d) {
    d.count();
    Chrono::period::den;
  }
  constexpr duration(const Chrono& d) noexcept
      : ms(static_cast<std::int64_t>(d.count() * 1000 * Chrono::period::num / Chrono::period::den)) {}
};

namespace sdk {
/// What happens after a callback; Result is the class that the chain returns.
template <class Result>
class what_next {
public:
  /// The message `timeout` unless another one comes within that time.
  Result& timeout(duration after) noexcept {
    next = abi::then::timeout;
    timeout_ms = after.ms;
    return static_cast<Result&>(*this);
  }
  Result& hibernate() noexcept {
    next = abi::then::hibernate;
    return static_cast<Result&>(*this);
  }
  /// handle_continue(Argument) before any other message.
  template <class T>
  Result& continue_with(const T& value) {
    next = abi::then::continue_;
    argument = to_term(value);
    return static_cast<Result&>(*this);
  }
  abi::then next = abi::then::wait;
  std::int64_t timeout_ms = 0;
  term argument;
};
}  // namespace sdk

class outcome : public sdk::what_next<outcome> {
public:
  explicit outcome(abi::action decided) noexcept : what(decided) {}
  abi::action what;
  term reply;
  term reason;
};

template <class T>
outcome reply(const T& value) {
  outcome result(abi::action::reply);
  result.reply = to_term(value);
  return result;
}
inline outcome noreply() noexcept {
  return outcome(abi::action::noreply);
}
/// The server ends with this reason; a caller that waits gets the reason as its exit.
template <class T>
outcome stop(const T& reason) {
  outcome result(abi::action::stop);
  result.reason = to_term(reason);
  return result;
}
/// As above, but the caller is answered first.
template <class T, class Reply>
outcome stop(const T& reason, const Reply& answer) {
  outcome result(abi::action::stop_reply);
  result.reason = to_term(reason);
  result.reply = to_term(answer);
  return result;
}
/// init only: no server, and that is no error.
inline outcome ignore() noexcept {
  return outcome(abi::action::ignore);
}
inline outcome timeout(duration after) noexcept {
  return noreply().timeout(after);
}
inline outcome hibernate() noexcept {
  return noreply().hibernate();
}
template <class T>
outcome continue_with(const T& value) {
  return noreply().continue_with(value);
}

/// A new server's state and what comes next. A lambda that may also stop or ignore says `-> ts::started<state>`.
template <class State>
class started : public sdk::what_next<started<State>> {
public:
  started(State initial) : state(std::move(initial)) {}
  started(outcome refused) : refusal(std::move(refused)), refuses(true) {}
  State state{};
  outcome refusal{abi::action::ignore};
  bool refuses = false;
};

/// Who waits for a call's answer: a clause's parameter of this type takes no part in matching. Keep it in the state
/// and answer later with `self.reply(from, value)`.
struct from {
  term caller;
};
template <>
struct codec<from> : plain_codec<"from"> {
  using layout_of = twinslot::from;
  static term to(const from& value) { return value.caller; }
  static bool from(const term& value, twinslot::from& result) {
    result.caller = value;
    return value.is_tuple(2);
  }
};
}  // namespace twinslot
