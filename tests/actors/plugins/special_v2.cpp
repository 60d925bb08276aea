// special 2: the state is a pair now.
#include <twinslot/special.hpp>
#include <twinslot/std/tuple.hpp>

namespace ts = twinslot;

ts::process loop(ts::self self, std::tuple<std::int64_t, ts::atom> state) {
  const auto [count, unit] = state;
  const std::tuple next(count + 1, unit);
  co_return co_await self.receive([&](ts::system_message m) { return self.handle_system(m, "loop", state); },
                                  [&](ts::is<"tick">) { return self.qualified("loop", next); });
}

TWINSLOT_MODULE(special, "2") {
  return ts::module()
      .process("loop", loop)
      .special()
      .function("system_code_change", [](std::int64_t count, ts::atom, ts::term, ts::term extra) {
        if (extra == "refuse"_atom)
          return ts::term("no"_atom);
        return ts::tuple("ok", ts::tuple(count, "ticks"));
      });
}
