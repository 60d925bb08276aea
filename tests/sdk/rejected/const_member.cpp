// expected: remove the const
#include <twinslot/gen_server.hpp>

namespace ts = twinslot;

struct state {
  const std::int64_t limit = 4;
};

TWINSLOT_MODULE(sample, "1") {
  return ts::gen_server<state>("sample");
}
