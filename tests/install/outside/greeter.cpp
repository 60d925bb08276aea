// The smallest plugin: one function.
#include <twinslot/gen_server.hpp>
namespace ts = twinslot;

struct state {
  std::int64_t greeted = 0;
};
template <class Inspector>
bool inspect(Inspector& f, state& x) {
  return f.object(x).fields(f.field("greeted", x.greeted));
}

TWINSLOT_MODULE(greeter, "1.0.0") {
  return ts::gen_server<state>("greeter").init([](ts::self&) { return state{}; }).call("hello", [](state& s) {
    return ++s.greeted;
  });
}
