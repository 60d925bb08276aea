#include "actors/sys/natives.hpp"

#include "actors/sys/server_ref.hpp"
#include "runtime/process/node.hpp"

#include <algorithm>

namespace twinslot::sys {
namespace {
constexpr std::int64_t default_timeout_ms = 5000;  // as OTP's

/// As process::request. A server whose handler waits, and does not end in time, is asked to forget the request: then
/// the answer is {error, busy}, and nothing happens later. Other servers don't know what that means: timeout, as in
/// Erlang.
process::answer request_or_withdraw(process& self, const term& server, const term& request, const term& timeout) {
  constexpr std::int64_t time_to_withdraw_ms = 250;
  if (timeout == "infinity")
    return self.request(server, "system"_atom, request, {});
  const std::int64_t kept_ms = std::min(time_to_withdraw_ms, timeout.as_int64() / 4);
  const auto until = deadline_from(timeout);
  auto answer = self.request(server, "system"_atom, request, *until - std::chrono::milliseconds(kept_ms));
  if (answer.ok || !(answer.value == "timeout"))
    return answer;
  auto withdrawn = self.request(server, "system"_atom, tuple("withdraw", request), until);
  if (withdrawn.ok && withdrawn.value == "busy")
    return {true, tuple("error", "busy")};
  return withdrawn.ok ? answer : withdrawn;
}

/// Sends a system request and gives the reply. `count` of `arguments`, of which the one after the first `untimed` is
/// the timeout. Exits with {Reason, {sys, Function, Arguments}}: noproc, timeout, what the server died of (S01),
/// {function_clause, Stack} for what is no server or no timeout. `changes`: the server may be busy.
term ask(process& self, const term& function, const term* arguments, std::size_t count, std::size_t untimed,
         term request, bool changes = false) {
  const term given = list_of(arguments, count);
  const auto exit_with = [&](const term& reason) { raise_exit(tuple(reason, tuple("sys", function, given))); };
  const term timeout = count > untimed ? arguments[untimed] : term(default_timeout_ms);
  if (!is_server_ref(arguments[0]) || !is_timeout(timeout)) {
    const term name = function.is_tuple() ? function[0] : function;
    exit_with(tuple("function_clause", list(tuple("sys", name, given, term{}))));
  }
  if (is_elsewhere(arguments[0]))
    exit_with("noproc");
  const auto answer = changes ? request_or_withdraw(self, arguments[0], request, timeout)
                              : self.request(arguments[0], "system"_atom, std::move(request), deadline_from(timeout));
  if (!answer.ok)
    exit_with(answer.value);
  return answer.value;
}

/// {ok, Value} or {error, Reason}, which the caller gets as an error.
term unwrap(const term& reply) {
  if (reply.is_tagged("ok"_atom, 2))
    return reply[1];
  if (reply.is_tagged("error"_atom, 2))
    raise_error(reply[1]);
  return reply;
}

template <std::size_t Count>
term suspend(process& self, const term* arguments) {
  return ask(self, "suspend", arguments, Count, 1, "suspend");
}
template <std::size_t Count>
term resume(process& self, const term* arguments) {
  return ask(self, "resume", arguments, Count, 1, "resume");
}
template <std::size_t Count>
term change_code(process& self, const term* arguments) {
  return ask(self, "change_code", arguments, Count, 4, tuple("change_code", arguments[1], arguments[2], arguments[3]),
             true);
}
template <std::size_t Count>
term get_state(process& self, const term* arguments) {
  return unwrap(ask(self, "get_state", arguments, Count, 1, "get_state"));
}
template <std::size_t Count>
term replace_state(process& self, const term* arguments) {
  // Erlang's exit names the server (and the timeout) only, and the fun beside the function's name.
  const term named[] = {arguments[0], Count == 3 ? arguments[2] : term{}};
  return unwrap(
      ask(self, tuple("replace_state", arguments[1]), named, Count - 1, 1, tuple("replace_state", arguments[1]), true));
}
template <std::size_t Count>
term get_status(process& self, const term* arguments) {
  return ask(self, "get_status", arguments, Count, 1, "get_status");
}
template <std::size_t Count>
term statistics(process& self, const term* arguments) {
  return ask(self, "statistics", arguments, Count, 2, tuple("debug", tuple("statistics", arguments[1])));
}
template <std::size_t Count>
term log(process& self, const term* arguments) {
  return ask(self, "log", arguments, Count, 2, tuple("debug", tuple("log", arguments[1])));
}
template <std::size_t Count>
term trace(process& self, const term* arguments) {
  return ask(self, "trace", arguments, Count, 2, tuple("debug", tuple("trace", arguments[1])));
}
template <std::size_t Count>
term log_to_file(process& self, const term* arguments) {
  return ask(self, "log_to_file", arguments, Count, 2, tuple("debug", tuple("log_to_file", arguments[1])));
}
template <std::size_t Count>
term no_debug(process& self, const term* arguments) {
  return ask(self, "no_debug", arguments, Count, 1, tuple("debug", "no_debug"));
}
template <std::size_t Count>
term install(process& self, const term* arguments) {
  if (!arguments[1].is_tuple(2) && !arguments[1].is_tuple(3)) {
    const term called = tuple("sys", "install", list_of(arguments, Count), term{});
    throw raised{"error"_atom, "function_clause", list(called)};
  }
  return ask(self, "install", arguments, Count, 2, tuple("debug", tuple("install", arguments[1])));
}
template <std::size_t Count>
term remove(process& self, const term* arguments) {
  return ask(self, "remove", arguments, Count, 2, tuple("debug", tuple("remove", arguments[1])));
}
template <std::size_t Count>
term terminate(process& self, const term* arguments) {
  return ask(self, "terminate", arguments, Count, 2, tuple("terminate", arguments[1]));
}

constexpr native all[] = {
    {"sys", "suspend", 1, suspend<1>, "suspend(Name)", "the process handles system messages only, until resume"},
    {"sys", "suspend", 2, suspend<2>, "suspend(Name, Timeout)", "as suspend/1, waiting at most Timeout ms"},
    {"sys", "resume", 1, resume<1>, "resume(Name)", "lets a suspended process go on"},
    {"sys", "resume", 2, resume<2>, "resume(Name, Timeout)", "as resume/1, waiting at most Timeout ms"},
    {"sys", "change_code", 4, change_code<4>, "change_code(Name, Module, OldVsn, Extra)",
     "moves a suspended process's state to the current version; OldVsn is the state's own, or {down,Vsn}"},
    {"sys", "change_code", 5, change_code<5>, "change_code(Name, Module, OldVsn, Extra, Timeout)",
     "as change_code/4, waiting at most Timeout ms"},
    {"sys", "get_state", 1, get_state<1>, "get_state(Name)", "the state, as a term"},
    {"sys", "get_state", 2, get_state<2>, "get_state(Name, Timeout)", "as get_state/1, waiting at most Timeout ms"},
    {"sys", "replace_state", 2, replace_state<2>, "replace_state(Name, StateFun)",
     "the state becomes StateFun(State); returns the new one"},
    {"sys", "replace_state", 3, replace_state<3>, "replace_state(Name, StateFun, Timeout)",
     "as replace_state/2, waiting at most Timeout ms"},
    {"sys", "get_status", 1, get_status<1>, "get_status(Name)", "all that a process tells of itself"},
    {"sys", "get_status", 2, get_status<2>, "get_status(Name, Timeout)", "as get_status/1, waiting at most Timeout ms"},
    {"sys", "statistics", 2, statistics<2>, "statistics(Name, Flag)", "true, false, or get: counters of messages"},
    {"sys", "statistics", 3, statistics<3>, "statistics(Name, Flag, Timeout)",
     "as statistics/2, waiting at most Timeout ms"},
    {"sys", "log", 2, log<2>, "log(Name, Flag)", "true, {true,N}, false, get, print: the last N events"},
    {"sys", "log", 3, log<3>, "log(Name, Flag, Timeout)", "as log/2, waiting at most Timeout ms"},
    {"sys", "trace", 2, trace<2>, "trace(Name, Flag)", "true or false: prints each event"},
    {"sys", "trace", 3, trace<3>, "trace(Name, Flag, Timeout)", "as trace/2, waiting at most Timeout ms"},
    {"sys", "log_to_file", 2, log_to_file<2>, "log_to_file(Name, Flag)", "a file name or false: writes each event"},
    {"sys", "log_to_file", 3, log_to_file<3>, "log_to_file(Name, Flag, Timeout)",
     "as log_to_file/2, waiting at most Timeout ms"},
    {"sys", "no_debug", 1, no_debug<1>, "no_debug(Name)", "switches off all of it"},
    {"sys", "no_debug", 2, no_debug<2>, "no_debug(Name, Timeout)", "as no_debug/1, waiting at most Timeout ms"},
    {"sys", "install", 2, install<2>, "install(Name, FuncSpec)",
     "{Fun,State} or {Id,Fun,State}: Fun(State, Event, Name) sees each event"},
    {"sys", "install", 3, install<3>, "install(Name, FuncSpec, Timeout)", "as install/2, waiting at most Timeout ms"},
    {"sys", "remove", 2, remove<2>, "remove(Name, FuncOrId)", "takes an installed function away"},
    {"sys", "remove", 3, remove<3>, "remove(Name, FuncOrId, Timeout)", "as remove/2, waiting at most Timeout ms"},
    {"sys", "terminate", 2, terminate<2>, "terminate(Name, Reason)", "the process ends by way of its terminate"},
    {"sys", "terminate", 3, terminate<3>, "terminate(Name, Reason, Timeout)",
     "as terminate/2, waiting at most Timeout ms"},
};
}  // namespace

std::span<const native> natives() {
  return all;
}
}  // namespace twinslot::sys
