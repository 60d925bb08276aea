// expected: state may not hold code pointers
#include <twinslot/gen_server.hpp>

namespace ts = twinslot;

struct state {
  void (*done)() = nullptr;
};
template <class Inspector>
bool inspect(Inspector& f, state& x) {
  return f.object(x).fields(f.field("done", x.done));
}

TWINSLOT_MODULE(sample, "1") {
  return ts::gen_server<state>("sample");
}
