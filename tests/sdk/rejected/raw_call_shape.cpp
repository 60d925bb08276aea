// expected: handle_call is
#include <twinslot/gen_server.hpp>

namespace ts = twinslot;

TWINSLOT_MODULE(sample, "1") {
  return ts::gen_server<std::int64_t>("sample").handle_call([](ts::self&, std::int64_t&) { return ts::noreply(); });
}
