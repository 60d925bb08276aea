// Monitors, names, sending: P08-P13.
#include "tests/process/support.hpp"

using namespace twinslot;

TEST_CASE("P08: monitors are many, one-way, and fire once each with reference, object and reason") {
  world w;
  auto other = w.spawn([](process& self) { raise_exit(any_message(self)); });
  const auto first = w.me->monitor(other), second = w.me->monitor(other);
  CHECK(first != second);
  w.me->send(other, "gone");
  const auto a = w.next(), b = w.next();
  const auto down = [&](reference ref) { return tuple("DOWN", ref, "process", other, "gone"); };
  CHECK(((a == down(first) && b == down(second)) || (a == down(second) && b == down(first))));
  CHECK(w.nothing_more() == "nothing");
}

TEST_CASE("P08: the end of the watcher is no matter of the watched") {
  world w;
  auto watched = w.idle();
  auto watcher = w.watched([&](process& self) {
    self.monitor(watched);
    raise_exit("done");
  });
  CHECK(w.end_of(watcher) == "done");
  CHECK(w.home.is_alive(watched));
}

TEST_CASE("P08: a dead process fires at once with noproc, another node with noconnection") {
  world w;
  auto dead = w.spawn([](process&) {});
  CHECK(eventually([&] { return !w.home.is_alive(dead); }));
  const auto ref = w.me->monitor(dead);
  CHECK(w.next() == tuple("DOWN", ref, "process", dead, "noproc"));
  const auto far = w.me->monitor(tuple("someone", "far@away"));
  CHECK(w.next() == tuple("DOWN", far, "process", tuple("someone", "far@away"), "noconnection"));
}

TEST_CASE("P08: DOWN noproc comes after what the dead process had sent") {
  world w;
  for (int i = 0; i < 200; ++i) {
    auto sender = w.spawn([&](process& self) { self.send(w.me->self(), "last_words"); });
    while (w.home.is_alive(sender))
      std::this_thread::yield();
    w.me->monitor(sender);
    REQUIRE(w.next() == "last_words");
    REQUIRE(w.next().is_tagged("DOWN"_atom, 5));
  }
}

TEST_CASE("P09: a monitor by name reports the name with the node") {
  world w;
  auto ref = w.me->monitor("nobody");
  CHECK(w.next() == tuple("DOWN", ref, "process", tuple("nobody", "nonode@nohost"), "noproc"));
  auto other = w.spawn([](process& self) { any_message(self); });
  REQUIRE(w.home.register_name("somebody"_atom, other));
  ref = w.me->monitor("somebody");
  w.me->send("somebody", "go");
  CHECK(w.next() == tuple("DOWN", ref, "process", tuple("somebody", "nonode@nohost"), "normal"));
}

TEST_CASE("P10: demonitor is idempotent; with flush a delivered message goes too") {
  world w;
  auto other = w.spawn([](process& self) { any_message(self); });
  const auto ref = w.me->monitor(other);
  CHECK(w.me->demonitor(ref));
  CHECK_FALSE(w.me->demonitor(ref));
  w.me->send(other, "go");
  CHECK(w.nothing_more() == "nothing");

  auto dead = w.spawn([](process&) {});
  const auto late = w.me->monitor(dead);
  CHECK(eventually([&] {  // that DOWN is delivered
    w.me->receive([](const term&) { return false; }, clock::now());
    return w.me->message_queue_length() == 1;
  }));
  CHECK_FALSE(w.me->demonitor(late, true));
  CHECK(w.nothing_more() == "nothing");
  CHECK(w.me->message_queue_length() == 0);
}

TEST_CASE("P10: a DOWN at the door is void after demonitor") {
  world w;
  auto dead = w.spawn([](process& self) { any_message(self); });
  const auto ref = w.me->monitor(dead);
  w.me->send(dead, "go");
  CHECK(eventually([&] { return !w.home.is_alive(dead); }));
  CHECK(w.me->demonitor(ref));
  CHECK(w.nothing_more() == "nothing");
}

TEST_CASE("P12: one name per process, one process per name, only for the living") {
  world w;
  auto first = w.idle(), second = w.idle();
  CHECK(w.home.register_name("one"_atom, first));
  CHECK_FALSE(w.home.register_name("one"_atom, second));
  CHECK_FALSE(w.home.register_name("two"_atom, first));
  CHECK_FALSE(w.home.register_name("undefined"_atom, second));
  CHECK(w.home.whereis("one"_atom) == first);
  CHECK(w.home.registered() == std::vector<atom>{"one"_atom});
  CHECK(w.home.unregister_name("one"_atom));
  CHECK_FALSE(w.home.unregister_name("one"_atom));
  CHECK(w.home.register_name("two"_atom, first));
  w.me->exit_signal(first, "kill");
  CHECK(w.end_of(first) != term("nothing"));
  CHECK_FALSE(w.home.register_name("three"_atom, first));
}

TEST_CASE("P12: a name is free by the time DOWN arrives") {
  world w;
  for (int i = 0; i < 300; ++i) {
    auto holder = w.home.spawn(scheduled({.take =
                                              [](process& self, term&) {
                                                self.stop("normal");
                                                return body::verdict::taken;
                                              }}),
                               {.parent = &*w.me, .monitor = true, .name = "held"_atom});
    w.me->send("held", "go");
    REQUIRE(w.next()[1] == term(holder.monitor));
    REQUIRE_FALSE(w.home.whereis("held"_atom));
  }
}

TEST_CASE("G07: a taken name is refused with its holder, and the process never starts") {
  world w;
  auto holder = w.idle();
  REQUIRE(w.home.register_name("held"_atom, holder));
  bool started = false;
  try {
    w.home.spawn(scheduled({.start = [&](process&) { started = true; }}), {.name = "held"_atom});
    FAIL("no exception");
  } catch (raised& taken) {
    CHECK(taken.reason == tuple("already_started", holder));
  }
  CHECK_FALSE(started);
}

TEST_CASE("P13: sending to a name that nobody has is an error; to the dead and to other nodes it is dropped") {
  world w;
  CHECK_THROWS_AS(w.me->send("nobody", "hello"), raised);
  CHECK_THROWS_AS(w.me->send(42, "hello"), raised);
  auto dead = w.spawn([](process&) {});
  CHECK(eventually([&] { return !w.home.is_alive(dead); }));
  w.me->send(dead, "hello");
  w.me->send(tuple("nobody", "far@away"), "hello");
  w.me->send(tuple("nobody", "nonode@nohost"), "hello");
  REQUIRE(w.home.register_name("me"_atom, w.me->self()));
  w.me->send(tuple("me", "nonode@nohost"), "by_name");
  CHECK(w.next() == "by_name");
}
