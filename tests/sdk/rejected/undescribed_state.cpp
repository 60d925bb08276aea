// expected: no term form
#include <twinslot/gen_server.hpp>

namespace ts = twinslot;

struct state {
  std::int64_t n = 0;
};

TWINSLOT_MODULE(sample, "1") {
  return ts::gen_server<state>("sample");
}
