// expected: has no member named
#include <twinslot/gen_server.hpp>

namespace ts = twinslot;

struct state {
  std::int64_t count = 0;
};

TWINSLOT_MODULE(sample, "1") {
  return ts::gen_server<state>("sample")
      .call("get", [](const state& s) { return s.cuont; })
      .cast("add", [](state& s, std::int64_t n) { s.count += n; });
}
