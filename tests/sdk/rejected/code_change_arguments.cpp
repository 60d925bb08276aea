// expected: code_change takes the other state
#include <twinslot/gen_server.hpp>

namespace ts = twinslot;

TWINSLOT_MODULE(sample, "1") {
  return ts::gen_server<std::int64_t>("sample").code_change("1", [] { return std::int64_t{0}; });
}
