// Load hooks: C42-C47, W26.
#include "tests/actors/gate.hpp"

using namespace twinslot;
using namespace std::chrono_literals;

namespace {
std::string loaded(world& w, const char* module, const char* file) {
  return text(w.load(module, file));
}
}  // namespace

TEST_CASE("a load hook's ok publishes the version; anything else discards it (C42, C44)") {
  world w;
  CHECK(loaded(w, "hook", "on_load_ok") == "{module,hook}");
  CHECK(w.call("hook", "version") == "on_load_ok");
  for (const char* file : {"on_load_refuses", "on_load_throws", "on_load_exits"}) {
    CHECK(loaded(w, "hook", file) == "{error,on_load_failure}");
    CHECK(w.call("hook", "version") == "on_load_ok");  // the current one is current still
    CHECK_FALSE(w.home().code().has_old("hook"_atom));
  }
}

TEST_CASE("a hook that fails with an atom fails silently; anything else is logged (C47)") {
  world w;
  CHECK(loaded(w, "hook", "on_load_exits") == "{error,on_load_failure}");
  CHECK(w.reports().empty());
  CHECK(loaded(w, "hook", "on_load_refuses") == "{error,on_load_failure}");
  CHECK(w.reports() ==
        "=WARNING REPORT==== TIME ===\nThe on_load function for module hook returned:\n{error,not_today}\n\n");
  w.forget();
  CHECK(loaded(w, "hook", "on_load_throws") == "{error,on_load_failure}");
  CHECK(w.reports().find("=ERROR REPORT==== TIME ===\nError in process <0.") != std::string::npos);
  CHECK(w.reports().find("=WARNING REPORT==== TIME ===\nThe on_load function for module hook returned:\n{") !=
        std::string::npos);
}

TEST_CASE("a load hook runs in a process of its own and may ask the host (C42)") {
  world w;
  w.home().register_name("observer"_atom, w.self().self());
  CHECK(loaded(w, "hook", "on_load_asks") == "{module,hook}");
  const term told = w.next();
  REQUIRE(told.is_tagged("on_load"_atom, 2));
  CHECK(told[1] != w.self().self());
  CHECK(w.eventually([&] { return !w.home().is_alive(told[1].as_pid()); }));
}

TEST_CASE("a load hook that does not return fails at its deadline; other modules load meanwhile (C43, W26)") {
  world w({.load_hook_deadline = 300ms, .purge_grace = 100ms, .kill_patience = 1s});
  w.load("hook", "on_load_ok");
  for (const char* file : {"on_load_blocks"}) {
    std::string outcome;
    std::thread loader([&] {
      scoped_process me(w.home());
      outcome = text(w.home().apply(*me, "code"_atom, "load_abs"_atom, {string(fixtures + file), "hook"}));
    });
    CHECK(loaded(w, "functions", "functions") == "{module,functions}");
    w.call("code", "purge", "functions");
    CHECK(w.call("hook", "version") == "on_load_ok");
    loader.join();
    CHECK(outcome == "{error,on_load_failure}");
    CHECK(w.call("hook", "version") == "on_load_ok");
    CHECK(w.reports().find("{timeout,300,ms}") != std::string::npos);
  }
  CHECK(loaded(w, "hook", "on_load_ok") == "{module,hook}");
}

TEST_CASE("a hook that does not listen fails at its deadline; its code stays as long as it runs (W26)") {
  world w({.load_hook_deadline = 50ms, .purge_grace = 20ms, .kill_patience = 1s});
  CHECK(loaded(w, "hook_busy", "hook_busy") == "{error,on_load_failure}");
  const auto left = w.call("code", "holders", "hook_busy");
  REQUIRE(left.is_cons());
  CHECK(*left.head().get("slot") == "purged");
  CHECK(text(w.caught("hook_busy", "x")) == "{error,undef}");
  CHECK(w.eventually([&] { return w.home().code().sweep() == 0; }));
  CHECK(w.home().code().still_mapped().empty());
  CHECK(text(w.call("code", "holders", "hook_busy")) == "[]");
}

// ---- while the hook runs

TEST_CASE("callers of a module that is not published yet wait for its load hook (C43)") {
  gated_world w;
  background load(w, "code", "load_abs", {string(fixtures + "gated"), "gated"});
  const pid hook = w.at_gate();
  CHECK(w.call("code", "is_loaded", "gated") == "false");
  background first(w, "gated", "vsn", {}), second(w, "gated", "vsn", {});
  background third(w, "code", "ensure_loaded", {"gated"});
  for (background* each : {&first, &second, &third})
    w.waits(each->who());
  w.open(hook, "ok");
  CHECK(load.result() == "{module,gated}");
  CHECK(first.result() == "1");
  CHECK(second.result() == "1");
  CHECK(third.result() == "{module,gated}");
}

TEST_CASE("a server that calls a module whose load hook runs waits, too, and other servers do not (C43)") {
  gated_world w;
  w.load("applies", "applies");
  w.load("counter", "counter_v1");
  w.call("counter", "start");
  w.call("gen_server", "start", tuple("local", "applies"), "applies", term{}, term{});
  background load(w, "code", "load_abs", {string(fixtures + "gated"), "gated"});
  const pid hook = w.at_gate();
  background asks(w, "gen_server", "call", {"applies", tuple("run", "gated", "vsn", term{})});
  w.waits(asks.who());
  CHECK(text(w.call("counter", "get_count")) == "0");
  w.open(hook, "ok");
  CHECK(load.result() == "{module,gated}");
  CHECK(asks.result() == "1");
}

TEST_CASE("callers whose module's hook fails get undef (C43)") {
  gated_world w;
  background load(w, "code", "load_abs", {string(fixtures + "gated"), "gated"});
  const pid hook = w.at_gate();
  background caller(w, "gated", "vsn", {});
  w.waits(caller.who());
  w.open(hook, "no");
  CHECK(load.result() == "{error,on_load_failure}");
  CHECK(caller.result() == "{error,undef}");
}

TEST_CASE("load, purge and delete of a module wait for its load hook, in order; other modules go on (C43, C46, C49)") {
  gated_world w;
  w.load("functions", "functions");
  background load(w, "code", "load_abs", {string(fixtures + "gated"), "gated"});
  const pid hook = w.at_gate();
  background deletes(w, "code", "delete", {"gated"});
  w.waits(deletes.who());
  background purges(w, "code", "purge", {"gated"});
  w.waits(purges.who());
  CHECK(text(w.load("functions", "functions")) == "{module,functions}");
  CHECK(w.call("code", "soft_purge", "functions") == "true");
  const term plain = tuple("gated", string("gated.so"), binary(*os::read_file(fixtures + "gated_plain.so")));
  CHECK(text(w.call("code", "atomic_load", list(plain))) == "{error,[{gated,pending_on_load}]}");
  w.open(hook, "ok");
  CHECK(load.result() == "{module,gated}");
  CHECK(deletes.result() == "true");  // it was current for a moment
  CHECK(purges.result() == "false");
  CHECK_FALSE(w.home().code().has_old("gated"_atom));
  CHECK_FALSE(w.home().code().is_loaded("gated"_atom));
}

TEST_CASE("two loads of one module with a hook: the second one's hook runs after the first one's (C43)") {
  gated_world w;
  background first(w, "code", "load_abs", {string(fixtures + "gated"), "gated"});
  const pid one = w.at_gate();
  background second(w, "code", "load_abs", {string(fixtures + "gated"), "gated"});
  w.waits(second.who());
  w.open(one, "no");
  const pid other = w.at_gate();
  CHECK(other != one);
  CHECK(first.result() == "{error,on_load_failure}");
  w.open(other, "ok");
  CHECK(second.result() == "{module,gated}");
}

TEST_CASE("a load with a hook does not lose the old version: it is refused before the hook runs (C46)") {
  world w;
  w.load("hook", "on_load_ok");
  w.load("hook", "on_load_ok");
  const auto before = w.home().code().slots_of("hook"_atom);
  CHECK(loaded(w, "hook", "on_load_refuses") == "{error,not_purged}");
  const auto after = w.home().code().slots_of("hook"_atom);
  CHECK((after.current == before.current && after.old == before.old));
  CHECK(w.call("erlang", "check_old_code", "hook") == "true");
}

TEST_CASE("processes that a failing hook started to run in its module are killed (C45)") {
  gated_world w;
  background load(w, "code", "load_abs", {string(fixtures + "gated_spawns"), "gated"});
  const pid hook = w.at_gate();
  REQUIRE(w.spawned);
  const pid child = *w.spawned;
  w.waits(child);
  const term monitor = w.self().monitor(child);
  w.open(hook, "no");
  CHECK(load.result() == "{error,on_load_failure}");
  CHECK(w.next() == tuple("DOWN", monitor, "process", child, "killed"));
}

TEST_CASE("processes that a successful hook started to run in its module do so (C43)") {
  gated_world w;
  background load(w, "code", "load_abs", {string(fixtures + "gated_spawns"), "gated"});
  const pid hook = w.at_gate();
  const pid child = *w.spawned;
  w.open(hook, "ok");
  CHECK(load.result() == "{module,gated}");
  CHECK(w.eventually([&] {
    const auto there = w.home().lingering(w.home().code().current("gated"_atom));
    return there == std::vector<pid>{child};
  }));
}

TEST_CASE("a hook that asks the code server about its own module is told of the deadlock (C44)") {
  world w;
  shelf shelves(w);
  shelves.put("asks_code", "asks_code");
  CHECK(text(w.call("code", "load_file", "asks_code")) == "{module,asks_code}");
  CHECK(text(w.call("asks_code", "answers")) == "{{error,deadlock},{error,deadlock},false}");
}

TEST_CASE("a hook that is killed fails (C42)") {
  gated_world w;
  background load(w, "code", "load_abs", {string(fixtures + "gated"), "gated"});
  w.self().exit_signal(w.at_gate(), "kill");
  CHECK(load.result() == "{error,on_load_failure}");
  CHECK(w.reports().empty());
}

TEST_CASE("a hook that calls its own module gets undef instead of waiting for itself (C44)") {
  world w;
  shelf shelves(w);
  shelves.put("calls_itself", "calls_itself");
  const auto began = clock::now();
  CHECK(text(w.call("code", "load_file", "calls_itself")) == "{module,calls_itself}");
  CHECK(clock::now() - began < 3s);
  CHECK(w.call("calls_itself", "seen") == "undef");
}
