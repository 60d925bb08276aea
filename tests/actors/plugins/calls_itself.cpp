// calls_itself: its load hook calls a function of its own module, which is not published yet.
#include <twinslot/module.hpp>

namespace ts = twinslot;

namespace {
ts::atom seen;
}

TWINSLOT_MODULE(calls_itself, "1") {
  return ts::module().function("seen", [] { return seen; }).on_load([](ts::self& self) {
    try {
      self.apply("calls_itself", "seen");
    } catch (const ts::exception& e) {
      seen = e.reason.is_atom() ? e.reason.as_atom() : ts::atom("other");
    }
  });
}
