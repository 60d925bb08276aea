// tests/bench/plugins/bench_actors.cpp - the processes that are measured, as a user would write them: a server, and
// coroutines that call it, cast to it, pass a token round a ring, or receive in a loop.
//
// Who measures spawns them, waits for `ready` from each, says `go`, and waits for one {done,Count}. bench_caf.cpp and
// bench_erlang.erl have the same processes.
#include <twinslot/gen_server.hpp>
#include <twinslot/process.hpp>

#include <algorithm>
#include <chrono>
#include <vector>

namespace ts = twinslot;

struct state {
  std::int64_t count = 0;
};
template <class Inspector>
bool inspect(Inspector& f, state& x) {
  return f.object(x).fields(f.field("count", x.count));
}

// Casts that may wait for a server at once: a call follows each so many.
constexpr std::int64_t burst = 100'000;

// One message for the thread outside, where a thousand processes are done.
ts::process gather(ts::self self, ts::pid to, std::int64_t expected) {
  std::int64_t sum = 0;
  for (; expected > 0; --expected)
    sum += co_await self.receive([](ts::is<"done">, std::int64_t count) { return count; });
  self.send(to, ts::tuple("done", sum));
  co_return self.done();
}

ts::task<ts::pid> own_server(ts::self self, ts::pid outside) {
  const ts::pid server = (co_await self.start(ts::this_module(), ts::list()))[1].as_pid();
  self.send(outside, "ready");
  co_await self.receive([](ts::is<"go">) {});
  co_return server;
}

ts::process caller(ts::self self, ts::pid outside, ts::pid gatherer, std::int64_t calls) {
  const ts::pid server = co_await own_server(self, outside);
  std::int64_t last = 0;
  for (; calls > 0; --calls)
    last = (co_await self.call(server, "next")).as_int64();
  self.send(gatherer, ts::tuple("done", last));
  self.exit(server, "kill");
  co_return self.done();
}

ts::process caster(ts::self self, ts::pid outside, ts::pid gatherer, std::int64_t casts) {
  const ts::pid server = co_await own_server(self, outside);
  std::int64_t last = 0;
  for (std::int64_t i = 1; i <= casts; ++i) {
    self.cast(server, "add");
    if (i % burst == 0 || i == casts)
      last = (co_await self.call(server, "count", "infinity")).as_int64();
  }
  self.send(gatherer, ts::tuple("done", last));
  self.exit(server, "kill");
  co_return self.done();
}

// Fills its server's mailbox while the server cannot run, as there is one worker only; then lets it run, and tells the
// nanoseconds that this took.
ts::process drainer(ts::self self, ts::pid outside, std::int64_t casts) {
  const ts::pid server = co_await own_server(self, outside);
  for (std::int64_t i = 0; i < casts; ++i)
    self.cast(server, "add");
  const auto start = std::chrono::steady_clock::now();
  const ts::term count = co_await self.call(server, "count", "infinity");
  const std::chrono::nanoseconds took = std::chrono::steady_clock::now() - start;
  self.send(outside, ts::tuple("drained", count, took.count()));
  self.exit(server, "kill");
  co_return self.done();
}

// Calls a server of whatever kind again and again until it is gone; each call's time, to 100 ns and up to 20 ms, and
// the longest.
ts::process hammer(ts::self self, ts::pid outside, ts::pid server, ts::term request) {
  constexpr std::int64_t step_ns = 100;
  std::vector<std::int64_t> times(200'000);
  std::int64_t count = 0;
  std::int64_t longest = 0;
  for (;; ++count) {
    const auto start = std::chrono::steady_clock::now();
    try {
      co_await self.call(server, request, "infinity");
    } catch (const ts::exception&) {
      break;
    }
    const std::int64_t took = std::chrono::nanoseconds(std::chrono::steady_clock::now() - start).count();
    longest = std::max(longest, took);
    ++times[std::min(static_cast<std::size_t>(took / step_ns), times.size() - 1)];
  }
  std::size_t at = times.size() - 1;
  for (std::int64_t slower = times[at]; at > 0 && slower <= count / 1000; slower += times[--at]) {
  }
  self.send(outside, ts::tuple("hammered", count, longest, static_cast<std::int64_t>(at) * step_ns));
  co_return self.done();
}

// Takes a server to the version that is current, each time it is told to, and tells the nanoseconds that this took.
ts::process upgrader(ts::self self, ts::pid outside, ts::pid server, ts::atom module) {
  for (;;) {
    const ts::term other = co_await self.receive([](ts::is<"from">, ts::term vsn) { return vsn; });
    const auto start = std::chrono::steady_clock::now();
    co_await self.sys_suspend(server);
    const ts::term changed = co_await self.sys_change_code(server, module, other, ts::list());
    co_await self.sys_resume(server);
    const std::chrono::nanoseconds took = std::chrono::steady_clock::now() - start;
    self.send(outside, ts::tuple("upgraded", changed, took.count()));
  }
}

ts::process member(ts::self self, ts::pid outside, std::int64_t hops) {
  const ts::pid next = co_await self.receive([](ts::is<"next">, ts::pid other) { return other; });
  for (;;) {
    const std::int64_t hop = co_await self.receive([](std::int64_t number) { return number; });
    if (hop == hops)
      self.send(outside, ts::tuple("done", hop));
    else
      self.send(next, hop + 1);
  }
}

// Each message is a qualified tail call.
ts::process loop(ts::self self, std::int64_t count) {
  co_return co_await self.receive([&](ts::is<"tick">) { return self.qualified("loop", count + 1); },
                                  [&](ts::is<"count">, ts::pid from) {
                                    self.send(from, ts::tuple("count", count));
                                    return self.qualified("loop", count);
                                  });
}

ts::process ticker(ts::self self, ts::pid outside, std::int64_t ticks) {
  const ts::pid looping = self.spawn("loop", 0);
  self.send(outside, "ready");
  co_await self.receive([](ts::is<"go">) {});
  std::int64_t last = 0;
  for (std::int64_t i = 1; i <= ticks; ++i) {
    self.send(looping, "tick");
    if (i % burst == 0 || i == ticks) {
      self.send(looping, ts::tuple("count", self.pid()));
      last = co_await self.receive([](ts::is<"count">, std::int64_t count) { return count; });
    }
  }
  self.send(outside, ts::tuple("done", last));
  self.exit(looping, "kill");
  co_return self.done();
}

// Starts servers one after the other, and keeps them until it is told to end.
ts::process starter(ts::self self, ts::pid outside, std::int64_t count) {
  std::vector<ts::pid> servers;
  servers.reserve(static_cast<std::size_t>(count));
  self.send(outside, "ready");
  co_await self.receive([](ts::is<"go">) {});
  for (std::int64_t i = 0; i < count; ++i)
    servers.push_back((co_await self.start(ts::this_module(), ts::list()))[1].as_pid());
  self.send(outside, ts::tuple("done", count));
  co_await self.receive([](ts::is<"end">) {});
  for (const ts::pid server : servers)
    self.exit(server, "kill");
  co_return self.done();
}

TWINSLOT_MODULE(bench_actors, "1") {
  return ts::gen_server<state>()
      .init([] { return state{}; })
      .call("next", [](state& s) { return ++s.count; })
      .call("count", [](const state& s) { return s.count; })
      .cast("add", [](state& s) { ++s.count; })
      .function("twice", [](std::int64_t n) { return 2 * n; })
      .process("gather", gather)
      .process("caller", caller)
      .process("caster", caster)
      .process("drainer", drainer)
      .process("hammer", hammer)
      .process("upgrader", upgrader)
      .process("member", member)
      .process("loop", loop)
      .process("ticker", ticker)
      .process("starter", starter);
}
