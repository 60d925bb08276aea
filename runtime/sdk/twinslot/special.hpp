// runtime/sdk/twinslot/special.hpp - processes of the module's own that take part in sys: suspend, change_code, resume.
//
//     ts::process loop(ts::self self, std::int64_t count) {
//       co_return co_await self.receive(
//           [&](ts::system_message m) { return self.handle_system(m, "loop", count); },
//           [&](ts::is<"tick">) { return self.qualified("loop", count + 1); });
//     }
//     TWINSLOT_MODULE(ticks, "1") { return ts::module().process("loop", loop).special(); }
//
// handle_system answers the request, and then the process goes on in the loop with the state: in the version that it is
// in, as that is the one whose state it has. Only a change of code leads to the current version, by
//     suspend, change_code, resume             as sys has them
//     upgrade_begin, upgrade_commit            as twinslot:upgrade/1 asks (upgrade_end: it stays as it is); both are
//                                              taken by a process that is suspended, too, and leave it so
// and else the loop's own qualified calls. While it is suspended or between upgrade_begin and what ends that, it takes
// nothing but requests of sys, in order. Others that it answers: get_state, replace_state, get_status, terminate. None
// of them, and no request that it does not know, can end it but terminate.
// The state is whatever goes into one term. Functions that the module may have, each called in its current version as
// ?MODULE:Name(...) is:
//     system_code_change/4    State, Module, OldVsn, Extra -> {ok, NewState}; anything else refuses
//     system_get_state/1      State -> {ok, What}
//     system_replace_state/2  Fun, State -> {ok, What, NewState}
//     system_terminate/2      Reason, State -> does not return, or the process exits with the reason
// Without them the state itself is shown and replaced, and a change of code is refused with undef. The first one
// belongs to the newer version; the others show the state of the version that the process is in, so a version that
// changes the state's form gives them clauses for the former one: a failure is an error to who asks. A module with
// .special() exports $handle_system/4: that is how an upgrade knows it. Source: OTP's sys, "process implementation
// functions"; S20.
#pragma once
#include "runtime/sdk/twinslot/process.hpp"

namespace twinslot {

/// {system, From, Request}
struct system_message {
  term from;
  term request;
};
template <>
struct codec<system_message> : plain_codec<"system_message"> {
  static term to(const system_message& value) { return tuple("system", value.from, value.request); }
  static bool from(const term& value, system_message& result) {
    if (!value.is_tagged("system"_atom, 3) || !value[1].is_tuple(2))
      return false;
    result = {value[1], value[2]};
    return true;
  }
};

namespace sdk {
inline constexpr const char* system_loop_name = "$handle_system";

/// What sys asks of a special process.
class special_process {
public:
  special_process(self me, term state) : me_(me), state_(std::move(state)) {}
  const term& state() const noexcept { return state_; }
  /// It takes nothing but requests of sys.
  bool paused() const noexcept { return suspended_ || held_; }
  /// The state belongs to the current version.
  bool changed() const noexcept { return changed_; }
  void handle(const system_message& asked) {
    if (asked.request.is_tagged("terminate"_atom, 2)) {
      me_.reply({asked.from}, "ok");
      if (has("system_terminate", 2))
        call("system_terminate", asked.request[1], state_);
      me_.exit(asked.request[1]);
    }
    const bool of_upgrade = asked.request.is_tagged("upgrade_begin"_atom, 5) ||
                            asked.request == "upgrade_commit"_atom || asked.request == "upgrade_end"_atom;
    me_.reply({asked.from}, of_upgrade ? upgrade(asked.request, asked.from[0]) : answer(asked.request));
  }

private:
  term answer(const term& request) {
    if (request == "suspend"_atom || request == "resume"_atom) {
      suspended_ = request == "suspend"_atom;
      return "ok";
    }
    if (request == "get_state"_atom)
      return guarded_answer("system_get_state", [&] {
        return has("system_get_state", 1) ? call("system_get_state", state_) : tuple("ok", state_);
      });
    if (request.is_tagged("replace_state"_atom, 2))
      return guarded_answer("system_replace_state", [&] { return replaced(request[1]); });
    if (request == "get_status"_atom)
      return guarded_answer("get_status", [&] { return status(); });
    if (request.is_tagged("change_code"_atom, 4) && suspended_)
      return change_code(request);
    return tuple("error", tuple("unknown_system_msg", request));
  }
  term replaced(const term& fun) {
    if (!has("system_replace_state", 2)) {
      state_ = me_.apply("erlang", "apply", fun, list(state_));
      return tuple("ok", state_);
    }
    const term made = call("system_replace_state", fun, state_);
    if (!made.is_tagged("ok"_atom, 3))
      raise_error(tuple("bad_return_value", made));
    state_ = made[2];
    return tuple("ok", made[1]);
  }
  /// {ok, NewState} | {error, Reason}
  term new_state(const term& module, const term& old_vsn, const term& extra) {
    try {
      const term made = call("system_code_change", state_, module, old_vsn, extra);
      return made.is_tagged("ok"_atom, 2) ? made : tuple("error", made);
    } catch (const exception& e) {
      return tuple("error", tuple(e.what, e.reason));
    }
  }
  term change_code(const term& request) {
    const term made = new_state(request[1], request[2], request[3]);
    if (made[0] == "error"_atom)
      return made;
    take(made[1]);
    return "ok";
  }
  void take(term state) {
    state_ = std::move(state);
    changed_ = true;
    next_.reset();
  }
  /// As a gen_server answers (actors/gen_server/server.cpp).
  term upgrade(const term& request, const term& upgrader) {
    if (request.is_tuple())
      return begin_upgrade(request, upgrader);
    if (!held_ || !(*held_ == upgrader))
      return tuple("error", "not_held");
    if (request == "upgrade_commit"_atom) {
      if (!next_)
        return tuple("error", "not_prepared");
      take(*next_);
    }
    held_.reset();
    next_.reset();
    return "ok";
  }
  term begin_upgrade(const term& request, const term& upgrader) {
    if (!(request[1] == term(module_name)))
      return tuple("error", tuple("other_module", module_name));
    if (held_ && !(*held_ == upgrader))
      return tuple("error", tuple("held", *held_, "upgrade"));
    held_ = upgrader;
    if (changed_ || me_.apply("erlang", "check_process_code", me_.pid(), module_name) == "false"_atom)
      return "unchanged";
    const term made = new_state(module_name, request[3], request[2]);
    if (made[0] == "error"_atom)
      return tuple("error", tuple("code_change", made[1]));
    next_ = made[1];
    return "ok";
  }
  term status() {
    return tuple(
        "status", me_.pid(), tuple("module", module_name),
        list(me_.apply("erlang", "get"), suspended_ ? "suspended"_atom : "running"_atom, "undefined", term{}, state_));
  }
  template <class Body>
  term guarded_answer(const char* callback, Body body) {
    try {
      return body();
    } catch (const exception& e) {
      return tuple("error", tuple("callback_failed", tuple(module_name, atom(std::string_view(callback))),
                                  tuple(e.what, e.reason)));
    }
  }
  bool has(const char* name, std::int64_t arity) {
    return me_.apply("erlang", "function_exported", module_name, atom(std::string_view(name)), arity) == "true"_atom;
  }
  template <class... Values>
  term call(const char* name, const Values&... values) {
    return me_.apply(module_name.text(), name, values...);
  }

  self me_;
  term state_;
  bool suspended_ = false;
  bool changed_ = false;
  std::optional<term> held_;  // the upgrader
  std::optional<term> next_;  // the state that a commit takes
};

inline process handle_system(self me, term from, term request, atom loop, term state) {
  special_process mine(me, std::move(state));
  mine.handle({from, request});
  while (mine.paused())
    mine.handle(co_await me.receive([](system_message next) { return next; }));
  if (mine.changed())
    co_return me.qualified(loop, mine.state());
  co_return me.local(loop, mine.state());
}

template <class... None>
clause* new_special() {
  static_assert(sizeof...(None) == 0, "twinslot: .special() takes nothing");
  return new_process(system_loop_name, handle_system, "sys's requests to a process of this module");
}
}  // namespace sdk

template <class... Values>
next self::local(atom name, const Values&... arguments) {
  next result = local("", arguments...);
  std::size_t bytes = 0;
  result.function_ = sdk::host_table->atom_text(name.index(), &bytes);  // for ever there, and ends with a NUL
  return result;
}
template <class... Values>
next self::qualified(atom name, const Values&... arguments) {
  next result = local(name, arguments...);
  result.what_ = abi::step::qualified;
  return result;
}

template <class State>
next self::handle_system(const system_message& asked, function_name loop, const State& state) {
  return local(function_name(sdk::system_loop_name), asked.from, asked.request, atom(std::string_view(loop.text())),
               to_term(state));
}
}  // namespace twinslot
