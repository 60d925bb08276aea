// The code server on real plugins: slots, loading, purging, questions. C01-C36, W02-W04, W20.
#include "tests/actors/shelf.hpp"

using namespace twinslot;
using namespace std::chrono_literals;

namespace {
/// A process that is inside slow:wait_here/1 until it is killed.
pid stay_in_slow(world& w) {
  const auto made =
      w.home().spawn_blocking([&w](process& self) { w.home().apply(self, "slow"_atom, "wait_here"_atom, {60000}); });
  REQUIRE(w.eventually([&] {
    const auto there = w.home().lingering(w.home().code().current("slow"_atom));
    return std::find(there.begin(), there.end(), made.process) != there.end();
  }));
  return made.process;
}
bool code_bool(world& w, const char* function, const char* module) {
  const term answer = w.call("code", function, atom(std::string_view(module)));
  REQUIRE(answer.is_bool());
  return answer == "true";
}
std::string loaded(world& w, const char* module, const char* file) {
  return text(w.load(module, file));
}
}  // namespace

// ---- slots and loading ---------------------------------------------------------------------------------------------

TEST_CASE("a load makes current, the next one old, a third is refused and changes nothing (C01-C04, C06, C07)") {
  world w;
  CHECK(loaded(w, "counter", "counter_v1") == "{module,counter}");
  w.call("counter", "start");
  w.call("counter", "increment");
  CHECK_FALSE(w.home().code().has_old("counter"_atom));
  CHECK(loaded(w, "counter", "counter_v1") == "{module,counter}");  // identical bytes take the slot too
  CHECK(w.call("erlang", "check_old_code", "counter") == "true");
  CHECK(text(w.call("counter", "get_count")) == "1");
  const auto before = w.home().code().slots_of("counter"_atom);
  w.forget();
  CHECK(loaded(w, "counter", "counter_v2") == "{error,not_purged}");
  CHECK(w.reports() == "=ERROR REPORT==== TIME ===\nLoading of " + fixtures + "counter_v2.so failed: not_purged\n\n");
  const auto after = w.home().code().slots_of("counter"_atom);
  CHECK(after.current == before.current);
  CHECK(after.old == before.old);
  CHECK(text(w.call("counter", "get_count")) == "1");
}

TEST_CASE("an image from memory is loaded as a file is, and makes room for itself (C05, C08)") {
  world w;
  const auto bytes = os::read_file(fixtures + "counter_v1.so");
  REQUIRE(bytes);
  const auto load = [&](const char* module, const std::string& image) {
    return w.call("code", "load_binary", atom(std::string_view(module)), string("/nowhere/x.so"), binary(image));
  };
  CHECK(text(load("counter", *bytes)) == "{module,counter}");
  CHECK(w.call("code", "which", "counter") == string("/nowhere/x.so"));
  CHECK(text(load("counter", *bytes)) == "{module,counter}");
  CHECK(text(load("counter", *bytes)) == "{module,counter}");  // purges
  CHECK(load("other", *bytes)[1] == tuple("badfile", string("/nowhere/x.so"), tuple("module_name", string("counter"))));
  CHECK(load("junk", "no plugin")[1] == tuple("badfile", string("/nowhere/x.so"), "not_elf"));
  CHECK(load("junk", "")[1] == tuple("badfile", string("/nowhere/x.so"), "empty"));
}

TEST_CASE("files that cannot be loaded: what is wrong with which file, and nothing changes (C07, C08)") {
  world w;
  w.load("counter", "counter_v1");
  w.call("counter", "start");
  const auto reason = [&](const char* module, const char* file) {
    const term answer = w.load(module, file);
    REQUIRE(answer.is_tagged("error"_atom, 2));
    return term(answer[1]);
  };
  CHECK(reason("counter", "no_such_file") == "nofile");
  CHECK(reason("counter", "other_name")[0] == "badfile");
  CHECK(reason("no_note", "no_note")[2] == "no_note");
  CHECK(reason("no_entry", "no_entry")[0] == "missing_symbol");
  CHECK(reason("wrong_abi", "wrong_abi")[0] == "bad_abi");
  CHECK(reason("missing_library", "missing_library")[0] == "missing_library");
  CHECK(reason("constructor_aborts", "constructor_aborts")[0] == "trial_failed");
  CHECK(reason("unique_symbol", "unique_symbol")[0] == "unloadable");
  CHECK(w.output().find("Loading of " + fixtures + "no_note.so failed: {badfile,") != std::string::npos);
  CHECK(text(w.call("counter", "get_count")) == "0");
  CHECK_FALSE(w.home().code().has_old("counter"_atom));
}

TEST_CASE("ill-typed requests are the caller's errors (C09)") {
  world w;
  const auto bad = [&](const char* function, const auto&... arguments) {
    return text(w.caught("code", function, arguments...)) == "{error,function_clause}";
  };
  for (const char* function : {"load_file", "ensure_loaded", "purge", "soft_purge", "delete", "is_loaded", "which"})
    CHECK(bad(function, string("counter")));
  CHECK(bad("load_abs", 1));
  CHECK(bad("load_binary", "counter", string("x"), "y"));
  CHECK(bad("set_path", "x"));
  CHECK(bad("add_path", 1));
  CHECK(text(w.caught("erlang", "check_old_code", string("x"))) == "{error,badarg}");
  CHECK(text(w.caught("erlang", "check_process_code", "x", "m")) == "{error,badarg}");
  CHECK(text(w.caught("erlang", "check_process_code", w.self().self(), string("m"))) == "{error,badarg}");
}

TEST_CASE("load_abs takes the name from the file, or an explicit one (C10)") {
  world w;
  shelf shelves(w);
  shelves.put("counter_v1", "counter");
  CHECK(text(w.call("code", "load_abs", string(shelves.path + "/counter"))) == "{module,counter}");
  CHECK(text(w.call("code", "load_abs", string(shelves.path + "/nothing"))) == "{error,nofile}");
  CHECK(w.call("code", "which", "counter") == string(shelves.path + "/counter.so"));
}

TEST_CASE("ensure_loaded loads once; a built-in module is loaded (C11)") {
  world w;
  shelf shelves(w);
  CHECK(text(w.call("code", "ensure_loaded", "counter")) == "{error,nofile}");
  shelves.put("counter_v1", "counter");
  CHECK(text(w.call("code", "ensure_loaded", "counter")) == "{module,counter}");
  CHECK(text(w.call("code", "ensure_loaded", "counter")) == "{module,counter}");
  CHECK_FALSE(w.home().code().has_old("counter"_atom));
  CHECK(text(w.call("code", "ensure_loaded", "sys")) == "{module,sys}");
}

TEST_CASE("a call to a module that is not loaded loads it from the path (C12)") {
  world w;
  shelf shelves(w);
  CHECK(text(w.caught("counter", "start")) == "{error,undef}");
  shelves.put("counter_v1", "counter");
  CHECK(w.call("counter", "start").is_tagged("ok"_atom, 2));
  CHECK(text(w.call("counter", "get_count")) == "0");
}

TEST_CASE("a scheduled process, which may not block, loads on demand as well (C12)") {
  world w;
  shelf shelves(w);
  shelves.put("functions", "functions");
  w.load("applies", "applies");
  w.call("applies", "start");
  CHECK(text(w.call("applies", "run", "functions", "add", list(1, 2))) == "3");
}

TEST_CASE("many at once that need a module: it is loaded once (C12, C14)") {
  world w;
  shelf shelves(w);
  shelves.put("functions", "functions");
  std::vector<std::thread> callers;
  std::atomic<int> right{0};
  for (int i = 0; i < 8; ++i)
    callers.emplace_back([&] {
      scoped_process me(w.home());
      right += w.home().apply(*me, "functions"_atom, "add"_atom, {term(1), term(2)}) == term(3);
    });
  for (auto& each : callers)
    each.join();
  CHECK(right == 8);
  CHECK_FALSE(w.home().code().has_old("functions"_atom));
}

TEST_CASE("functions are those of the current version (C13)") {
  world w;
  w.load("counter", "counter_v2");
  w.call("counter", "start");
  CHECK(w.call("counter", "get_info").is_tuple());
  w.load("counter", "counter_v1");
  CHECK(text(w.caught("counter", "get_info")) == "{error,undef}");
  CHECK(text(w.call("counter", "get_count")) == "0");
}

// ---- purge and delete ----------------------------------------------------------------------------------------------

TEST_CASE("purge kills who runs in old code, and nobody else; linked processes see killed (C15-C17, W04)") {
  world w;
  w.load("slow", "slow");
  const pid victim = stay_in_slow(w);
  w.self().trap_exit(true);
  w.self().link(victim);
  w.load("slow", "slow");
  const pid newer = stay_in_slow(w);
  const pid old_slot_free = *w.home().whereis("code_server"_atom);
  CHECK(w.call("erlang", "check_process_code", victim, "slow") == "true");
  CHECK(w.call("erlang", "check_process_code", newer, "slow") == "false");
  CHECK(w.call("code", "purge", "slow") == "true");
  CHECK(w.next() == tuple("EXIT", victim, "killed"));
  CHECK_FALSE(w.home().is_alive(victim));
  CHECK(w.home().is_alive(newer));
  CHECK(w.home().is_alive(old_slot_free));
  CHECK_FALSE(w.home().code().has_old("slow"_atom));
  CHECK(w.call("code", "purge", "slow") == "false");  // nothing there
  CHECK(w.call("code", "purge", "no_such") == "false");
  w.load("slow", "slow");
  CHECK(w.call("code", "purge_report", "slow").get("killed")->head() == newer);
}

TEST_CASE("soft purge refuses and says who is in the way; nothing has changed (C18, W02, W04)") {
  world w;
  w.load("slow", "slow");
  w.call("slow", "start");
  const pid busy = stay_in_slow(w);
  w.load("slow", "slow");
  const term report = w.call("code", "soft_purge_report", "slow");
  CHECK(*report.get("purged") == "false");
  CHECK(text(*report.get("blocked_by")) == text(list(tuple(busy, "running"))));
  CHECK(*report.get("killed") == term{});
  CHECK(w.call("code", "soft_purge", "slow") == "false");
  CHECK(w.home().is_alive(busy));
  CHECK(w.home().code().has_old("slow"_atom));
  CHECK(loaded(w, "slow", "slow") == "{error,not_purged}");
  w.self().exit_signal(busy, "kill");
  CHECK(w.eventually([&] { return code_bool(w, "soft_purge", "slow"); }));
  CHECK_FALSE(w.home().code().has_old("slow"_atom));
  CHECK(code_bool(w, "soft_purge", "slow"));
  CHECK(code_bool(w, "soft_purge", "no_such"));
}

TEST_CASE("purges asked for by many are all answered (C19)") {
  world w;
  w.load("counter", "counter_v1");
  w.load("counter", "counter_v1");
  std::vector<std::thread> askers;
  std::atomic<int> answered{0};
  for (int i = 0; i < 8; ++i)
    askers.emplace_back([&, i] {
      scoped_process me(w.home());
      const term answer = w.home().apply(*me, "code"_atom, i % 2 ? "soft_purge"_atom : "purge"_atom, {"counter"});
      answered += answer == (i % 2 ? "true"_atom : "false"_atom);
    });
  for (auto& each : askers)
    each.join();
  CHECK(answered == 8);
}

TEST_CASE("a process that called into a module and returned does not linger (C21)") {
  world w;
  w.load("functions", "functions");
  w.call("functions", "add", 1, 2);
  w.load("functions", "functions");
  CHECK(w.call("erlang", "check_process_code", w.self().self(), "functions") == "false");
  CHECK(code_bool(w, "soft_purge", "functions"));
}

TEST_CASE("an idle server of the old version is no hindrance: it moves (C20, design 3.4)") {
  world w;
  w.load("counter", "counter_v1");
  const pid server = w.call("counter", "start")[1].as_pid();
  w.call("counter", "increment");
  CHECK(text(w.call("counter", "get_count")) == "1");  // now it is idle
  w.load("counter", "counter_v2");
  const term report = w.call("code", "soft_purge_report", "counter");
  CHECK(*report.get("purged") == "true");
  CHECK(*report.get("removed") == string("1.0.0"));
  CHECK(*report.get("moved") == list(server));
  CHECK(*report.get("mapping") == "gone");
  CHECK(w.state("counter").is_tagged("state"_atom, 4));  // of 2.0.0 now
  CHECK(text(w.call("counter", "get_count")) == "1");
}

TEST_CASE("a server in a short callback is waited for; one in a long callback blocks a soft purge (W02)") {
  world w({.load_hook_deadline = 5s, .purge_grace = 100ms, .kill_patience = 2s});
  w.load("slow", "slow");
  const pid server = w.call("slow", "start")[1].as_pid();
  const auto busy = [&](int time_ms) {
    return std::thread([&w, time_ms] {
      scoped_process me(w.home());
      try {
        w.home().apply(*me, "gen_server"_atom, "call"_atom, {"slow", tuple("busy", time_ms)});
      } catch (const raised&) {
      }
    });
  };
  const auto is_running = [&] {
    const auto there = w.home().lingering(w.home().code().current("slow"_atom));
    return std::find(there.begin(), there.end(), server) != there.end();
  };
  std::thread short_one = busy(40);
  REQUIRE(w.eventually(is_running));
  w.load("slow", "slow");
  CHECK(code_bool(w, "soft_purge", "slow"));
  short_one.join();
  std::thread long_one = busy(600);
  REQUIRE(w.eventually(is_running));
  w.load("slow", "slow");
  const term report = w.call("code", "soft_purge_report", "slow");
  CHECK(*report.get("purged") == "false");
  CHECK(text(*report.get("blocked_by")) == text(list(tuple(server, "running"))));
  long_one.join();
  CHECK(text(w.call("slow", "calls")) == "2");  // it is as it was
  CHECK(code_bool(w, "soft_purge", "slow"));
}

TEST_CASE("purge takes old code away even from a victim that does not return from native code (C15, W04)") {
  world w({.load_hook_deadline = 5s, .purge_grace = 20ms, .kill_patience = 50ms});
  w.load("slow", "slow");
  const pid server = w.call("slow", "start")[1].as_pid();
  std::thread caller([&] {
    scoped_process me(w.home());
    try {
      w.home().apply(*me, "gen_server"_atom, "call"_atom, {"slow", tuple("busy", 500)});
    } catch (const raised&) {
    }
  });
  REQUIRE(w.eventually([&] { return !w.home().lingering(w.home().code().current("slow"_atom)).empty(); }));
  w.load("slow", "slow");
  const term report = w.call("code", "purge_report", "slow");
  CHECK(*report.get("purged") == "true");
  CHECK(*report.get("killed") == list(server));
  CHECK(*report.get("mapping") == "in_use");
  CHECK_FALSE(w.home().code().has_old("slow"_atom));
  caller.join();
  CHECK(w.eventually([&] { return w.home().code().sweep() == 0; }));  // closed when the victim was gone
}

TEST_CASE("delete: current becomes old; only an explicit load brings the module back (C26-C29, W20)") {
  world w;
  shelf shelves(w);
  shelves.put("counter_v1", "counter");
  w.call("code", "load_file", "counter");
  const pid server = w.call("counter", "start")[1].as_pid();
  CHECK(code_bool(w, "delete", "counter"));
  CHECK(w.call("code", "is_loaded", "counter") == "false");
  CHECK(w.call("erlang", "check_old_code", "counter") == "true");
  CHECK(text(w.call("gen_server", "call", "counter", "get_count")) == "0");  // its server goes on
  CHECK(text(w.caught("counter", "get_count")) == "{error,undef}");          // no implicit load
  CHECK_FALSE(code_bool(w, "delete", "counter"));                            // nothing is current
  CHECK_FALSE(code_bool(w, "delete", "no_such"));
  w.forget();
  CHECK(text(w.call("code", "load_file", "counter")) == "{module,counter}");
  CHECK(w.call("erlang", "check_old_code", "counter") == "true");  // the deleted one is still there
  CHECK(text(w.call("code", "load_file", "counter")) == "{error,not_purged}");
  CHECK(code_bool(w, "soft_purge", "counter"));
  CHECK(text(w.call("counter", "get_count")) == "0");
  CHECK(w.home().is_alive(server));
  w.call("code", "load_file", "counter");
  CHECK_FALSE(code_bool(w, "delete", "counter"));  // the old slot is taken
  CHECK(w.reports().find("Module counter must be purged before deleting") != std::string::npos);
}

TEST_CASE("purge, delete, purge removes a module completely (C28)") {
  world w;
  w.load("functions", "functions");
  w.load("functions", "functions");
  w.call("code", "purge", "functions");
  CHECK(code_bool(w, "delete", "functions"));
  w.call("code", "purge", "functions");
  CHECK(w.home().code().resident().empty());
  CHECK(w.home().code().still_mapped().empty());
}

// ---- queries -------------------------------------------------------------------------------------------------------

TEST_CASE("is_loaded, which, all_loaded, is_sticky tell where code came from (C30, C31, C41)") {
  world w;
  shelf shelves(w);
  CHECK(w.call("code", "is_loaded", "counter") == "false");
  CHECK(w.call("code", "which", "counter") == "non_existing");
  shelves.put("counter_v1", "counter");
  const term file = string(shelves.path + "/counter.so");
  CHECK(w.call("code", "which", "counter") == file);
  w.call("code", "load_file", "counter");
  shelves.remove("counter");
  CHECK(w.call("code", "which", "counter") == file);
  CHECK(w.call("code", "is_loaded", "counter") == tuple("file", file));
  CHECK(text(w.call("code", "is_loaded", "sys")) == "{file,preloaded}");
  CHECK(w.call("code", "which", "sys") == "preloaded");
  std::size_t counters = 0, all = 0;
  for (const term& entry : w.call("code", "all_loaded").elements_of_list()) {
    counters += entry == tuple("counter", file);
    ++all;
  }
  CHECK(counters == 1);
  CHECK(all > 3);
  CHECK(w.call("code", "is_sticky", "sys") == "true");
  CHECK(w.call("code", "is_sticky", "counter") == "false");
  CHECK(w.call("erlang", "module_loaded", "counter") == "true");
}

TEST_CASE("built-in modules are sticky (C41)") {
  world w;
  shelf shelves(w);
  shelves.put("counter_v1", "sys");
  CHECK(text(w.call("code", "load_file", "sys")) == "{error,sticky_directory}");
  CHECK(w.reports() == "=ERROR REPORT==== TIME ===\nCan't load module 'sys' that resides in sticky dir\n\n");
  CHECK(text(w.call("code", "load_abs", string(shelves.path + "/sys"))) == "{error,sticky_directory}");
}

TEST_CASE("object code, checksums and status (C32, C33, C35, C36)") {
  world w;
  shelf shelves(w);
  CHECK(w.call("code", "get_object_code", "counter") == "error");
  shelves.put("counter_v1", "counter");
  const term object = w.call("code", "get_object_code", "counter");
  REQUIRE(object.is_tagged("counter"_atom, 3));
  CHECK(object[2] == string(shelves.path + "/counter.so"));
  CHECK_FALSE(w.home().code().is_loaded("counter"_atom));
  w.call("code", "load_file", "counter");
  CHECK(w.call("code", "module_md5", object[1]) == w.home().code().current("counter"_atom)->md5());
  CHECK(w.call("code", "module_md5", binary("garbage")) == "undefined");

  const auto status = [&] { return w.call("code", "module_status", "counter"); };
  CHECK(status() == "loaded");
  CHECK(text(w.call("code", "modified_modules")) == "[]");
  shelves.put("counter_v2", "counter");
  CHECK(status() == "modified");
  CHECK(text(w.call("code", "modified_modules")) == "[counter]");
  shelves.remove("counter");
  CHECK(status() == "removed");
  shelves.put("counter_v1", "counter");
  CHECK(status() == "loaded");
  CHECK(text(w.call("code", "module_status", list("counter", "sys", "nothing"))) ==
        "[{counter,loaded},{sys,loaded},{nothing,not_loaded}]");
  CHECK(text(w.call("code", "module_status")) == "[{counter,loaded}]");
}

TEST_CASE("the code server answers what it does not know") {
  world w;
  const auto answer = w.self().request("code_server", "system"_atom, "suspend", clock::now() + 1s);
  CHECK(text(answer.value) == "{error,{unknown_system_msg,suspend}}");
}
