// gen_server:send_request/2,4 and what takes its answer up: requests that a process does not wait for at once.
//
// A request's id is a monitor and an alias: the answer is the message {[alias|Id], Reply}, the server's end is
// {'DOWN', Id, process, Server, Reason}. A collection of ids is a map of them to their labels.
// Source: gen.erl of OTP 25.
#include "actors/gen_server/natives.hpp"
#include "actors/sys/server_ref.hpp"
#include "runtime/process/node.hpp"

namespace twinslot::gen_server {
namespace {

/// badarg with the whole call, as gen_server raises it.
[[noreturn]] void refuse(const char* function, const term* arguments, std::size_t count) {
  throw raised{"error"_atom, "badarg", list(tuple("gen_server", atom(function), list_of(arguments, count), term{}))};
}

struct request_call {
  const char* function;
  const term* arguments;
  std::size_t count;
  [[noreturn]] void refuse() const { gen_server::refuse(function, arguments, count); }
};

std::optional<pid> find(node& home, const term& server) {
  if (server.is_pid())
    return server.as_pid();
  if (server.is_atom())
    return home.whereis(server.as_atom());
  return server[1] == "nonode@nohost"_atom ? home.whereis(server[0].as_atom()) : std::nullopt;
}

term send_request(process& self, const term& server, const term& request) {
  if (!sys::is_server_ref(server))
    throw raised{"error"_atom, "function_clause",
                 list(tuple("gen", "send_request", list(server, "$gen_call", request), term{}))};
  node& home = self.home();
  const auto found = sys::is_elsewhere(server) ? std::nullopt : find(home, server);
  if (!found) {
    const term id = home.make_reference();
    const bool is_far = server.is_tuple(2) && server[0] != "global" && server[1] != "nonode@nohost"_atom;
    home.send(self.self(),
              tuple("DOWN", id, "process", server, is_far ? tuple("nodedown", server[1]) : term("noproc")));
    return id;
  }
  const term id = self.monitor(*found, {.alias = process::alias_end::demonitor, .tag = {}});
  self.send(*found, tuple("$gen_call"_atom, tuple(self.self(), cons("alias", id)), request));
  return id;
}
term send_request_2(process& self, const term* a) {
  return send_request(self, a[0], a[1]);
}
term send_request_4(process& self, const term* a) {
  if (!a[3].is_map())
    throw raised{"error"_atom, "function_clause",
                 list(tuple("gen", "send_request", list(a[0], "$gen_call", a[1], a[2], a[3]), term{}))};
  return a[3].with(send_request(self, a[0], a[1]), a[2]);
}

/// The id that a message answers, if it answers any.
term id_in(const term& message) {
  if (message.is_tuple(2) && message[0].is_cons() && message[0].head() == "alias"_atom)
    return message[0].tail();
  return message.is_tagged("DOWN"_atom, 5) ? message[1] : term{};
}

/// {reply, Reply} or {error, {Reason, Server}}; the request is over.
term response(process& self, const term& message) {
  if (message.is_tuple(5))
    return tuple("error"_atom, tuple(message[4], message[3]));
  self.demonitor(message[0].tail().as_reference(), true);
  return tuple("reply"_atom, message[1]);
}
term response_of(process& self, const term& message, const term& ids, bool removes) {
  const term id = id_in(message);
  const term label = *ids.get(id);
  return tuple(response(self, message), label, removes ? ids.without(id) : ids);
}

/// Raises badarg where it is no time.
deadline until_of(process& self, const term& time, const request_call& from) {
  constexpr std::int64_t longest_ms = 4'294'967'295;
  term left = time;
  if (time.is_tagged("abs"_atom, 2) && time[1].is_int64()) {
    const term now = self.home().apply(self, "erlang"_atom, "monotonic_time"_atom, {"millisecond"});
    left = std::max<std::int64_t>(time[1].as_int64() - now.as_int64(), 0);
  }
  const bool is_time = left == "infinity" || (left.is_int64() && left.as_int64() >= 0 && left.as_int64() <= longest_ms);
  if (!is_time)
    from.refuse();
  return deadline_from(left);
}

bool take_delete(const term& value, const request_call& from) {
  if (!value.is_bool())
    from.refuse();
  return value == "true"_atom;
}

std::optional<term> wait_for(process& self, const term& id, deadline until) {
  return self.receive([&](const term& message) { return id_in(message) == id; }, until);
}
/// An id of the collection, when its answer is there.
std::optional<term> wait_for_any(process& self, const term& ids, deadline until) {
  const auto answers = [&](const term& message) {
    const term id = id_in(message);
    return id.is_reference() && ids.get(id);
  };
  return self.receive(answers, until);
}

term wait_response_2(process& self, const term* a) {
  const deadline until = until_of(self, a[1], {"wait_response", a, 2});
  const auto got = wait_for(self, a[0], until);
  return got ? response(self, *got) : term("timeout");
}
term wait_response_3(process& self, const term* a) {
  const request_call from{"wait_response", a, 3};
  if (!a[0].is_map())
    from.refuse();
  const bool removes = take_delete(a[2], from);
  const deadline until = until_of(self, a[1], from);
  if (a[0].size() == 0)
    return "no_request";
  const auto got = wait_for_any(self, a[0], until);
  return got ? response_of(self, *got, a[0], removes) : term("timeout");
}

// As wait_response, but a request that has not been answered by then never will be.
term receive_response_2(process& self, const term* a) {
  const request_call from{"receive_response", a, 2};
  const deadline until = until_of(self, a[1], from);
  if (!a[0].is_reference())
    from.refuse();
  auto got = wait_for(self, a[0], until);
  if (!got) {
    self.demonitor(a[0].as_reference(), true);
    got = wait_for(self, a[0], clock::now());
  }
  return got ? response(self, *got) : term("timeout");
}
term receive_response_3(process& self, const term* a) {
  const request_call from{"receive_response", a, 3};
  if (!a[0].is_map())
    from.refuse();
  const bool removes = take_delete(a[2], from);
  const deadline until = until_of(self, a[1], from);
  if (a[0].size() == 0)
    return "no_request";
  if (const auto got = wait_for_any(self, a[0], until))
    return response_of(self, *got, a[0], removes);
  for (const term& entry : a[0].to_list().elements_of_list()) {
    if (!entry[0].is_reference())
      from.refuse();
    self.demonitor(entry[0].as_reference(), true);
  }
  while (wait_for_any(self, a[0], clock::now())) {
  }
  return "timeout";
}

term check_response_2(process& self, const term* a) {
  if (!a[1].is_reference())
    refuse("check_response", a, 2);
  return id_in(a[0]) == a[1] ? response(self, a[0]) : term("no_reply");
}
term check_response_3(process& self, const term* a) {
  const request_call from{"check_response", a, 3};
  if (!a[1].is_map())
    from.refuse();
  const bool removes = take_delete(a[2], from);
  if (a[1].size() == 0)
    return "no_request";
  const term id = id_in(a[0]);
  return id.is_reference() && a[1].get(id) ? response_of(self, a[0], a[1], removes) : term("no_reply");
}

term reqids_new(process&, const term*) {
  return map();
}
term reqids_size(process&, const term* a) {
  if (!a[0].is_map())
    refuse("reqids_size", a, 1);
  return std::uint64_t{a[0].size()};
}
term reqids_add(process&, const term* a) {
  if (!a[0].is_reference() || !a[2].is_map() || a[2].get(a[0]))
    refuse("reqids_add", a, 3);
  return a[2].with(a[0], a[1]);
}
term reqids_to_list(process&, const term* a) {
  if (!a[0].is_map())
    refuse("reqids_to_list", a, 1);
  return a[0].to_list();
}

constexpr native all[] = {
    {"gen_server", "send_request", 2, send_request_2, "send_request(ServerRef, Request)",
     "asks a server without waiting: the id of the request"},
    {"gen_server", "send_request", 4, send_request_4, "send_request(ServerRef, Request, Label, ReqIdCollection)",
     "the same; the collection with the new id"},
    {"gen_server", "wait_response", 2, wait_response_2, "wait_response(ReqId, WaitTime)",
     "waits for the answer: {reply,R}, {error,{Reason,Server}}, or timeout, after which it may be asked for again"},
    {"gen_server", "wait_response", 3, wait_response_3, "wait_response(ReqIdCollection, WaitTime, Delete)",
     "waits for the first answer: {Response,Label,Collection}"},
    {"gen_server", "receive_response", 2, receive_response_2, "receive_response(ReqId, Timeout)",
     "as wait_response, but after timeout the request is given up"},
    {"gen_server", "receive_response", 3, receive_response_3, "receive_response(ReqIdCollection, Timeout, Delete)",
     "as wait_response, but after timeout all requests are given up"},
    {"gen_server", "check_response", 2, check_response_2, "check_response(Msg, ReqId)",
     "what a message says about a request, or no_reply"},
    {"gen_server", "check_response", 3, check_response_3, "check_response(Msg, ReqIdCollection, Delete)",
     "what a message says about one of many requests, or no_reply"},
    {"gen_server", "reqids_new", 0, reqids_new, "reqids_new()", "a collection of requests, empty"},
    {"gen_server", "reqids_size", 1, reqids_size, "reqids_size(ReqIdCollection)", "how many requests it has"},
    {"gen_server", "reqids_add", 3, reqids_add, "reqids_add(ReqId, Label, ReqIdCollection)", "one more request"},
    {"gen_server", "reqids_to_list", 1, reqids_to_list, "reqids_to_list(ReqIdCollection)", "[{ReqId,Label}]"},
};
}  // namespace

std::span<const native> request_natives() {
  return all;
}
}  // namespace twinslot::gen_server
