#include "actors/gen_server/natives.hpp"

#include "actors/code_server/code_server.hpp"
#include "actors/gen_server/server.hpp"
#include "actors/sys/server_ref.hpp"

#include <variant>

namespace twinslot::gen_server {
namespace {
using sys::is_elsewhere;
using sys::is_server_ref;
using sys::is_timeout;

constexpr std::int64_t default_timeout_ms = 5000;  // of a call, as OTP's
constexpr std::chrono::seconds kill_patience{1};   // for the death of a server that took too long to start

term stack_of(const char* function, const term* arguments, std::size_t count) {
  return list(tuple("gen_server", atom(function), list_of(arguments, count), term{}));
}
[[noreturn]] void raise_function_clause(const char* function, const term* arguments, std::size_t count) {
  throw raised{"error"_atom, "function_clause", stack_of(function, arguments, count)};
}

// ---- start ---------------------------------------------------------------------------------------------------------

struct start_arguments {
  const char* function;
  const term* given;
  std::size_t count;
  bool linked;
};

term ancestors_of(process& self) {
  const term* earlier = self.dictionary().get("$ancestors"_atom);
  const auto name = self.home().name_of(self.self());
  const term mine = name ? term(*name) : term(self.self());
  // Servers that a process starts one after the other share the list.
  thread_local term latest;
  if (!latest.is_cons() || !(latest.head() == mine) || !(latest.tail() == (earlier ? *earlier : term{})))
    latest = cons(mine, earlier ? *earlier : term{});
  return latest;
}

/// Ends a server that did not come up in time; returns when it is gone, or soon after.
void give_up(process& self, pid late, bool linked) {
  if (linked)
    self.unlink(late);
  const reference watch = self.monitor(late);
  self.exit_signal(late, "kill");
  const term down = watch;
  self.receive([&](const term& message) { return message.is_tagged("DOWN"_atom, 5) && message[1] == down; },
               clock::now() + kill_patience);
  self.demonitor(watch, true);
}

/// A server that runs its init now.
struct begun {
  pid made;
  term ack;  // the question that it was spawned with
  term timeout = "infinity"_atom;
};

term await_start(process& self, const begun& server, bool linked) {
  const auto result = self.request(server.ack, "$start"_atom, {}, deadline_from(server.timeout));
  if (result.ok)
    return result.value;
  if (result.value == "timeout")
    give_up(self, server.made, linked);
  return tuple("error", result.value);
}

/// The server, or start's result where there is none.
std::variant<term, begun> begin_server(process& self, const term& name, const start_arguments& how) {
  const bool named = !name.is_nil();
  const term* rest = how.given + (named ? 1 : 0);
  if (named && is_elsewhere(name))
    raise_error(tuple("not_supported", name));
  if (named && !name.is_tagged("local"_atom, 2))
    raise_function_clause(how.function, how.given, how.count);
  if ((named && !name[1].is_atom()) || !rest[2].is_list())
    raise_badarg();
  if (!rest[0].is_atom())
    return tuple("error",
                 tuple("badarg", list(tuple("erlang", "apply", list(rest[0], "init", list(rest[1])), term{}))));

  start_order order;
  order.module = rest[0].as_atom();
  order.arguments = rest[1];
  order.starter = self.self();
  order.ack = self.home().make_request_reference();
  order.linked = how.linked;
  begun result;
  for (const term& option : rest[2].elements_of_list()) {
    if (option.is_tagged("timeout"_atom, 2))
      result.timeout = option[1];
    else if (option.is_tagged("debug"_atom, 2))
      order.debug = option[1];
  }
  if (named) {
    order.name = name[1].as_atom();
    if (name[1] == "undefined")
      raise_badarg();
    if (const auto holder = self.home().whereis(*order.name))
      return tuple("error", tuple("already_started", *holder));
  }
  order.ancestors = ancestors_of(self);
  code_server::ensure_loaded(self, order.module);
  result.ack = order.ack;
  auto& gate = code_server::gate_of(self.home());
  static_cast<void>(deadline_from(result.timeout));  // raises where it is none
  const spawn_options options{
      .parent = &self, .link = how.linked, .monitor = false, .question = order.ack, .name = {}, .initial_call = {}};
  result.made = self.home().spawn(std::make_unique<server>(std::move(order), gate), options).process;
  return result;
}

term start_server(process& self, const term& name, const start_arguments& how) {
  if (!self.may_block())
    raise_error(tuple("would_block", atom(how.function)));
  const auto got = begin_server(self, name, how);
  if (const auto* server = std::get_if<begun>(&got))
    return await_start(self, *server, how.linked);
  return std::get<term>(got);
}

term start_3(process& self, const term* arguments) {
  return start_server(self, {}, {"start", arguments, 3, false});
}
term start_4(process& self, const term* arguments) {
  if (arguments[0].is_nil())
    raise_function_clause("start", arguments, 4);
  return start_server(self, arguments[0], {"start", arguments, 4, false});
}
term start_link_3(process& self, const term* arguments) {
  return start_server(self, {}, {"start_link", arguments, 3, true});
}
term start_link_4(process& self, const term* arguments) {
  if (arguments[0].is_nil())
    raise_function_clause("start_link", arguments, 4);
  return start_server(self, arguments[0], {"start_link", arguments, 4, true});
}

/// For a coroutine, which waits for the rest by itself (sdk/coroutine.hpp).
term begin_start(process& self, const term* arguments) {
  const bool linked = arguments[0] == "start_link"_atom;
  const term& given = arguments[1];
  if ((!linked && arguments[0] != "start"_atom) || !(given.is_tuple(3) || given.is_tuple(4)))
    raise_badarg();
  const start_arguments how{linked ? "start_link" : "start", given.elements(), given.size(), linked};
  const bool named = how.count == 4;
  if (named && given[0].is_nil())
    raise_function_clause(how.function, how.given, how.count);
  const auto got = begin_server(self, named ? given[0] : term(), how);
  const auto* server = std::get_if<begun>(&got);
  if (!server)
    return std::get<term>(got);
  return tuple("begun"_atom, server->made, server->ack, server->timeout);
}

/// For a coroutine: Fun() in a process of its own, which may block. Its end tells the result (sdk/coroutine.hpp).
term begin_blocking(process& self, const term* arguments) {
  if (!arguments[0].is_fun())
    raise_badarg();
  const auto made = self.home().spawn_blocking(
      [function = arguments[0]](process& mine) {
        term result;
        try {
          result = tuple("$done", mine.home().call_fun(mine, function, nullptr, 0));
        } catch (const raised& thrown) {
          result = tuple("$raised", thrown.what, thrown.reason, thrown.stack);
        }
        mine.stop(std::move(result));
      },
      {.parent = &self, .link = false, .monitor = true, .name = {}, .initial_call = tuple("erlang", "apply", 2)});
  return made.monitor;
}

// ---- requests ------------------------------------------------------------------------------------------------------

term call(process& self, const term* arguments, std::size_t count) {
  const auto exit_with = [&](const term& reason) {
    raise_exit(tuple(reason, tuple("gen_server", "call", list_of(arguments, count))));
  };
  const term& server = arguments[0];
  const term timeout = count == 3 ? arguments[2] : term(default_timeout_ms);
  if (!is_server_ref(server) || !is_timeout(timeout))
    exit_with(tuple("function_clause", stack_of("call", arguments, count)));
  if (is_elsewhere(server))
    exit_with("noproc");
  const auto answer = self.request(server, "$gen_call"_atom, arguments[1], deadline_from(timeout));
  if (!answer.ok)
    exit_with(answer.value);
  return answer.value;
}
term call_2(process& self, const term* arguments) {
  return call(self, arguments, 2);
}
term call_3(process& self, const term* arguments) {
  return call(self, arguments, 3);
}

term cast(process& self, const term* arguments) {
  const term& server = arguments[0];
  if (!is_server_ref(server))
    raise_function_clause("cast", arguments, 2);
  if (is_elsewhere(server))
    return "ok";
  try {
    self.send(server, tuple("$gen_cast"_atom, arguments[1]));
  } catch (const raised&) {
    // Nobody has that name: a cast is ok all the same (G17).
  }
  return "ok"_atom;
}

term reply(process& self, const term* arguments) {
  if (!node::is_from(arguments[0]))
    raise_function_clause("reply", arguments, 2);
  self.home().reply(arguments[0], arguments[1]);
  return "ok";
}

// ---- stop ----------------------------------------------------------------------------------------------------------

term stop(process& self, const term* arguments, std::size_t count) {
  const term& server = arguments[0];
  const term reason = count == 3 ? arguments[1] : term("normal");
  const term timeout = count == 3 ? arguments[2] : term("infinity");
  if (!self.may_block())
    raise_error(tuple("would_block", "stop"));
  if (!is_server_ref(server) || !is_timeout(timeout))
    raise_function_clause("stop", arguments, count);
  if (is_elsewhere(server))
    raise_exit("noproc");
  const deadline until = deadline_from(timeout);
  const auto holder = server.is_atom() ? self.home().whereis(server.as_atom()) : std::nullopt;
  if (server == term(self.self()) || (holder && *holder == self.self()))
    raise_exit(tuple("calling_self", tuple("sys", "terminate", list(server, reason, timeout))));
  const reference monitor = self.monitor(server);
  try {
    self.send(server,
              tuple("system", tuple(self.self(), self.home().make_request_reference()), tuple("terminate", reason)));
  } catch (const raised&) {
    // No such name: the monitor says so.
  }
  const term down = monitor;
  const auto ended =
      self.receive([&](const term& message) { return message.is_tagged("DOWN"_atom, 5) && message[1] == down; }, until);
  if (!ended) {
    self.demonitor(monitor, true);
    raise_exit("timeout");
  }
  const term why = (*ended)[4];
  if (!(why == reason))
    raise_exit(why);
  return "ok";
}
term stop_1(process& self, const term* arguments) {
  return stop(self, arguments, 1);
}
term stop_3(process& self, const term* arguments) {
  return stop(self, arguments, 3);
}

constexpr native all[] = {
    {"gen_server", "start", 3, start_3, "start(Module, Args, Options)", "starts a server without a name"},
    {"gen_server", "start", 4, start_4, "start(ServerName, Module, Args, Options)",
     "starts a server; ServerName is {local,Name}"},
    {"gen_server", "start_link", 3, start_link_3, "start_link(Module, Args, Options)",
     "starts a server, linked to the caller"},
    {"gen_server", "start_link", 4, start_link_4, "start_link(ServerName, Module, Args, Options)",
     "starts a server with a name, linked to the caller"},
    {"gen", "begin_start", 2, begin_start, "begin_start(Function, ArgsTuple)",
     "begins a start of gen_server's: {begun,Pid,Ack,Timeout}, or its result"},
    {"gen", "begin_blocking", 1, begin_blocking, "begin_blocking(Fun)",
     "begins a process that calls Fun and may block; its end tells the result"},
    {"gen_server", "call", 2, call_2, "call(ServerRef, Request)", "asks a server and waits 5 s for the reply"},
    {"gen_server", "call", 3, call_3, "call(ServerRef, Request, Timeout)",
     "asks a server and waits for the reply: milliseconds or infinity"},
    {"gen_server", "cast", 2, cast, "cast(ServerRef, Request)", "tells a server something; always ok"},
    {"gen_server", "reply", 2, reply, "reply(Client, Reply)", "answers a call that was left open with noreply"},
    {"gen_server", "stop", 1, stop_1, "stop(ServerRef)", "ends a server with reason normal and waits for its end"},
    {"gen_server", "stop", 3, stop_3, "stop(ServerRef, Reason, Timeout)", "ends a server with a reason"},
};
}  // namespace

std::span<const native> natives() {
  return all;
}
}  // namespace twinslot::gen_server
