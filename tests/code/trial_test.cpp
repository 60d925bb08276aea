// tests/code/trial_test.cpp - what a plugin does while it is opened meets the helper and never this process.
#include "runtime/os/child.hpp"
#include "tests/code/loader_world.hpp"

#include <signal.h>
#include <unistd.h>
#include <cerrno>
#include <cstdlib>
#include <cstring>

using namespace twinslot;
using namespace twinslot::code;
using namespace std::chrono_literals;

namespace {
term why(loader_world& world, const std::string& name) {
  const term reason = world.reason(fixture(name));
  INFO(name << ": " << to_text_w(reason));
  REQUIRE(reason.is_tagged("trial_failed"_atom, 3));
  CHECK(reason[1] == string(fixture(name)));
  return reason[2];
}

/// The process whose number the plugin wrote is no more.
bool is_gone(const std::string& file) {
  const std::string bytes = os::read_file(file).value();
  pid_t number = 0;
  REQUIRE(bytes.size() == sizeof number);
  std::memcpy(&number, bytes.data(), sizeof number);
  return ::kill(number, 0) != 0 && errno == ESRCH;
}
}  // namespace

TEST_CASE("a constructor that throws") {
  loader_world world;
  CHECK(why(world, "throws") == tuple("threw", string("no luck today")));
  CHECK(why(world, "throws_int") == tuple("threw", string("unknown")));
}

TEST_CASE("a constructor that aborts or crashes") {
  loader_world world;
  CHECK(why(world, "aborts") == tuple("signal", "sigabrt"));
  const term crashed = why(world, "crashes");
  CHECK(crashed[0] == "signal"_atom);
}

TEST_CASE("a constructor that ends the process, also with status 0") {
  loader_world world;
  CHECK(why(world, "exits") == tuple("exit", 0));
  CHECK(why(world, "exits_at_once") == tuple("exit", 7));
  CHECK(why(world, "reports_ok") == tuple("exit", 0));
  CHECK(why(world, "closes_descriptors") == tuple("exit", 2));
}

TEST_CASE("code that never returns, at opening or at closing, meets the deadline") {
  loader_world world({.trial_deadline = 500ms});
  const auto start = std::chrono::steady_clock::now();
  CHECK(why(world, "hangs") == "timeout"_atom);
  CHECK(why(world, "hangs_at_close") == "timeout"_atom);
  CHECK(std::chrono::steady_clock::now() - start < 30s);
}

TEST_CASE("threads and handles that would outlive the plugin") {
  loader_world world;
  CHECK(why(world, "starts_thread")[0] == "threads_left"_atom);  // with TSan there is one more
  CHECK(why(world, "opens_itself") == tuple("stayed_mapped", "held"));
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // which take more address space than any limit
TEST_CASE("a constructor that takes more memory than a trial has") {
  loader_world world;
  CHECK(why(world, "allocates") == tuple("threw", string("std::bad_alloc")));
  loader_world large({.trial_memory_bytes = std::uint64_t{4} << 30});
  CHECK(large.reason(fixture("allocates")) == "accepted"_atom);
}
#endif

TEST_CASE("processes that a constructor starts end with the trial, also in a session of their own") {
  loader_world world({.trial_deadline = 1s});
  const std::string file = world.dir / "number";
  ::setenv("TWINSLOT_TEST_FILE", file.c_str(), 1);
  CHECK(why(world, "leaves_process") == "processes_left"_atom);
  CHECK(is_gone(file));
  REQUIRE(os::delete_file(file));
  ::setenv("TWINSLOT_TEST_WAIT", "1", 1);
  CHECK(why(world, "leaves_process") == "timeout"_atom);
  CHECK(is_gone(file));
  ::unsetenv("TWINSLOT_TEST_FILE");
  ::unsetenv("TWINSLOT_TEST_WAIT");
  CHECK(world.reason(fixture("leaves_process")) == "accepted"_atom);
}

TEST_CASE("a plugin that prints is tried in silence") {
  loader_world world;
  CHECK(world.reason(fixture("prints")) == "accepted"_atom);
}

TEST_CASE("success is remembered by content, failure is not") {
  loader_world world;
  REQUIRE(world.load.prepare("fixture"_atom, fixture("v1")));
  CHECK(world.load.trial_count() == 1);
  const std::string copy = world.dir / "elsewhere.so";
  REQUIRE(os::copy_file(fixture("v1"), copy));
  REQUIRE(world.load.prepare("fixture"_atom, copy));
  CHECK(world.load.trial_count() == 1);
  REQUIRE(world.load.prepare("fixture"_atom, fixture("v2")));
  CHECK(world.load.trial_count() == 2);
  CHECK(why(world, "exits") == why(world, "exits"));
  CHECK(world.load.trial_count() == 4);
}

TEST_CASE("no helper, or one that is none") {
  loader_world absent({.probe = "/no/such/probe"});
  CHECK(why(absent, "v1") == tuple("probe", "enoent", string("/no/such/probe")));
  loader_world wrong({.probe = "/bin/true"});
  CHECK(why(wrong, "v1") == tuple("exit", 0));
}

TEST_CASE("the helper answers a human too") {
  const auto verdict = [](const std::string& name) {
    return os::run({.arguments = {PROBE, fixture(name), "fixture"}}).value();
  };
  const auto good = verdict("v1");
  CHECK(good.output == "ok\n");
  CHECK(good.code == 0);
  const auto bad = verdict("missing_symbol");
  CHECK(bad.output == "{missing_symbol,\"nobody_defines_this\"}\n");
  CHECK(bad.code == 1);
  CHECK(os::run({.arguments = {PROBE}}).value().code == 2);
}
