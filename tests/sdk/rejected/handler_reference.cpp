// expected: a clause that returns ts::task takes its arguments and ts::from by value
#include <twinslot/handler.hpp>

namespace ts = twinslot;

TWINSLOT_MODULE(sample, "1") {
  return ts::gen_server<std::int64_t>("sample").call(
      "go", [](std::int64_t&, ts::self self, const ts::text& name) -> ts::task<ts::text> {
        co_await self.sleep(1);
        co_return name;
      });
}
