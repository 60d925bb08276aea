// Several modules in one step, and loads with a policy: C05, C48-C50, W03.
#include "tests/actors/shelf.hpp"

using namespace twinslot;
using namespace std::chrono_literals;

namespace {
term image(const char* fixture) {
  return binary(*os::read_file(fixtures + fixture + ".so"));
}
term member(const char* module, const char* fixture) {
  return tuple(atom(std::string_view(module)), string(std::string("/nowhere/") + module + ".so"), image(fixture));
}
/// A process that stays in the current version of a modeled module.
pid stay_in(world& w, const char* module) {
  const atom name{std::string_view(module)};
  const auto made = w.home().spawn_blocking([name](process& self) { self.home().apply(self, name, "stay"_atom, {}); });
  REQUIRE(w.eventually([&] {
    const auto there = w.home().lingering(w.home().code().current(name));
    return std::find(there.begin(), there.end(), made.process) != there.end();
  }));
  return made.process;
}
struct two_on_a_shelf {
  two_on_a_shelf() {
    shelves.put("modeled_a_1", "modeled_a");
    shelves.put("modeled_b_1", "modeled_b");
  }
  world w;
  shelf shelves{w};
};
}  // namespace

TEST_CASE("atomic_load makes all current, by name or from bytes (C48)") {
  two_on_a_shelf t;
  CHECK(t.w.call("code", "atomic_load", list("modeled_a", "modeled_b", member("modeled_c", "modeled_c_1"))) == "ok");
  for (const char* module : {"modeled_a", "modeled_b", "modeled_c"})
    CHECK(t.w.call(module, "vsn") == "v1");
  CHECK(t.w.call("code", "which", "modeled_c") == string("/nowhere/modeled_c.so"));
  CHECK(t.w.call("code", "atomic_load", term{}) == "ok");
}

TEST_CASE("atomic_load changes nothing if one member fails, and names each with its reason (C48, C49)") {
  two_on_a_shelf t;
  const auto load = [&](const term& members) { return text(t.w.call("code", "atomic_load", members)); };
  CHECK(load(list("modeled_a", "no_such")) == "{error,[{no_such,nofile}]}");
  CHECK(load(list("no_such", "modeled_a", tuple("junk", string("x"), binary("?")))) ==
        "{error,[{no_such,nofile},{junk,{badfile,[120],not_elf}}]}");
  CHECK(load(list("modeled_a", "no_such", "no_such", "modeled_a")) ==
        "{error,[{no_such,duplicated},{modeled_a,duplicated}]}");
  CHECK(load(list("modeled_a", "lists", "sys")).find("{sys,sticky_directory}") != std::string::npos);
  CHECK(load(list("modeled_a", member("hook", "on_load_ok"))) == "{error,[{hook,on_load_not_allowed}]}");
  CHECK_FALSE(t.w.home().code().is_loaded("modeled_a"_atom));
  CHECK(t.w.home().code().resident().empty());

  CHECK(load(list("modeled_b")) == "ok");
  CHECK(load(list("modeled_b")) == "ok");
  CHECK(load(list("modeled_a", "modeled_b")) == "{error,[{modeled_b,not_purged}]}");
  CHECK_FALSE(t.w.home().code().is_loaded("modeled_a"_atom));
  CHECK(t.w.call("code", "purge", "modeled_b") == "false");
  CHECK(t.w.call("code", "stick_dir", string(t.shelves.path)) == "ok");
  CHECK(load(list("modeled_a", "modeled_b")) == "{error,[{modeled_b,sticky_directory}]}");
}

TEST_CASE("prepare has no visible effect; finish makes all current, once (C49)") {
  two_on_a_shelf t;
  const term prepared = t.w.call("code", "prepare_loading", list("modeled_a", "modeled_b"));
  REQUIRE(prepared.is_tagged("ok"_atom, 2));
  REQUIRE(prepared[1].is_tagged("$prepared$"_atom, 2));
  CHECK(t.w.home().code().resident().empty());
  t.shelves.remove("modeled_a");  // what was prepared counts
  CHECK(t.w.call("code", "finish_loading", prepared[1]) == "ok");
  CHECK(t.w.call("modeled_a", "vsn") == "v1");
  CHECK(t.w.call("modeled_b", "vsn") == "v1");
  CHECK(text(t.w.caught("code", "finish_loading", prepared[1])) == "{error,badarg}");
  CHECK_FALSE(t.w.home().code().has_old("modeled_a"_atom));
}

TEST_CASE("a finish that is refused can be repeated, by another process, too (C49)") {
  two_on_a_shelf t;
  t.w.call("code", "load_file", "modeled_b");
  t.w.call("code", "load_file", "modeled_b");
  const term prepared = t.w.call("code", "prepare_loading", list("modeled_a", "modeled_b"))[1];
  CHECK(text(t.w.call("code", "finish_loading", prepared)) == "{error,[{modeled_b,not_purged}]}");
  CHECK_FALSE(t.w.home().code().is_loaded("modeled_a"_atom));
  CHECK(t.w.call("code", "soft_purge", "modeled_b") == "true");
  scoped_process other(t.w.home());
  CHECK(t.w.home().apply(*other, "code"_atom, "finish_loading"_atom, {prepared}) == "ok");
  CHECK(t.w.call("modeled_a", "vsn") == "v1");
}

TEST_CASE("what is prepared is given back when its owner ends (C49)") {
  two_on_a_shelf t;
  term prepared;
  {
    scoped_process owner(t.w.home());
    prepared = t.w.home().apply(*owner, "code"_atom, "prepare_loading"_atom, {list("modeled_a")})[1];
  }
  const auto copies = [&] { return os::list_dir(t.w.home().loader().cache_directory())->size(); };
  CHECK(t.w.eventually([&] { return copies() == 0; }));
  CHECK(text(t.w.caught("code", "finish_loading", prepared)) == "{error,badarg}");
}

TEST_CASE("a prepared list that was put together by hand is no good (C09)") {
  two_on_a_shelf t;
  const term a = t.w.call("code", "prepare_loading", list("modeled_a"))[1][1].head();
  const term again = t.w.call("code", "prepare_loading", list("modeled_a"))[1][1].head();
  const auto finish = [&](const term& all) {
    return text(t.w.caught("code", "finish_loading", tuple("$prepared$", all)));
  };
  CHECK(finish(list(a, a)) == "{error,badarg}");
  CHECK(finish(list(tuple("modeled_b", a[1]))) == "{error,badarg}");
  CHECK(finish(list(tuple("modeled_a", tuple(t.w.home().make_reference(), term{}, term{})))) == "{error,badarg}");
  CHECK(finish("x") == "{error,function_clause}");
  CHECK(finish(list("modeled_a")) == "{error,function_clause}");
  CHECK(finish(list(a)) == "ok");
  CHECK(finish(list(again)) == "ok");
}

TEST_CASE("ensure_modules_loaded loads what it can and tells the rest (C50)") {
  two_on_a_shelf t;
  t.shelves.put("on_load_ok", "hook");
  CHECK(text(t.w.call("code", "ensure_modules_loaded", list("modeled_a", "modeled_a", "no_such", "hook", "sys"))) ==
        "{error,[{no_such,nofile}]}");
  CHECK(t.w.call("modeled_a", "vsn") == "v1");
  CHECK(t.w.call("hook", "version") == "on_load_ok");
  CHECK(t.w.call("code", "ensure_modules_loaded", list("modeled_a", "hook", "modeled_b")) == "ok");
  CHECK_FALSE(t.w.home().code().has_old("modeled_a"_atom));
  CHECK(t.w.call("code", "ensure_modules_loaded", term{}) == "ok");
}

// ---- policies

TEST_CASE("load_binary/3 purges first, and kills nobody for it (C05, W02)") {
  world w({.load_hook_deadline = 5s, .purge_grace = 10ms, .kill_patience = 2s});
  const auto load = [&](const char* fixture) {
    return text(w.call("code", "load_binary", "modeled_a", string("a.so"), image(fixture)));
  };
  for (const char* fixture : {"modeled_a_1", "modeled_a_2", "modeled_a_1"})
    CHECK(load(fixture) == "{module,modeled_a}");
  const pid lingers = stay_in(w, "modeled_a");
  CHECK(load("modeled_a_2") == "{module,modeled_a}");
  CHECK(load("modeled_a_1") == "{error,not_purged}");
  CHECK(w.home().is_alive(lingers));
  CHECK(w.call("modeled_a", "vsn") == "v2");
  // An image that is no good changes nothing (C07).
  const auto before = w.home().code().slots_of("modeled_a"_atom);
  CHECK(text(w.call("code", "load_binary", "modeled_a", string("a.so"), binary("?"))[1]) ==
        "{badfile,[97,46,115,111],not_elf}");
  CHECK(w.home().code().slots_of("modeled_a"_atom).old == before.old);
}

TEST_CASE("a load with a policy refuses, kills or waits, from a file or from bytes (W03)") {
  world w({.load_hook_deadline = 5s, .purge_grace = 10ms, .kill_patience = 2s});
  shelf shelves(w);
  shelves.put("modeled_a_1", "modeled_a");
  const auto from_file = [&](const term& policy) { return text(w.call("code", "load_file", "modeled_a", policy)); };
  const auto from_bytes = [&](const term& policy) {
    return text(w.call("code", "load_binary", "modeled_a", string("a.so"), image("modeled_a_1"), policy));
  };
  CHECK(from_file("refuse") == "{module,modeled_a}");
  const pid lingers = stay_in(w, "modeled_a");
  CHECK(from_bytes("refuse") == "{module,modeled_a}");
  CHECK(from_file("refuse") == "{error,not_purged}");
  CHECK(from_bytes("refuse") == "{error,not_purged}");
  CHECK(from_file(tuple("wait", 30)) == "{error,not_purged}");
  CHECK(from_bytes(tuple("wait", 0)) == "{error,not_purged}");
  CHECK(w.home().is_alive(lingers));
  w.self().exit_signal(lingers, "kill");
  CHECK(from_bytes(tuple("wait", "infinity")) == "{module,modeled_a}");
  const pid other = stay_in(w, "modeled_a");
  CHECK(from_file(tuple("wait", 1000)) == "{module,modeled_a}");
  CHECK(from_file("kill") == "{module,modeled_a}");
  CHECK_FALSE(w.home().is_alive(other));
  CHECK(text(w.caught("code", "load_file", "modeled_a", "maybe")) == "{error,function_clause}");
  CHECK(w.caught("code", "load_file", "modeled_a", tuple("wait", "x"))[0] == "error");
}

TEST_CASE("an embedded node loads nothing that is not asked for (C11, C12)") {
  world w({.embedded = true});
  shelf shelves(w);
  shelves.put("modeled_a_1", "modeled_a");
  CHECK(w.call("code", "get_mode") == "embedded");
  CHECK(text(w.caught("modeled_a", "vsn")) == "{error,undef}");
  CHECK(text(w.call("code", "ensure_loaded", "modeled_a")) == "{error,embedded}");
  CHECK(text(w.call("code", "load_file", "modeled_a")) == "{module,modeled_a}");
  CHECK(w.call("modeled_a", "vsn") == "v1");
  CHECK(text(w.call("code", "ensure_loaded", "modeled_a")) == "{module,modeled_a}");
}
