#include "runtime/code/table.hpp"

#include "tests/catch.hpp"
#include "tests/code/fake_module.hpp"

#include <map>
#include <optional>
#include <random>

using namespace twinslot;
using namespace twinslot::code;

namespace {
const atom counter = "counter"_atom;

std::int64_t serial_of(const version* which) {
  return which ? fake_of(*which).serial : 0;
}
}  // namespace

TEST_CASE("C02: the first load becomes current and says so") {
  fake_world world;
  CHECK_FALSE(world.versions.is_loaded(counter));
  CHECK_FALSE(world.versions.pin_current(counter));
  CHECK(world.load("counter", 1).value() == list(tuple("module", "counter", 1)));
  CHECK(serial_of(world.versions.current(counter)) == 1);
  CHECK_FALSE(world.versions.has_old(counter));
}

TEST_CASE("C03: the second load demotes the first") {
  fake_world world;
  REQUIRE(world.load("counter", 1));
  auto running = world.versions.pin_current(counter);
  REQUIRE(world.load("counter", 2));
  CHECK(serial_of(world.versions.current(counter)) == 2);
  CHECK(serial_of(world.versions.old(counter)) == 1);
  CHECK(fake_of(running).open);
}

TEST_CASE("C04, C07: the third load is refused, and nothing changes") {
  fake_world world;
  REQUIRE(world.load("counter", 1));
  REQUIRE(world.load("counter", 2));
  CHECK(world.load("counter", 3).reason() == tuple("not_purged", list("counter")));
  CHECK(serial_of(world.versions.current(counter)) == 2);
  CHECK(serial_of(world.versions.old(counter)) == 1);
  CHECK(world.fakes.back().close_count == 1);
}

TEST_CASE("C48: a batch becomes current as a whole or not at all") {
  fake_world world;
  REQUIRE(world.load("a", 1));
  REQUIRE(world.load("b", 1));
  REQUIRE(world.load("b", 2));
  std::vector<prepared> batch;
  batch.push_back(world.prepare("a", 3));
  batch.push_back(world.prepare("b", 3));
  batch.push_back(world.prepare("c", 3));
  CHECK(world.versions.finish(std::move(batch)).reason() == tuple("not_purged", list("b")));
  CHECK(serial_of(world.versions.current("a"_atom)) == 1);
  CHECK_FALSE(world.versions.is_loaded("c"_atom));

  REQUIRE(world.versions.remove_old("b"_atom));
  std::vector<prepared> again;
  again.push_back(world.prepare("b", 4));
  again.push_back(world.prepare("a", 4));
  CHECK(world.versions.finish(std::move(again)).value() == list(tuple("module", "b", 4), tuple("module", "a", 4)));
}

TEST_CASE("C49: a module twice in a batch is refused") {
  fake_world world;
  std::vector<prepared> batch;
  batch.push_back(world.prepare("a", 1));
  batch.push_back(world.prepare("a", 2));
  CHECK(world.versions.finish(std::move(batch)).reason() == tuple("duplicated", list("a")));
  CHECK_FALSE(world.versions.is_loaded("a"_atom));
}

TEST_CASE("an empty batch is no error") {
  fake_world world;
  CHECK(world.versions.finish({}).value() == list());
}

TEST_CASE("old code stays while someone is pinned in it") {
  fake_world world;
  REQUIRE(world.load("counter", 1));
  auto running = world.versions.pin_current(counter);
  REQUIRE(world.load("counter", 2));
  CHECK(world.versions.remove_old(counter).reason() == tuple("in_use", 1, list()));
  CHECK(fake_of(running).open);
  running.release();
  CHECK(world.versions.remove_old(counter).value() == "removed"_atom);
  CHECK_FALSE(world.fakes[0].open);
  CHECK_FALSE(world.versions.has_old(counter));
}

TEST_CASE("W04: old code stays while a process is bound to it, and says which") {
  fake_world world;
  REQUIRE(world.load("counter", 1));
  version* first = world.versions.current(counter);
  binding seven = first->bind(pid{7, 0});
  binding three = first->bind(pid{3, 0});
  binding three_again = first->bind(pid{3, 0});
  REQUIRE(world.load("counter", 2));
  CHECK(world.versions.remove_old(counter).reason() == tuple("in_use", 0, list(pid{3, 0}, pid{7, 0})));
  seven.release();
  three.release();
  CHECK(world.versions.remove_old(counter).reason() == tuple("in_use", 0, list(pid{3, 0})));
  three_again = {};
  CHECK(world.versions.remove_old(counter));
}

TEST_CASE("a pin that moves counts once") {
  fake_world world;
  REQUIRE(world.load("counter", 1));
  auto one = world.versions.pin_current(counter);
  version* which = one.get();
  pin other = std::move(one);
  CHECK_FALSE(one);
  CHECK(which->pin_count() == 1);
  one = world.versions.pin_current(counter);
  CHECK(which->pin_count() == 2);
  one = std::move(other);
  other.release();
  CHECK(which->pin_count() == 1);
}

TEST_CASE("C26, C27: demote moves current to old, once") {
  fake_world world;
  CHECK_FALSE(world.versions.demote(counter));
  REQUIRE(world.load("counter", 1));
  CHECK(world.versions.demote(counter));
  CHECK_FALSE(world.versions.is_loaded(counter));
  CHECK(serial_of(world.versions.old(counter)) == 1);
  CHECK_FALSE(world.versions.demote(counter));
  REQUIRE(world.load("counter", 2));  // beside the deleted one, which stays where it is (C29)
  CHECK(serial_of(world.versions.current(counter)) == 2);
  CHECK(serial_of(world.versions.old(counter)) == 1);
  CHECK(world.load("counter", 3).reason() == tuple("not_purged", list("counter")));
  REQUIRE(world.versions.remove_old(counter));
  REQUIRE(world.load("counter", 3));
  REQUIRE(world.versions.remove_old(counter));
  REQUIRE(world.load("counter", 4));
  CHECK_FALSE(world.versions.demote(counter));
  CHECK(serial_of(world.versions.current(counter)) == 4);
}

TEST_CASE("removing old code where there is none") {
  fake_world world;
  CHECK(world.versions.remove_old(counter).reason() == "no_old"_atom);
  REQUIRE(world.load("counter", 1));
  CHECK(world.versions.remove_old(counter).reason() == "no_old"_atom);
  CHECK_FALSE(world.versions.abandon_old(counter));
}

TEST_CASE("abandoned code leaves the slot at once and memory when it is free") {
  fake_world world;
  REQUIRE(world.load("counter", 1));
  auto running = world.versions.pin_current(counter);
  REQUIRE(world.load("counter", 2));
  CHECK(world.versions.abandon_old(counter));
  CHECK_FALSE(world.versions.has_old(counter));
  CHECK(world.load("counter", 3));
  CHECK(world.versions.sweep() == 1);
  CHECK(fake_of(running).open);
  running.release();
  CHECK(world.versions.sweep() == 0);
  CHECK_FALSE(world.fakes[0].open);
}

TEST_CASE("what was prepared and dropped is closed, once") {
  fake_world world;
  {
    prepared one = world.prepare("counter", 1);
    prepared other = std::move(one);
    CHECK(other.module() == counter);
    CHECK(serial_of(&other.version()) == 1);
  }
  CHECK(world.fakes[0].close_count == 1);
}

TEST_CASE("what was prepared and dropped while its load hook runs is closed when that has ended (W26)") {
  fake_world world;
  std::optional<prepared> waiting = world.prepare("counter", 1);
  pin hook = world.versions.pin_prepared(*waiting);
  waiting.reset();
  CHECK(fake_of(hook).open);
  CHECK(world.versions.sweep() == 1);
  REQUIRE(world.versions.removed_versions().size() == 1);
  CHECK(world.versions.removed_versions()[0].module == counter);
  hook.release();
  CHECK(world.versions.sweep() == 0);
  CHECK(world.fakes[0].close_count == 1);
}

TEST_CASE("a version tells since when a process is bound to it without a break") {
  fake_world world;
  REQUIRE(world.load("counter", 1));
  const pin held = world.versions.pin_current(counter);
  const pid one{7, 0}, other{8, 0};
  CHECK_FALSE(held->bound_since(one));
  binding first = held->bind(one);
  const auto since = held->bound_since(one);
  REQUIRE(since);
  binding second = held->bind(one);
  CHECK(held->bound_since(one) == since);
  CHECK_FALSE(held->bound_since(other));
  first.release();
  CHECK(held->bound_since(one) == since);
  second.release();
  CHECK_FALSE(held->bound_since(one));
}

TEST_CASE("a bind is given back once, by its last owner") {
  fake_world world;
  REQUIRE(world.load("counter", 1));
  version* const first = world.versions.current(counter);
  const pid one{7, 0};
  binding owner = first->bind(one);
  binding next = std::move(owner);
  CHECK_FALSE(owner);
  CHECK(next.get() == first);
  owner.release();
  CHECK(first->bound() == std::vector{one});
  next = first->bind(one);  // what it held before is given back after it holds the new one
  CHECK(first->bound() == std::vector{one});
  REQUIRE(world.load("counter", 2));
  next = world.versions.pin_current(counter)->bind(one);
  CHECK(first->bound().empty());
  CHECK(world.versions.remove_old(counter));
  next.release();
}

TEST_CASE("the table closes what it holds") {
  std::deque<fake_module> fakes;
  {
    table versions;
    for (int serial = 1; serial <= 2; ++serial) {
      std::vector<prepared> batch;
      batch.push_back(versions.prepare(image_of(fakes.emplace_back("counter", serial))));
      REQUIRE(versions.finish(std::move(batch)));
    }
  }
  CHECK(fakes[0].close_count == 1);
  CHECK(fakes[1].close_count == 1);
}

TEST_CASE("C30: lists have each name once, sorted") {
  fake_world world;
  for (const char* name : {"b", "a", "d", "c"})
    REQUIRE(world.load(name, 1));
  REQUIRE(world.load("a", 2));
  REQUIRE(world.versions.demote("c"_atom));
  CHECK(world.versions.loaded() == std::vector<atom>{"a"_atom, "b"_atom, "d"_atom});
  CHECK(world.versions.resident() == std::vector<atom>{"a"_atom, "b"_atom, "c"_atom, "d"_atom});
}

TEST_CASE("a thousand modules keep their slots") {
  fake_world world;
  for (int i = 0; i < 1000; ++i)
    REQUIRE(world.load("module_" + std::to_string(i), i));
  for (int i = 0; i < 1000; ++i)
    REQUIRE(serial_of(world.versions.current(atom("module_" + std::to_string(i)))) == i);
  CHECK_FALSE(world.versions.is_loaded("module_1000"_atom));
}

TEST_CASE("version objects are used again") {
  fake_world world;
  std::vector<version*> seen;
  for (int serial = 1; serial <= 100; ++serial) {
    REQUIRE(world.load("counter", serial));
    seen.push_back(world.versions.current(counter));
    static_cast<void>(world.versions.remove_old(counter));
  }
  std::sort(seen.begin(), seen.end());
  CHECK(std::unique(seen.begin(), seen.end()) - seen.begin() <= 3);
}

TEST_CASE("functions are found by name and arity") {
  static const abi::exported functions[] = {{"f", 0, nullptr, nullptr, nullptr, nullptr},
                                            {"f", 255, nullptr, nullptr, nullptr, nullptr}};
  fake_world world;
  fake_module& fake = world.make("counter", 1);
  fake.info.functions = functions;
  fake.info.function_count = 2;
  std::vector<prepared> batch;
  batch.push_back(world.versions.prepare(image_of(fake)));
  REQUIRE(world.versions.finish(std::move(batch)));
  auto held = world.versions.pin_current(counter);
  CHECK(held->find("f"_atom, 0) == &functions[0]);
  CHECK(held->find("f"_atom, 255) == &functions[1]);
  CHECK(held->find("f"_atom, 1) == nullptr);
  CHECK(held->find("f"_atom, 256) == nullptr);  // not mistaken for 0
  CHECK(held->find("g"_atom, 0) == nullptr);
}

namespace {
/// What the slots of one module should say.
struct model_slots {
  std::optional<std::int64_t> current, old;
};

/// The rules once more, without threads, objects or memory.
class model {
public:
  bool finish(const std::vector<std::string>& modules, std::int64_t serial) {
    for (const auto& name : modules)
      if (slots_[name].old && slots_[name].current)
        return false;
    for (const auto& name : modules) {
      if (slots_[name].current)
        slots_[name].old = slots_[name].current;
      slots_[name].current = serial;
    }
    return true;
  }
  bool demote(const std::string& name) {
    auto& one = slots_[name];
    if (!one.current || one.old)
      return false;
    one.old = std::exchange(one.current, std::nullopt);
    return true;
  }
  bool leave(const std::string& name) { return std::exchange(slots_[name].old, std::nullopt).has_value(); }
  const model_slots& of(const std::string& name) { return slots_[name]; }

private:
  std::map<std::string, model_slots> slots_;
};
}  // namespace

TEST_CASE("C01: ten thousand random steps agree with the model") {
  const std::vector<std::string> names = {"a", "b", "c"};
  const auto seed = GENERATE(1u, 2u, 3u, 4u);
  std::mt19937 random(seed);
  const auto pick = [&](std::size_t below) { return random() % below; };
  fake_world world;
  model expected;
  std::vector<std::pair<pin, std::int64_t>> pins;
  std::map<std::pair<std::string, std::int64_t>, int> pinned;
  for (std::int64_t step = 1; step <= 2'500; ++step) {
    const std::string name = names[pick(names.size())];
    const auto& slots = expected.of(name);
    switch (pick(7)) {
      case 0:
      case 1: {
        std::vector<std::string> chosen;
        for (const auto& one : names)
          if (one == name || pick(4) == 0)
            chosen.push_back(one);
        std::vector<prepared> batch;
        for (const auto& one : chosen)
          batch.push_back(world.prepare(one, step));
        REQUIRE(bool(world.versions.finish(std::move(batch))) == expected.finish(chosen, step));
        break;
      }
      case 2: REQUIRE(world.versions.demote(atom(name)) == expected.demote(name)); break;
      case 3: {
        const bool used = slots.old && pinned[{name, *slots.old}] > 0;
        const auto removed = world.versions.remove_old(atom(name));
        REQUIRE(bool(removed) == (slots.old && !used));
        if (removed)
          expected.leave(name);
        break;
      }
      case 4:
        if (pick(4) == 0)
          REQUIRE(world.versions.abandon_old(atom(name)) == expected.leave(name));
        break;
      case 5:
        if (pin held = world.versions.pin_current(atom(name))) {
          const std::int64_t serial = fake_of(held).serial;
          ++pinned[{name, serial}];
          pins.emplace_back(std::move(held), serial);
        }
        break;
      default:
        if (!pins.empty()) {
          std::swap(pins[pick(pins.size())], pins.back());
          auto& [held, serial] = pins.back();
          --pinned[{std::string(held->module().text()), serial}];
          pins.pop_back();
        }
    }
    for (const auto& one : names) {
      const auto [current, old] = world.versions.slots_of(atom(one));
      REQUIRE(serial_of(current) == expected.of(one).current.value_or(0));
      REQUIRE(serial_of(old) == expected.of(one).old.value_or(0));
    }
    for (const auto& [held, serial] : pins) {
      REQUIRE(fake_of(held).open);
      REQUIRE(fake_of(held).serial == serial);
    }
  }
  pins.clear();
  CHECK(world.versions.sweep() == 0);
  for (const fake_module& fake : world.fakes)
    CHECK(fake.close_count == (fake.open ? 0 : 1));
}
