// runtime/console/signals.hpp - Ctrl-C and the other signals of a person or a service manager, in a thread of their
// own.
//
// A handler here is an ordinary function that may lock and send; no code runs inside a signal.
#pragma once
#include <functional>
#include <thread>

namespace twinslot::console {

class signal_watch {
public:
  /// SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP and SIGCONT wait for a watch instead of what the system does; a closed
  /// pipe is an error of the write. In the first thread, before others start: they inherit it.
  static void block();
  /// Calls `handle` with each signal until it is destroyed. SIGTSTP it handles itself: the program stops.
  explicit signal_watch(std::function<void(int)> handle);
  ~signal_watch();
  signal_watch(const signal_watch&) = delete;
  /// Ends the program as if nobody had handled the signal; exit handlers have run.
  [[noreturn]] static void end_program(int number);

private:
  std::function<void(int)> handle_;
  int signals_ = -1;
  int stop_ = -1;
  std::thread thread_;
};
}  // namespace twinslot::console
