// counter, version 1 as it was before somebody looked: it counts twice.
#include <twinslot/gen_server.hpp>

namespace ts = twinslot;

TWINSLOT_MODULE(counter, "1.0.0") {
  return ts::gen_server<std::int64_t>("counter")
      .init([] { return std::int64_t{0}; })
      .cast("increment", [](std::int64_t& count) { count += 2; })
      .call("get_count", [](const std::int64_t& count) { return count; })
      .info([](std::int64_t&) {});
}
