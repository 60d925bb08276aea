// code_stays.cpp - the twin of code_reload whose server calls itself locally: no load ever moves it.
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
        return self.local("server_loop", count + 1);  // server_loop(Count + 1), without ?MODULE
      });
}

TWINSLOT_MODULE(code_stays, "1") {
  return ts::module()
      .function("start_server", [](ts::self& self) { return self.spawn("server_loop", 0); })
      .process("server_loop", server_loop);
}
