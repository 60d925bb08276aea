// code:holders/1: why a version is still here.
#include "tests/actors/shelf.hpp"

#include <unistd.h>

using namespace twinslot;
using namespace std::chrono_literals;

namespace {
std::vector<term> holders(world& w, const char* module) {
  std::vector<term> all;
  for (const term& each : w.call("code", "holders", atom(std::string_view(module))).elements_of_list())
    all.push_back(each);
  return all;
}
std::string words(const term& entry, const char* key) {
  std::string text;
  REQUIRE(chardata_to_utf8(*entry.get(atom(std::string_view(key))), text));
  return text;
}
bool lingers(world& w, pid who, const code::version* in) {
  const auto there = w.home().lingering(in);
  return std::find(there.begin(), there.end(), who) != there.end();
}
}  // namespace

TEST_CASE("nobody holds a module that nobody uses") {
  world w;
  CHECK(holders(w, "no_such").empty());
  w.load("functions", "functions");
  w.call("functions", "add", 1, 2);
  CHECK(holders(w, "functions").empty());
}

TEST_CASE("a function that has not ended holds its version, by name and function") {
  world w;
  w.load("slow", "slow");
  const auto made =
      w.home().spawn_blocking([](process& self) { self.home().apply(self, "slow"_atom, "wait_here"_atom, {60000}); });
  REQUIRE(w.eventually([&] { return lingers(w, made.process, w.home().code().current("slow"_atom)); }));
  REQUIRE(w.home().register_name("sleeper"_atom, made.process));
  REQUIRE(holders(w, "slow").size() == 1);
  CHECK(*holders(w, "slow")[0].get("slot") == "current");
  w.load("slow", "slow");
  const auto all = holders(w, "slow");
  REQUIRE(all.size() == 1);
  CHECK(*all[0].get("pid") == term(made.process));
  CHECK(*all[0].get("name") == "sleeper");
  CHECK(*all[0].get("slot") == "old");
  CHECK(*all[0].get("vsn") == string("1"));
  CHECK(*all[0].get("kind") == "frame");
  CHECK(words(all[0], "why").starts_with("in "));
  CHECK(words(all[0], "released_by") == "a fully qualified call, its return or its exit");
  CHECK(w.call("code", "purge", "slow") == "true");
  CHECK(holders(w, "slow").empty());
}

TEST_CASE("a server's state holds its version: what releases it depends on the current one") {
  world w;
  w.load("counter", "counter_v1");
  const pid server = w.call("counter", "start")[1].as_pid();
  w.load("counter", "counter_v1");
  auto all = holders(w, "counter");
  REQUIRE(all.size() == 1);
  CHECK(*all[0].get("name") == "counter");
  CHECK(*all[0].get("slot") == "old");
  CHECK(*all[0].get("kind") == "state");
  CHECK(*all[0].get("function") == "undefined");
  CHECK(all[0].get("since_ms")->as_int64() >= 0);
  CHECK(words(all[0], "released_by") == "its next message, code:soft_purge/1 or its exit");
  w.call("counter", "get_count");  // moves
  all = holders(w, "counter");
  REQUIRE(all.size() == 1);
  CHECK(*all[0].get("slot") == "current");

  w.replace("counter", "counter_v2");
  all = holders(w, "counter");
  REQUIRE(all.size() == 1);
  CHECK(*all[0].get("pid") == term(server));
  CHECK(*all[0].get("slot") == "old");
  CHECK(words(all[0], "released_by") == "sys:change_code/4, upgrade/1, code:soft_purge/1 or its exit");
  CHECK(w.call("code", "soft_purge", "counter") == "true");  // its state is of the current version now
  all = holders(w, "counter");
  REQUIRE(all.size() == 1);
  CHECK(*all[0].get("slot") == "current");

  // Deleted and purged: no version, and it is named all the same.
  w.call("code", "delete", "counter");
  CHECK(w.call("code", "soft_purge", "counter") == "true");
  all = holders(w, "counter");
  REQUIRE(all.size() == 1);
  CHECK(*all[0].get("pid") == term(server));
  CHECK(*all[0].get("slot") == "none");
  CHECK(*all[0].get("kind") == "waiting");
  CHECK(*all[0].get("vsn") == string("2.0.0"));
  CHECK(words(all[0], "why") == "its state of version \"2.0.0\" waits for a version");
}

TEST_CASE("a server that a person has suspended is named as suspended, in the current version, too") {
  world w;
  w.load("counter", "counter_v1");
  w.call("counter", "start");
  w.call("sys", "suspend", "counter");
  const auto all = holders(w, "counter");
  REQUIRE(all.size() == 1);
  CHECK(words(all[0], "why") == "its state has this version's layout; suspended by sys:suspend");
}

TEST_CASE("a running callback holds its version, and so does a victim that does not return") {
  world w({.load_hook_deadline = 5s, .purge_grace = 20ms, .kill_patience = 50ms});
  w.load("slow", "slow");
  const pid server = w.call("slow", "start")[1].as_pid();
  w.self().send(server, tuple("$gen_call", tuple(w.self().self(), w.home().make_reference()), tuple("busy", 800)));
  REQUIRE(w.eventually([&] { return lingers(w, server, w.home().code().current("slow"_atom)); }));
  auto all = holders(w, "slow");
  REQUIRE(all.size() == 1);
  CHECK(*all[0].get("kind") == "callback");
  CHECK(words(all[0], "released_by") == "the callback's end, or its exit");
  w.load("slow", "slow");
  CHECK(w.call("code", "purge", "slow") == "true");
  all = holders(w, "slow");
  REQUIRE(all.size() == 1);
  CHECK(*all[0].get("slot") == "purged");
  CHECK(w.eventually([&] { return w.home().code().sweep() == 0; }));
  CHECK(holders(w, "slow").empty());
}

TEST_CASE("a callback that runs is shown with its clause") {
  world w({.load_hook_deadline = 5s, .purge_grace = 20ms, .kill_patience = 50ms});
  w.load("slow", "slow");
  const pid server = w.call("slow", "start")[1].as_pid();
  w.self().send(server, tuple("$gen_call", tuple(w.self().self(), w.home().make_reference()), tuple("busy", 300)));
  REQUIRE(w.eventually([&] { return lingers(w, server, w.home().code().current("slow"_atom)); }));
  const auto all = holders(w, "slow");
  REQUIRE(all.size() == 1);
  CHECK(*all[0].get("function") == tuple("slow", "handle_call", 3));
  CHECK(words(all[0], "why") == "a callback runs: in slow:handle_call/3 busy");
}

TEST_CASE("a handler that waits is shown with its clause, and an idle server with its start") {
  world w;
  w.load("waits", "waits_v1");
  const pid server = w.call("gen_server", "start", "waits", term{}, term{})[1].as_pid();
  const auto shown = [&](const char* key) {
    for (const term& pair : w.home().process_info(server).elements_of_list())
      if (pair[0] == atom(std::string_view(key)))
        return pair[1];
    return term("none");
  };
  CHECK(shown("current_function") == tuple("waits", "init", 1));
  CHECK(shown("current_clause") == "none");
  w.call("gen_server", "cast", server, tuple("stay_until", w.self().self()));
  REQUIRE(w.self().receive([](const term& it) { return it == tuple("staying", 1); }, clock::now() + 20s));
  CHECK(shown("current_function") == tuple("waits", "handle_cast", 2));
  CHECK(shown("current_clause") == "stay_until");
  const auto all = holders(w, "waits");
  REQUIRE(all.size() == 1);
  CHECK(*all[0].get("function") == tuple("waits", "handle_cast", 2));
  CHECK(words(all[0], "why").ends_with("in waits:handle_cast/2 stay_until"));
  w.self().send(server, tuple("go", 5));
  CHECK(w.eventually([&] { return shown("current_function") == tuple("waits", "init", 1); }));
}

TEST_CASE("a thread of its own holds a version, out of the way of purges and loads") {
  world w;
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  w.load("own_threads", "own_threads");
  CHECK(w.call("own_threads", "start", ends[0]) == "true");
  auto all = holders(w, "own_threads");
  REQUIRE(all.size() == 1);
  CHECK(*all[0].get("kind") == "thread");
  CHECK(*all[0].get("slot") == "current");
  w.load("own_threads", "own_threads");
  const term report = w.call("code", "purge_report", "own_threads");
  CHECK(*report.get("purged") == "true");
  CHECK(*report.get("mapping") == tuple("still_mapped", tuple("threads", 1)));
  all = holders(w, "own_threads");
  REQUIRE(all.size() == 1);
  CHECK(*all[0].get("slot") == "purged");
  CHECK(words(all[0], "why") == "a thread of its own runs");
  CHECK(words(all[0], "released_by") == "its return");
  REQUIRE(::close(ends[1]) == 0);
  CHECK(w.eventually([&] { return w.home().code().sweep() == 0; }));
  CHECK(holders(w, "own_threads").empty());
  REQUIRE(::close(ends[0]) == 0);
}
