// runtime/process/timers.hpp - one thread that calls back at given times; it starts with the first timer.
// Internal to runtime/process; any thread. O(log n) to set and to cancel.
#pragma once
#include "runtime/process/process.hpp"

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>

namespace twinslot {

class timers {
public:
  struct timer {
    term to;  // pid or name; for `what` timeout a pid
    term message;
    bool is_timeout = false;  // of the process itself (process::set_timeout)
  };
  using fire = std::function<void(timer)>;  // on the timers' thread, without the lock
  explicit timers(fire what);
  ~timers();  // no call back after it
  void set(clock::time_point when, std::uint64_t number, timer what);
  /// When it would have fired; empty: no such timer, or it has fired.
  std::optional<clock::time_point> cancel(std::uint64_t number);
  std::optional<clock::time_point> due(std::uint64_t number) const;
  void stop();

private:
  void run();
  const fire fire_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::pair<clock::time_point, std::uint64_t>, timer> queue_;
  std::unordered_map<std::uint64_t, clock::time_point> numbers_;
  bool stopping_ = false;
  std::thread thread_;
};
}  // namespace twinslot
