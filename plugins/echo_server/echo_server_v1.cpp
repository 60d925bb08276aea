// echo_server, version 1: a process for each connection answers "Line 1: ...", "Line 2: ..." to what it gets.
// start() accepts by itself, and never moves to new code; start_pool(Port, Acceptors) does.
#include <twinslot/gen_tcp.hpp>
#include <twinslot/process.hpp>

namespace ts = twinslot;
namespace gen_tcp = ts::gen_tcp;

constexpr std::uint16_t default_port = 1234;

ts::port listen(ts::self& self, std::uint16_t port) {
  return ts::ok(
      gen_tcp::listen(self, port, ts::list("binary", ts::tuple("active", false), ts::tuple("reuseaddr", true))));
}

// A connection: moves to new code with each line, by a qualified call.
ts::process loop(ts::self self, ts::port socket, std::int64_t line) {
  const auto data = co_await gen_tcp::recv(self, socket);
  if (!data)
    co_return self.done();
  const auto answer =
      ts::list(ts::binary("Line "), self.apply("erlang", "integer_to_binary", line), ts::binary(": "), *data);
  co_await gen_tcp::send(self, socket, answer);
  co_return self.qualified("loop", socket, line + 1);
}

// The socket goes to the connection's process, so that it closes with that one.
void serve(ts::self& self, ts::port socket) {
  const ts::pid connection = self.spawn("loop", socket, 1);
  if (!gen_tcp::controlling_process(self, socket, connection))
    gen_tcp::close(self, socket);  // the client has left already
}

// ---- one acceptor, by local calls

ts::process acceptor(ts::self self, ts::port listener) {
  serve(self, ts::ok(co_await gen_tcp::accept(self, listener)));
  co_return self.local("acceptor", listener);
}

ts::process start_listener(ts::self self, std::uint16_t port) {
  const ts::port listener = listen(self, port);
  co_return self.local("acceptor", listener);
}

// ---- many

// Where nobody comes it moves to new code once a second.
ts::process pool_acceptor(ts::self self, ts::port listener) {
  const auto socket = co_await gen_tcp::accept(self, listener, 1000);
  if (socket)
    serve(self, *socket);
  else if (socket.reason() == "closed"_atom)
    co_return self.done();
  co_return self.qualified("pool_acceptor", listener);
}

// The listener's owner: whoever ends it ends them all, but no connection.
ts::process pool(ts::self self, ts::port listener, std::int64_t acceptors) {
  for (std::int64_t others = 1; others < acceptors; ++others)
    self.spawn_link("pool_acceptor", listener);
  co_return self.qualified("pool_acceptor", listener);
}

// {ok,Pool,Port}
ts::term start_pool(ts::self& self, std::uint16_t port, std::int64_t acceptors) {
  const ts::port listener = listen(self, port);
  const ts::pid owner = self.spawn("pool", listener, acceptors);
  ts::ok(gen_tcp::controlling_process(self, listener, owner));
  return ts::tuple("ok", owner, ts::ok(ts::inet::port(self, listener)));
}

TWINSLOT_MODULE(echo_server, "1") {
  return ts::module()
      .function("start", [](ts::self& self) { return self.spawn("start_listener", default_port); })
      .function("start", [](ts::self& self, std::uint16_t port) { return self.spawn("start_listener", port); })
      .function("start_pool", start_pool)
      .process("start_listener", start_listener)
      .process("acceptor", acceptor)
      .process("pool", pool)
      .process("pool_acceptor", pool_acceptor)
      .process("loop", loop);
}
