// actors/upgrade/progress.hpp - a line that shows how far something is, once it takes longer than a second.
//
//     [##########..........]  50 % code_change 500/1000
//
// Written to the node's output, and only where standard output is a terminal; gone when it is finished.
#pragma once
#include "runtime/process/node.hpp"

namespace twinslot::upgrade {

class progress {
public:
  static constexpr std::chrono::milliseconds redraw_time{100};
  progress(node& home, bool wanted);
  /// A new step of `count` things.
  void step(const char* name, std::size_t count);
  /// `done` of them, so far.
  void reached(std::size_t done);
  void finish();

private:
  void draw();
  node& home_;
  const bool shown_;
  const clock::time_point begin_ = clock::now();
  clock::time_point drawn_{};
  const char* name_ = "";
  std::size_t done_ = 0, count_ = 0;
};

/// The line itself, without the control characters around it.
std::string progress_line(const char* name, std::size_t done, std::size_t count);
}  // namespace twinslot::upgrade
