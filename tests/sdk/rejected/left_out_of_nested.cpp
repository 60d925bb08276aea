// expected: leaves out a member
#include <twinslot/gen_server.hpp>

namespace ts = twinslot;

struct inner {
  std::int64_t a = 0;
  ts::term b;
};
template <class Inspector>
bool inspect(Inspector& f, inner& x) {
  return f.object(x).fields(f.field("a", x.a));
}
struct state {
  inner i;
};
template <class Inspector>
bool inspect(Inspector& f, state& x) {
  return f.object(x).fields(f.field("i", x.i));
}

TWINSLOT_MODULE(sample, "1") {
  return ts::gen_server<state>("sample");
}
