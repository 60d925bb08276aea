// expected: terminate takes the reason
#include <twinslot/gen_server.hpp>

namespace ts = twinslot;

TWINSLOT_MODULE(sample, "1") {
  return ts::gen_server<std::int64_t>("sample").terminate([](std::int64_t&, ts::term, ts::term) {});
}
