// special: a process of its own that takes part in sys.
#include <twinslot/special.hpp>

namespace ts = twinslot;

ts::process loop(ts::self self, std::int64_t count) {
  co_return co_await self.receive([&](ts::system_message m) { return self.handle_system(m, "loop", count); },
                                  [&](ts::is<"tick">) { return self.qualified("loop", count + 1); });
}

ts::process plain(ts::self self) {
  co_await self.receive([](ts::is<"go">) {});
  co_return self.done();
}

TWINSLOT_MODULE(special, "1") {
  return ts::module().process("loop", loop).process("plain", plain).special();
}
