// twinslot:upgrade/1,2: every process of a module, or none. W05, W08-W14.
#include "actors/upgrade/progress.hpp"
#include "tests/actors/world.hpp"

using namespace twinslot;
using namespace std::chrono_literals;

namespace {
/// A world with servers of picky 1, one for each number.
struct picky_world : world {
  explicit picky_world(std::initializer_list<int> numbers) {
    load("picky", "picky_v1");
    for (int number : numbers)
      servers.push_back(start(number));
    load("picky", "picky_v2");
  }
  pid start(int number) { return call("gen_server", "start", "picky", list(number), term{})[1].as_pid(); }
  std::string version(pid who) { return text(call("gen_server", "call", who, "version", 1000)); }
  bool is_suspended(pid who) { return call("sys", "get_status", who)[3].tail().head() == "suspended"; }
  /// An upgrade has it in hand: it has, or computes, a state of the current version. Any thread.
  bool is_held(pid who) { return home().code().pin_current("picky"_atom)->bound_since(who).has_value(); }
  std::vector<pid> servers;
};
}  // namespace

TEST_CASE("upgrade moves every process of the module, registered or not (W12)") {
  picky_world w{1, 2, 3};
  const term done = w.call("twinslot", "upgrade", "picky");
  REQUIRE(done.is_tagged("ok"_atom, 2));
  std::vector<term> expected;
  for (pid each : w.servers)
    expected.push_back(tuple(each, string("1"), string("2")));
  CHECK(done[1] == list_of(expected.data(), expected.size()));
  for (pid each : w.servers) {
    CHECK(w.version(each) == "two");
    CHECK_FALSE(w.is_suspended(each));
  }
  CHECK(text(w.call("twinslot", "upgrade", "picky")) == "{ok,[]}");
  CHECK(w.call("code", "soft_purge", "picky") == "true");
  CHECK(w.output().empty());
}

TEST_CASE("one that cannot be changed: nobody is, and nobody stays suspended (W05)") {
  picky_world w{1, 13, 3};
  const term refused = w.call("twinslot", "upgrade", "picky");
  REQUIRE(refused.is_tagged("error"_atom, 2));
  CHECK(refused[1][0] == "code_change");
  const term failures = refused[1][1];
  CHECK(failures.head()[0] == w.servers[1]);
  CHECK(text(failures.head()[1][1][0]) == "unlucky");
  CHECK(failures.tail().is_nil());
  for (pid each : w.servers) {
    CHECK(w.version(each) == "one");
    CHECK_FALSE(w.is_suspended(each));
  }
}

TEST_CASE("one that does not finish its callback in time makes it refuse, and is named (W08)") {
  picky_world w{1, 2};
  std::thread caller([&] {
    scoped_process me(w.home());
    w.home().apply(*me, "gen_server"_atom, "call"_atom, {w.servers[0], tuple("busy", 1500)});
  });
  CHECK(w.eventually([&] { return !w.home().lingering(w.home().code().old("picky"_atom)).empty(); }));
  const term refused = w.call("twinslot", "upgrade", "picky", list(tuple("timeout", 500)));
  CHECK(text(refused) == text(tuple("error", tuple("busy", list(w.servers[0])))));
  CHECK(w.version(w.servers[1]) == "one");
  caller.join();
  CHECK(w.version(w.servers[0]) == "one");  // it goes on, though it was asked to hold
  CHECK(w.call("twinslot", "upgrade", "picky")[0] == "ok");
}

TEST_CASE("processes are held side by side, not one after another (W09)") {
  for (std::size_t busy : {0, 1}) {
    picky_world w{1, 2};
    std::atomic<bool> over{false};
    std::thread caller([&] {
      scoped_process me(w.home());
      w.home().apply(*me, "gen_server"_atom, "call"_atom, {w.servers[busy], tuple("busy", 500)});
      over = true;
    });
    CHECK(w.eventually([&] { return !w.home().lingering(w.home().code().old("picky"_atom)).empty(); }));
    term done;
    std::thread upgrader([&] {
      scoped_process me(w.home());
      done = w.home().apply(*me, "twinslot"_atom, "upgrade"_atom, {"picky", list(tuple("timeout", 4000))});
    });
    CHECK(w.eventually([&] { return w.is_held(w.servers[1 - busy]); }));
    CHECK_FALSE(over);  // the idle one is held while the busy one still works
    caller.join();
    upgrader.join();
    CHECK(done[0] == "ok");
  }
}

TEST_CASE("messages that come meanwhile are answered afterwards, by the new version (W05, S07)") {
  picky_world w{1};
  std::atomic<bool> over{false};
  std::thread upgrader([&] {
    scoped_process me(w.home());
    w.home().apply(*me, "twinslot"_atom, "upgrade"_atom, {"picky", list(tuple("extra", tuple("busy", 100)))});
    over = true;
  });
  CHECK(w.eventually([&] { return w.is_held(w.servers[0]) || over; }));
  CHECK(w.version(w.servers[0]) == "two");
  upgrader.join();
}

TEST_CASE("whoever asked may die: the upgrade ends all the same (W11)") {
  picky_world w{1, 2};
  const auto asker = w.home().spawn_blocking([&](process& self) {
    w.home().apply(self, "twinslot"_atom, "upgrade"_atom, {"picky", list(tuple("extra", tuple("busy", 100)))});
  });
  CHECK(w.eventually([&] { return w.is_held(w.servers[0]) || !w.home().is_alive(asker.process); }));
  w.self().exit_signal(asker.process, "kill");
  for (pid each : w.servers)
    CHECK(w.eventually([&] { return w.version(each) == "two"; }));
}

TEST_CASE("the upgrading process may be killed too: nobody stays held (W11)") {
  picky_world w{1, 2};
  auto known = w.home().processes();
  std::atomic<std::uint64_t> asker{0};
  term answer;
  std::thread asking([&] {
    scoped_process me(w.home());
    asker = me->self().id;
    answer =
        w.home().apply(*me, "twinslot"_atom, "upgrade"_atom, {"picky", list(tuple("extra", tuple("busy", 2, 300)))});
  });
  std::optional<pid> upgrader;
  CHECK(w.eventually([&] {
    for (pid each : w.home().processes())
      if (asker != 0 && each.id != asker && std::find(known.begin(), known.end(), each) == known.end())
        upgrader = each;
    return upgrader.has_value();
  }));
  CHECK(w.eventually([&] { return w.is_held(w.servers[0]); }));
  w.self().exit_signal(*upgrader, "kill");
  asking.join();
  CHECK(text(answer) == "{error,killed}");
  for (pid each : w.servers)
    CHECK(w.version(each) == "one");
}

TEST_CASE("a process born during an upgrade runs the current version; one that dies drops out (W13, W14)") {
  picky_world w{1, 2, 3};
  w.call("gen_server", "stop", w.servers[0]);
  const pid born = w.start(4);
  CHECK(w.version(born) == "two");
  std::thread killer([&] {
    w.eventually([&] { return w.is_held(w.servers[1]); });
    w.home().exit_signal(w.servers[1], "kill");
  });
  const term done = w.call("twinslot", "upgrade", "picky", list(tuple("extra", tuple("busy", 100))));
  killer.join();
  REQUIRE(done[0] == "ok");
  CHECK(w.version(w.servers[2]) == "two");
}

TEST_CASE("a server that somebody has suspended is upgraded and stays suspended") {
  picky_world w{1};
  w.call("sys", "suspend", w.servers[0]);
  CHECK(w.call("twinslot", "upgrade", "picky")[0] == "ok");
  CHECK(w.is_suspended(w.servers[0]));
  w.call("sys", "resume", w.servers[0]);
  CHECK(w.version(w.servers[0]) == "two");
}

TEST_CASE("a purge has moved the servers of the version already: an upgrade finds nothing to do") {
  picky_world w{1, 2};
  CHECK(w.call("code", "soft_purge", "picky") == "true");
  for (pid each : w.servers)
    CHECK(w.version(each) == "two");
  CHECK(text(w.call("twinslot", "upgrade", "picky")) == "{ok,[]}");
}

TEST_CASE("servers that wait without a version are found and upgraded, and go on (W12)") {
  picky_world w{13, 2};
  const pid waiting = w.servers[0];
  CHECK(w.call("code", "purge", "picky") == "false");  // version 2 takes no 13
  CHECK(text(w.caught("gen_server", "call", waiting, "version", 20)[1][0]) == "timeout");
  CHECK(w.call("twinslot", "upgrade", "picky")[1][0] == "code_change");
  constexpr native edits[] = {
      {"picky_edit", "lucky", 1, [](process&, const term*) { return term(14); }, "lucky(State)", ""}};
  w.home().add_natives(edits);
  CHECK(w.call("sys", "replace_state", waiting, external_fun("picky_edit"_atom, "lucky"_atom, 1)) == 14);
  CHECK(w.call("twinslot", "upgrade", "picky") == tuple("ok", list(tuple(waiting, string("1"), string("2")))));
  CHECK(w.version(waiting) == "two");
  CHECK_FALSE(w.is_suspended(waiting));
}

TEST_CASE("several modules are upgraded in one step: all, or none (W05)") {
  world w;
  w.load("picky", "picky_v1");
  w.load("counter", "counter_v1");
  w.call("counter", "start");
  const pid counter = *w.home().whereis("counter"_atom);
  const pid lucky = w.call("gen_server", "start", "picky", list(7), term{})[1].as_pid();
  const pid unlucky = w.call("gen_server", "start", "picky", list(13), term{})[1].as_pid();
  w.load("picky", "picky_v2");
  w.load("counter", "counter_v2");
  const term both = list("picky", "counter", "picky");
  const term refused = w.call("twinslot", "upgrade", both);
  CHECK(text(refused[1]).starts_with("{code_change,[{" + text(unlucky) + ","));
  CHECK(w.state("counter") == 0);
  CHECK(w.call("gen_server", "call", lucky, "version") == "one");
  w.self().exit_signal(unlucky, "kill");
  REQUIRE(w.eventually([&] { return !w.home().is_alive(unlucky); }));
  const term done = w.call("twinslot", "upgrade", both);
  CHECK(done ==
        tuple("ok", list(tuple(counter, string("1.0.0"), string("2.0.0")), tuple(lucky, string("1"), string("2")))));
  CHECK(w.call("gen_server", "call", lucky, "version") == "two");
  CHECK(text(w.call("twinslot", "upgrade", list("picky", "nothing"))) == "{error,{not_loaded,nothing}}");
}

TEST_CASE("upgrade goes down as well, where the newer version knows how (M10)") {
  world w;
  w.load("counter", "counter_v2");
  w.call("counter", "start");
  w.call("counter", "increment");
  w.load("counter", "counter_v1");
  const pid counter = *w.home().whereis("counter"_atom);
  CHECK(w.call("twinslot", "upgrade", "counter") ==
        tuple("ok", list(tuple(counter, string("2.0.0"), string("1.0.0")))));
  CHECK(text(w.state("counter")) == "1");
}

TEST_CASE("a module that is not loaded, and arguments that are none") {
  world w;
  CHECK(text(w.call("twinslot", "upgrade", "nothing")) == "{error,{not_loaded,nothing}}");
  CHECK(text(w.caught("twinslot", "upgrade", string("x"))) == "{error,badarg}");
  CHECK(text(w.caught("twinslot", "upgrade", term{})) == "{error,badarg}");
  CHECK(text(w.caught("twinslot", "upgrade", "x", list("nonsense"))) == "{error,badarg}");
}

TEST_CASE("verbose says what was done") {
  picky_world w{1};
  w.call("twinslot", "upgrade", "picky", list("verbose"));
  CHECK(w.output() == format("~p: picky \"1\" -> \"2\"\n", list(w.servers[0])));
  w.forget();
  w.call("twinslot", "upgrade", "picky", list("verbose"));
  CHECK(w.output() == "picky: every process runs the current version\n");
}

TEST_CASE("verbose names servers that stay suspended, as a person has suspended them") {
  picky_world w{1};
  w.call("sys", "suspend", w.servers[0]);
  w.call("twinslot", "upgrade", "picky", list("verbose"));
  CHECK(w.output() ==
        format("~p: picky \"1\" -> \"2\"; suspended, until sys:resume(~p)\n", list(w.servers[0], w.servers[0])));
}

TEST_CASE("special processes are upgraded with the module; plain ones get no message, and are named") {
  world w;
  w.load("special", "special");
  const auto start = [&](const char* function, std::vector<term> arguments) {
    return w.home().spawn_function("special"_atom, atom(std::string_view(function)), std::move(arguments), {}).process;
  };
  const pid special = start("loop", {0}), plain = start("plain", {});
  w.home().send(special, "tick");
  const auto* first = w.home().code().current("special"_atom);
  REQUIRE(w.eventually([&] { return w.home().lingering(first).size() == 2; }));
  REQUIRE(w.call("sys", "get_state", special) == 1);
  w.load("special", "special_v2");
  SECTION("one that refuses keeps all where they are") {
    const term refused = w.call("twinslot", "upgrade", "special", list(tuple("extra", "refuse")));
    CHECK(refused[1][0] == "code_change");
    CHECK(w.call("sys", "get_state", special) == 1);
    CHECK(w.home().lingering(first).size() == 2);
  }
  SECTION("all others move") {
    const term done = w.call("twinslot", "upgrade", "special", list("verbose"));
    CHECK(done == tuple("ok", list(tuple(special, string("1"), string("2")))));
    CHECK(w.output() == format("~p: special \"1\" -> \"2\"~n~p: stays in special \"1\" until its next qualified call~n",
                               list(special, plain)));
    CHECK(w.call("sys", "get_state", special) == tuple(1, "ticks"));
    w.home().send(special, "tick");
    CHECK(w.call("sys", "get_state", special) == tuple(2, "ticks"));
    CHECK(w.info(plain, "message_queue_len"_atom) == 0);
  }
  w.home().send(plain, "go");
  CHECK(w.eventually([&] { return !w.home().is_alive(plain); }));
}

TEST_CASE("the progress line") {
  CHECK(upgrade::progress_line("suspend", 0, 1000) == "[....................]   0 % suspend 0/1000");
  CHECK(upgrade::progress_line("suspend", 500, 1000) == "[##########..........]  50 % suspend 500/1000");
  CHECK(upgrade::progress_line("resume", 7, 7) == "[####################] 100 % resume 7/7");
  CHECK(upgrade::progress_line("resume", 0, 0) == "[####################] 100 % resume 0/0");
}

TEST_CASE("many servers are upgraded in one go") {
  world w;
  w.load("picky", "picky_v1");
  std::vector<pid> servers;
  for (int i = 0; i < 500; ++i)
    servers.push_back(w.call("gen_server", "start", "picky", list(100 + i), term{})[1].as_pid());
  w.load("picky", "picky_v2");
  const term done = w.call("twinslot", "upgrade", "picky");
  std::size_t moved = 0;
  for (const term& each : done[1].elements_of_list())
    moved += each.is_tuple(3);
  CHECK(moved == 500);
  CHECK(w.call("code", "soft_purge", "picky") == "true");
}
