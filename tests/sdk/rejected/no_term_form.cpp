// expected: include its codec
#include <string>

#include <twinslot/gen_server.hpp>

namespace ts = twinslot;

struct state {
  std::string name;
};
template <class Inspector>
bool inspect(Inspector& f, state& x) {
  return f.object(x).fields(f.field("name", x.name));
}

TWINSLOT_MODULE(sample, "1") {
  return ts::gen_server<state>("sample");
}
