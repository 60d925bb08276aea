// tcp_demo, version 1: sends back what it gets. start_link() waits for one connection, start_pool(Port, Acceptors) for
// many: each has a server of its own.
#include <twinslot/gen_server.hpp>
#include <twinslot/gen_tcp.hpp>
#include <twinslot/process.hpp>

namespace ts = twinslot;
namespace gen_tcp = ts::gen_tcp;
namespace inet = ts::inet;

constexpr std::uint16_t default_port = 9000;

struct state {
  ts::port socket;
};
template <class Inspector>
bool inspect(Inspector& f, state& x) {
  return f.object(x).fields(f.field("socket", x.socket));
}

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
  self.print("Listening on {}...\n", port);
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

TWINSLOT_MODULE(tcp_demo, "1.0.0") {
  return ts::gen_server<state>("tcp_demo")
      .init([](ts::self& self, ts::port socket) {
        if (is_the_one(self))
          self.print("V1 (Echo) Started.\n");
        return state{socket};
      })
      .info("tcp", [](state&, ts::self& self, ts::port socket, ts::term data) { gen_tcp::send(self, socket, data); })
      .info("tcp_closed",
            [](state&, ts::self& self, ts::port) {
              if (is_the_one(self))
                self.print("Client disconnected\n");
              return ts::stop("normal");
            })
      .info([](state&) {})
      .function("start_link", [](ts::self& self) { return self.spawn("start_listener", default_port); })
      .function("start_link", [](ts::self& self, std::uint16_t port) { return self.spawn("start_listener", port); })
      .process("start_listener", start_listener)
      .function("start_pool", start_pool)
      .process("pool", pool)
      .process("acceptor", acceptor);
}
