// tests/chaos/storm.hpp - several processes do at random to 60 servers of one module whatever can be done to them, and
// to the module; after each storm, when all is quiet, a model says what every server's state and version must be.
//
//     storm   loads, purges, deletes, upgrades (good, refused, timed out), suspend, resume, change_code, get_state,
//             replace_state, calls, casts, handlers that wait, timers, monitors, kills and stops; beside it TCP clients
//             of another module, whose code is loaded and purged as well
//     quiet   every server goes on, one load and one upgrade move all; then each state is as predicted, to the last
//             message, in the current version, and nothing of the former ones is left
//
// Every step is drawn from the seed. The log has the steps in the order in which they began; a replay lets them begin
// in that order again.
#pragma once
#include "runtime/process/node.hpp"

#include <atomic>
#include <cstdint>
#include <fstream>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace twinslot::chaos {

struct settings {
  std::uint32_t seed = 1;
  int seconds = 5;
  int actors = 6;
  int servers = 60;
  int clients = 4;
  std::string log;     // a file to write; empty: none
  std::string replay;  // a file to read; empty: steps are drawn
  std::string chaos_plugins, echo_plugins;
};

/// One step of an actor: what, and two numbers whose meaning the operation knows.
struct step {
  int operation;
  std::uint32_t first, second;
};

/// Where steps come from and where they are noted.
class script {
public:
  explicit script(const settings& chosen);
  /// The next step of an actor in a round; nothing: the replay has no more of them.
  bool next(int round, int actor, std::minstd_rand& dice, step& drawn);
  void note(int round, int actor, const step& done, const std::string& result);
  /// The last lines, for a failure.
  std::string tail();
  std::uint64_t count() const noexcept { return count_; }
  bool replays() const noexcept { return !recorded_.empty(); }
  int rounds() const noexcept { return rounds_; }

private:
  struct recorded {
    std::uint64_t number;
    step what;
  };
  std::mutex mutex_;
  std::ofstream out_;
  std::vector<std::string> last_;
  std::map<std::pair<int, int>, std::vector<recorded>> recorded_;  // by round and actor, newest first
  std::atomic<std::uint64_t> count_{0};
  std::uint64_t begun_ = 0;  // in a replay: the number of the last step that began
  int rounds_ = 0;
};

/// Empty: every storm went as predicted. Else what did not, and the end of the log.
std::string run(const settings& chosen);

/// Clients of the echo server on this port: each sends a line, and must get it back with the next number.
class tcp_clients {
public:
  tcp_clients(std::uint16_t port, int count);
  ~tcp_clients();
  tcp_clients(const tcp_clients&) = delete;
  /// Empty: every line came back.
  std::string failure();
  std::uint64_t lines() const noexcept { return lines_; }

private:
  void talk(std::uint16_t port, int number);
  std::atomic<bool> over_{false};
  std::atomic<std::uint64_t> lines_{0};
  std::mutex mutex_;
  std::string failure_;
  std::vector<std::thread> threads_;
};
}  // namespace twinslot::chaos
