// tests/code/table_threads_test.cpp - readers that pin against a writer that loads, deletes and purges.
// Catch's checks are for one thread: the others count what they saw go wrong.
#include "tests/catch.hpp"
#include "tests/code/fake_module.hpp"

#include <random>
#include <thread>

#ifndef TWINSLOT_INTERLEAVE  // interleave.hpp
#define TWINSLOT_INTERLEAVE() static_cast<void>(0)
#endif

using namespace twinslot;
using namespace twinslot::code;

namespace {
const atom a = "a"_atom;
const atom b = "b"_atom;
const atom c = "c"_atom;

/// Threads that run `what` until the scope ends; an exception in the scope ends them too.
class background {
public:
  template <class What>
  background(int count, What what) {
    for (int i = 0; i < count; ++i)
      threads_.emplace_back([this, what, i] {
        while (!stop_.load(std::memory_order_relaxed))
          what(i);
      });
  }
  ~background() {
    stop_ = true;
    for (auto& thread : threads_)
      thread.join();
  }

private:
  std::atomic<bool> stop_{false};
  std::vector<std::thread> threads_;
};

std::vector<prepared> batch_of(fake_world& world, std::initializer_list<const char*> modules, std::int64_t serial) {
  std::vector<prepared> batch;
  for (const char* module : modules)
    batch.push_back(world.prepare(module, serial));
  return batch;
}

/// A late reader may be counted for a moment: a second try succeeds.
void remove_old_soon(table& versions, atom module) {
  while (!versions.remove_old(module))
    std::this_thread::yield();
}
}  // namespace

TEST_CASE("nobody is ever pinned in code that was closed") {
  fake_world world;
  REQUIRE(world.load("a", 1));
  std::atomic<std::uint64_t> pinned{0}, missed{0}, wrong{0};
  {
    background readers(3, [&](int) {
      const pin held = world.versions.pin_current(a);
      if (!held) {
        ++missed;
        return;
      }
      ++pinned;
      for (int i = 0; i < 20; ++i)
        wrong += !fake_of(held).open;
      wrong += fake_of(held).name != "a";
    });
    for (std::int64_t serial = 2; serial < 600; ++serial) {
      REQUIRE(world.load("a", serial));
      remove_old_soon(world.versions, a);
      if (serial % 100 == 0) {
        REQUIRE(world.versions.demote(a));
        remove_old_soon(world.versions, a);
        REQUIRE(world.load("a", serial));
      }
    }
    while (pinned == 0)
      std::this_thread::yield();
  }
  CHECK(wrong == 0);
  CHECK(world.versions.current(a)->pin_count() == 0);
  for (const fake_module& fake : world.fakes)
    CHECK(fake.close_count <= 1);
}

TEST_CASE("C48: a reader that saw one module new never sees another one old") {
  fake_world world;
  std::int64_t serial = 1;
  REQUIRE(world.versions.finish(batch_of(world, {"a", "b", "c"}, serial)));
  std::atomic<std::uint64_t> rounds{0}, mixed{0};
  {
    background readers(3, [&](int number) {
      const atom order[] = {a, b, c};
      const pin first = world.versions.pin_current(order[number]);
      const pin second = world.versions.pin_current(order[(number + 1) % 3]);
      const pin third = world.versions.pin_current(order[(number + 2) % 3]);
      mixed += fake_of(first).serial > fake_of(second).serial || fake_of(second).serial > fake_of(third).serial;
      ++rounds;
    });
    while (++serial < 400 || rounds < 1'000) {
      REQUIRE(world.versions.finish(batch_of(world, {"c", "a", "b"}, serial)));
      for (atom module : {a, b, c})
        REQUIRE(world.versions.abandon_old(module));
      world.versions.sweep();
    }
  }
  CHECK(mixed == 0);
}

TEST_CASE("a bind under a pin is seen by whoever wants to remove the version") {
  fake_world world;
  REQUIRE(world.load("a", 1));
  std::atomic<std::uint64_t> binds{0}, wrong{0};
  {
    background processes(3, [&](int number) {
      const pid self{static_cast<std::uint64_t>(number) + 1, 0};
      version* home = nullptr;
      binding mine;
      {
        const pin held = world.versions.pin_current(a);
        home = held.get();
        TWINSLOT_INTERLEAVE();
        mine = home->bind(self);
      }
      for (int i = 0; i < 20; ++i)  // calls without a pin
        wrong += !fake_of(*home).open;
      TWINSLOT_INTERLEAVE();
      wrong += !fake_of(*home).open;
      mine.release();
      ++binds;
    });
    for (std::int64_t serial = 2; serial < 600 || binds < 100; ++serial) {
      REQUIRE(world.load("a", serial));
      remove_old_soon(world.versions, a);
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("abandoned versions are closed when their last user leaves") {
  fake_world world;
  REQUIRE(world.load("a", 1));
  std::atomic<std::uint64_t> pinned{0}, wrong{0};
  {
    background readers(2, [&](int) {
      const pin held = world.versions.pin_current(a);
      std::this_thread::yield();
      wrong += !fake_of(held).open;
      ++pinned;
    });
    for (std::int64_t serial = 2; serial < 2'000 || pinned < 100; ++serial) {
      REQUIRE(world.load("a", serial));
      REQUIRE(world.versions.abandon_old(a));
      world.versions.sweep();
    }
  }
  CHECK(wrong == 0);
  CHECK(world.versions.sweep() == 0);
}

TEST_CASE("several writers and many questions: every answer is one that the rules allow") {
  fake_world world;
  std::mutex making;
  std::atomic<std::int64_t> serial{0};
  std::atomic<std::uint64_t> wrong{0}, rounds{0};
  {
    background threads(4, [&](int number) {
      thread_local std::mt19937 random(static_cast<unsigned>(number));
      const atom module = number % 2 ? a : b;
      switch (random() % 6) {
        case 0: {
          fake_module* fake = nullptr;
          {
            const std::lock_guard lock(making);
            fake = &world.make(module.text(), ++serial);
          }
          std::vector<prepared> batch;
          batch.push_back(world.versions.prepare(image_of(*fake)));
          const auto done = world.versions.finish(std::move(batch));
          wrong += !done && done.reason() != tuple("not_purged", list(module));
          break;
        }
        case 1: world.versions.demote(module); break;
        case 2: {
          const auto removed = world.versions.remove_old(module);
          wrong += !removed && !removed.reason().is_tagged("in_use"_atom, 3) && removed.reason() != "no_old"_atom;
          break;
        }
        case 3: {
          const auto [current, old] = world.versions.slots_of(module);
          wrong += current != nullptr && current == old;
          break;
        }
        case 4: wrong += world.versions.resident().size() > 2; break;
        default:
          if (const pin held = world.versions.pin_current(module))
            wrong += !fake_of(held).open || held->module() != module;
      }
      ++rounds;
    });
    while (rounds < 40'000)
      std::this_thread::yield();
  }
  CHECK(wrong == 0);
}
