// tests/both_ends/console.hpp - the real console as a child process: types into it, reads the lines that it prints.
#pragma once
#include <chrono>
#include <string>
#include <vector>

#include <sys/types.h>

namespace both_ends {

class console {
public:
  /// Errors: failure - it can't be started.
  console(const std::string& program, const std::string& directory);
  ~console();
  console(const console&) = delete;

  void type(const std::string& line);
  /// Waits for more output. False: there was none until then, or it has ended.
  bool read(std::chrono::steady_clock::time_point until);
  /// Waits until that many prompts were shown: it is done with everything typed before.
  /// Errors: failure - they were not.
  void await_prompt(int count);
  /// Whole lines that nobody has taken yet, in order.
  std::vector<std::string>& lines() { return lines_; }
  /// The end of its input, then of the program: its status.
  int finish();

private:
  int prompts() const;
  int input_ = -1;
  int output_ = -1;
  pid_t child_ = -1;
  std::string started_;  // a line without its end
  std::vector<std::string> lines_;
  int prompts_ = 0;  // in whole lines
};
}  // namespace both_ends
