// starter: starts servers from a process function, and from a handler that waits.
#include <twinslot/handler.hpp>
#include <twinslot/process.hpp>

namespace ts = twinslot;

// Each sends {started,Result}; then everything else that it receives, until it is told to stop.
ts::process start(ts::self self, ts::pid to, ts::atom module, ts::term argument, ts::term options) {
  const ts::term result = co_await self.start(module, argument, options);
  self.send(to, ts::tuple("started", result));
  co_return self.local("forward", to);
}
ts::process start_named(ts::self self, ts::pid to, ts::term name, ts::atom module, ts::term argument,
                        ts::term options) {
  const ts::term result = co_await self.start(name, module, argument, options);
  self.send(to, ts::tuple("started", result));
  co_return self.local("forward", to);
}
ts::process start_link(ts::self self, ts::pid to, ts::atom module, ts::term argument, ts::term options) {
  self.process_flag("trap_exit"_atom, true);
  const ts::term result = co_await self.start_link(module, argument, options);
  self.send(to, ts::tuple("started", result));
  co_return self.local("forward", to);
}
ts::process forward(ts::self self, ts::pid to) {
  co_return co_await self.receive([&](ts::is<"stop">) { return self.done(); },
                                  [&](ts::term other) {
                                    self.send(to, ts::tuple("got", other));
                                    return self.local("forward", to);
                                  });
}

TWINSLOT_MODULE(starter, "1") {
  return ts::gen_server<std::int64_t>("starter")
      .call("start",
            [](std::int64_t& asked, ts::self self, ts::atom module, ts::term argument) -> ts::task<ts::term> {
              ++asked;
              co_return co_await self.start(module, argument);
            })
      .process("start", start)
      .process("start", start_named)
      .process("start_link", start_link)
      .process("forward", forward);
}
