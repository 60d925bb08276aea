// asks_code: what the code server says to a load hook about its own module.
#include <twinslot/module.hpp>

namespace ts = twinslot;

namespace {
ts::term answers;
}

TWINSLOT_MODULE(asks_code, "1") {
  return ts::module().function("answers", [] { return answers; }).on_load([](ts::self& self) {
    answers = ts::tuple(self.apply("code", "ensure_loaded", "asks_code"), self.apply("code", "load_file", "asks_code"),
                        self.apply("code", "is_loaded", "asks_code"));
  });
}
