// expected: state may not hold code pointers
#include <functional>

#include <twinslot/gen_server.hpp>

namespace ts = twinslot;

struct state {
  std::function<void()> done;
};
template <class Inspector>
bool inspect(Inspector& f, state& x) {
  return f.object(x).fields(f.field("done", x.done));
}

TWINSLOT_MODULE(sample, "1") {
  return ts::gen_server<state>("sample");
}
