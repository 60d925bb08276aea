// Processes on threads of their own: receive, kill while waiting, frames; timers.
#include "tests/process/support.hpp"

using namespace twinslot;
using namespace std::chrono_literals;

TEST_CASE("receive takes the first that matches and leaves the rest in order") {
  world w;
  for (int i = 1; i <= 5; ++i)
    w.me->send(w.me->self(), i);
  CHECK(w.me->receive([](const term& m) { return m == term(3); }) == term(3));
  CHECK(w.me->message_queue_length() == 4);
  for (int i : {1, 2, 4, 5})
    CHECK(w.next() == term(i));
}

TEST_CASE("receive looks at each message once") {
  world w;
  for (int i = 0; i < 100; ++i)
    w.me->send(w.me->self(), i);
  int looks = 0;
  CHECK_FALSE(w.me->receive([&](const term&) { return ++looks, false; }, shortly()));
  CHECK(looks == 100);
}

TEST_CASE("what a matched message's code receives may be what was looked at before, also when it fails") {
  world w;
  for (const char* each : {"first", "second", "third"})
    w.me->send(w.me->self(), atom(std::string_view(each)));
  const auto fails = [&](const term& message) -> bool {
    if (message == "first"_atom)
      return false;
    CHECK(w.me->receive([](const term& it) { return it == "first"_atom; }, soon()));
    throw raised{"error"_atom, "failed", {}};
  };
  CHECK_THROWS_AS(w.me->receive_into(fails, soon()), raised);
  CHECK(w.next() == "second"_atom);
  CHECK(w.next() == "third"_atom);
  CHECK(w.nothing_more() == "nothing"_atom);
}

TEST_CASE("receive after 0 sees what is there") {
  world w;
  CHECK_FALSE(w.me->receive([](const term&) { return true; }, clock::now()));
  w.me->send(w.me->self(), "here");
  CHECK(w.me->receive([](const term&) { return true; }, clock::now()) == term("here"));
}

TEST_CASE("a deadline ends receive, not before") {
  world w;
  const auto until = clock::now() + 20ms;
  CHECK_FALSE(w.me->receive([](const term&) { return true; }, until));
  CHECK(clock::now() >= until);
}

TEST_CASE("kill wakes a process that sleeps, receives, asks, or is about to call") {
  world w;
  bool unwound = false;
  struct at_end {
    bool& flag;
    ~at_end() { flag = true; }
  };
  const auto killed = [&](std::function<void(process&)> what) {
    unwound = false;
    std::atomic<bool> there{false};
    auto victim = w.watched([&](process& self) {
      at_end guard{unwound};
      there = true;
      what(self);
    });
    CHECK(eventually([&] { return there.load(); }));
    w.me->exit_signal(victim, "kill");
    CHECK_FALSE(w.home.is_alive(victim));
    CHECK(w.end_of(victim) == "killed");
    CHECK(unwound);
  };
  killed([](process& self) { self.sleep_until({}); });
  killed([](process& self) { any_message(self); });
  auto deaf = w.home.spawn(scheduled());
  killed([&](process& self) { self.request(deaf.process, "$gen_call"_atom, "x", {}); });
  killed([](process& self) {
    for (;;)
      try {
        self.home().apply(self, "nomodule"_atom, "nofunction"_atom, {});
      } catch (raised&) {
      }
  });
}

TEST_CASE("a process that traps exits and waits gets them as messages") {
  world w;
  auto trapper = w.spawn([&](process& self) {
    self.trap_exit(true);
    self.send(w.me->self(), "ready");
    self.send(w.me->self(), any_message(self));
  });
  CHECK(w.next() == "ready");
  w.me->exit_signal(trapper, "please");
  CHECK(w.next() == tuple("EXIT", w.me->self(), "please"));
}

TEST_CASE("undef names the call") {
  world w;
  try {
    w.home.apply(*w.me, "nomodule"_atom, "nofunction"_atom, {1, "two"});
    FAIL("no exception");
  } catch (raised& undef) {
    CHECK(undef.reason == "undef");
    CHECK(undef.stack == list(tuple("nomodule", "nofunction", list(1, "two"), term())));
  }
}

TEST_CASE("funs: external ones are applied, wrong arity and what is no fun are refused") {
  world w;
  std::string said;
  w.home.output([&](std::string_view text) { said += text; });
  const term arguments[] = {binary("{} {{}} {s} {w}\n"), list(string("a"), string("b"), string("c"))};
  CHECK(w.home.call_fun(*w.me, external_fun("twinslot"_atom, "print"_atom, 2), arguments, 2) == "ok");
  CHECK(said == "\"a\" {} b [99]\n");
  const auto reason = [&](const term& fun, std::size_t count) {
    try {
      return w.home.call_fun(*w.me, fun, arguments, count);
    } catch (raised& thrown) {
      return thrown.reason;
    }
  };
  CHECK(reason(7, 0) == tuple("badfun", 7));
  auto fun = external_fun("twinslot"_atom, "print"_atom, 2);
  CHECK(reason(fun, 1) == tuple("badarity", tuple(fun, list(arguments[0]))));
  w.home.output({});
}

TEST_CASE("timers: bare, wrapped, to a name, cancelled") {
  world w;
  w.home.send_after(clock::now() + 5ms, w.me->self(), "bare", false);
  CHECK(w.next() == "bare");
  auto timer = w.home.send_after(clock::now() + 5ms, w.me->self(), "wrapped", true);
  CHECK(w.next() == tuple("timeout", timer, "wrapped"));
  CHECK_FALSE(w.home.cancel_timer(timer));
  REQUIRE(w.home.register_name("me"_atom, w.me->self()));
  w.home.send_after(clock::now() + 1ms, "me", "by_name", false);
  w.home.send_after(clock::now(), "nobody", "lost", false);
  CHECK(w.next() == "by_name");
  timer = w.home.send_after(clock::now() + 1h, w.me->self(), "never", false);
  const auto left = w.home.cancel_timer(timer);
  REQUIRE(left);
  CHECK(*left > 3'500'000);
  CHECK(*left <= 3'600'000);
  CHECK_FALSE(w.home.cancel_timer(timer));
  CHECK(w.nothing_more() == "nothing");
}

TEST_CASE("timers fire in the order of their times") {
  world w;
  const auto now = clock::now();
  for (int ms : {30, 10, 20})
    w.home.send_after(now + std::chrono::milliseconds{ms}, w.me->self(), ms, false);
  for (int ms : {10, 20, 30})
    CHECK(w.next() == term(ms));
}

TEST_CASE("timeout arguments") {
  CHECK_FALSE(deadline_from("infinity"));
  const auto at_once = *deadline_from(0);
  CHECK(at_once <= clock::now());
  for (auto& bad : {term(-1), term("soon"), term(1.5), term(std::int64_t{1} << 40)}) {
    try {
      deadline_from(bad);
      FAIL("no exception");
    } catch (raised& thrown) {
      CHECK(thrown.reason == "timeout_value");
    }
  }
}

TEST_CASE("process_info tells what a process is and has") {
  world w;
  auto other = w.spawn([&](process& self) {
    self.trap_exit(true);
    self.link(w.me->self());
    self.dictionary() = self.dictionary().with("key", 1);
    self.send(w.me->self(), "ready");
    self.receive([](const term& m) { return m == "go"_atom; });
  });
  CHECK(w.next() == "ready");
  REQUIRE(w.home.register_name("other"_atom, other));
  w.me->send(other, "unwanted");
  const auto ref = w.me->monitor(other);
  const auto get = [&](const term& key) {
    for (auto pair : w.home.process_info(other).elements_of_list())
      if (pair[0] == key)
        return pair[1];
    return term("missing");
  };
  CHECK(get("registered_name") == "other");
  CHECK(get("links") == list(w.me->self()));
  CHECK(get("monitored_by") == list(w.me->self()));
  CHECK(get("trap_exit") == "true");
  CHECK(get("messages") == list("unwanted"));
  CHECK(get("message_queue_len") == term(1));
  CHECK(get("dictionary") == list(tuple("key", 1)));
  CHECK(get("initial_call") == tuple("erlang", "apply", 2));
  CHECK(eventually([&] { return get("status") == "waiting"; }));
  w.me->demonitor(ref);
  w.me->send(other, "go");
  CHECK(w.end_of(other) != term("nothing"));
  CHECK(w.home.process_info(other) == "undefined");
}

TEST_CASE("a process that does not come back is named busy, and is not waited for") {
  world w;
  std::atomic<bool> enough{false};
  auto other = w.spawn([&](process&) {
    while (!enough)
      std::this_thread::yield();
  });
  const auto get = [&](const term& key) {
    for (auto pair : w.home.process_info(other).elements_of_list())
      if (pair[0] == key)
        return pair[1];
    return term("missing");
  };
  CHECK(get("parent") != term("missing"));
  CHECK(eventually([&] { return get("busy_ms").is_int64(); }));
  CHECK(get("busy_ms").as_int64() >= 200);
  CHECK(get("status") == "running");
  CHECK(get("messages") == "missing");
  enough = true;
  CHECK(eventually([&] { return !w.home.is_alive(other); }));
}

TEST_CASE("a node ends its processes: politely first, then by force") {
  std::atomic<int> polite{0}, killed{0};
  {
    world w;
    const auto ready = [&w](process& self) {
      self.trap_exit(true);
      self.send(w.me->self(), "ready");
    };
    for (int i = 0; i < 3; ++i)
      w.spawn([&](process& self) {
        ready(self);
        polite += any_message(self)[2] == "shutdown"_atom;
      });
    w.home.spawn(
        scheduled({.start = ready, .ended = [&](process&, const term& reason) { killed += reason == "killed"_atom; }}));
    for (int i = 0; i < 4; ++i)
      REQUIRE(w.next() == "ready");
  }
  CHECK(polite == 3);
  CHECK(killed == 1);
}

TEST_CASE("a process that does not come back from native code is reported and left behind") {
  std::atomic<bool> entered{false}, release{false}, left{false};
  std::string said;
  const auto begun = clock::now();
  {
    world w;
    w.home.output([&](std::string_view text) { said += text; });
    w.spawn([&](process&) {
      entered = true;
      while (!release)
        std::this_thread::sleep_for(1ms);
      left = true;
    });
    CHECK(eventually([&] { return entered.load(); }));
  }
  CHECK(clock::now() - begun < 10s);
  CHECK(said.find("does not end") != std::string::npos);
  release = true;  // and when it comes back, it ends without harm
  CHECK(eventually([&] { return left.load(); }));
}
