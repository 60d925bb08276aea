#include "runtime/process/port_table.hpp"

#include "tests/catch.hpp"

#include <algorithm>
#include <thread>

using namespace twinslot;

namespace {
class object final : public port_object {
public:
  explicit object(std::atomic<int>& alive) : alive_(alive) { ++alive_; }
  ~object() override {
    number = 0;
    --alive_;
  }
  void request(const term&, atom, const term&) override {}
  bool withdraw(reference) override { return false; }
  void owner_ended(pid) override {}
  void taken(const term&) override {}
  void shut() override {}
  term info() const override { return {}; }

  std::uint64_t number = 0;  // of its port; 0: not known yet, or ended

private:
  std::atomic<int>& alive_;
};
}  // namespace

TEST_CASE("a port is found from its opening until it is closed, among any number of others") {
  std::atomic<int> alive{0};
  {
    port_table table;
    std::vector<port> open;
    for (int i = 0; i < 5000; ++i)
      open.push_back(table.insert(std::make_shared<object>(alive)));
    CHECK(std::is_sorted(open.begin(), open.end()));
    CHECK(table.all() == open);
    CHECK(std::all_of(open.begin(), open.end(), [&](port each) { return table.find(each) != nullptr; }));
    CHECK_FALSE(table.find({open.back().id + 1, 0}));
    CHECK_FALSE(table.find({open.front().id, 1}));  // of another node
    CHECK_FALSE(table.remove({open.front().id, 1}));
    std::vector<port> left;
    for (const port each : open)
      if (each.id % 2 == 0)
        CHECK(table.remove(each));
      else
        left.push_back(each);
    CHECK_FALSE(table.remove({2, 0}));
    CHECK(table.all() == left);
    CHECK(std::none_of(open.begin(), open.end(), [&](port each) { return each.id % 2 == 0 && table.find(each); }));
    table.flush();
    CHECK(alive == static_cast<int>(left.size()));
  }
  CHECK(alive == 0);
}

TEST_CASE("a number is never given again, and a port whose cell was another's before is not taken for it") {
  std::atomic<int> alive{0};
  port_table table;
  const port stays = table.insert(std::make_shared<object>(alive));
  port before = stays;
  for (int i = 0; i < 20'000; ++i) {
    const port next = table.insert(std::make_shared<object>(alive));
    REQUIRE(next.id > before.id);
    REQUIRE_FALSE((before != stays && table.find(before)));
    REQUIRE(table.remove(next));
    before = next;
  }
  CHECK(table.find(stays));
  CHECK(table.all() == std::vector<port>{stays});
}

TEST_CASE("who looks never sees an object that has ended, nor another's, while ports come and go") {
  std::atomic<int> alive{0};
  {
    port_table table;
    std::atomic<std::uint64_t> newest{0};
    std::atomic<bool> go_on{true};
    std::atomic<long> seen{0}, wrong{0};
    std::vector<std::thread> readers;
    for (int i = 0; i < 3; ++i)
      readers.emplace_back([&] {
        for (std::uint64_t back = 0; go_on; back = (back + 1) % 8) {
          const std::uint64_t wanted = newest.load() - back;
          const auto check = [&](const port_object& found) {
            seen.fetch_add(1, std::memory_order_relaxed);
            if (static_cast<const object&>(found).number != wanted)
              wrong.fetch_add(1);
          };
          table.visit({wanted, 0}, check);
          if (const auto kept = table.find({wanted, 0}))
            check(*kept);
        }
      });
    std::vector<port> open;
    for (std::uint64_t i = 0; i < 20'000 || seen < 20'000; ++i) {
      auto made = std::make_shared<object>(alive);
      object& its = *made;
      const port opened = table.insert(std::move(made));
      its.number = opened.id;
      newest.store(opened.id);  // nobody looks for it before
      open.push_back(opened);
      if (open.size() > (i < 10'000 ? 2000 : 4)) {
        table.remove(open.front());
        open.erase(open.begin());
      }
    }
    go_on = false;
    for (auto& each : readers)
      each.join();
    CHECK(wrong == 0);
  }
  CHECK(alive == 0);
}
