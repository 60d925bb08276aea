// expected: leaves out a member
#include <functional>

#include <twinslot/gen_server.hpp>

namespace ts = twinslot;

struct state {
  std::int64_t a = 0;
  std::function<void()> done;
};
template <class Inspector>
bool inspect(Inspector& f, state& x) {
  return f.object(x).fields(f.field("a", x.a));
}

TWINSLOT_MODULE(sample, "1") {
  return ts::gen_server<state>("sample");
}
