// examples/demo/hosted_console.hpp - the real console in a terminal of its own: types into it, reads what it shows.
//
// The terminal is plain (TERM=dumb) and wide, so that no line is broken in it; who draws breaks lines.
// Source: forkpty(3), as script(1) and expect do it.
#pragma once
#include "examples/demo/transcript.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace twinslot::demo {

class hosted_console {
public:
  /// Errors: failure - no terminal, or no process for it.
  hosted_console(const std::string& program, const std::string& directory);
  /// Hangs up; a console that does not end by that within two seconds is killed.
  ~hosted_console();
  hosted_console(const hosted_console&) = delete;

  int descriptor() const { return master_; }
  /// Takes in what the console has written. Errors: failure - it has ended.
  void read();
  void type(std::string_view text);
  /// The console waits for a command: its prompt stands alone in the last line, and the line editor has the terminal.
  bool is_at_prompt() const;
  /// Row of the transcript that is being written.
  std::size_t row() const { return shown_.row(); }
  /// From now on lines() begins here, and prompts are counted from 1.
  void begin_here();
  /// What a person would have seen, without blanks at the end.
  std::vector<std::string> lines(std::size_t first_row = 0) const;

private:
  int master_ = -1;
  pid_t child_ = -1;
  transcript shown_;
  std::size_t begin_row_ = 0;
  int prompts_before_ = 0;
};
}  // namespace twinslot::demo
