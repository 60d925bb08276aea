// counter, version 1: a server whose state is one number. Compile and load it with c(counter).
#include <twinslot/gen_server.hpp>

namespace ts = twinslot;

TWINSLOT_MODULE(counter, "1.0.0") {
  return ts::gen_server<std::int64_t>("counter")  // counter:start_link() registers this name
      .init([] { return std::int64_t{0}; })
      .cast("increment", [](std::int64_t& count) { ++count; })             // counter:increment()
      .call("get_count", [](const std::int64_t& count) { return count; })  // counter:get_count()
      .info([](std::int64_t&) {});                                         // other messages: not for us
}
