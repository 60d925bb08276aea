#include "runtime/os/child.hpp"

#include "runtime/os/file.hpp"
#include "tests/catch.hpp"
#include "tests/os/temp_dir.hpp"

#include <unistd.h>
#include <atomic>
#include <csignal>
#include <thread>

using namespace twinslot;
using namespace twinslot::os;
using namespace std::chrono_literals;

namespace {
ended shell(const std::string& script, command how = {}) {
  how.arguments = {"sh", "-c", script};
  return run(how).value();
}

/// Dead, or dead and not yet collected by whoever inherited it.
bool is_dead(const std::string& pid) {
  const auto status = read_file("/proc/" + pid + "/stat");
  return !status || status->find(") Z") != std::string::npos;
}

bool dies_soon(const std::string& pid) {
  const auto deadline = std::chrono::steady_clock::now() + 5s;
  while (!is_dead(pid) && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(1ms);
  return is_dead(pid);
}
}  // namespace

TEST_CASE("run gives output, errors and status") {
  const auto end = shell("echo out; echo err >&2; exit 3");
  CHECK(end.how == ending::exited);
  CHECK(end.code == 3);
  CHECK(end.output == "out\nerr\n");
  CHECK(end.reason() == tuple("exit", 3));
  CHECK_FALSE(end.ok());
  CHECK(shell("true").ok());
}

TEST_CASE("run names the signal") {
  CHECK(shell("kill -SEGV $$").reason() == tuple("signal", "sigsegv"));
}

TEST_CASE("run says why a command cannot start") {
  CHECK(run({.arguments = {"/no/such/program"}}).reason() == "enoent"_atom);
  CHECK(run({.arguments = {"no-such-program-anywhere"}}).reason() == "enoent"_atom);
  CHECK(run({.arguments = {"/"}}).reason() == "eacces"_atom);
  CHECK(run({.arguments = {}}).reason() == "enoent"_atom);
  CHECK(run({.arguments = {"true"}, .directory = "/no/such/directory"}).reason() == "enoent"_atom);
}

TEST_CASE("run sets directory and environment, and gives no input") {
  const scoped_dir dir;
  CHECK(shell("pwd", {.directory = dir.path()}).output == real_path(dir.path()).value() + "\n");
  CHECK(shell("echo $TWINSLOT_ONE $HOME", {.environment = {"TWINSLOT_ONE=1", "HOME=2"}}).output == "1 2\n");
  CHECK(shell("cat; echo end").output == "end\n");
}

TEST_CASE("the deadline kills the child and what it started") {
  const auto start = std::chrono::steady_clock::now();
  const auto end = shell("sleep 100 & echo $!; sleep 100", {.deadline = 300ms});
  CHECK(end.reason() == "timeout"_atom);
  CHECK(std::chrono::steady_clock::now() - start < 20s);
  CHECK(dies_soon(end.output.substr(0, end.output.find('\n'))));
}

TEST_CASE("what a child leaves running is killed with its end") {
  const auto end = shell("sleep 100 & echo $!");
  CHECK(end.ok());
  CHECK(dies_soon(end.output.substr(0, end.output.find('\n'))));
}

TEST_CASE("endless output neither fills memory nor holds up the deadline") {
  const auto end = shell("yes", {.deadline = 300ms, .output_limit_bytes = 1000});
  CHECK(end.reason() == "timeout"_atom);
  CHECK(end.output.size() == 1000);
}

TEST_CASE("large output arrives whole") {
  CHECK(shell("head -c 300000 /dev/zero").output.size() == 300'000);
}

TEST_CASE("a report has a pipe of its own") {
  const auto end = shell("echo shown; echo told >&3", {.report = true});
  CHECK(end.output == "shown\n");
  CHECK(end.report == "told\n");
}

TEST_CASE("a child gets no descriptor of ours") {
  int open_pipe[2];
  REQUIRE(::pipe(open_pipe) == 0);  // without O_CLOEXEC, as a library might
  CHECK(shell("ls /proc/self/fd | wc -l").output == shell("exec 9>&-; ls /proc/self/fd | wc -l").output);
  CHECK(shell("echo x >&" + std::to_string(open_pipe[1]) + " || echo closed").output.find("closed") !=
        std::string::npos);
  ::close(open_pipe[0]);
  ::close(open_pipe[1]);
}

TEST_CASE("a child does not inherit ignored signals") {
  ::signal(SIGPIPE, SIG_IGN);
  CHECK(shell("kill -PIPE $$").reason() == tuple("signal", "sigpipe"));
  ::signal(SIGPIPE, SIG_DFL);
}

TEST_CASE("a descriptor that becomes readable cancels the run") {
  int stop[2];
  REQUIRE(::pipe(stop) == 0);
  std::thread later([&] {
    std::this_thread::sleep_for(50ms);
    CHECK(::write(stop[1], "x", 1) == 1);
  });
  CHECK(shell("sleep 100", {.deadline = 60s, .cancel = stop[0]}).reason() == "cancelled"_atom);
  later.join();
  ::close(stop[0]);
  ::close(stop[1]);
}

TEST_CASE("children run side by side, each with its own end") {
  std::vector<std::thread> threads;
  std::atomic<int> right{0};
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&, i] {
      const auto end = shell("echo " + std::to_string(i) + "; exit " + std::to_string(i));
      right += end.code == i && end.output == std::to_string(i) + "\n";
    });
  for (auto& thread : threads)
    thread.join();
  CHECK(right == 8);
}
