// special_v2.cpp - the same with functions of its own for what sys asks.
#include <twinslot/special.hpp>

namespace ts = twinslot;

ts::process loop(ts::self self, ts::term state) {
  co_return co_await self.receive([&](ts::system_message m) { return self.handle_system(m, "loop", state); },
                                  [&](ts::is<"put">, ts::term now) { return self.qualified("loop", now); },
                                  [&](ts::is<"who">, ts::pid from) {
                                    self.send(from, ts::tuple(2, state));
                                    return self.qualified("loop", state);
                                  });
}

TWINSLOT_MODULE(special, "2") {
  return ts::module()
      .process("loop", loop)
      .special()
      .function("system_terminate",
                [](ts::self& self, ts::term reason, ts::term state) { self.exit(ts::tuple(reason, state)); })
      .function("system_code_change",
                [](ts::term state, ts::term, ts::term old, ts::term extra) {
                  if (extra.is_tagged(ts::atom("return"), 2))
                    return extra[1];
                  return ts::term(ts::tuple("ok", ts::tuple(old, state, extra)));
                })
      .function("system_get_state", [](ts::term state) { return ts::tuple("ok", ts::tuple("shown", state)); })
      .function("system_replace_state", [](ts::self& self, ts::term fun, ts::term state) {
        const ts::term now = self.apply("erlang", "apply", fun, ts::list(state));
        return ts::tuple("ok", ts::tuple("replaced", now), now);
      });
}
