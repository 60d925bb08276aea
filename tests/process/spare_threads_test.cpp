// Threads for those who block: used again, and gone at the end.
#include "runtime/process/spare_threads.hpp"

#include "runtime/process/process_impl.hpp"
#include "tests/process/support.hpp"

#include <atomic>
#include <future>
#include <set>

using namespace twinslot;
using namespace std::chrono_literals;

namespace {
/// Runs it to its end; its thread.
std::thread::id run(spare_threads& on) {
  const auto done = std::make_shared<std::promise<std::thread::id>>();  // set_value may end after get
  on.run([done] { done->set_value(std::this_thread::get_id()); });
  return done->get_future().get();
}
}  // namespace

TEST_CASE("a thread that has done its job does the next") {
  spare_threads threads;
  std::set<std::thread::id> seen;
  for (int i = 0; i < 1000; ++i)
    seen.insert(run(threads));
  CHECK(seen.size() <= 8);  // a promise is kept a moment before the thread waits
  threads.stop(false);
}

TEST_CASE("each job has a thread of its own, and stop waits for all") {
  constexpr int jobs = 50;
  spare_threads threads;
  const auto go = std::make_shared<std::promise<void>>();
  const std::shared_future<void> gone = go->get_future().share();
  std::atomic<int> waiting{0}, done{0};
  for (int i = 0; i < jobs; ++i)
    threads.run([&, go, gone] {
      ++waiting;
      gone.wait();
      ++done;
    });
  while (waiting != jobs)
    std::this_thread::yield();
  std::thread ending([&] { threads.stop(false); });
  CHECK(done == 0);
  go->set_value();
  ending.join();
  CHECK(done == jobs);
}

TEST_CASE("what a job holds is given back before its thread waits for another") {
  spare_threads threads;
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> watched = held;
  threads.run([kept = std::move(held)] {});
  while (!watched.expired())
    std::this_thread::yield();
  run(threads);
  threads.stop(false);
}

TEST_CASE("a job that does not end is left behind, and ends later all the same") {
  static auto& threads = *new spare_threads;  // found by that job
  const auto go = std::make_shared<std::promise<void>>(), done = std::make_shared<std::promise<void>>();
  threads.run([go, done] {
    go->get_future().wait();
    done->set_value();
  });
  run(threads);
  threads.stop(true);
  go->set_value();
  done->get_future().wait();
}

TEST_CASE("many start jobs that start jobs") {
  spare_threads threads;
  std::atomic<int> left{4000};
  std::vector<std::thread> starters;
  for (int i = 0; i < 4; ++i)
    starters.emplace_back([&] {
      for (int n = 0; n < 500; ++n)
        threads.run([&] {
          threads.run([&] { --left; });
          --left;
        });
    });
  for (auto& each : starters)
    each.join();
  while (left != 0)
    std::this_thread::yield();
  threads.stop(false);
}

TEST_CASE("a process that blocks finds nothing of the one that had its thread before") {
  world w;
  for (int i = 0; i < 100; ++i) {
    const auto made = w.home.spawn_blocking(
        [&](process& self) {
          self.send(w.me->self(), tuple(self.self(), running_process() == &self, self.dictionary()));
          self.dictionary() = self.dictionary().with("left", "behind");
          self.receive([](const term&) { return false; });
        },
        {.parent = &*w.me, .monitor = true});
    CHECK(w.next() == tuple(made.process, true, term::adopt(host::map_empty())));
    w.me->exit_signal(made.process, "kill");
    CHECK(w.next() == tuple("DOWN", made.monitor, "process", made.process, "killed"));
  }
}
