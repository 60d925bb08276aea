// expected: state may not hold code pointers
#include <twinslot/gen_server.hpp>

namespace ts = twinslot;

struct shape {
  virtual ~shape() = default;
};
struct state {
  shape s;
};
template <class Inspector>
bool inspect(Inspector& f, state& x) {
  return f.object(x).fields(f.field("s", x.s));
}

TWINSLOT_MODULE(sample, "1") {
  return ts::gen_server<state>("sample");
}
