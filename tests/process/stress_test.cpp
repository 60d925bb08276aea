// Races of kill, exit, link, unlink, monitor and names; many processes; nothing leaks. Clean under every sanitizer.
#include "tests/process/support.hpp"

#include <fstream>
#include <random>

using namespace twinslot;
using namespace std::chrono_literals;

namespace {
#if defined(__SANITIZE_THREAD__)
constexpr int many = 1000;  // TSan remembers only so much of what CAF's run queues did
constexpr auto a_while = 1500ms;
#elif defined(__SANITIZE_ADDRESS__)
constexpr int many = 10'000;
constexpr auto a_while = 1500ms;
#else
constexpr int many = 100'000;
constexpr auto a_while = 700ms;
#endif

/// A process that does what messages say: {link, Pid}, {unlink, Pid}, {monitor, Pid}, {ask, Pid}; anything else:
/// nothing.
std::unique_ptr<body> obedient(std::atomic<int>& living) {
  return scheduled({.start =
                        [&living](process& self) {
                          ++living;
                          self.trap_exit(self.self().id % 3 == 0);
                        },
                    .take =
                        [](process& self, term& message) {
                          if (!message.is_tuple(2) || !message[1].is_pid())
                            return body::verdict::taken;
                          const pid other = message[1].as_pid();
                          try {
                            if (message[0] == "link"_atom)
                              self.link(other);
                            else if (message[0] == "unlink"_atom)
                              self.unlink(other);
                            else if (message[0] == "monitor"_atom)
                              self.demonitor(self.monitor(other), other.id % 2 == 0);
                            else
                              self.monitor(other);
                          } catch (raised&) {
                            // noproc: the other was faster
                          }
                          return body::verdict::taken;
                        },
                    .ended = [&living](process&, const term&) { --living; }});
}

std::size_t resident_kb() {
  std::ifstream status{"/proc/self/status"};
  for (std::string word; status >> word;)
    if (word == "VmRSS:")
      return status >> word, std::stoul(word);
  return 0;
}
}  // namespace

TEST_CASE("links, unlinks, monitors, exits and kills at random: every process ends, and each monitor fires once") {
  std::atomic<int> living{0};
  int born = 0, downs = 0;
  {
    world w;
    std::mt19937 dice{1};
    std::vector<pid> all;
    std::map<std::uint64_t, int> fired;
    const auto spawn = [&] {
      auto made = w.home.spawn(obedient(living), {.parent = &*w.me, .monitor = true});
      ++born;
      fired[made.monitor.id] = 0;
      return made.process;
    };
    for (int i = 0; i < 50; ++i)
      all.push_back(spawn());
    std::atomic<bool> over{false};
    // Two more that interfere from other threads.
    auto interferer = [&over, targets = all](unsigned seed) {
      return [&over, targets, seed](process& self) {
        self.trap_exit(true);
        std::mt19937 own{seed};
        while (!over) {
          const auto other = targets[own() % targets.size()];
          switch (own() % 6) {
            case 0: self.exit_signal(other, "kill"); break;
            case 1: self.exit_signal(other, "bad_luck"); break;
            case 2: self.demonitor(self.monitor(other), true); break;
            default: try { self.link(other);
              } catch (raised&) {
              }
              self.unlink(other);
          }
          any_message(self, clock::now());
        }
      };
    };
    const auto first = w.spawn(interferer(2)), second = w.spawn(interferer(3));
    for (auto until = clock::now() + a_while; clock::now() < until;) {
      for (int i = 0; i < 100; ++i) {
        auto& one = all[dice() % all.size()];
        const auto other = all[dice() % all.size()];
        const char* orders[] = {"link", "link", "unlink", "monitor", "ask"};
        w.me->send(one, tuple(atom(orders[dice() % 5]), other));
        if (dice() % 40 == 0)
          w.me->exit_signal(one, dice() % 2 ? term("kill") : term("bad_luck"));
        if (!w.home.is_alive(one))
          one = spawn();
      }
      while (auto down = w.me->receive([](const term&) { return true; }, clock::now())) {
        REQUIRE(down->is_tagged("DOWN"_atom, 5));
        REQUIRE(++fired.at((*down)[1].as_reference().id) == 1);
        ++downs;
      }
    }
    over = true;
    CHECK(w.end_of(first) != term("nothing"));
    CHECK(w.end_of(second) != term("nothing"));
    for (auto each : all)
      w.me->exit_signal(each, "kill");
    while (downs < born) {
      auto down = w.next();
      REQUIRE(down.is_tagged("DOWN"_atom, 5));
      REQUIRE(++fired.at(down[1].as_reference().id) == 1);
      ++downs;
    }
    CHECK(w.nothing_more() == "nothing");
  }
  CHECK(living == 0);
}

TEST_CASE("P01: unlink against the other's end, many times: no exit after unlink") {
  world w;
  w.me->trap_exit(true);
  for (int i = 0; i < 2000; ++i) {
    const auto child = w.home.spawn(scheduled({.take =
                                                   [](process& self, term&) {
                                                     self.stop("over");
                                                     return body::verdict::taken;
                                                   }}),
                                    {.parent = &*w.me, .link = true});
    w.me->send(child.process, "end");
    if (i % 2)
      std::this_thread::yield();
    w.me->unlink(child.process);
    // What came before the unlink may be here; nothing may come afterwards.
    while (w.me->receive([](const term&) { return true; }, clock::now())) {
    }
    REQUIRE_FALSE(w.me->receive([](const term&) { return true; }, clock::now()));
    if (i % 100 == 0)
      REQUIRE(w.nothing_more() == "nothing");
  }
}

TEST_CASE("P06: exits that race from many sides: one reason, one DOWN") {
  world w;
  for (int i = 0; i < 200; ++i) {
    const auto victim = w.watched(scheduled());
    std::vector<pid> hunters;
    for (const char* reason : {"one", "two", "kill"})
      hunters.push_back(w.spawn([=](process& self) { self.exit_signal(victim, atom(reason)); }));
    const auto reason = w.end_of(victim);
    REQUIRE((reason == "one" || reason == "two" || reason == "killed"));
    REQUIRE_FALSE(w.home.is_alive(victim));
  }
  CHECK(w.nothing_more() == "nothing");
}

TEST_CASE("requests against a server that is killed: every request gets one answer") {
  world w;
  int answered = 0, failed = 0;
  for (int i = 0; i < 300; ++i) {
    const auto server = w.home.spawn(scheduled({.take = [](process& self, term& message) {
      self.home().reply(message[1], message[2]);
      return body::verdict::taken;
    }}));
    std::thread killer{[&] { w.home.exit_signal(server.process, "kill"); }};
    for (bool alive = true; alive;) {
      const auto got = w.me->request(server.process, "$gen_call"_atom, i, soon());
      alive = got.ok;
      REQUIRE((got.ok ? got.value == term(i) : (got.value == "killed" || got.value == "noproc")));
      ++(got.ok ? answered : failed);
    }
    killer.join();
  }
  CHECK(failed == 300);
  CHECK(w.nothing_more() == "nothing");
}

TEST_CASE("many processes alive, then ended, leave nothing behind") {
  std::atomic<int> living{0};
  world w;
  const auto round = [&] {
    std::vector<pid> all;
    for (int i = 0; i < many; ++i)
      all.push_back(w.home
                        .spawn(scheduled({.start = [&](process&) { ++living; },
                                          .take =
                                              [](process& self, term&) {
                                                self.stop("normal");
                                                return body::verdict::taken;
                                              },
                                          .ended = [&](process&, const term&) { --living; }}))
                        .process);
    CHECK(eventually([&] { return living == many; }));
    CHECK(w.home.processes().size() == many + 1);
    for (auto each : all)
      w.me->send(each, "end");
    CHECK(eventually([&] { return living == 0; }));
    CHECK(eventually([&] { return w.home.processes().size() == 1; }));
  };
  round();
  const auto after_first = resident_kb();
  round();
  round();
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  CHECK(resident_kb() < after_first + after_first / 5);
#else
  static_cast<void>(after_first);
#endif
}

TEST_CASE("a thousand blocking processes come and go") {
  world w;
  std::atomic<int> done{0};
  for (int batch = 0; batch < 20; ++batch) {
    std::vector<pid> all;
    for (int i = 0; i < 50; ++i)
      all.push_back(w.watched([&](process& self) {
        any_message(self);
        ++done;
      }));
    for (auto each : all)
      w.me->send(each, "end");
    for (auto each : all)
      REQUIRE(w.end_of(each) == "normal");
  }
  CHECK(done == 1000);
}
