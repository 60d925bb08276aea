// code_reload_v2.cpp - as v1, with its mistake mended: the server goes on with the next count.
#include <twinslot/process.hpp>

namespace ts = twinslot;

ts::process server_loop(ts::self self, std::int64_t count) {
  co_return co_await self.receive(
      [&](ts::pid from, ts::is<"quit">) {
        self.print("Received quit command from {}\n", from);
        return self.done();
      },
      [&](ts::pid from, ts::term message) {
        self.print("{}: Server {} received message {} from {}\n", count, self.pid(), message, from);
        return self.qualified("server_loop", count + 1);
      },
      [&](ts::term) -> ts::next {
        throw ts::exception{"throw"_atom, "unexpected_message", {}};
      });
}

ts::process client_loop(ts::self self, ts::pid server) {
  co_return co_await self.receive(
      [&](ts::pid from, ts::is<"quit">) {
        self.print("Received quit command from {}\n", from);
        return self.done();
      },
      ts::after(1000, [&] {
        self.send(server, ts::tuple(self.pid(), ts::now()));
        return self.qualified("client_loop", server);
      }));
}

TWINSLOT_MODULE(code_reload, "2") {
  return ts::module()
      .function("start_server", [](ts::self& self) { return self.spawn("server_loop", 0); })
      .function("start_client", [](ts::self& self, ts::pid server) { return self.spawn("client_loop", server); })
      .process("server_loop", server_loop)
      .process("client_loop", client_loop);
}
