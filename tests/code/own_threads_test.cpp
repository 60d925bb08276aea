// tests/code/own_threads_test.cpp - what a plugin leaves running, or registered, never meets memory that is gone.
#include "runtime/os/mapped.hpp"
#include "tests/code/loader_world.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <csignal>
#include <cstdlib>
#include <thread>

using namespace twinslot;
using namespace twinslot::code;

namespace {
const atom module_name = "fixture"_atom;

/// A plugin whose number/0 was called, and which has left the current slot.
struct used_world : loader_world {
  explicit used_world(const std::string& name) {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    read_end = os::descriptor(ends[0]);
    write_end = os::descriptor(ends[1]);
    ::setenv("TWINSLOT_TEST_PIPE", std::to_string(ends[0]).c_str(), 1);
    REQUIRE(load_file(fixture(name)));
    CHECK(number() == 1);
    REQUIRE(versions.demote(module_name));
  }
  term remove() { return versions.remove_old(module_name).value(); }
  os::descriptor read_end, write_end;
};
}  // namespace

TEST_CASE("a thread of its own keeps a version in memory until it returns, out of the slots") {
  const auto* kind = GENERATE("thread_std", "thread_posix");
  used_world world(kind);
  const std::size_t mapped = os::mapped_count();
  CHECK(world.versions.old(module_name)->thread_count() == 1);
  CHECK(world.remove() == tuple("removed", "still_mapped", tuple("threads", 1)));
  CHECK_FALSE(world.versions.has_old(module_name));
  REQUIRE(world.versions.removed_versions().size() == 1);
  CHECK(world.versions.sweep() == 1);
  CHECK(os::mapped_count() == mapped);
  // Another version is not held up, nor counted for it.
  REQUIRE(world.load_file(fixture("v2")));
  CHECK(world.versions.current(module_name)->thread_count() == 0);
  world.write_end.close();
  while (world.versions.sweep() != 0)
    std::this_thread::yield();
  CHECK(os::mapped_count() == mapped);  // v2 in its place
  CHECK(world.versions.still_mapped().empty());
  CHECK(world.copy_count() == 1);
}

TEST_CASE("a table that ends leaves a version in memory whose own thread runs") {
  const std::size_t mapped = os::mapped_count();
  os::descriptor write_end, read_end;
  {
    used_world world("thread_std");
    write_end = std::move(world.write_end);
    read_end = std::move(world.read_end);
  }
  CHECK(os::mapped_count() == mapped + 1);
  write_end.close();
}

TEST_CASE("an exception that leaves a plugin's thread ends that thread") {
  used_world world("thread_throws");
  CHECK(world.remove() == "removed"_atom);
}

TEST_CASE("a signal handler that was left behind keeps the file in memory, and the report names it") {
  struct sigaction before {};
  ::sigaction(SIGUSR2, nullptr, &before);
  used_world world("signal_handler");
  CHECK(world.remove() ==
        tuple("removed", "still_mapped", tuple("left_behind", list(tuple("signal_handler", "sigusr2")))));
  CHECK(::raise(SIGUSR2) == 0);
  CHECK(world.versions.still_mapped().size() == 1);
  ::sigaction(SIGUSR2, &before, nullptr);
}

TEST_CASE("a key of thread-specific data: kept in memory for its destructor, unless it was deleted") {
  used_world left("thread_key");
  CHECK(left.remove() == tuple("removed", "still_mapped", tuple("left_behind", list(tuple("thread_keys", 1)))));
  used_world deleted("thread_key_deleted");
  CHECK(deleted.remove() == "removed"_atom);
}

TEST_CASE("a plugin that wants to be called at the program's end is refused") {
  loader_world world;
  CHECK(world.reason(fixture("quick_exit")) ==
        about_file("unloadable", fixture("quick_exit"), tuple("outlives", list(string("__cxa_at_quick_exit")))));
  CHECK(world.load.trial_count() == 0);
}
