// expected: write std::array<T, N>
#include <twinslot/gen_server.hpp>

namespace ts = twinslot;

struct state {
  std::int64_t all[4] = {};
};

TWINSLOT_MODULE(sample, "1") {
  return ts::gen_server<state>("sample");
}
