// gated: its load hook starts a process that is to run in this very module, and then waits for the test.
#include <twinslot/module.hpp>

namespace ts = twinslot;

TWINSLOT_MODULE(gated, "spawns") {
  return ts::module()
      .function("stay", [](ts::self& self) { self.sleep("infinity").wait(); })
      .on_load([](ts::self& self) -> ts::term {
        return self.apply("gate", "pass", self.apply("gate", "spawn", "gated", "stay"));
      });
}
