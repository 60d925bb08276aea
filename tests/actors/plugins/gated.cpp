// gated: its load hook waits for the test, and returns what the test says (gate:pass/1).
#include <twinslot/module.hpp>

namespace ts = twinslot;

TWINSLOT_MODULE(gated, "1") {
  return ts::module()
      .function("vsn", [] { return 1; })
      .function("stay", [](ts::self& self) { self.sleep("infinity").wait(); })
      .on_load([](ts::self& self) -> ts::term { return self.apply("gate", "pass", "gated"); });
}
