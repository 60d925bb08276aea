// expected: wants #include <twinslot/handler.hpp>
#include <twinslot/gen_server.hpp>
#include <twinslot/process.hpp>

namespace ts = twinslot;

TWINSLOT_MODULE(sample, "1") {
  return ts::gen_server<std::int64_t>("sample").call("go",
                                                     [](std::int64_t& n, ts::self self) -> ts::task<std::int64_t> {
                                                       co_await self.sleep(1);
                                                       co_return n;
                                                     });
}
