// runtime/os/child.hpp - runs a command to its end: what it printed, how it ended, never longer than allowed.
//
// The child is the leader of a process group of its own; whatever of that group is left when it ends, or when the
// deadline passes, is killed. It starts with the default signal actions, /dev/null as its input and no descriptor of
// ours but the ones named here. Any thread; nothing runs between fork and exec (posix_spawn), so that a large or
// threaded program starts children as safely and quickly as a small one.
#pragma once
#include "runtime/os/posix.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace twinslot::os {

struct command {
  std::vector<std::string> arguments{};      // [0] is searched for in $PATH unless it has a slash
  std::vector<std::string> environment{};    // NAME=value: added to ours, or in place of ours
  std::string directory{};                   // empty: ours
  std::chrono::milliseconds deadline{0};     // wall clock, then it is killed; 0: none
  std::size_t output_limit_bytes = 1 << 20;  // more than that is read and dropped
  bool report = false;                       // descriptor 3 is a pipe to us: `ended::report`
  int cancel = -1;                           // killed, as by the deadline, once this descriptor is readable; -1: none
};

enum class ending { exited, signaled, timeout, cancelled };
struct ended {
  ending how;
  int code;            // exit status, or the signal's number
  std::string output;  // standard output and error as they came
  std::string report;
  bool ok() const noexcept { return how == ending::exited && code == 0; }
  /// {exit, Status} | {signal, Name} | timeout | cancelled
  term reason() const;
};

/// Errors: a posix atom - the command could not be started (enoent, eacces ...).
result<ended> run(const command& what);
}  // namespace twinslot::os
