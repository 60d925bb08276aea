// special_v1.cpp - a process of its own that takes part in sys, with its state as it is.
#include <twinslot/special.hpp>

namespace ts = twinslot;

ts::process loop(ts::self self, ts::term state) {
  co_return co_await self.receive([&](ts::system_message m) { return self.handle_system(m, "loop", state); },
                                  [&](ts::is<"put">, ts::term now) { return self.qualified("loop", now); },
                                  [&](ts::is<"who">, ts::pid from) {
                                    self.send(from, ts::tuple(1, state));
                                    return self.qualified("loop", state);
                                  });
}

TWINSLOT_MODULE(special, "1") {
  return ts::module().process("loop", loop).special();
}
