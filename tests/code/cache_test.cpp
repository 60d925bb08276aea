#include "runtime/code/cache.hpp"

#include "tests/code/loader_world.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <atomic>
#include <csignal>
#include <set>
#include <thread>

using namespace twinslot;
using namespace twinslot::code;

TEST_CASE("copies have names that were never used before") {
  const os::scoped_dir dir;
  cache copies(dir.path());
  CHECK(copies.directory().empty());
  std::set<std::string> paths;
  for (int i = 0; i < 5; ++i)
    paths.insert(copies.store("counter", "1f3a90c2", "bytes").value());
  CHECK(paths.size() == 5);
  for (const auto& path : paths) {
    CHECK(os::read_file(path).value() == "bytes");
    CHECK(os::base_name(path).starts_with("counter@1f3a90c2-"));
    CHECK(path.ends_with(".so"));
  }
  cache others(dir.path());
  CHECK(paths.count(others.store("counter", "1f3a90c2", "bytes").value()) == 0);
}

TEST_CASE("a module's name cannot leave the directory") {
  const os::scoped_dir dir;
  cache copies(dir.path());
  const std::string path = copies.store("../../etc/passwd\n", "0", "bytes").value();
  CHECK(os::dir_name(path) == copies.directory());
  CHECK(copies.store(std::string(1000, 'm'), "0", "bytes"));
}

TEST_CASE("the directory is private and gone with its owner") {
  const os::scoped_dir dir;
  std::string own;
  {
    cache copies(dir / "made/on/demand");
    REQUIRE(copies.store("counter", "0", "bytes"));
    own = copies.directory();
    struct stat found {};
    REQUIRE(::stat(own.c_str(), &found) == 0);
    CHECK((found.st_mode & 0777) == 0700);
  }
  CHECK_FALSE(os::is_directory(own));
  CHECK(os::is_directory(dir / "made/on/demand"));
}

TEST_CASE("what a dead process left is removed by the next, what a living one has is not") {
  const os::scoped_dir dir;
  const pid_t dead = ::fork();
  if (dead == 0) {
    cache copies(dir.path());
    const bool stored = bool(copies.store("counter", "0", "bytes"));
    ::_exit(stored ? 0 : 1);  // without its destructor
  }
  int status = 0;
  REQUIRE(::waitpid(dead, &status, 0) == dead);
  REQUIRE(status == 0);
  REQUIRE(os::list_dir(dir.path()).value().size() == 1);

  cache living(dir.path());
  REQUIRE(living.store("counter", "0", "bytes"));
  CHECK(os::list_dir(dir.path()).value() == std::vector<std::string>{os::base_name(living.directory())});
  cache next(dir.path());
  REQUIRE(next.store("counter", "0", "bytes"));
  CHECK(os::is_directory(living.directory()));
  CHECK(os::list_dir(dir.path()).value().size() == 2);
}

TEST_CASE("other people's files in the shared directory are left alone") {
  const os::scoped_dir dir;
  REQUIRE(os::make_dir(dir / "mine"));
  REQUIRE(os::write_file(dir / "node-file", "x"));
  REQUIRE(os::write_file(dir / "target", "x"));
  REQUIRE(::symlink(dir.path().c_str(), (dir / "node-link").c_str()) == 0);
  {
    cache copies(dir.path());
    REQUIRE(copies.store("counter", "0", "bytes"));
  }
  CHECK(os::list_dir(dir.path()).value() == std::vector<std::string>{"mine", "node-file", "node-link", "target"});
}

TEST_CASE("a cleaner of temporary files may take the directory away") {
  const os::scoped_dir dir;
  cache copies(dir.path());
  REQUIRE(copies.store("counter", "0", "bytes"));
  REQUIRE(os::remove_tree(copies.directory()));
  CHECK(copies.store("counter", "0", "bytes"));
}

TEST_CASE("no place for copies") {
  const os::scoped_dir dir;
  REQUIRE(os::write_file(dir / "file", "x"));
  cache copies(dir / "file/below");
  CHECK(copies.store("counter", "0", "bytes").reason() == tuple("copy_failed", "enotdir", string(dir / "file/below")));
  loader_world world({.cache_directory = dir / "file/below"});
  CHECK(world.reason(fixture("v1")) ==
        tuple("copy_failed", string(fixture("v1")), "enotdir", string(dir / "file/below")));
}

TEST_CASE("without a place given, copies lie in a private directory below the temporary one") {
  const os::scoped_dir dir;
  const std::string before = os::temp_dir();
  REQUIRE(::setenv("TMPDIR", dir.path().c_str(), 1) == 0);
  {
    cache copies("");
    REQUIRE(copies.store("counter", "0", "bytes"));
    const std::string shared = os::dir_name(copies.directory());
    CHECK(os::base_name(shared) == "twinslot-" + std::to_string(::geteuid()));
  }
  CHECK(os::list_dir(dir.path()).value().empty());
  // Somebody else was there first, and everybody may write to it.
  const std::string taken = dir / ("twinslot-" + std::to_string(::geteuid()));
  REQUIRE(os::make_dir(taken));
  REQUIRE(::chmod(taken.c_str(), 0777) == 0);
  cache copies("");
  CHECK(copies.store("counter", "0", "bytes").reason()[0] == "copy_failed"_atom);
  REQUIRE(::setenv("TMPDIR", before.c_str(), 1) == 0);
}

TEST_CASE("nodes that start and end at once leave each other's copies alone") {
  const os::scoped_dir shared;
  std::atomic<int> lost{0};
  std::vector<std::thread> nodes;
  for (int i = 0; i < 6; ++i)
    nodes.emplace_back([&] {
      for (int round = 0; round < 100; ++round) {
        cache mine(shared.path());
        const auto copy = mine.store("counter", "1", "bytes");
        std::this_thread::yield();
        lost += !copy || !os::read_file(*copy);
      }
    });
  for (auto& each : nodes)
    each.join();
  CHECK(lost == 0);
}
