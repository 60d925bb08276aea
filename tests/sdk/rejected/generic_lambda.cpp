// expected: a clause is a lambda with written-out parameter types
#include <twinslot/gen_server.hpp>

namespace ts = twinslot;

TWINSLOT_MODULE(sample, "1") {
  return ts::gen_server<std::int64_t>("sample").cast("go", [](auto& n) { ++n; });
}
