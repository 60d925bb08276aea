// MODELED, a module of the model test, in version MODELED_VSN: one function to look at, one to stay in.
#include <twinslot/module.hpp>

namespace ts = twinslot;

#define MODULE(name, vsn) TWINSLOT_MODULE(name, vsn)

MODULE(MODELED, MODELED_VSN) {
  return ts::module().function("vsn", [] { return ts::atom("v" MODELED_VSN); }).function("stay", [](ts::self& self) {
    self.sleep("infinity").wait();
  });
}
