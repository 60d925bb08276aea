// picky 2, which also has a clause for its own version: sys:change_code may ask it for a change by Extra alone.
#include <twinslot/gen_server.hpp>

namespace ts = twinslot;

struct picky {
  std::int64_t number = 0;
  ts::term extra;
};
template <class Inspector>
bool inspect(Inspector& f, picky& x) {
  return f.object(x).fields(f.field("number", x.number), f.field("extra", x.extra));
}

TWINSLOT_MODULE(picky, "2") {
  return ts::gen_server<picky>("picky")
      .init([](std::int64_t number) {
        return picky{number, {}};
      })
      .call("version", [](const picky&) { return "two"_atom; })
      .code_change("2", [](picky old, ts::term extra) {
        return picky{old.number, ts::tuple("again", extra)};
      });
}
