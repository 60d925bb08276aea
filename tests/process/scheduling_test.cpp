// How workers find work, rest and poll (caf_parking.hpp).
#include "tests/process/support.hpp"

#include <filesystem>
#include <fstream>
#include <random>

using namespace twinslot;
using namespace std::chrono_literals;

namespace {
std::unique_ptr<body> answering() {
  return scheduled({.take = [](process& self, term& message) {
    self.home().reply(message[1], message[2]);
    return body::verdict::taken;
  }});
}

/// Sends itself a message for each that it takes.
std::unique_ptr<body> restless(std::atomic<std::uint64_t>& rounds) {
  return scheduled({.start = [](process& self) { self.send(self.self(), "again"); },
                    .take =
                        [&rounds](process& self, term& message) {
                          ++rounds;
                          self.send(self.self(), message);
                          return body::verdict::taken;
                        }});
}

/// How often this program's workers gave up a core, or lost it.
std::uint64_t switches_of_workers() {
  std::uint64_t sum = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream status{task.path() / "status"};
    bool is_worker = false;
    for (std::string word; status >> word;) {
      if (word == "Name:")
        status >> word, is_worker = word == "caf.multiplexer";
      if (is_worker && word.ends_with("ctxt_switches:"))
        status >> word, sum += std::stoull(word);
    }
  }
  return sum;
}

class counting_poller final : public poller {
public:
  bool poll() override {
    ++polls;
    return false;
  }
  void unattended() override { ++calls; }
  std::atomic<int> polls{0};
  std::atomic<int> calls{0};
};
}  // namespace

TEST_CASE("work from outside finds a worker, however far that one is on its way to rest") {
  world w;
  const pid server = w.home.spawn(answering()).process;
  std::mt19937 dice{7};
  for (int i = 0; i < 20'000; ++i) {
    // Workers search for 50 us before they rest.
    const auto later = clock::now() + std::chrono::microseconds(dice() % 90);
    while (clock::now() < later) {
    }
    const auto answer = w.me->request(server, "ask"_atom, i, soon());
    if (!answer.ok || !(answer.value == term(i)))
      FAIL("request " << i << ": " << answer.value);
  }
}

TEST_CASE("many askers at once: none waits for ever") {
  world w;
  std::vector<pid> servers;
  for (int i = 0; i < 8; ++i)
    servers.push_back(w.home.spawn(answering()).process);
  std::vector<pid> askers;
  for (int i = 0; i < 8; ++i)
    askers.push_back(w.watched([&servers, i](process& self) {
      std::mt19937 dice{static_cast<unsigned>(i)};
      for (int round = 0; round < 1500; ++round)
        if (!self.request(servers[dice() % servers.size()], "ask"_atom, round, soon()).ok)
          raise_exit("no_answer");
    }));
  for (const pid each : askers)
    CHECK(w.end_of(each) == "normal"_atom);
}

TEST_CASE("an idle node rests: no worker gets a core") {
  world w;
  const pid server = w.home.spawn(answering()).process;
  REQUIRE(w.me->request(server, "ask"_atom, 1, soon()).ok);
  REQUIRE(eventually([&] { return w.home.workers_rest(); }));
  // Counted as resting, a worker may still be on its last steps.
  std::uint64_t before = 0;
  REQUIRE(eventually([&] { return std::exchange(before, switches_of_workers()) == switches_of_workers(); }));
  CHECK_FALSE(eventually_within(200ms, [&] { return switches_of_workers() != before; }));
}

TEST_CASE("a process that always has messages starves nobody") {
  world w;
  std::atomic<std::uint64_t> rounds{0};
  std::vector<pid> floods;
  for (int i = 0; i < 8; ++i)
    floods.push_back(w.home.spawn(restless(rounds)).process);
  const pid server = w.home.spawn(answering()).process;
  for (int i = 0; i < 200; ++i)
    REQUIRE(w.me->request(server, "ask"_atom, i, soon()).ok);
  CHECK(rounds > 200);
  for (const pid each : floods)
    w.me->exit_signal(each, "kill");
}

TEST_CASE("workers without a job poll; the last one to rest says that nobody does") {
  world w;
  counting_poller outside;
  w.home.attend(&outside);
  const pid server = w.home.spawn(answering()).process;
  REQUIRE(w.me->request(server, "ask"_atom, 1, soon()).ok);
  CHECK(eventually([&] { return outside.polls > 0 && outside.calls > 0; }));

  w.home.attend(nullptr);
  const int polls = outside.polls, calls = outside.calls;
  for (int i = 0; i < 100; ++i)
    REQUIRE(w.me->request(server, "ask"_atom, i, soon()).ok);
  REQUIRE(eventually([&] { return w.home.workers_rest(); }));
  CHECK(outside.polls == polls);
  CHECK(outside.calls == calls);
}

TEST_CASE("a worker that never has nothing to do polls all the same") {
  world w;
  counting_poller outside;
  std::atomic<std::uint64_t> rounds{0};
  std::vector<pid> floods;
  for (int i = 0; i < 8; ++i)
    floods.push_back(w.home.spawn(restless(rounds)).process);
  REQUIRE(eventually([&] { return rounds > 1000; }));
  w.home.attend(&outside);
  CHECK(eventually([&] { return outside.polls > 3; }));
  for (const pid each : floods)
    w.me->exit_signal(each, "kill");
  w.home.attend(nullptr);
}
