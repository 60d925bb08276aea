// expected: write std::string or ts::text
#include <twinslot/gen_server.hpp>

namespace ts = twinslot;

TWINSLOT_MODULE(sample, "1") {
  return ts::gen_server<std::int64_t>("sample").call(
      "name", [](std::int64_t& n, std::string_view s) { return n += static_cast<std::int64_t>(s.size()); });
}
