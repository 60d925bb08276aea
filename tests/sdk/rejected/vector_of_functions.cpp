// expected: state may not hold code pointers
#include <twinslot/std/vector.hpp>

#include <functional>

#include <twinslot/gen_server.hpp>

namespace ts = twinslot;

struct state {
  std::vector<std::function<void()>> all;
};
template <class Inspector>
bool inspect(Inspector& f, state& x) {
  return f.object(x).fields(f.field("all", x.all));
}

TWINSLOT_MODULE(sample, "1") {
  return ts::gen_server<state>("sample");
}
