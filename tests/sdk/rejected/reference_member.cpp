// expected: needs a default constructor
#include <twinslot/gen_server.hpp>

namespace ts = twinslot;

struct state {
  int& n;
};
template <class Inspector>
bool inspect(Inspector& f, state& x) {
  return f.object(x).fields(f.field("n", x.n));
}

TWINSLOT_MODULE(sample, "1") {
  return ts::gen_server<state>("sample");
}
