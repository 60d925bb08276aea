// Two operations on one module, or on one server, that meet. docs/upgrade.md has the table; the cells that need a
// particular moment are here, all others come up in tests/chaos.
#include "actors/code_server/change_locks.hpp"
#include "actors/code_server/code_server.hpp"
#include "runtime/os/file.hpp"
#include "tests/actors/world.hpp"

using namespace twinslot;
using namespace std::chrono_literals;

namespace {
/// Servers of picky 1, with picky 2 current. `call` and others in a thread of their own: `aside`.
struct pairs_world : world {
  explicit pairs_world(int count = 2) : world({.load_hook_deadline = 20s, .purge_grace = 50ms, .kill_patience = 20s}) {
    load("picky", "picky_v1");
    for (int i = 1; i <= count; ++i)
      servers.push_back(call("gen_server", "start", "picky", list(i), term{})[1].as_pid());
    load("picky", "picky_v2");
  }
  std::string version(pid who) { return text(call("gen_server", "call", who, "version", 20000)); }
  bool is_bound_to_current(pid who) { return home().code().pin_current("picky"_atom)->bound_since(who).has_value(); }
  bool is_held(pid who) { return home().standing_of(who) == body::standing::held; }
  /// What a person can do, too: a request of the upgrade's protocol, from this process.
  term ask(pid server, const term& request) {
    const auto answer = self().request(server, "system"_atom, request, clock::now() + 20s);
    return answer.ok ? answer.value : tuple("none", answer.value);
  }
  term begin(pid server) { return ask(server, tuple("upgrade_begin", "picky", term{}, string("1"), string("2"))); }
  term suspend(pid server) { return call("sys", "suspend", server); }
  term purge(const char* how) { return call("code", how, "picky"); }
  std::vector<pid> servers;
};

/// A call in a process of its own.
class aside {
public:
  aside(world& w, const char* module, const char* function, std::vector<term> arguments)
      : thread_([this, &w, module, function, arguments = std::move(arguments)] {
          scoped_process me(w.home());
          who_ = me->self().id;
          try {
            result_ = w.home().apply(*me, atom(std::string_view(module)), atom(std::string_view(function)),
                                     arguments.data(), arguments.size());
          } catch (const raised& failure) {
            result_ = tuple(failure.what, failure.reason);
          }
        }) {}
  ~aside() {
    if (thread_.joinable())
      thread_.join();
  }
  aside(const aside&) = delete;
  term result() {
    thread_.join();
    return result_;
  }

private:
  term result_;
  std::atomic<std::uint64_t> who_{0};
  std::thread thread_;
};
}  // namespace

// ---- one module ----------------------------------------------------------------------------------------------------

TEST_CASE("upgrade beside upgrade: the second waits, and what both answer is what happened (W05)") {
  pairs_world w(10);
  aside first(w, "twinslot", "upgrade", {"picky", list(tuple("extra", tuple("busy", 3, 300)))});
  REQUIRE(w.eventually([&] { return w.is_held(w.servers[0]); }));
  aside second(w, "twinslot", "upgrade", {"picky", list(tuple("extra", tuple("throw", "bad")))});
  const term done = first.result();
  REQUIRE(done[0] == "ok");
  std::size_t moved = 0;
  for (const term& each : done[1].elements_of_list())
    moved += each.is_tuple(3);
  CHECK(moved == 10);
  CHECK(text(second.result()) == "{ok,[]}");
  for (pid each : w.servers)
    CHECK(w.version(each) == "two");
}

TEST_CASE("upgrade beside upgrade: the one that waits for too long says for what") {
  pairs_world w;
  auto lock = code_server::locks_of(w.home()).take({"picky"_atom}, {w.self().self(), "upgrade"_atom});
  REQUIRE(lock.granted());
  const term refused = w.call("twinslot", "upgrade", "picky", list(tuple("timeout", 50)));
  CHECK(refused == tuple("error", tuple("busy", list(tuple("picky", "upgrade", w.self().self())))));
  lock.release();
  CHECK(w.call("twinslot", "upgrade", "picky")[0] == "ok");
}

TEST_CASE("purge beside upgrade: the purge waits, and finds the old version free") {
  pairs_world w;
  aside upgrade(w, "twinslot", "upgrade", {"picky", list(tuple("extra", tuple("busy", 2, 300)))});
  REQUIRE(w.eventually([&] { return w.is_held(w.servers[0]); }));
  const bool hard = GENERATE(false, true);
  CHECK(w.purge(hard ? "purge" : "soft_purge") == term(!hard));
  CHECK_FALSE(w.home().code().has_old("picky"_atom));
  CHECK(upgrade.result()[0] == "ok");
  for (pid each : w.servers) {
    CHECK(w.is_bound_to_current(each));
    CHECK(w.version(each) == "two");
  }
}

TEST_CASE("load beside upgrade: the load waits, and what was moved stays moved") {
  pairs_world w;
  aside upgrade(w, "twinslot", "upgrade", {"picky", list(tuple("extra", tuple("busy", 2, 300)))});
  REQUIRE(w.eventually([&] { return w.is_held(w.servers[0]); }));
  const std::string file = std::string(TWINSLOT_FIXTURES) + "/picky_v2";
  CHECK(w.call("code", "load_with_report", "picky", string(file), "make_room")[0] == "module");
  CHECK(upgrade.result()[0] == "ok");
  for (pid each : w.servers)
    CHECK(w.version(each) == "two");
}

TEST_CASE("delete beside upgrade: the delete waits") {
  pairs_world w;
  aside upgrade(w, "twinslot", "upgrade", {"picky", list(tuple("extra", tuple("busy", 2, 300)))});
  REQUIRE(w.eventually([&] { return w.is_held(w.servers[0]); }));
  CHECK(w.purge("delete") == "false");  // both slots are occupied, as the upgrade purges nothing
  CHECK(upgrade.result()[0] == "ok");
  CHECK(w.version(w.servers[0]) == "two");
}

TEST_CASE("a load hook beside an upgrade: the upgrade waits for the hook") {
  world w({.load_hook_deadline = 20s, .purge_grace = 20ms, .kill_patience = 20s});
  auto lock = code_server::locks_of(w.home()).take({"picky"_atom}, {w.self().self(), "on_load"_atom});
  w.load("counter", "counter_v1");
  CHECK(w.call("twinslot", "upgrade", list("counter", "picky"), list(tuple("timeout", 20)))[1] ==
        tuple("busy", list(tuple("picky", "on_load", w.self().self()))));
  CHECK(w.call("twinslot", "upgrade", "counter")[0] == "ok");  // and nothing else is kept waiting
}

TEST_CASE("sets that overlap never wait for each other in a circle") {
  world w;
  auto& locks = code_server::locks_of(w.home());
  const pid me = w.self().self();
  auto ab = locks.take({"a"_atom, "b"_atom}, {me, "upgrade"_atom});
  auto bc = locks.take({"b"_atom, "c"_atom}, {me, "upgrade"_atom});
  auto c = locks.take({"c"_atom}, {me, "purge"_atom});
  auto d = locks.take({"d"_atom}, {me, "purge"_atom});
  CHECK(ab.granted());
  CHECK_FALSE(bc.granted());
  CHECK_FALSE(c.granted());  // behind the set that came before it
  CHECK(d.granted());
  ab.release();
  CHECK(w.next() == tuple("$change_granted", bc.number()));
  CHECK(bc.granted());
  CHECK_FALSE(c.granted());
  bc = {};
  CHECK(w.next() == tuple("$change_granted", c.number()));
  CHECK(c.granted());
  CHECK(locks.in_the_way({"a"_atom, "c"_atom}).size() == 1);
}

TEST_CASE("a callback that purges its own module during the module's upgrade is refused, and nothing waits for ever") {
  pairs_world w;
  auto lock = code_server::locks_of(w.home()).take({"picky"_atom}, {w.self().self(), "upgrade"_atom});
  // As a server of picky would ask.
  const auto asker = w.home().spawn_blocking([&](process& me) {
    const code::binding bound = w.home().code().pin_current("picky"_atom)->bind(me.self());
    try {
      me.home().apply(me, "code"_atom, "soft_purge"_atom, {"picky"});
    } catch (const raised& failure) {
      me.home().send(w.self().self(), failure.reason);
    }
  });
  CHECK(w.next() == tuple("busy", list(tuple("picky", "upgrade", w.self().self()))));
  CHECK(w.eventually([&] { return !w.home().is_alive(asker.process); }));
}

// ---- one server ----------------------------------------------------------------------------------------------------

TEST_CASE("held by one upgrade, asked by another: refused while the first one's process lives") {
  pairs_world w;
  const pid server = w.servers[0];
  CHECK(w.begin(server) == "ok");
  scoped_process other(w.home());
  const auto answer = other->request(server, "system"_atom, tuple("upgrade_begin", "picky", term{}, term{}, term{}),
                                     clock::now() + 20s);
  CHECK(answer.value == tuple("error", tuple("held", w.self().self())));
  CHECK(other->request(server, "system"_atom, "upgrade_commit"_atom, clock::now() + 20s).value ==
        tuple("error", "not_held"));
  CHECK(w.ask(server, "upgrade_commit") == "ok");
  CHECK(w.version(server) == "two");
}

TEST_CASE("the next upgrade takes over a hold whose owner has died (W11)") {
  pairs_world w;
  const pid server = w.servers[0];
  {
    scoped_process short_lived(w.home());
    short_lived->request(server, "system"_atom, tuple("upgrade_begin", "picky", term{}, term{}, term{}),
                         clock::now() + 20s);
    CHECK(w.is_held(server));
  }
  const term done = w.call("twinslot", "upgrade", "picky");
  CHECK(done[0] == "ok");
  CHECK(done[1].tail().is_cons());
  CHECK(w.version(server) == "two");
}

TEST_CASE("a purge of a version whose server is held by hand: refused and named; the bind is never lost (W05)") {
  pairs_world w;
  const pid server = w.servers[0];
  CHECK(w.begin(server) == "ok");
  const bool commits = GENERATE(false, true);
  const term report = w.purge("soft_purge_report");
  CHECK(*report.get("purged") == "false");
  CHECK(*report.get("blocked_by") == list(tuple(server, tuple("held", w.self().self()))));
  CHECK(w.ask(server, commits ? "upgrade_commit"_atom : "upgrade_end"_atom) == "ok");
  CHECK(w.version(server) == (commits ? "two" : "one"));
  CHECK(w.is_bound_to_current(server) == commits);
  CHECK(w.purge("soft_purge") == "true");
  for (pid each : w.servers) {
    CHECK(w.is_bound_to_current(each));
    CHECK(w.version(each) == "two");
  }
  // Once more round: what the state belongs to is still there.
  w.load("picky", "picky_v2");
  CHECK(w.purge("soft_purge") == "true");
  CHECK(w.version(server) == "two");
}

TEST_CASE("an adopted state beside a hold: one layout, two loads, one purge between begin and end (W05)") {
  world w;
  w.load("counter", "counter_v1");
  w.call("counter", "start");
  const pid server = *w.home().whereis("counter"_atom);
  w.load("counter", "counter_v1");
  const auto ask = [&](const term& request) {
    return w.self().request(server, "system"_atom, request, clock::now() + 20s).value;
  };
  ask(tuple("upgrade_begin", "counter", term{}, term{}, term{}));
  CHECK(w.call("code", "soft_purge", "counter") == "false");
  CHECK(ask("upgrade_end") == "ok");
  CHECK(w.call("code", "soft_purge", "counter") == "true");
  w.load("counter", "counter_v1");
  CHECK(w.call("code", "soft_purge", "counter") == "true");
  CHECK(w.call("counter", "get_count") == 0);
}

TEST_CASE("change_code and replace_state of a held server wait for the end of the hold (W05)") {
  pairs_world w;
  const pid server = w.servers[0];
  CHECK(w.begin(server) == "ok");
  w.suspend(server);
  constexpr native edits[] = {
      {"pairs_edit", "same", 1, [](process&, const term* a) { return a[0]; }, "same(State)", ""}};
  w.home().add_natives(edits);
  aside change(w, "sys", "change_code", {server, "picky", "undefined", "again", 20000});
  aside replace(w, "sys", "replace_state", {server, external_fun("pairs_edit"_atom, "same"_atom, 1), 20000});
  // Both are there, and neither is answered; what only looks is.
  CHECK(w.eventually([&] { return text(w.info(server, "message_queue_len"_atom)) == "2"; }));
  CHECK(w.call("sys", "get_state", server) == 1);
  CHECK(w.is_held(server));
  SECTION("a commit") {
    CHECK(w.ask(server, "upgrade_commit") == "suspended");
  }
  SECTION("an end") {
    CHECK(w.ask(server, "upgrade_end") == "ok");
  }
  const term changed = change.result();
  const term replaced = replace.result();  // before the change, or after it
  CHECK((replaced == 1 || text(replaced).starts_with("{picky,1,")));
  w.call("sys", "resume", server);
  CHECK(w.version(server) == "two");
  CHECK((changed == "ok" || changed.is_tagged("error"_atom, 2)));
}

TEST_CASE("change_code of a server that stays held: busy, when its time is over, and nothing happens later (S02)") {
  pairs_world w;
  const pid server = w.servers[0];
  w.suspend(server);
  CHECK(w.begin(server) == "ok");
  CHECK(text(w.call("sys", "change_code", server, "picky", "undefined", term{}, 200)) == "{error,busy}");
  CHECK(w.ask(server, "upgrade_end") == "ok");
  w.call("sys", "resume", server);
  CHECK(w.version(server) == "one");
}

TEST_CASE("a commit where nothing is prepared ends the hold (W11)") {
  pairs_world w;
  const pid server = w.call("gen_server", "start", "picky", list(13), term{})[1].as_pid();  // of version 2
  CHECK(w.begin(server) == "unchanged");
  CHECK(w.ask(server, "upgrade_commit") == tuple("error", "not_prepared"));
  CHECK_FALSE(w.is_held(server));
  CHECK(w.version(server) == "two");
}

TEST_CASE("suspend and resume beside an upgrade: each ends only what it began (S06)") {
  pairs_world w;
  const pid server = w.servers[0];
  CHECK(w.begin(server) == "ok");
  w.suspend(server);
  w.call("sys", "resume", server);
  CHECK(w.is_held(server));  // a resume is no end of the upgrade
  w.suspend(server);
  CHECK(w.ask(server, "upgrade_commit") == "suspended");
  CHECK(w.home().standing_of(server) == body::standing::suspended);
  w.call("sys", "resume", server);
  CHECK(w.version(server) == "two");
}

TEST_CASE("a kill, an exit and a stop of a held server give back what it holds, of both versions (W14)") {
  pairs_world w(3);
  for (pid each : w.servers)
    CHECK(w.begin(each) == "ok");
  w.self().exit_signal(w.servers[0], "kill");
  w.self().exit_signal(w.servers[1], "enough");
  CHECK(w.call("gen_server", "stop", w.servers[2]) == "ok");
  for (pid each : w.servers)
    CHECK(w.eventually([&] { return !w.home().is_alive(each); }));
  CHECK(w.eventually([&] { return w.home().code().old("picky"_atom)->bound().empty(); }));
  CHECK(w.eventually([&] { return w.home().code().current("picky"_atom)->bound().empty(); }));
  CHECK(w.purge("soft_purge") == "true");
}

TEST_CASE("a server that takes long to compute its new state is waited for by a purge, and not killed (C17)") {
  const bool hard = GENERATE(false, true);
  pairs_world w(0);
  for (const char* each : {"purge", "delete", "purge"})
    w.purge(each);
  w.load("picky", "picky_v1");
  const pid slow = w.call("gen_server", "start", "picky", list(400'000), term{})[1].as_pid();  // us; the grace is 50 ms
  w.load("picky", "picky_v2");
  CHECK(w.purge(hard ? "purge" : "soft_purge") == term(!hard));
  CHECK(w.version(slow) == "two");
}

TEST_CASE("the code server's end beside its purge: the servers that it holds go on with what they have (W11)") {
  pairs_world w(0);
  for (const char* each : {"purge", "delete", "purge"})
    w.purge(each);
  w.load("picky", "picky_v1");
  const pid slow = w.call("gen_server", "start", "picky", list(600'000), term{})[1].as_pid();
  w.load("picky", "picky_v2");
  aside purge(w, "code", "soft_purge", {"picky"});
  REQUIRE(w.eventually([&] { return w.is_held(slow); }));
  w.self().exit_signal(*w.home().whereis("code_server"_atom), "kill");
  CHECK(purge.result()[0] == "exit");
  CHECK(w.version(slow) == "one");
  CHECK_FALSE(w.is_held(slow));
  CHECK(w.home().code().old("picky"_atom)->bound() == std::vector{slow});
}

TEST_CASE("a suspended special process in old code costs no purge a wait") {
  world w({.load_hook_deadline = 20s, .purge_grace = 10min, .kill_patience = 20s});
  w.load("special", "special");
  const pid who = w.home().spawn_function("special"_atom, "loop"_atom, {0}, {}).process;
  w.call("sys", "suspend", who);
  w.load("special", "special");
  const term report = w.call("code", "soft_purge_report", "special");  // at once, though its grace is ten minutes
  CHECK(*report.get("blocked_by") == list(tuple(who, "running")));
  w.call("sys", "resume", who);
}

// ---- slots ---------------------------------------------------------------------------------------------------------

TEST_CASE("an empty current slot takes a load beside processes in the old one (C29, W20)") {
  pairs_world w(1);
  CHECK(w.purge("soft_purge") == "true");
  CHECK(w.purge("delete") == "true");
  CHECK(w.version(w.servers[0]) == "two");  // it goes on in the old slot
  SECTION("from a file") {
    CHECK(text(w.load("picky", "picky_v2")) == "{module,picky}");
  }
  SECTION("with room to make") {
    const std::string file = std::string(TWINSLOT_FIXTURES) + "/picky_v2";
    CHECK(text(w.call("code", "load_with_report", "picky", string(file), "make_room")) == "{module,picky}");
  }
  CHECK(w.home().code().has_old("picky"_atom));
  CHECK(w.version(w.servers[0]) == "two");
  CHECK(w.purge("soft_purge") == "true");
  CHECK(w.version(w.servers[0]) == "two");
}

TEST_CASE("what was deleted stays deleted for calls, also after a refused ensure_loaded (W20)") {
  world w;
  const std::string directory = *os::make_temp_dir(os::temp_dir(), "twinslot-pairs");
  w.call("code", "add_patha", string(directory));
  w.load("counter", "counter_v1");
  CHECK(w.call("code", "delete", "counter") == "true");
  REQUIRE(os::replace_file(directory + "/counter.so", "no plugin"));
  CHECK(w.call("code", "ensure_loaded", "counter")[0] == "error");
  REQUIRE(
      os::replace_file(directory + "/counter.so", *os::read_file(std::string(TWINSLOT_FIXTURES) + "/counter_v1.so")));
  CHECK(w.call("code", "soft_purge", "counter") == "true");
  CHECK(text(w.caught("counter", "get_info")) == "{error,undef}");
  CHECK(text(w.call("code", "ensure_loaded", "counter")) == "{module,counter}");
  static_cast<void>(os::remove_tree(directory));
}
