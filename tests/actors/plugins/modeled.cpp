// MODELED, a module of the model test, in version MODELED_VSN: functions to look at, to stay in, and to ask code from.
#include <twinslot/module.hpp>

namespace ts = twinslot;

#define MODULE(name, vsn) TWINSLOT_MODULE(name, vsn)

MODULE(MODELED, MODELED_VSN) {
  return ts::module()
      .function("vsn", [] { return ts::atom("v" MODELED_VSN); })
      .function("stay", [](ts::self& self) { self.sleep("infinity").wait(); })
      .function("ask_code", [](ts::self& self, ts::atom function, ts::atom about) {
        self.apply("gate", "pass", function);
        return self.apply("code", function.text(), about);
      });
}
