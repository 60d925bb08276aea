#include "runtime/os/read_section.hpp"

#include "tests/catch.hpp"

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

using twinslot::os::read_section;

namespace {
struct thing {
  int first = 1, second = -1;  // their sum is 0 as long as it lives
  ~thing() { first = second = 7; }
};
struct left {
  std::uint64_t number;
  std::unique_ptr<thing> what;
};
}  // namespace

TEST_CASE("what was unlinked is free when its last reader has left, not earlier") {
  std::atomic<bool> go_on{true};
  std::atomic<bool> inside{false};
  std::thread reader([&] {
    const read_section here;
    inside = true;
    while (go_on)
      std::this_thread::yield();
  });
  while (!inside)
    std::this_thread::yield();
  const auto number = read_section::unlinked();
  CHECK(read_section::oldest_reader() <= number);
  {
    const read_section later;  // began afterwards: it cannot have it
    const read_section within;
  }
  CHECK(read_section::oldest_reader() <= number);
  go_on = false;
  reader.join();
  CHECK(read_section::oldest_reader() > number);
}

TEST_CASE("readers never see a thing that was freed") {
  std::atomic<thing*> shown{new thing};
  std::atomic<bool> go_on{true};
  std::atomic<long> seen{0}, wrong{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i)
    readers.emplace_back([&] {
      while (go_on) {
        const read_section here;
        const thing* const it = shown.load();
        seen.fetch_add(1, std::memory_order_relaxed);
        if (it->first + it->second != 0)
          wrong.fetch_add(1);
      }
    });
  std::vector<left> waiting;
  for (int round = 0; round < 20'000 || seen < 20'000; ++round) {
    std::unique_ptr<thing> former(shown.exchange(new thing));
    waiting.push_back({read_section::unlinked(), std::move(former)});
    if (waiting.size() % 16 == 0) {
      const auto oldest = read_section::oldest_reader();
      std::erase_if(waiting, [&](const left& one) { return one.number < oldest; });
    }
  }
  go_on = false;
  for (auto& one : readers)
    one.join();
  CHECK(wrong == 0);
  const auto oldest = read_section::oldest_reader();
  std::erase_if(waiting, [&](const left& one) { return one.number < oldest; });
  CHECK(waiting.empty());
  delete shown.load();
}

TEST_CASE("threads that come and go leave their places to others") {
  for (int i = 0; i < 200; ++i)
    std::thread([] { const read_section here; }).join();
  CHECK(read_section::oldest_reader() > read_section::unlinked());
}
