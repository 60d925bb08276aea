// Upgrades under load, and everything at once: design 5.
#include <random>

#include "tests/actors/world.hpp"

using namespace twinslot;
using namespace std::chrono_literals;

namespace {
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr int rounds = 60;
#else
constexpr int rounds = 500;  // an upgrade and a downgrade each
#endif

/// Counts casts on one counter and asks for the count: each answer must be exact, as nobody else counts.
class hammer {
public:
  hammer(node& home, pid counter) : thread_([this, &home, counter] { run(home, counter); }) {}
  ~hammer() {
    if (thread_.joinable())
      thread_.join();
  }
  void stop() {
    stopped_ = true;
    thread_.join();
  }
  std::int64_t casts = 0, calls = 0, wrong = 0;
  std::string failure;

private:
  void run(node& home, pid counter) {
    scoped_process me(home);
    std::minstd_rand dice(counter.id);
    try {
      while (!stopped_) {
        for (auto n = dice() % 8; n > 0; --n, ++casts)
          home.apply(*me, "gen_server"_atom, "cast"_atom, {counter, "increment"});
        const term answer = home.apply(*me, "gen_server"_atom, "call"_atom, {counter, "get_count", 30000});
        ++calls;
        wrong += !(answer == term(casts));
      }
      // Nothing that was not asked for is in the mailbox: no late or second reply.
      const auto stray = me->receive([](const term&) { return true; }, clock::now());
      if (stray)
        failure = "stray message " + text(*stray);
    } catch (const raised& raised) {
      failure = text(raised.reason);
    }
  }
  std::atomic<bool> stopped_{false};
  std::thread thread_;
};

pid start_counter(world& w) {
  return w.call("gen_server", "start", "counter", term{}, term{})[1].as_pid();
}
}  // namespace

TEST_CASE("1,000 upgrades and downgrades under clients that hammer: every reply is accounted for") {
  world w;
  w.load("counter", "counter_v1");
  const pid one = start_counter(w), two = start_counter(w);
  hammer first(w.home(), one), second(w.home(), two);
  const term v1 = string("1.0.0");
  int upgraded = 0, downgraded = 0;
  for (int round = 0; round < rounds; ++round) {
    // Up: by hand for the one, the other by upgrade or by the purge that follows.
    w.replace("counter", "counter_v2");
    REQUIRE(w.call("sys", "suspend", one) == "ok");
    const term up = w.call("sys", "change_code", one, "counter", v1, term{});
    REQUIRE(text(up) == "ok");
    upgraded += w.call("sys", "get_state", one).is_tagged("state"_atom, 4);
    REQUIRE(w.call("sys", "resume", one) == "ok");
    if (round % 2)
      REQUIRE(w.call("twinslot", "upgrade", "counter")[0] == "ok");
    // Down.
    w.replace("counter", "counter_v1");
    REQUIRE(w.call("sys", "suspend", one) == "ok");
    const term down = w.call("sys", "change_code", one, "counter", tuple("down", v1), term{});
    REQUIRE(text(down) == "ok");
    downgraded += w.call("sys", "get_state", one).is_integer();
    REQUIRE(w.call("sys", "resume", one) == "ok");
    REQUIRE(w.call("twinslot", "upgrade", "counter")[0] == "ok");
  }
  CHECK(upgraded == rounds);
  CHECK(downgraded == rounds);
  first.stop();
  second.stop();
  for (const hammer* each : {&first, &second}) {
    CHECK(each->failure.empty());
    CHECK(each->wrong == 0);
    CHECK(each->calls > 0);
  }
  CHECK(text(w.call("gen_server", "call", one, "get_count")) == std::to_string(first.casts));
  CHECK(text(w.call("gen_server", "call", two, "get_count")) == std::to_string(second.casts));
  CHECK(w.home().code().still_mapped().empty());
}

TEST_CASE("fixes without a change of state, one after another, under a client that hammers (L04)") {
  world w;
  w.load("counter", "counter_v1");
  const pid counter = start_counter(w);
  hammer client(w.home(), counter);
  for (int round = 0; round < rounds; ++round)
    w.replace("counter", "counter_v1");
  client.stop();
  CHECK(client.failure.empty());
  CHECK(client.wrong == 0);
}

TEST_CASE("pairs of operations that race: the node lives, everybody is answered, nothing is left") {
  struct actor {
    const char* name;
    std::function<void(world&, process&, pid)> act;
  };
  const auto in = [](world& w, process& me, const char* module, const char* function,
                     std::initializer_list<term> arguments) {
    try {
      w.home().apply(me, atom(std::string_view(module)), atom(std::string_view(function)), arguments);
    } catch (const raised&) {
      // noproc, timeout, the reason of an end: an answer like others.
    }
  };
  const auto load = [in](const char* file) {
    return [in, file](world& w, process& me, pid) {
      in(w, me, "code", "load_abs", {string(std::string(TWINSLOT_FIXTURES "/") + file), "counter"});
    };
  };
  const term v1 = string("1.0.0");
  const std::vector<actor> actors = {
      {"suspend",
       [in](world& w, process& me, pid who) {
         in(w, me, "sys", "suspend", {who, 200});
       }},
      {"resume",
       [in](world& w, process& me, pid who) {
         in(w, me, "sys", "resume", {who, 200});
       }},
      {"change",
       [in, v1](world& w, process& me, pid who) {
         in(w, me, "sys", "change_code", {who, "counter", term{}, term{}, 200});
       }},
      {"soft_purge", [in](world& w, process& me, pid) { in(w, me, "code", "soft_purge", {"counter"}); }},
      {"purge", [in](world& w, process& me, pid) { in(w, me, "code", "purge", {"counter"}); }},
      {"load_1", load("counter_v1")},
      {"load_2", load("counter_v2")},
      {"kill", [](world&, process& me, pid who) { me.exit_signal(who, "kill"); }},
      {"exit", [](world&, process& me, pid who) { me.exit_signal(who, "bad"); }},
      {"link",
       [](world&, process& me, pid who) {
         me.trap_exit(true);
         me.link(who);
         me.unlink(who);
       }},
      {"stop",
       [in](world& w, process& me, pid who) {
         in(w, me, "gen_server", "stop", {who, "normal", 200});
       }},
      {"upgrade",
       [in](world& w, process& me, pid) {
         in(w, me, "twinslot", "upgrade", {"counter", list(tuple("timeout", 200))});
       }},
      {"call",
       [in](world& w, process& me, pid who) {
         in(w, me, "gen_server", "call", {who, "get_count", 200});
       }},
      {"cast",
       [in](world& w, process& me, pid who) {
         in(w, me, "gen_server", "cast", {who, "increment"});
       }},
  };
  world w({.load_hook_deadline = 5s, .purge_grace = 50ms, .kill_patience = 2s});
  w.load("counter", "counter_v1");
  for (std::size_t a = 0; a < actors.size(); ++a)
    for (std::size_t b = a; b < actors.size(); ++b) {
      CAPTURE(actors[a].name, actors[b].name);
      if (!w.home().code().is_loaded("counter"_atom))
        REQUIRE(text(w.load("counter", "counter_v1")) == "{module,counter}");
      const pid who = start_counter(w);
      std::atomic<int> ready{0};
      const auto run = [&](const actor& what) {
        return std::thread([&] {
          scoped_process me(w.home());
          ++ready;
          while (ready != 2) {
          }
          for (int i = 0; i < 3; ++i)
            what.act(w, *me, who);
        });
      };
      std::thread first = run(actors[a]), second = run(actors[b]);
      first.join();
      second.join();
      // Whatever it was: a kill ends it, and the code can be purged.
      w.self().exit_signal(who, "kill");
      REQUIRE(w.reason_of_end(who) != term("alive"));
      REQUIRE(w.eventually([&] { return w.call("code", "soft_purge", "counter") == "true"; }));
    }
  CHECK(w.home().code().sweep() == 0);
}
