// applies: a server that calls what it is told to, in its own process.
#include <twinslot/gen_server.hpp>

namespace ts = twinslot;

TWINSLOT_MODULE(applies, "1") {
  return ts::gen_server<ts::term>("applies").call(
      "run", [](ts::term&, ts::self& self, ts::atom module, ts::atom function, ts::term arguments) {
        ts::term given[8];
        std::size_t count = 0;
        for (const ts::term& each : arguments.elements_of_list())
          if (count < 8)
            given[count++] = each;
        return self.apply_terms(module, function, given, count);
      });
}
