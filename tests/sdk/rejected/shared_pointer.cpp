// expected: state may not hold code pointers
#include <memory>

#include <twinslot/gen_server.hpp>

namespace ts = twinslot;

struct state {
  std::shared_ptr<int> shared;
};
template <class Inspector>
bool inspect(Inspector& f, state& x) {
  return f.object(x).fields(f.field("shared", x.shared));
}

TWINSLOT_MODULE(sample, "1") {
  return ts::gen_server<state>("sample");
}
