// expected: state may not hold code pointers
#include <twinslot/gen_server.hpp>

namespace ts = twinslot;

struct other {
  std::int64_t a = 0;
};
struct state {
  std::int64_t other::*which = nullptr;
};

TWINSLOT_MODULE(sample, "1") {
  return ts::gen_server<state>("sample");
}
