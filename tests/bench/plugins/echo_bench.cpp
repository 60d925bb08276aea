// tests/bench/plugins/echo_bench.cpp - gives each connection a server of tcp_demo. The acceptors are this module's, so
// an upgrade of tcp_demo is one of the servers alone.
#include <twinslot/gen_tcp.hpp>
#include <twinslot/process.hpp>

namespace ts = twinslot;
namespace gen_tcp = ts::gen_tcp;
namespace inet = ts::inet;

ts::task<> serve(ts::self self, ts::port socket) {
  const ts::pid server = ts::ok(co_await self.start("tcp_demo"_atom, ts::list(socket))).as_pid();
  if (!gen_tcp::controlling_process(self, socket, server) ||
      !inet::setopts(self, socket, ts::list(ts::tuple("active", true))))
    self.exit(server, "shutdown");  // the client has left already
}

ts::process acceptor(ts::self self, ts::port listener) {
  const auto socket = co_await gen_tcp::accept(self, listener);
  if (!socket) {
    self.print("accept: {}\n", socket.reason());
    co_return self.done();
  }
  co_await serve(self, *socket);
  co_return self.qualified("acceptor", listener);
}

// Owns the listener.
ts::process pool(ts::self self, ts::port listener, std::int64_t acceptors) {
  for (std::int64_t others = 1; others < acceptors; ++others)
    self.spawn_link("acceptor", listener);
  co_return self.qualified("acceptor", listener);
}

// With the options of the servers that this one is compared with.
ts::term start(ts::self& self, std::int64_t acceptors) {
  const ts::port listener = ts::ok(gen_tcp::listen(
      self, 0,
      ts::list("binary", ts::tuple("active", false), ts::tuple("backlog", 4096), ts::tuple("reuseaddr", true),
               ts::tuple("nodelay", true), ts::tuple("ip", ts::tuple(127, 0, 0, 1)))));
  ts::ok(gen_tcp::controlling_process(self, listener, self.spawn("pool", listener, acceptors)));
  self.print("port {}\n", ts::ok(inet::port(self, listener)));
  return "ok"_atom;
}

TWINSLOT_MODULE(echo_bench, "1") {
  return ts::module().function("start", start).process("pool", pool).process("acceptor", acceptor);
}
