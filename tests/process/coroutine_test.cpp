// Processes in a plugin's own code: receive, tail calls (L01-L03), awaited calls, ends, and who lingers (C20-C22).
#include "tests/process/loops_world.hpp"

#include <malloc.h>

using namespace twinslot;
using namespace std::chrono_literals;

TEST_CASE("L01, L03: a local tail call stays, a qualified one moves on when it is made") {
  loops_world w;
  const pid stays = w.start("stays"_atom, {0});
  const pid moves = w.start("moves"_atom, {0});
  CHECK(w.vsn_of(stays) == tuple(1, 0));
  CHECK(w.vsn_of(moves) == tuple(1, 0));
  w.settle(moves);
  w.load(2);
  CHECK(w.vsn_of(stays) == tuple(1, 1));
  // It waits in version 1: this message is still taken there, and the call after it leads to version 2.
  CHECK(w.vsn_of(moves) == tuple(1, 1));
  CHECK(w.vsn_of(moves) == tuple(2, 2));
  CHECK(w.vsn_of(stays) == tuple(1, 2));
  // L02: a qualified call out of old code.
  w.me->send(stays, "leave");
  CHECK(w.vsn_of(stays) == tuple(2, 3));
  CHECK(w.old()->pin_count() == 0);
}

TEST_CASE("C20, C22: who waits in a version lingers in it, until it leaves by a tail call or ends") {
  loops_world w;
  const pid stays = w.start("stays"_atom, {0});
  w.vsn_of(stays);
  w.load(2);
  CHECK(w.home.lingering(w.old()) == std::vector<pid>{stays});
  CHECK(w.home.lingering(w.current()).empty());
  CHECK_FALSE(w.home.code().remove_old(w.module));
  w.me->send(stays, "quit");
  CHECK(w.end_of(stays) == "normal");
  CHECK(eventually([&] { return w.old()->pin_count() == 0; }));
  CHECK(w.home.code().remove_old(w.module));
}

TEST_CASE("a killed process leaves its version: the frame's destructors run, and may send") {
  loops_world w;
  const pid held = w.start("holds"_atom, {w.mine()});
  CHECK(w.next() == "held");
  w.load(2);
  w.me->exit_signal(held, "kill");
  CHECK(w.end_of(held) == "killed");
  CHECK(w.next() == "farewell");
  CHECK(eventually([&] { return w.old()->pin_count() == 0; }));
  CHECK(w.home.code().remove_old(w.module));
}

TEST_CASE("what fails in a destructor of a killed process is a report") {
  loops_world w;
  const pid held = w.start("holds_clumsily"_atom, {w.mine()});
  CHECK(w.next() == "held");
  w.me->exit_signal(held, "kill");
  CHECK(w.end_of(held) == "killed");
  CHECK(eventually([&] { return w.reported("erlang:send raised {error,badarg} in a destructor"); }));
  CHECK(w.current()->pin_count() == 0);
}

TEST_CASE("a destructor that throws is a report, or the reason of the end") {
  loops_world w;
  const pid killed = w.start("throws_at_the_end"_atom, {});
  w.me->exit_signal(killed, "kill");
  CHECK(w.end_of(killed) == "killed");
  const pid quits = w.start("throws_at_the_end"_atom, {});
  w.me->send(quits, "quit");
  w.end_of(quits);
  CHECK(eventually([&] { return w.reported("from_destructor"); }));
  CHECK(eventually([&] { return w.current()->pin_count() == 0; }));
}

TEST_CASE("receive takes the first message that a clause takes, and leaves the others in order") {
  loops_world w;
  const pid chooser = w.start("selective"_atom, {w.mine()});
  for (int i = 1; i <= 3; ++i) {
    w.me->send(chooser, tuple("other", i));
    w.me->send(chooser, tuple("number", i));
  }
  w.me->send(chooser, "go");
  for (int i = 1; i <= 3; ++i)
    CHECK(w.next() == term(i));
  for (int i = 1; i <= 3; ++i)
    CHECK(w.next() == tuple("other", i));
}

TEST_CASE("messages that were looked at cost nothing again within one receive") {
  loops_world w;
  constexpr int many = 20'000;
  const pid chooser = w.start("selective"_atom, {w.mine()});
  for (int i = 0; i < many; ++i)
    w.me->send(chooser, i);
  CHECK(eventually([&] { return w.home.process_info(chooser).is_list(); }));
  for (int i = 0; i < 200; ++i) {
    w.me->send(chooser, tuple("unwanted", i));
    w.home.process_info(chooser);  // it has looked at that one alone: else this takes minutes
  }
  w.me->send(chooser, "go");
  for (int i = 0; i < many; ++i)
    REQUIRE(w.next() == term(i));
  CHECK(w.next() == tuple("unwanted", 0));
}

TEST_CASE("after: the time begins anew with each receive; 0 looks at every message first") {
  loops_world w;
  const pid waits = w.start("waits"_atom, {w.mine(), 0});
  CHECK(w.next() == tuple("seen", 0));
  CHECK(w.end_of(waits) == "normal");
  const pid patient = w.start("waits"_atom, {w.mine(), 50});
  for (int i = 0; i < 5; ++i)
    w.me->send(patient, "tick");
  CHECK(w.next() == tuple("seen", 5));
}

TEST_CASE("a loop of tail calls needs no more memory than one round, and lets others run") {
  loops_world w;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  constexpr int rounds = 20'000;
#else
  constexpr int rounds = 1'000'000;
#endif
  const auto before = ::mallinfo2().uordblks;
  for (atom how : {"spins"_atom, "spins_qualified"_atom}) {
    std::vector<pid> all;
    for (int i = 0; i < 4; ++i)  // more than there are schedulers
      all.push_back(w.start(how, {w.mine(), rounds}));
    for (int i = 0; i < 4; ++i)
      CHECK(w.me->receive([](const term& m) { return m == "spun"; }, soon()));
    for (pid each : all)
      CHECK(w.end_of(each) == "normal");
  }
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  CHECK(::mallinfo2().uordblks < before + 1'000'000);
#else
  static_cast<void>(before);
#endif
}

TEST_CASE("processes that never wait are moved, ended, and starve nobody") {
  loops_world w;
  std::vector<pid> busy;
  for (atom how : {"runs"_atom, "yields"_atom, "runs"_atom, "yields"_atom, "runs"_atom})
    busy.push_back(w.start(how, {}));
  const pid other = w.start("stays"_atom, {0});
  for (int i = 0; i < 20; ++i)
    CHECK(w.vsn_of(other) == tuple(1, i));
  for (pid each : busy)
    w.me->exit_signal(each, "enough");
  for (pid each : busy)
    CHECK(w.end_of(each) == "enough");
}

TEST_CASE("a process that does nothing but send is ended by a signal; what it sends to nobody is lost") {
  loops_world w;
  const pid dead = w.spawn([](process&) {});
  CHECK(eventually([&] { return !w.home.is_alive(dead); }));
  const pid sender = w.start("sends"_atom, {w.mine(), dead, pid{dead.id, 1}});
  CHECK(w.next() == "begun");
  w.me->exit_signal(sender, "enough");
  CHECK(w.end_of(sender) == "enough");
}

TEST_CASE("co_await self.call: the reply, or the exit of gen_server:call") {
  loops_world w;
  const pid server = w.start("echoes"_atom, {});
  const auto ask = [&](term whom, term request) {
    w.start("asks"_atom, {w.mine(), whom, request});
    const term answer =
        w.me->receive([](const term& m) { return !m.is_tagged("DOWN"_atom, 5); }, soon()).value_or(term());
    CHECK(w.me->receive([](const term& m) { return m == "slept"; }, soon()));
    return answer;
  };
  const auto refused = [&](term reason, term whom, term request) {
    return tuple("exit", tuple(reason, tuple("gen_server", "call", list(whom, request, 100))));
  };
  CHECK(ask(server, tuple("echo", 1)) == tuple("answer", tuple("echo", 1)));
  CHECK(ask("nobody", "x") == refused("noproc", "nobody", "x"));
  CHECK(ask(server, "silence") == refused("timeout", server, "silence"));
  w.me->exit_signal(server, "kill");
  CHECK(w.end_of(server) == "killed");
  CHECK(ask(server, "x") == refused("noproc", server, "x"));
}

TEST_CASE("what goes wrong in a process is its exit reason") {
  loops_world w;
  CHECK(w.end_of(w.start("fails"_atom, {w.mine(), "bye"})) == "bye");
  const term cpp = w.end_of(w.start("fails"_atom, {w.mine(), "cpp"}));
  CHECK(cpp[0] == tuple("cpp_exception", binary("a C++ exception")));
  CHECK(cpp[1] == list(tuple("loops", "fails", 2, term())));
  const pid catches = w.start("fails"_atom, {w.mine(), "in_clause"});
  w.me->send(catches, "x");
  CHECK(w.next() == tuple("caught", "throw", "ball"));
  CHECK(w.end_of(catches) == "normal");
}

TEST_CASE("a tail call to what is not there, or does not take the arguments, says which and with what") {
  loops_world w;
  const auto ends = [&](atom message) {
    const pid one = w.start("moves"_atom, {5});
    w.me->send(one, message);
    return w.end_of(one);
  };
  CHECK(ends("to_nothing"_atom) == tuple("undef", list(tuple("loops", "no_such_function", list(5, "x"), term()))));
  CHECK(ends("to_dropped"_atom) == "normal");
  CHECK(ends("to_typed"_atom) == "normal");
  const pid old = w.start("moves"_atom, {5});
  w.vsn_of(old);
  w.settle(old);
  w.load(2);
  w.me->send(old, "to_dropped");
  CHECK(w.end_of(old) == tuple("undef", list(tuple("loops", "dropped", term(), term()))));
  CHECK(ends("to_typed"_atom) == tuple("function_clause", list(tuple("loops", "typed", list(7), term()))));
  // The same for a process that begins so.
  CHECK(w.end_of(w.start("typed"_atom, {7})) ==
        tuple("function_clause", list(tuple("loops", "typed", list(7), term()))));
  CHECK(w.end_of(w.start("gone"_atom, {})) == tuple("undef", list(tuple("loops", "gone", term(), term()))));
}

TEST_CASE("a module that was deleted: the next qualified call is undef, a local one goes on") {
  loops_world w;
  const pid stays = w.start("stays"_atom, {0});
  const pid moves = w.start("moves"_atom, {0});
  w.vsn_of(stays);
  w.vsn_of(moves);
  w.settle(moves);
  REQUIRE(w.home.code().demote(w.module));
  CHECK(w.vsn_of(stays) == tuple(1, 1));
  w.me->send(moves, tuple(w.mine(), "vsn"));
  CHECK(w.end_of(moves) == tuple("undef", list(tuple("loops", "moves", list(2), term()))));
  CHECK(w.next() == tuple(1, 1));  // what it did before
  CHECK(w.vsn_of(stays) == tuple(1, 2));
}

TEST_CASE("a process with a thread of its own may run such a function, too") {
  loops_world w;
  const pid caller = w.watched([&](process& self) {
    const term result = self.home().apply(self, w.module, "moves"_atom, {0});
    raise_exit(tuple("returned", result));
  });
  CHECK(w.vsn_of(caller) == tuple(1, 0));
  w.settle(caller);
  w.load(2);
  CHECK(w.vsn_of(caller) == tuple(1, 1));
  CHECK(w.vsn_of(caller) == tuple(2, 2));
  w.me->send(caller, "noise");
  w.me->send(caller, "quit");
  CHECK(w.world::end_of(caller) == tuple("returned", "done"));
  CHECK(w.old()->pin_count() == 0);
}

TEST_CASE("where a process is, and since when") {
  loops_world w;
  const auto before = clock::now();
  const pid one = w.start("stays"_atom, {0});
  w.vsn_of(one);
  w.me->send(one, "leave");
  w.settle(one);
  const auto value = [&](atom key) {
    const term info = w.home.process_info(one);
    for (const term pair : info.elements_of_list())
      if (pair[0] == key)
        return term(pair[1]);
    return term("missing");
  };
  CHECK(value("initial_call"_atom) == tuple("loops", "stays", 1));
  CHECK(value("current_function"_atom) == tuple("loops", "moves", 1));
  CHECK(value("module"_atom) == "loops");
  CHECK(eventually([&] { return value("status"_atom) == "waiting"; }));
  const auto since = w.home.lingering_since(one, w.current());
  REQUIRE(since);
  CHECK(*since >= before);
  CHECK(*since <= clock::now());
  w.load(2);
  CHECK_FALSE(w.home.lingering_since(one, w.current()));
  CHECK(w.home.lingering_since(one, w.old()) == since);
}

TEST_CASE("loads, qualified loops and kills at once: every message answered, no version needed for ever") {
  loops_world w;
  std::vector<pid> all;
  for (int i = 0; i < 50; ++i)
    all.push_back(w.start("moves"_atom, {0}));
  int version = 1;
  for (int round = 0; round < 40; ++round) {
    version = 3 - version;
    w.load(version);
    for (pid each : all)
      w.me->send(each, tuple(w.mine(), "vsn"));
    for (std::size_t i = 0; i < all.size(); ++i)
      REQUIRE(w.next()[1].is_integer());
    const std::size_t victim = static_cast<std::size_t>(round) % all.size();
    w.me->exit_signal(all[victim], "kill");
    CHECK(w.end_of(all[victim]) == "killed");
    all[victim] = w.start("moves"_atom, {0});
    REQUIRE(eventually([&] { return bool(w.home.code().remove_old(w.module)); }));
  }
}
