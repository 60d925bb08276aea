#include "actors/tcp/natives.hpp"

#include "actors/sys/server_ref.hpp"
#include "actors/tcp/connection.hpp"
#include "actors/tcp/listener.hpp"
#include "actors/tcp/listing.hpp"

#include <typeinfo>

namespace twinslot::tcp {
namespace {
using sys::is_timeout;

[[noreturn]] void no_clause(const char* module, const char* function, const term* arguments, std::size_t count) {
  throw raised{"error"_atom, "function_clause",
               list(tuple(atom(module), atom(function), list_of(arguments, count), term{}))};
}

/// Null: closed, or no socket.
std::shared_ptr<endpoint> find(process& self, const term& which) {
  return std::dynamic_pointer_cast<endpoint>(self.home().find_port(which.as_port()));
}
std::shared_ptr<connection> find_connection(process& self, const term& which) {
  auto found = self.home().find_port(which.as_port());
  if (!found)
    return nullptr;
  const port_object& there = *found;
  // A dynamic cast takes ten times as long.
  return typeid(there) == typeid(connection) ? std::static_pointer_cast<connection>(std::move(found)) : nullptr;
}

/// As find, of the function's first argument, which must be a port.
std::shared_ptr<endpoint> socket_of(process& self, const char* module, const char* function, const term* arguments,
                                    std::size_t count) {
  if (!arguments[0].is_port())
    no_clause(module, function, arguments, count);
  return find(self, arguments[0]);
}

term failure(term reason) {
  return tuple("error", std::move(reason));
}
term ok_or(const result<void>& outcome) {
  return outcome ? term("ok") : failure(outcome.reason());
}
term answer_of(const result<term>& outcome) {
  return outcome ? tuple("ok", *outcome) : failure(outcome.reason());
}
/// A reason for the caller's wrong argument is raised, as Erlang does it.
term refused(const term& reason) {
  if (reason == "badarg")
    raise_exit(reason);
  return failure(reason);
}

reactor& threads_of(process& self) {
  return *static_cast<reactor*>(self.home().kept("tcp"_atom));
}

std::optional<std::uint16_t> port_number(const term& value) {
  if (!value.is_int64() || value.as_int64() < 0 || value.as_int64() > 0xFFFF)
    return {};
  return static_cast<std::uint16_t>(value.as_int64());
}

// ---- gen_tcp

term listen(process& self, const term* a) {
  const auto number = port_number(a[0]);
  if (!number)
    raise_exit("badarg");
  const auto made = listener::open(self.home(), threads_of(self), *number, a[1], self.self());
  return made ? tuple("ok", (*made)->self()) : refused(made.reason());
}

/// {Socket, Label, What}'s answer. Errors are values.
term ask(process& self, const term& which, atom label, const term& what, const term& timeout) {
  const auto answer = self.request(which, label, what, deadline_from(timeout));
  if (answer.ok)
    return answer.value;
  return failure(answer.value == "noproc" ? term("closed") : answer.value);
}

template <std::size_t Count>
term accept(process& self, const term* a) {
  if (!a[0].is_port() || (Count == 2 && !is_timeout(a[1])))
    no_clause("gen_tcp", "accept", a, Count);
  return ask(self, a[0], "accept"_atom, {}, Count == 2 ? a[1] : term("infinity"));
}

term open(process& self, const term* a) {
  const bool is_local = a[0].is_tagged("local"_atom, 2);
  const auto number = port_number(a[1]);
  if (!number && !is_local)
    raise_exit("badarg");
  const auto made = connection::open(self.home(), threads_of(self), a[0], number.value_or(0), a[2], self.self());
  if (made)
    return tuple("ok", (*made)->self());
  return refused(made.reason() == "einval" ? term("badarg") : made.reason());
}

template <std::size_t Count>
term connect(process& self, const term* a) {
  const term timeout = Count == 4 ? a[3] : term("infinity");
  if (!is_timeout(timeout))
    raise_badarg();
  if (!self.may_block())
    raise_error(tuple("would_block", "connect"));
  const term made = open(self, a);
  if (!made.is_tagged("ok"_atom, 2))
    return made;
  const term answer = ask(self, made[1], "connect"_atom, {}, timeout);
  if (!answer.is_tagged("ok"_atom, 2))
    if (const auto opened = find(self, made[1]))
      opened->close();
  return answer;
}

/// ok, busy or {error, Reason}. A process that shares its thread is held while it is busy, another one waits here.
term try_send(process& self, const term* a) {
  if (!a[0].is_port())
    no_clause("gen_tcp", "send", a, 2);
  const auto to = find_connection(self, a[0]);
  if (!to)
    return failure(find(self, a[0]) ? term("enotconn") : term("closed"));
  const auto sent = to->send(a[1]);
  if (!sent)
    return failure(sent.reason());
  if (!*sent)
    return "ok"_atom;
  if (self.may_block())
    return ask(self, a[0], "drain"_atom, {}, "infinity");
  to->let_go_when_drained(self.self(), self.hold());
  return "busy";
}

term send(process& self, const term* a) {
  term said = try_send(self, a);
  return said == "busy" ? term("ok") : said;
}

/// What the next send would say, by ok or {error, Reason}.
term sent(process& self, const term* a) {
  const auto to = find_connection(self, a[0]);
  const auto able = to ? to->sent() : result<bool>(error{"closed"});
  return able ? term("ok") : failure(able.reason());
}

template <std::size_t Count>
term recv(process& self, const term* a) {
  if (!a[0].is_port() || !a[1].is_int64() || a[1].as_int64() < 0 || (Count == 3 && !is_timeout(a[2])))
    no_clause("gen_tcp", "recv", a, Count);
  return ask(self, a[0], "recv"_atom, a[1], Count == 3 ? a[2] : term("infinity"));
}

/// Of the SDK: {Socket, Label, What}, Timeout.
term request(process& self, const term* a) {
  return ask(self, a[0][0], a[0][1].as_atom(), a[0][2], a[1]);
}

term shutdown(process& self, const term* a) {
  if (!a[0].is_port() || !(a[1] == "read" || a[1] == "write" || a[1] == "read_write"))
    no_clause("gen_tcp", "shutdown", a, 2);
  const auto which = find(self, a[0]);
  return which ? ok_or(which->shut_down(a[1].as_atom())) : failure("closed");
}

term close(process& self, const term* a) {
  if (const auto which = socket_of(self, "gen_tcp", "close", a, 1))
    which->close();
  return "ok";
}

term give_connection(process& self, connection& which, pid to) {
  if (const auto begun = which.give_begin(self.self()); !begun)
    return failure(begun.reason());
  const term name = which.self();
  self.forward(
      [&](const term& message) {
        return message.is_tuple() && message.size() >= 2 && message[1] == name && message[0].is_atom() &&
               message[0].as_atom().text().starts_with("tcp");
      },
      to);
  which.give_end(self.self(), to);
  return "ok";
}

term controlling_process(process& self, const term* a) {
  if (!a[0].is_port() || !a[1].is_pid())
    no_clause("gen_tcp", "controlling_process", a, 2);
  const pid to = a[1].as_pid();
  const auto which = find(self, a[0]);
  if (!which)
    return failure("closed");
  if (which->owner() != self.self())
    return failure("not_owner");
  if (!self.home().is_alive(to))
    return failure("badarg");
  if (to == self.self())
    return "ok";
  if (auto* const stream = dynamic_cast<connection*>(which.get()))
    return give_connection(self, *stream, to);
  return ok_or(static_cast<listener&>(*which).give(self.self(), to));
}

// ---- inet

term setopts(process& self, const term* a) {
  const auto which = socket_of(self, "inet", "setopts", a, 2);
  return which ? ok_or(which->set_options(a[1])) : failure("einval");
}

term getopts(process& self, const term* a) {
  const auto which = socket_of(self, "inet", "getopts", a, 2);
  return which ? answer_of(which->options(a[1])) : failure("einval");
}

term peername(process& self, const term* a) {
  const auto which = socket_of(self, "inet", "peername", a, 1);
  return which ? answer_of(which->peer_name()) : failure("einval");
}

term sockname(process& self, const term* a) {
  const auto which = socket_of(self, "inet", "sockname", a, 1);
  return which ? answer_of(which->own_name()) : failure("einval");
}

term port(process& self, const term* a) {
  const term name = sockname(self, a);
  if (!name.is_tagged("ok"_atom, 2))
    return name;
  return name[1][0] == "local" ? tuple("ok", 0) : tuple("ok", name[1][1]);
}

term getstat(process& self, const term* a) {
  const auto which = socket_of(self, "inet", "getstat", a, 1);
  return which ? tuple("ok", which->statistics()) : failure("einval");
}

term getstat_of(process& self, const term* a) {
  if (!a[0].is_port() || !a[1].is_list())
    no_clause("inet", "getstat", a, 2);
  const auto which = find(self, a[0]);
  if (!which)
    return failure("einval");
  const term all = which->statistics();
  std::vector<term> wanted;
  for (const term& name : a[1].elements_of_list()) {
    const auto known = wanted.size();
    for (const term& entry : all.elements_of_list())
      if (entry[0] == name)
        wanted.push_back(entry);
    if (wanted.size() == known)
      return failure("einval");
  }
  return tuple("ok", list_of(wanted.data(), wanted.size()));
}

term i(process& self, const term*) {
  self.home().put_chars(listing(self.home()));
  return "ok";
}

// ---- erlang

term ports(process& self, const term*) {
  std::vector<term> all;
  for (const auto each : self.home().ports())
    all.push_back(each);
  return list_of(all.data(), all.size());
}

term port_info(process& self, const term* a) {
  if (!a[0].is_port())
    raise_badarg();
  const auto which = self.home().find_port(a[0].as_port());
  return which ? which->info() : term("undefined");
}

term port_info_of(process& self, const term* a) {
  const term all = port_info(self, a);
  if (!all.is_list())
    return all;
  if (a[1] == "registered_name")
    return {};
  for (const term& entry : all.elements_of_list())
    if (entry[0] == a[1])
      return entry;
  raise_badarg();
}

constexpr native all[] = {
    {"gen_tcp", "listen", 2, listen, "listen(Port, Options)",
     "a socket that listens at a port of this machine, 0: any free one"},
    {"gen_tcp", "accept", 1, accept<1>, "accept(ListenSocket)", "waits for the next connection"},
    {"gen_tcp", "accept", 2, accept<2>, "accept(ListenSocket, Timeout)", "as accept/1, waiting at most Timeout ms"},
    {"gen_tcp", "connect", 3, connect<3>, "connect(Address, Port, Options)", "connects to a host's port"},
    {"gen_tcp", "connect", 4, connect<4>, "connect(Address, Port, Options, Timeout)",
     "as connect/3, waiting at most Timeout ms"},
    {"gen_tcp", "send", 2, send, "send(Socket, Data)", "sends iodata; waits while the other side reads too slowly"},
    {"gen_tcp", "recv", 2, recv<2>, "recv(Socket, Length)",
     "bytes of a passive socket, 0: what there is, or its next packet"},
    {"gen_tcp", "recv", 3, recv<3>, "recv(Socket, Length, Timeout)", "as recv/2, waiting at most Timeout ms"},
    {"gen_tcp", "shutdown", 2, shutdown, "shutdown(Socket, How)", "ends one direction: read, write or read_write"},
    {"gen_tcp", "close", 1, close, "close(Socket)", "closes a socket; what was sent before still goes out"},
    {"gen_tcp", "controlling_process", 2, controlling_process, "controlling_process(Socket, Pid)",
     "gives a socket to another process"},
    {"inet", "setopts", 2, setopts, "setopts(Socket, Options)", "sets options of a socket"},
    {"inet", "getopts", 2, getopts, "getopts(Socket, Options)", "options of a socket"},
    {"inet", "peername", 1, peername, "peername(Socket)", "address and port of the other side"},
    {"inet", "sockname", 1, sockname, "sockname(Socket)", "address and port of this side"},
    {"inet", "port", 1, port, "port(Socket)", "the local port number"},
    {"inet", "getstat", 1, getstat, "getstat(Socket)", "what came in and went out"},
    {"inet", "getstat", 2, getstat_of, "getstat(Socket, Options)", "some of getstat/1"},
    {"inet", "i", 0, i, "i()", "prints all sockets: owner, addresses, bytes"},
    {"inet", "close", 1, close, "close(Socket)", "as gen_tcp:close/1"},
    {"prim_inet", "open", 3, open, "open(Address, Port, Options)", "a socket that connects when it is asked to"},
    {"prim_inet", "request", 2, request, "request({Socket,Label,What}, Timeout)",
     "asks a socket: recv, accept, connect"},
    {"prim_inet", "send", 2, try_send, "send(Socket, Data)", "as gen_tcp:send/2, but tells who can't wait here: busy"},
    {"prim_inet", "sent", 1, sent, "sent(Socket)", "what became of what was sent: ok or {error,Reason}"},
    {"erlang", "ports", 0, ports, "ports()", "all open ports"},
    {"erlang", "port_info", 1, port_info, "port_info(Port)", "[{Item,Value}] about a port"},
    {"erlang", "port_info", 2, port_info_of, "port_info(Port, Item)", "{Item,Value} about a port"},
};
}  // namespace

void start(node& home) {
  home.keep("tcp"_atom, std::make_shared<reactor>(home));
  home.add_natives(all);
}
}  // namespace twinslot::tcp
