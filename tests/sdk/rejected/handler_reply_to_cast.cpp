// expected: only a call has a reply
#include <twinslot/handler.hpp>

namespace ts = twinslot;

TWINSLOT_MODULE(sample, "1") {
  return ts::gen_server<std::int64_t>("sample").cast("go",
                                                     [](std::int64_t& n) -> ts::task<std::int64_t> { co_return n; });
}
