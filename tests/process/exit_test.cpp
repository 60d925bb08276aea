// Links and exit signals: P01-P07.
#include "tests/process/support.hpp"

using namespace twinslot;

TEST_CASE("P01: a link is there once, whoever asks and however often") {
  world w;
  w.me->trap_exit(true);
  auto other = w.spawn([](process& self) { any_message(self); });
  w.me->link(other);
  w.me->link(other);
  w.me->send(other, "go");
  CHECK(w.next() == tuple("EXIT", other, "normal"));
  CHECK(w.nothing_more() == "nothing");
}

TEST_CASE("P01: linking to oneself does nothing") {
  world w;
  w.me->trap_exit(true);
  w.me->link(w.me->self());
  w.me->unlink(w.me->self());
  CHECK(w.nothing_more() == "nothing");
}

TEST_CASE("P01: after unlink no exit of that link comes, even if it was on its way") {
  world w;
  w.me->trap_exit(true);
  auto dying = w.spawn_linked([](process& self) { any_message(self); });
  w.me->send(dying, "go");
  CHECK(eventually([&] { return !w.home.is_alive(dying); }));  // so its exit signal waits at the door
  w.me->unlink(dying);
  CHECK(w.nothing_more() == "nothing");
}

TEST_CASE("P01: a link made again after unlink works") {
  world w;
  w.me->trap_exit(true);
  auto other = w.spawn_linked([](process& self) { any_message(self); });
  for (int i = 0; i < 3; ++i) {
    w.me->unlink(other);
    w.me->link(other);
  }
  w.me->send(other, "go");
  CHECK(w.next() == tuple("EXIT", other, "normal"));
  CHECK(w.nothing_more() == "nothing");
}

TEST_CASE("P02: an abnormal end takes linked processes along, a normal one does not") {
  world w;
  auto linked_to_failing = w.watched([](process& self) {
    self.home().spawn_blocking([](process&) { raise_exit("boom"); }, {.parent = &self, .link = true});
    self.sleep_until({});
  });
  CHECK(w.end_of(linked_to_failing) == "boom");
  auto linked_to_normal = w.watched([](process& self) {
    auto child = self.home().spawn_blocking([](process&) {}, {.parent = &self, .link = true, .monitor = true});
    any_message(self);  // the DOWN of the child
    CHECK(child.process != self.self());
    raise_exit("still_here");
  });
  CHECK(w.end_of(linked_to_normal) == "still_here");
}

TEST_CASE("P02: a process that traps exits gets a message") {
  world w;
  w.me->trap_exit(true);
  auto child = w.spawn_linked([](process&) { raise_exit(tuple("bad", 1)); });
  CHECK(w.next() == tuple("EXIT", child, tuple("bad", 1)));
}

TEST_CASE("P03: normal from another is ignored, to oneself it ends") {
  world w;
  auto other = w.watched([](process& self) { raise_exit(any_message(self)); });
  w.me->exit_signal(other, "normal");
  w.me->send(other, "alive");
  CHECK(w.end_of(other) == "alive");
  auto ends_itself = w.watched([](process& self) {
    self.exit_signal(self.self(), "normal");
    raise_exit("not_reached");
  });
  CHECK(w.end_of(ends_itself) == "normal");
  auto traps = w.watched([](process& self) {
    self.trap_exit(true);
    self.exit_signal(self.self(), "normal");
    raise_exit(any_message(self)[2]);
  });
  CHECK(w.end_of(traps) == "normal");
}

TEST_CASE("P04: kill cannot be trapped, killed can") {
  world w;
  w.me->trap_exit(true);
  auto victim = w.spawn([](process& self) {
    self.trap_exit(true);
    for (;;)
      any_message(self);
  });
  w.me->link(victim);
  const auto ref = w.me->monitor(victim);
  w.me->exit_signal(victim, "kill");
  CHECK_FALSE(w.home.is_alive(victim));
  const auto first = w.next(), second = w.next();
  const auto exit = tuple("EXIT", victim, "killed"), down = tuple("DOWN", ref, "process", victim, "killed");
  CHECK(((first == exit && second == down) || (first == down && second == exit)));
}

TEST_CASE("P04: kill as the reason of an end is an ordinary reason") {
  world w;
  w.me->trap_exit(true);
  auto child = w.spawn_linked([](process&) { raise_exit("kill"); });
  CHECK(w.next() == tuple("EXIT", child, "kill"));
  auto linked = w.watched([](process& self) {
    self.home().spawn_blocking([](process&) { raise_exit("kill"); }, {.parent = &self, .link = true});
    self.sleep_until({});
  });
  CHECK(w.end_of(linked) == "kill");
}

TEST_CASE("P05: an exit signal to oneself is no exception that could be caught") {
  world w;
  auto stubborn = w.watched([](process& self) {
    try {
      self.exit_signal(self.self(), "bla");
    } catch (raised&) {
      raise_exit("caught");
    }
    raise_exit("not_reached");
  });
  CHECK(w.end_of(stubborn) == "bla");
}

TEST_CASE("P06: of two exit signals the first decides") {
  world w;
  std::atomic<bool> go{false};
  auto other = w.watched([&](process& self) {
    while (!go)
      std::this_thread::yield();
    self.sleep_until({});
  });
  w.me->exit_signal(other, "first");
  w.me->exit_signal(other, "second");
  w.me->exit_signal(other, "kill");
  go = true;
  CHECK(w.end_of(other) == "first");
}

TEST_CASE("P07: linking to a dead process: noproc") {
  world w;
  auto dead = w.spawn([](process&) {});
  CHECK(eventually([&] { return !w.home.is_alive(dead); }));
  SECTION("as an exception") {
    try {
      w.me->link(dead);
      FAIL("no exception");
    } catch (raised& noproc) {
      CHECK(noproc.what == "error"_atom);
      CHECK(noproc.reason == "noproc");
      CHECK(noproc.stack.head() == tuple("erlang", "link", list(dead), term()));
    }
  }
  SECTION("as a message where exits are trapped") {
    w.me->trap_exit(true);
    w.me->link(dead);
    CHECK(w.next() == tuple("EXIT", dead, "noproc"));
    CHECK(w.nothing_more() == "nothing");
  }
}

TEST_CASE("P11: an uncaught error ends with reason and stack, and is reported; an exit is not") {
  std::string said;
  world w;
  w.home.output([&](std::string_view text) { said += text; });
  auto exits = w.watched([](process&) { raise_exit("quiet"); });
  CHECK(w.end_of(exits) == "quiet");
  CHECK(said.empty());
  auto fails = w.watched([](process&) { throw raised{"error"_atom, "badarith", list(tuple("m", "f", 1, term()))}; });
  CHECK(w.end_of(fails) == tuple("badarith", list(tuple("m", "f", 1, term()))));
  CHECK(said.find("Error in process <0." + std::to_string(fails.id)) != std::string::npos);
  CHECK(said.find("{badarith,[{m,f,1,[]}]}") != std::string::npos);
  auto throws = w.watched([](process&) { throw raised{"throw"_atom, "ball", {}}; });
  CHECK(w.end_of(throws) == tuple(tuple("nocatch", "ball"), term()));
  auto native = w.watched([](process&) { throw std::runtime_error("disk full"); });
  CHECK(w.end_of(native) == tuple(tuple("native_exception", string("disk full")), term()));
  w.home.output({});
}

TEST_CASE("a scheduled process ends by stop, by what its body throws, and by signals; ended comes last in each case") {
  world w;
  term told;
  auto noting = [&](script what) {
    what.ended = [&](process&, const term& reason) { told = reason; };
    return scheduled(std::move(what));
  };
  auto stops = w.watched(noting({.take = [](process& self, term& message) {
    self.stop(message);
    CHECK(self.stopping());
    return body::verdict::taken;
  }}));
  w.me->send(stops, "enough");
  CHECK(w.end_of(stops) == "enough");
  CHECK(told == "enough");
  auto throws = w.watched(noting({.start = [](process&) { raise_exit("at_start"); }}));
  CHECK(w.end_of(throws) == "at_start");
  CHECK(told == "at_start");
  auto killed = w.watched(noting({.start = [&](process& self) { self.send(w.me->self(), "ready"); }}));
  CHECK(w.next() == "ready");
  w.me->exit_signal(killed, "kill");
  CHECK(w.end_of(killed) == "killed");
  CHECK(told == "killed");
}

TEST_CASE("who hears of a process's end finds those that were linked to it dead, too") {
  world w;
  for (int round = 0; round < 2000; ++round) {
    const pid linked = round % 2 == 0 ? w.home.spawn(scheduled()).process : w.idle();
    const pid first = w.watched([linked](process& self) {
      self.link(linked);
      raise_exit("because");
    });
    REQUIRE(w.end_of(first) == "because"_atom);
    if (w.home.is_alive(linked))
      FAIL("alive in round " << round);
  }
}
