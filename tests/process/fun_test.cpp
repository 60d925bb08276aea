// Funs of plugins: local ones run the version that made them (L06) and keep it in memory (W15), external ones follow
// the current version (L07).
#include "tests/process/loops_world.hpp"

using namespace twinslot;
using namespace std::chrono_literals;

namespace {
term test_wait(process& self, const term*) {
  return any_message(self);
}
constexpr native natives[] = {{"test", "wait", 0, test_wait, "", ""}};

struct fun_world : loops_world {
  fun_world() { home.add_natives(natives); }
  term make(atom maker, std::initializer_list<term> arguments = {}) {
    return home.apply(*me, module, maker, arguments);
  }
  term call(const term& fun, std::initializer_list<term> arguments) {
    return home.call_fun(*me, fun, arguments.begin(), arguments.size());
  }
  term failure(const term& fun, std::initializer_list<term> arguments) {
    try {
      return tuple("returned", call(fun, arguments));
    } catch (raised& thrown) {
      return thrown.reason;
    }
  }
};
}  // namespace

TEST_CASE("L06, L07: a local fun runs the version that made it, an external one the current") {
  fun_world w;
  const term local = w.make("make_fun"_atom, {"given"});
  const term external = w.make("make_external"_atom);
  CHECK(w.call(local, {1}) == tuple(1, "given", 1));
  CHECK(w.call(external, {1}) == term(2));
  w.load(2);
  CHECK(w.call(local, {1}) == tuple(1, "given", 1));
  CHECK(w.call(external, {1}) == term(3));
  CHECK(w.call(w.make("make_fun"_atom, {"given"}), {1}) == tuple(2, "given", 1));
  CHECK(w.failure(local, {}).is_tagged("badarity"_atom, 2));
}

TEST_CASE("L08, W15: a holder of a fun delays no purge, and the code stays in memory as long as the fun is") {
  fun_world w;
  std::optional<term> fun = w.make("make_fun"_atom, {"given"});
  const term message = list(tuple("holds", *fun));
  w.load(2);
  CHECK(w.home.code().remove_old(w.module).value() == tuple("removed", "still_mapped", tuple("funs", 1)));
  CHECK_FALSE(w.home.code().has_old(w.module));
  CHECK(w.home.code().removed_versions().size() == 1);
  CHECK(w.call(*fun, {1}) == tuple(1, "given", 1));
  // Its slot is free meanwhile.
  w.load(1);
  CHECK(w.home.code().remove_old(w.module).value() == "removed");
  CHECK(w.home.code().sweep() == 1);
  fun.reset();
  CHECK(w.home.code().sweep() == 1);  // the message has it
  const_cast<term&>(message) = {};
  CHECK(w.home.code().sweep() == 0);
  CHECK(w.home.code().removed_versions().empty());
  CHECK(w.home.code().still_mapped().empty());
}

TEST_CASE("L11: a process inside a fun of old code lingers, and leaves with the call") {
  fun_world w;
  std::optional<term> fun = w.make("make_waiting"_atom, {w.mine()});
  const pid inside = w.watched([&, mine = *fun](process& self) { self.home().call_fun(self, mine, nullptr, 0); });
  CHECK(w.next() == "inside");
  fun.reset();
  w.load(2);
  CHECK(w.home.lingering(w.old()) == std::vector<pid>{inside});
  CHECK_FALSE(w.home.code().remove_old(w.module));
  w.me->send(inside, "go");
  CHECK(w.world::end_of(inside) == "normal");
  CHECK(eventually([&] {
    const auto done = w.home.code().remove_old(w.module);
    return done && *done == "removed";
  }));
  CHECK_FALSE(w.home.code().has_old(w.module));
}

TEST_CASE("a fun over a function that is not there is refused when it is made") {
  fun_world w;
  try {
    w.make("make_bad_fun"_atom);
    FAIL("made");
  } catch (raised& thrown) {
    CHECK(thrown.reason == "undef");
    CHECK(thrown.stack == list(tuple("loops", "no_such_function", 1, term())));
  }
}

TEST_CASE("a fun outlives its node without harm") {
  term fun;
  {
    fun_world w;
    fun = w.make("make_fun"_atom, {"given"});
  }
  fun_world other;
  CHECK(other.failure(fun, {1}) == tuple("badfun", fun));
}

TEST_CASE("funs made, called and dropped by many threads while versions come and go: each call gets its own version") {
  fun_world w;
  std::atomic<bool> stopped{false};
  std::atomic<long> calls{0}, wrong{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&] {
      scoped_process me{w.home};
      std::vector<std::pair<term, term>> kept;  // a fun and what it answered first
      for (unsigned round = 0; !stopped; ++round) {
        const term fun = w.home.apply(*me, w.module, "make_fun"_atom, {1});
        kept.emplace_back(fun, w.home.call_fun(*me, fun, &fun, 1)[0]);
        auto& [old, version] = kept[round % kept.size()];
        wrong += !(w.home.call_fun(*me, old, &old, 1)[0] == version);
        if (kept.size() > 5)
          kept.erase(kept.begin() + round % 5);
        ++calls;
      }
    });
  for (int round = 0; round < 60 || calls < 300; ++round) {
    w.load(1 + round % 2);
    REQUIRE(eventually(
        [&] { return w.home.code().remove_old(w.module).operator bool() || !w.home.code().has_old(w.module); }));
    w.home.code().sweep();
  }
  stopped = true;
  for (auto& thread : threads)
    thread.join();
  CHECK(wrong == 0);
  CHECK(eventually([&] { return w.home.code().sweep() == 0; }));
  CHECK(w.home.code().still_mapped().empty());
}
