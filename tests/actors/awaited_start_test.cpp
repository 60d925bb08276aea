// co_await self.start(...): gen_server's start where no thread may be occupied.
#include "tests/actors/world.hpp"

using namespace twinslot;
using namespace std::chrono_literals;

namespace {
struct starter_world : world {
  starter_world() {
    for (const char* module : {"starter", "counter", "stops", "slow_start"})
      load(module, module == std::string_view("counter") ? "counter_v1" : module);
  }
  /// The process that starts, and start's result.
  std::pair<pid, term> start(const char* how, const term& name, const char* module, const term& argument,
                             const term& options = {}) {
    std::vector<term> arguments{self().self(), atom(std::string_view(module)), argument, options};
    if (!name.is_nil())
      arguments.insert(arguments.begin() + 1, name);
    const auto made = home().spawn_function("starter"_atom, atom(std::string_view(how)), std::move(arguments), {});
    const term answer = next(20s);
    INFO(text(answer));
    REQUIRE(answer.is_tagged("started"_atom, 2));
    return {made.process, answer[1]};
  }
  /// Nothing but `told` has come to that process, and nothing will.
  void ends_with(pid process, const std::string& told = "") {
    const term end = tuple("the", "last");
    self().send(process, end);
    if (!told.empty())
      CHECK(text(next()) == "{got," + told + "}");
    CHECK(text(next()) == "{got,{the,last}}");
    self().send(process, "stop");
  }
  static term named(const char* name) { return tuple("local", atom(std::string_view(name))); }
};
}  // namespace

TEST_CASE("a process function starts a server, by name or without") {
  starter_world w;
  const auto [starter, first] = w.start("start", {}, "counter", {});
  REQUIRE(first.is_tagged("ok"_atom, 2));
  CHECK(w.call("gen_server", "call", first[1], "get_count") == 0);
  const auto [other, second] = w.start("start", w.named("known"), "counter", {});
  REQUIRE(second.is_tagged("ok"_atom, 2));
  CHECK(w.home().whereis("known"_atom) == second[1].as_pid());
  w.ends_with(starter);
  w.ends_with(other);
}

TEST_CASE("start_link links, start does not") {
  starter_world w;
  const auto [starter, linked] = w.start("start_link", {}, "counter", {});
  const term server = linked[1];
  w.self().exit_signal(server.as_pid(), "enough");
  CHECK(text(w.next()) == "{got,{'EXIT'," + text(server) + ",enough}}");
  w.ends_with(starter);
  const auto [other, alone] = w.start("start", {}, "counter", {});
  w.self().exit_signal(alone[1].as_pid(), "kill");
  w.reason_of_end(alone[1].as_pid());
  w.ends_with(other);
}

TEST_CASE("what init refuses is the result, and the name is free then (G03, G04, G07)") {
  starter_world w;
  for (const term& argument : {tuple("stop", "no_luck"), term("ignore")}) {
    const term before = w.call("gen_server", "start", "stops", list(argument), term{});
    const auto [starter, result] = w.start("start", w.named("taken"), "stops", list(argument));
    INFO(text(argument));
    CHECK(text(result) == text(before));
    CHECK_FALSE(w.home().whereis("taken"_atom));
    w.ends_with(starter);
  }
}

TEST_CASE("a taken name, and no such module") {
  starter_world w;
  const term first = w.start("start", w.named("taken"), "counter", {}).second;
  const auto [starter, second] = w.start("start", w.named("taken"), "counter", {});
  CHECK(second == tuple("error", tuple("already_started", first[1])));
  w.ends_with(starter);
  const auto [other, none] = w.start("start", {}, "no_such_module", {});
  CHECK(none[0] == "error");
  CHECK(none[1][0] == "undef");
  w.ends_with(other);
}

TEST_CASE("a start that takes longer than its timeout is killed, and leaves nothing (G06)") {
  starter_world w;
  const auto [starter, named] = w.start("start", w.named("late"), "slow_start", list(400), list(tuple("timeout", 30)));
  CHECK(text(named) == "{error,timeout}");
  CHECK_FALSE(w.home().whereis("late"_atom));
  w.ends_with(starter);
  const auto [other, linked] = w.start("start_link", {}, "slow_start", list(400), list(tuple("timeout", 30)));
  CHECK(text(linked) == "{error,timeout}");
  w.ends_with(other);
}

TEST_CASE("a handler that waits starts a server") {
  starter_world w;
  REQUIRE(w.call("gen_server", "start", tuple("local", "starter"), "starter", term{}, term{}).is_tagged("ok"_atom, 2));
  const term result = w.call("starter", "start", "counter", term{});
  REQUIRE(result.is_tagged("ok"_atom, 2));
  CHECK(w.call("gen_server", "call", result[1], "get_count") == 0);
  CHECK(w.state("starter") == 1);
}

TEST_CASE("who is killed while it waits for a start leaves a server that goes on") {
  starter_world w;
  const auto made = w.home().spawn_function("starter"_atom, "start"_atom,
                                            {w.self().self(), w.named("alone"), "slow_start", list(100), term{}}, {});
  CHECK(w.eventually([&] { return w.home().whereis("alone"_atom).has_value(); }));
  w.self().exit_signal(made.process, "kill");
  w.reason_of_end(made.process);
  CHECK(w.call("sys", "get_state", "alone") == 100);
}
