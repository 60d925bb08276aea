// tcp_demo, version 2: sends back whole lines, in capital letters. A line that has not ended waits in the state, and
// code_change gives the states of version 1 the place for it. Otherwise as version 1.
#include <twinslot/gen_server.hpp>
#include <twinslot/gen_tcp.hpp>
#include <twinslot/process.hpp>

#include <string>

namespace ts = twinslot;
namespace gen_tcp = ts::gen_tcp;
namespace inet = ts::inet;

constexpr std::uint16_t default_port = 9000;

constexpr std::size_t line_limit = 64 * 1024;  // bytes; who sends a longer line is left

struct state {
  ts::port socket;
  ts::bytes buffer;  // the line that has begun
};
template <class Inspector>
bool inspect(Inspector& f, state& x) {
  return f.object(x).fields(f.field("socket", x.socket), f.field("buffer", x.buffer));
}

namespace v1 {
struct state {
  ts::port socket;
};
template <class Inspector>
bool inspect(Inspector& f, state& x) {
  return f.object(x).fields(f.field("socket", x.socket));
}
}  // namespace v1

ts::port listen(ts::self& self, std::uint16_t port, bool active) {
  return ts::ok(gen_tcp::listen(
      self, port,
      ts::list("binary", ts::tuple("packet", 0), ts::tuple("active", active), ts::tuple("reuseaddr", true))));
}

// The one connection says what happens to it; a pool's keep quiet.
bool is_the_one(ts::self& self) {
  return self.whereis("tcp_demo"_atom) == self.pid();
}

// ---- one connection, which becomes the server tcp_demo

ts::process start_listener(ts::self self, std::uint16_t port) {
  const ts::port listener = listen(self, port, true);
  self.print("V2 Listener on {}...\n", port);
  const ts::port socket = ts::ok(co_await gen_tcp::accept(self, listener));
  gen_tcp::close(self, listener);
  const ts::term started = co_await self.start(ts::tuple("local", "tcp_demo"), ts::this_module(), ts::list(socket), {});
  const ts::pid server = ts::ok(started).as_pid();
  ts::ok(gen_tcp::controlling_process(self, socket, server));
  self.print("Socket transferred to PID {}. Listener dying.\n", server);
  co_return self.done();
}

// ---- many connections

ts::task<> serve(ts::self self, ts::port socket) {
  const ts::term started = co_await self.start(ts::this_module(), ts::list(socket));
  if (!started.is_tagged("ok"_atom, 2)) {
    gen_tcp::close(self, socket);
    co_return;
  }
  const ts::pid server = started[1].as_pid();
  if (!gen_tcp::controlling_process(self, socket, server) ||
      !inet::setopts(self, socket, ts::list(ts::tuple("active", true))))
    self.exit(server, "shutdown");  // the client has left already
}

// Gives each connection to a server. Where nobody comes it moves to new code once a second.
ts::process acceptor(ts::self self, ts::port listener) {
  const auto socket = co_await gen_tcp::accept(self, listener, 1000);
  if (socket)
    co_await serve(self, *socket);
  else if (socket.reason() == "closed"_atom)
    co_return self.done();
  co_return self.qualified("acceptor", listener);
}

// The listener's owner: whoever ends it ends them all, but no connection.
ts::process pool(ts::self self, ts::port listener, std::int64_t acceptors) {
  for (std::int64_t others = 1; others < acceptors; ++others)
    self.spawn_link("acceptor", listener);
  co_return self.qualified("acceptor", listener);
}

// {ok,Pool,Port}
ts::term start_pool(ts::self& self, std::uint16_t port, std::int64_t acceptors) {
  const ts::port listener = listen(self, port, false);
  const ts::pid owner = self.spawn("pool", listener, acceptors);
  ts::ok(gen_tcp::controlling_process(self, listener, owner));
  return ts::tuple("ok", owner, ts::ok(inet::port(self, listener)));
}

// ---- the server

// What is no UTF-8 has no capital letters.
ts::term shouted(ts::self& self, const ts::bytes& lines) {
  try {
    return self.apply("string"_atom, "uppercase"_atom, lines);
  } catch (const ts::exception&) {
    return ts::to_term(lines);
  }
}

ts::outcome take(state& s, ts::self& self, ts::port socket, ts::bytes data) {
  if (s.buffer.empty() && data.view().ends_with('\n')) {  // as mostly: whole lines, which are not copied
    gen_tcp::send(self, socket, shouted(self, data));
    return ts::noreply();
  }
  std::string all(s.buffer);
  all += data;
  const std::size_t ended = all.rfind('\n') + 1;  // 0: no line has ended
  if (ended > 0)
    gen_tcp::send(self, socket, shouted(self, std::string_view(all).substr(0, ended)));
  s.buffer = std::string_view(all).substr(ended);
  if (s.buffer.size() > line_limit)
    return ts::stop(ts::tuple("shutdown", "line_too_long"));
  return ts::noreply();
}

state from_v1(ts::self& self, v1::state old) {
  if (is_the_one(self))
    self.print("Migrating State: V1 -> V2 (Adding buffer)\n");
  return {old.socket, {}};
}

// Version 1 has no place for a line that has begun: it is not thrown away, the way back waits until it has ended.
v1::state to_v1(const state& s) {
  if (!s.buffer.empty())
    ts::raise_error(ts::tuple("line_has_begun", ts::to_term(s.buffer)));
  return {s.socket};
}

TWINSLOT_MODULE(tcp_demo, "2.0.0") {
  return ts::gen_server<state>("tcp_demo")
      .init([](ts::self& self, ts::port socket) {
        if (is_the_one(self))
          self.print("V2 (Shouting) Started.\n");
        return state{socket, {}};
      })
      .info("tcp", take)
      .info("tcp_closed",
            [](state&, ts::self& self, ts::port) {
              if (is_the_one(self))
                self.print("Client disconnected\n");
              return ts::stop("normal");
            })
      .code_change("1.0.0", from_v1)
      .code_change_down("1.0.0", to_v1)
      .info([](state&) {})
      .function("start_link", [](ts::self& self) { return self.spawn("start_listener", default_port); })
      .function("start_link", [](ts::self& self, std::uint16_t port) { return self.spawn("start_listener", port); })
      .process("start_listener", start_listener)
      .function("start_pool", start_pool)
      .process("pool", pool)
      .process("acceptor", acceptor);
}
