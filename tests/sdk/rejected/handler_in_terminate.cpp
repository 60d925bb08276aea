// expected: only init, call, cast, info and continue_ may return ts::task
#include <twinslot/handler.hpp>

namespace ts = twinslot;

TWINSLOT_MODULE(sample, "1") {
  return ts::gen_server<std::int64_t>("sample").terminate(
      [](std::int64_t&, ts::self self) -> ts::task<> { co_await self.sleep(1); });
}
