// looper_v2.cpp - processes in their own code, told apart by the version that answers.
#include <twinslot/process.hpp>

namespace ts = twinslot;

ts::process stays(ts::self self, std::int64_t n) {
  co_return co_await self.receive(
      [&](ts::is<"who">, ts::pid from) {
        self.send(from, ts::tuple(2, n));
        return self.local("stays", n + 1);
      },
      [&](ts::is<"leave">) { return self.qualified("moves", n); }, [&](ts::is<"quit">) { return self.done(); });
}

ts::process moves(ts::self self, std::int64_t n) {
  co_return co_await self.receive(
      [&](ts::is<"who">, ts::pid from) {
        self.send(from, ts::tuple(2, n));
        return self.qualified("moves", n + 1);
      },
      [&](ts::is<"to_one">) { return self.qualified("only_one", n); },
      [&](ts::is<"stay">) { return self.local("stays", n); }, [&](ts::is<"quit">) { return self.done(); });
}

ts::process holds(ts::self self, ts::pid to) {
  co_await self.receive([](ts::is<"go_on">) {});
  self.send(to, ts::tuple(2, "went_on"));
  co_await self.receive([](ts::is<"quit">) {});
  co_return self.done();
}

ts::process only_two(ts::self self, std::int64_t n) {
  self.exit(ts::tuple("only_two", n));
  co_return self.done();
}

TWINSLOT_MODULE(looper, "2") {
  return ts::module()
      .process("stays", stays)
      .process("moves", moves)
      .process("holds", holds)
      .process("only_two", only_two)
      .function("make_fun", [](ts::self& self, ts::term x) { return self.fun<1>("made_fun", x); })
      .function("made_fun", [](ts::term x, ts::term y) { return ts::tuple(2, x, y); });
}
