#include "runtime/os/mapped.hpp"
#include "tests/code/loader_world.hpp"

#include <algorithm>
#include <set>
#include <thread>

using namespace twinslot;
using namespace twinslot::code;

namespace {
const atom module_name = "fixture"_atom;
}

TEST_CASE("a plugin is prepared aside and then current") {
  loader_world world;
  auto made = world.load.prepare(module_name, fixture("v1"));
  REQUIRE(made);
  CHECK_FALSE(world.versions.is_loaded(module_name));
  CHECK(made->module() == module_name);
  std::vector<prepared> batch;
  batch.push_back(std::move(*made));
  CHECK(world.versions.finish(std::move(batch)).value() == list(tuple("module", "fixture", string("1.0.0"))));
  CHECK(world.number() == 1);
  auto held = world.versions.pin_current(module_name);
  CHECK(held->vsn() == string("1.0.0"));
  CHECK(held->origin() == fixture("v1"));
  CHECK(held->md5() == world.load.md5_of(fixture("v1")).value());
  CHECK(held->md5().size() == 16);
  CHECK(held->server() == nullptr);
}

TEST_CASE("C03: two versions run side by side, each with its own data") {
  loader_world world;
  REQUIRE(world.load_file(fixture("v1")));
  auto old = world.versions.pin_current(module_name);
  CHECK(loader_world::call(*old.get(), "count") == 1);
  CHECK(loader_world::call(*old.get(), "count") == 2);
  REQUIRE(world.load_file(fixture("v2")));
  auto current = world.versions.pin_current(module_name);
  CHECK(loader_world::call(*current.get(), "number") == 2);
  CHECK(loader_world::call(*old.get(), "number") == 1);
  CHECK(loader_world::call(*current.get(), "count") == 1);
  CHECK(loader_world::call(*old.get(), "count") == 3);
}

TEST_CASE("C06: the same bytes again are another version") {
  loader_world world;
  REQUIRE(world.load_file(fixture("v1")));
  auto old = world.versions.pin_current(module_name);
  CHECK(loader_world::call(*old.get(), "count") == 1);
  REQUIRE(world.load_file(fixture("v1")));
  auto current = world.versions.pin_current(module_name);
  CHECK(old.get() != current.get());
  CHECK(loader_world::call(*current.get(), "count") == 1);
  CHECK(old->md5() == current->md5());
}

TEST_CASE("a removed version leaves memory, and its copy the disk") {
  loader_world world;
  REQUIRE(world.load_file(fixture("v1")));
  REQUIRE(world.load_file(fixture("v2")));
  CHECK(world.copy_count() == 2);
  const std::size_t mapped = os::mapped_count();
  CHECK(world.versions.remove_old(module_name).value() == "removed"_atom);
  CHECK(os::mapped_count() == mapped - 1);
  CHECK(world.copy_count() == 1);
  CHECK(world.versions.still_mapped().empty());
}

TEST_CASE("a file may be overwritten, replaced or deleted while its code runs") {
  loader_world world;
  const std::string path = world.dir / "fixture.so";
  REQUIRE(os::copy_file(fixture("v1"), path));
  REQUIRE(world.load_file(path));
  auto old = world.versions.pin_current(module_name);
  REQUIRE(os::write_file(path, std::string(100'000, 'x')));  // in place
  CHECK(loader_world::call(*old.get(), "number") == 1);
  REQUIRE(os::copy_file(fixture("v2"), path));
  REQUIRE(world.load_file(path));
  CHECK(world.number() == 2);
  REQUIRE(os::delete_file(path));
  CHECK(world.number() == 2);
  CHECK(loader_world::call(*old.get(), "number") == 1);
}

TEST_CASE("a dropped preparation leaves nothing") {
  loader_world world;
  const std::size_t mapped = os::mapped_count();
  { REQUIRE(world.load.prepare(module_name, fixture("v1"))); }
  CHECK(os::mapped_count() == mapped);
  CHECK(world.copy_count() == 0);
}

TEST_CASE("C07: a failed load changes nothing") {
  loader_world world;
  REQUIRE(world.load_file(fixture("v1")));
  const auto before = world.versions.slots_of(module_name);
  CHECK_FALSE(world.load_file(fixture("crashes")));
  CHECK_FALSE(world.load_file(world.dir / "absent.so"));
  const auto after = world.versions.slots_of(module_name);
  CHECK(before.current == after.current);
  CHECK(before.old == after.old);
  CHECK(world.number() == 1);
  CHECK(world.copy_count() == 1);
}

TEST_CASE("C33: the checksum is about the code, not about where and when it was built") {
  loader_world world;
  const auto here = world.load.md5_of(fixture("same_here"));
  const auto there = world.load.md5_of(fixture("same_there_further"));
  REQUIRE(here);
  REQUIRE(there);
  CHECK(*here == *there);
  CHECK(os::read_file(fixture("same_here")).value() != os::read_file(fixture("same_there_further")).value());
  CHECK(world.load.md5_of(fixture("v1")).value() != world.load.md5_of(fixture("v2")).value());
}

TEST_CASE("C34: without an author's version the checksum is the version") {
  loader_world world;
  REQUIRE(world.load_file(fixture("no_vsn")));
  auto held = world.versions.pin_current(module_name);
  CHECK(held->vsn().is_integer());
  CHECK(world.load.about(fixture("no_vsn")).value().vsn == held->vsn());
}

TEST_CASE("about tells name, version and checksum without opening the file") {
  loader_world world;
  const auto about = world.load.about(fixture("other_module"));
  REQUIRE(about);
  CHECK(about->module == "other");
  CHECK(about->vsn == string("1.0.0"));
  CHECK(about->md5.size() == 16);
  CHECK(world.load.trial_count() == 0);
  CHECK(world.load.about(fixture("crashes")));  // its constructor did not run
}

TEST_CASE("preparing from several threads at once") {
  loader_world world;
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&, i] {
      for (int round = 0; round < 5; ++round) {
        auto made = world.load.prepare(module_name, fixture(i % 2 ? "v1" : "v2"));
        good += made && loader_world::call(made->version(), "number") == (i % 2 ? 1 : 2);
        good += !world.load.prepare(module_name, fixture("missing_symbol"));
      }
    });
  for (auto& thread : threads)
    thread.join();
  CHECK(good == 40);
  CHECK(world.copy_count() == 0);
}
