// expected: an argument is taken by value or by const reference
#include <twinslot/gen_server.hpp>

namespace ts = twinslot;

TWINSLOT_MODULE(sample, "1") {
  return ts::gen_server<std::int64_t>("sample").call("go", [](std::int64_t&, ts::term& t) { return t; });
}
