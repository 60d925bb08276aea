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

/// Says `hop` to one of the others, drawn by lot, as often as the message says, and counts when that is over.
std::unique_ptr<body> passing_on(const std::vector<pid>& all, std::atomic<int>& over) {
  return scheduled({.take = [&all, &over](process& self, term& message) {
    const auto left = message.as_int64();
    if (left == 0)
      ++over;
    else
      self.send(all[(self.self().id * 7919 + static_cast<std::uint64_t>(left) * 104'729) % all.size()], left - 1);
    return body::verdict::taken;
  }});
}

/// Wakes the others, and comes back when all have run.
std::unique_ptr<body> overbearing(const std::vector<pid>& others, std::atomic<std::size_t>& ran,
                                  std::atomic<int>& done) {
  return scheduled({.take = [&](process& self, term&) {
    ran = 0;
    for (const pid each : others)
      self.send(each, "run");
    for (const auto until = soon(); ran != others.size() && clock::now() < *until;)
      std::this_thread::yield();
    done += ran == others.size();
    return body::verdict::taken;
  }});
}

std::unique_ptr<body> counting(std::atomic<std::size_t>& ran) {
  return scheduled({.take = [&ran](process&, term&) {
    ++ran;
    return body::verdict::taken;
  }});
}

/// Sends back what it gets, to whom it was told of first.
std::unique_ptr<body> returning(std::atomic<std::uint64_t>& rounds) {
  return scheduled({.take = [&rounds](process& self, term& message) {
    ++rounds;
    self.send(message, self.self());
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
        status >> word, is_worker = word == "twinslot.worker";
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
  bool has_any() const noexcept override { return true; }
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

TEST_CASE("messages that go from process to process arrive, with as many workers as there may be") {
  for (const unsigned workers : {1u, 2u, 3u, 8u}) {
    std::atomic<int> over{0};
    std::vector<pid> all;
    node home{{.loading = {}, .schedulers = workers}};
    for (int i = 0; i < 64; ++i)
      all.push_back(home.spawn(passing_on(all, over)).process);
    std::mt19937 dice{workers};
    for (int round = 1; round <= 300; ++round) {
      // One after the other, or many at once; now and then the workers have gone to rest meanwhile.
      const int before = over, tokens = round % 3 ? 1 : 20;
      for (int i = 0; i < tokens; ++i)
        home.send(all[dice() % all.size()], static_cast<int>(dice() % 200));
      const auto pause = clock::now() + std::chrono::microseconds(dice() % 400);
      REQUIRE(eventually([&] { return over == before + tokens && clock::now() >= pause; }));
    }
  }
}

TEST_CASE("what a process wakes does not wait behind it") {
  std::atomic<std::size_t> ran{0};
  std::atomic<int> done{0};
  for (const std::size_t many : {1, 5}) {
    done = 0;
    std::vector<pid> others;
    world w;
    for (std::size_t i = 0; i < many; ++i)
      others.push_back(w.home.spawn(counting(ran)).process);
    const pid one = w.home.spawn(overbearing(others, ran, done)).process;
    std::mt19937 dice{3};
    for (int i = 1; i <= 200; ++i) {
      w.home.send(one, "go");
      REQUIRE(eventually([&] { return done == i; }));
      const auto later = clock::now() + std::chrono::microseconds(dice() % 400);  // workers rest, watch, search
      while (clock::now() < later) {
      }
    }
  }
}

TEST_CASE("what a process wakes does not wait behind it, though the other workers always have jobs") {
  std::atomic<std::size_t> ran{0};
  std::atomic<std::uint64_t> rounds{0};
  std::atomic<int> done{0};
  std::vector<pid> others, floods;
  world w;
  for (int i = 0; i < 5; ++i)
    others.push_back(w.home.spawn(counting(ran)).process);
  for (int i = 0; i < 8; ++i)
    floods.push_back(w.home.spawn(restless(rounds)).process);
  const pid one = w.home.spawn(overbearing(others, ran, done)).process;
  for (int i = 1; i <= 5; ++i) {
    w.home.send(one, "go");
    REQUIRE(eventually([&] { return done == i; }));
  }
  for (const pid each : floods)
    w.me->exit_signal(each, "kill");
}

TEST_CASE("two that always wake each other starve nobody") {
  std::atomic<std::uint64_t> rounds{0};
  node home{{.loading = {}, .schedulers = 1}};
  scoped_process me{home};
  const pid first = home.spawn(returning(rounds)).process, second = home.spawn(returning(rounds)).process;
  const pid server = home.spawn(answering()).process;
  me->send(first, second);
  for (int i = 0; i < 200; ++i)
    REQUIRE(me->request(server, "ask"_atom, i, soon()).ok);
  CHECK(eventually([&] { return rounds > 200; }));  // one turn of the server may answer many requests
  me->exit_signal(first, "kill");
}

TEST_CASE("an idle node rests: no worker gets a core") {
  std::atomic<int> over{0};
  std::vector<pid> all;
  world w;
  for (int i = 0; i < 4; ++i)
    all.push_back(w.home.spawn(passing_on(all, over)).process);
  w.home.send(all[0], 100'000);  // long enough for one worker to rest, and keep watch
  REQUIRE(eventually([&] { return over == 1; }));
  const pid server = w.home.spawn(answering()).process;
  REQUIRE(w.me->request(server, "ask"_atom, 1, soon()).ok);
  REQUIRE(eventually([&] { return w.home.workers_rest(); }));
  REQUIRE(switches_of_workers() > 0);
  // Counted as resting, a worker may still be on its last steps, or wake once more from keeping watch.
  CHECK(eventually([&] {
    const auto before = switches_of_workers();
    return !eventually_within(200ms, [&] { return switches_of_workers() != before; });
  }));
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
  CHECK(eventually([&] { return rounds > 200; }));
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
