// expected: state may not hold code pointers
#include <twinslot/gen_server.hpp>

namespace ts = twinslot;

struct state {
  std::int64_t n = 0;
  virtual ~state() = default;
};
template <class Inspector>
bool inspect(Inspector& f, state& x) {
  return f.object(x).fields(f.field("n", x.n));
}

TWINSLOT_MODULE(sample, "1") {
  return ts::gen_server<state>("sample");
}
