// expected: the format has not as many
#include <twinslot/gen_server.hpp>

namespace ts = twinslot;

TWINSLOT_MODULE(sample, "1") {
  return ts::gen_server<std::int64_t>("sample").function("say", [](ts::self& self) { self.print("{} and {}", 1); });
}
