// tests/code/constructors_test.cpp - constructors that behave in the trial and not in the node: the next load and every
// thread go on.
#include "runtime/os/child.hpp"
#include "runtime/os/executable_path.hpp"
#include "runtime/os/mapped.hpp"
#include "tests/code/loader_world.hpp"

#include <dlfcn.h>
#include <unistd.h>
#include <cstdlib>
#include <string>
#include <thread>

using namespace twinslot;
using namespace twinslot::code;
using namespace std::chrono_literals;

namespace {
const atom module_name = "fixture"_atom;

term why(loader_world& world, const std::string& name) {
  const term reason = world.reason(fixture(name));
  INFO(name << ": " << to_text_w(reason));
  REQUIRE(reason.is_tagged("open_failed"_atom, 3));
  CHECK(reason[1] == string(fixture(name)));
  return reason[2];
}

struct counted {
  ~counted() { ++count; }
  int touched = 0;
  static inline std::atomic<int> count{0};
};

/// The first use of such an object in a thread takes the lock of the system's loader.
void use_thread_local_object() {
  const int before = counted::count;
  std::thread([] {
    static thread_local counted mine;
    ++mine.touched;
  }).join();
  CHECK(counted::count == before + 1);
}

/// Any thread can open files and start using thread-local objects.
void loader_is_free(loader_world& world) {
  std::thread([&] { CHECK(world.reason(fixture("v1")) == "accepted"_atom); }).join();
  use_thread_local_object();
}
}  // namespace

TEST_CASE(
    "a constructor that throws in the node only: refused, the loader is free, what was constructed is destroyed") {
  loader_world world;
  ::unsetenv("TWINSLOT_TEST_FIRST_OBJECT");
  const std::size_t before = os::mapped_count();
  for (int i = 0; i < 3; ++i) {
    CHECK(why(world, "throws_in_host") == tuple("threw", string("only in the host")));
    loader_is_free(world);
  }
  CHECK(os::mapped_count() == before);
  CHECK(world.copy_count() == 0);
  CHECK(std::string(std::getenv("TWINSLOT_TEST_FIRST_OBJECT")) == "destroyed");
}

TEST_CASE("a constructor that waits in the node only: refused after the deadline, no other thread waits for it") {
  loader_world world({.trial_deadline = 300ms});
  std::thread waits([&] { CHECK(why(world, "waits_in_host") == "timeout"_atom); });
  while (world.load.trial_count() == 0)
    std::this_thread::yield();
  loader_is_free(world);
  waits.join();
  loader_is_free(world);
}

TEST_CASE("an entry that waits in the node only") {
  loader_world world({.trial_deadline = 300ms});
  CHECK(why(world, "waits_in_entry") == "timeout"_atom);
  loader_is_free(world);
}

TEST_CASE("a destructor that does not come to its end keeps the file in memory, and says so") {
  loader_world world({.trial_deadline = 300ms});
  const auto removed = [&](const std::string& name) {
    REQUIRE(world.load_file(fixture(name)));
    REQUIRE(world.versions.demote(module_name));
    return world.versions.remove_old(module_name).value();
  };
  CHECK(removed("destructor_waits_in_host") == tuple("removed", "still_mapped", tuple("destructors", "timeout")));
  loader_is_free(world);
  CHECK(removed("destructor_throws_in_host") ==
        tuple("removed", "still_mapped", tuple("destructors", tuple("threw", string("not closed")))));
  loader_is_free(world);
}

TEST_CASE("constructors and destructors run once and in the order that the system's loader has") {
  loader_world world;
  ::unsetenv("TWINSLOT_TEST_ORDER");
  REQUIRE(world.load_file(fixture("order")));
  CHECK(std::string(std::getenv("TWINSLOT_TEST_ORDER")) == "abc");
  REQUIRE(world.versions.demote(module_name));
  CHECK(world.versions.remove_old(module_name).value() == "removed"_atom);
  const std::string ours = std::getenv("TWINSLOT_TEST_ORDER");
  ::unsetenv("TWINSLOT_TEST_ORDER");
  void* plain = ::dlopen(fixture("order").c_str(), RTLD_NOW | RTLD_LOCAL);
  REQUIRE(plain);
  REQUIRE(::dlclose(plain) == 0);
  CHECK(ours == std::getenv("TWINSLOT_TEST_ORDER"));
}

// In a process of its own, as no file can be opened afterwards.
TEST_CASE("an exception through the system's loader", "[.loader_held]") {
  loader_world world;
  REQUIRE(world.load_file(fixture("v1")));
  const term threw = why(world, "needs_thrower");
  CHECK(threw == tuple("threw", string("a library's constructor")));
  std::thread([&] {
    const term held = why(world, "v2");
    REQUIRE(held.is_tagged("loader_held"_atom, 3));
    CHECK(held[2] == string("a library's constructor"));
    REQUIRE(world.versions.demote(module_name));
    CHECK(world.versions.remove_old(module_name).value() == tuple("removed", "still_mapped", "loader_held"));
  }).join();
  std::puts("every load was answered");
  std::fflush(stdout);
  ::_exit(0);
}

// AddressSanitizer's dlopen stands between, and lets no exception pass: there the program ends.
#ifndef __SANITIZE_ADDRESS__
TEST_CASE("after an exception through the system's loader each load is refused at once") {
  const auto end = os::run({.arguments = {os::executable_path(), "[.loader_held]"}, .deadline = 60s}).value();
  INFO(end.output);
  CHECK(end.ok());
  CHECK(end.output.ends_with("every load was answered\n"));
}
#endif
