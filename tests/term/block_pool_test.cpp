// Blocks that change threads. With AddressSanitizer each is the allocator's, and the same must hold.
#include "runtime/term/block_pool.hpp"
#include "tests/catch.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <set>
#include <thread>
#include <vector>

using namespace twinslot;

namespace {
constexpr std::size_t block_bytes = 64;
using pool = block_pool<block_bytes>;

/// Fills a block with a number; `holds` tells whether it is whole.
struct filled {
  std::uint64_t words[block_bytes / 8];
  static filled* make(std::uint64_t number) {
    auto* made = new (pool::take()) filled;
    for (auto& word : made->words)
      word = number;
    return made;
  }
  bool holds(std::uint64_t number) const {
    for (const auto word : words)
      if (word != number)
        return false;
    return true;
  }
};

/// What threads hand to each other.
class handover {
public:
  void put(filled* made) {
    {
      const std::lock_guard guard{mutex_};
      all_.push_back(made);
    }
    arrival_.notify_one();
  }
  filled* take() {
    std::unique_lock guard{mutex_};
    arrival_.wait(guard, [&] { return !all_.empty(); });
    auto* const first = all_.front();
    all_.pop_front();
    return first;
  }

private:
  std::mutex mutex_;
  std::condition_variable arrival_;
  std::deque<filled*> all_;
};
}  // namespace

TEST_CASE("no block is taken twice, on one thread, through batches and depot") {
  constexpr std::size_t many = block_depot::batch * 100;
  for (int round = 0; round < 3; ++round) {
    std::vector<filled*> all;
    std::set<void*> places;
    for (std::uint64_t i = 0; i < many; ++i) {
      all.push_back(filled::make(i));
      REQUIRE(places.insert(all.back()).second);
    }
    for (std::uint64_t i = 0; i < many; ++i) {
      REQUIRE(all[i]->holds(i));
      pool::give(all[i]);
    }
  }
}

TEST_CASE("memory of any size is as long as it was asked for, aligned, and nobody else's") {
  struct taken {
    void* place;
    std::size_t bytes;
  };
  for (int round = 0; round < 3; ++round) {
    std::vector<taken> all;
    for (std::size_t bytes = 0; bytes < 1500; ++bytes) {
      all.push_back({take_memory(bytes), bytes});
      REQUIRE(all.back().place);
      REQUIRE(reinterpret_cast<std::uintptr_t>(all.back().place) % alignof(std::max_align_t) == 0);
      std::memset(all.back().place, static_cast<int>(bytes % 251), bytes);
    }
    for (const auto& each : all) {
      const auto* const written = static_cast<const unsigned char*>(each.place);
      REQUIRE(std::all_of(written, written + each.bytes, [&](auto byte) { return byte == each.bytes % 251; }));
      give_memory(each.place, each.bytes);
    }
  }
}

TEST_CASE("blocks that one thread takes and another one gives stay whole", "[threads]") {
  constexpr std::uint64_t each = block_depot::batch * 200;
  handover there, back;
  const auto end = [&](handover& from) {
    std::uint64_t whole = 0;
    for (std::uint64_t i = 0; i < each; ++i) {
      auto* const made = from.take();
      whole += made->holds(made->words[0]);
      pool::give(made);
    }
    return whole;
  };
  std::uint64_t whole_there = 0, whole_back = 0;
  std::thread first([&] {
    for (std::uint64_t i = 0; i < each; ++i)
      there.put(filled::make(i));
    whole_back = end(back);
  });
  std::thread second([&] {
    for (std::uint64_t i = 0; i < each; ++i)
      back.put(filled::make(i << 32));
    whole_there = end(there);
  });
  first.join();
  second.join();
  CHECK(whole_there == each);
  CHECK(whole_back == each);
}

TEST_CASE("a thread that ends leaves its blocks to others", "[threads]") {
  std::vector<filled*> left;
  for (int round = 0; round < 20; ++round) {
    std::thread short_lived([&] {
      for (filled* each : left)
        pool::give(each);
      left.clear();
      for (std::uint64_t i = 0; i < block_depot::batch * 3; ++i)
        left.push_back(filled::make(i));
    });
    short_lived.join();
    for (std::uint64_t i = 0; i < left.size(); ++i)
      REQUIRE(left[i]->holds(i));
  }
  for (filled* each : left)
    pool::give(each);
}

namespace {
/// Gives a block when its thread's other objects have gone.
struct late_giver {
  filled* mine = nullptr;
  ~late_giver() {
    if (mine)
      pool::give(mine);
    pool::give(filled::make(1));
  }
};
thread_local late_giver late;
}  // namespace

TEST_CASE("a thread may take and give while it ends", "[threads]") {
  // `late` is made before the pool's own end of thread is, and so ends after it.
  std::thread ending([] {
    late.mine = nullptr;
    late.mine = filled::make(7);
    pool::give(filled::make(8));
  });
  ending.join();
  auto* const next = filled::make(9);
  CHECK(next->holds(9));
  pool::give(next);
}
