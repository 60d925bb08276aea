// tests/code/unload_test.cpp - what is closed is gone: from memory, from the disk, also after many times.
#include "runtime/os/mapped.hpp"
#include "tests/code/loader_world.hpp"

#include <dlfcn.h>
#include <unistd.h>
#include <algorithm>
#include <sstream>
#include <thread>

using namespace twinslot;
using namespace twinslot::code;

namespace {
const atom module_name = "fixture"_atom;

struct map_lines {
  std::size_t of_files = 0;
  std::size_t nameless = 0;
};
map_lines count_map_lines() {
  map_lines found;
  std::istringstream maps(os::read_file("/proc/self/maps").value());
  for (std::string line; std::getline(maps, line);)
    ++(line.find('/') == line.npos ? found.nameless : found.of_files);
  return found;
}

/// The path of the only copy in the cache.
std::string copy_path(loader_world& world) {
  const auto names = os::list_dir(world.load.cache_directory()).value();
  REQUIRE(names.size() == 1);
  return os::join(world.load.cache_directory(), names[0]);
}
}  // namespace

TEST_CASE("loading and purging 200 times leaves no mapping and no copy") {
  loader_world world;
  const auto round = [&](int number) {
    REQUIRE(world.load_file(fixture(number % 2 ? "v1" : "v2")));
    if (world.versions.has_old(module_name))
      REQUIRE(world.versions.remove_old(module_name).value() == "removed"_atom);
  };
  for (int i = 0; i < 10; ++i)
    round(i);
  const auto lines = count_map_lines();
  const std::size_t libraries = os::mapped_count();
  constexpr int rounds = 200;
  for (int i = 0; i < rounds; ++i)
    round(i);
  CHECK(os::mapped_count() == libraries);
  CHECK(count_map_lines().of_files == lines.of_files);
  CHECK(count_map_lines().nameless < lines.nameless + rounds / 10);  // an allocator takes some, not some a round
  CHECK(world.copy_count() == 1);
  CHECK(world.load.trial_count() == 2);
}

TEST_CASE("a version that stays in memory is reported, and forgotten once it left") {
  loader_world world;
  REQUIRE(world.load_file(fixture("v1")));
  const std::string path = copy_path(world);
  void* held = ::dlopen(path.c_str(), RTLD_NOW | RTLD_NOLOAD);
  REQUIRE(held);
  REQUIRE(world.versions.demote(module_name));
  CHECK(world.versions.remove_old(module_name).value() == tuple("removed", "still_mapped", "held"));
  CHECK(os::is_mapped(path));
  CHECK(os::is_regular(path));  // for a debugger
  const auto remnants = world.versions.still_mapped();
  REQUIRE(remnants.size() == 1);
  CHECK(remnants[0] == tuple("fixture", string("1.0.0"), string(path), "held"));
  REQUIRE(::dlclose(held) == 0);
  CHECK(world.versions.still_mapped().empty());
  CHECK_FALSE(os::is_regular(path));
}

TEST_CASE("thread-local destructors, where they are accepted, keep a version until the thread ends") {
  loader_world world({.accept_thread_local_destructors = true});
  REQUIRE(world.load_file(fixture("thread_local_destructor")));
  std::atomic<int> step{0};
  std::thread user([&] {
    CHECK(world.number() == 1);
    step = 1;
    step.notify_all();
    step.wait(1);
  });
  step.wait(0);
  REQUIRE(world.versions.demote(module_name));
  CHECK(world.versions.remove_old(module_name).value() == tuple("removed", "still_mapped", "thread_local_destructors"));
  CHECK(world.versions.still_mapped().size() == 1);
  step = 2;
  step.notify_all();
  user.join();
  // It leaves with the next library that is closed.
  REQUIRE(world.load.prepare(module_name, fixture("v1")));
  CHECK(world.versions.still_mapped().empty());
}

TEST_CASE("a library whose thread-local object nobody touched leaves at once") {
  loader_world world({.accept_thread_local_destructors = true});
  REQUIRE(world.load_file(fixture("thread_local_destructor")));
  REQUIRE(world.versions.demote(module_name));
  CHECK(world.versions.remove_old(module_name).value() == "removed"_atom);
}

TEST_CASE("a table may outlive the loader that filled it") {
  const os::scoped_dir dir;
  const abi::host_table host = term_functions();
  table versions;
  {
    loader load(versions, host, {.cache_directory = dir / "cache", .probe = PROBE});
    std::vector<prepared> batch;
    batch.push_back(load.prepare(module_name, fixture("v1")).value());
    REQUIRE(versions.finish(std::move(batch)));
  }
  CHECK(os::list_dir(dir / "cache").value().empty());
  CHECK(loader_world::call(*versions.pin_current(module_name).get(), "number") == 1);
  REQUIRE(versions.demote(module_name));
  CHECK(versions.remove_old(module_name).value() == "removed"_atom);
}
