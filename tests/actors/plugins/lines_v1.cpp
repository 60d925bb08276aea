// lines 1: counts the bytes it gets, as they come.
#include <twinslot/gen_server.hpp>

namespace ts = twinslot;

struct state {
  std::int64_t count = 0;
};
template <class Inspector>
bool inspect(Inspector& f, state& x) {
  return f.object(x).fields(f.field("count", x.count));
}

TWINSLOT_MODULE(lines, "1") {
  return ts::gen_server<state>("lines")
      .init([] { return state{}; })
      .call("take",
            [](state& s, ts::bytes data) {
              s.count += static_cast<std::int64_t>(data.size());
              return "ok"_atom;
            })
      .call("version", [](const state&) { return 1; });
}
