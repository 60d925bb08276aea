// examples/demo/transcript.hpp - what a plain terminal shows, as lines: the little that the console writes to one whose
// TERM is dumb. For hosted_console.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace twinslot::demo {

/// Understands text, line feed, carriage return, backspace, and from the control sequences: erase to the end (J, K) and
/// cursor up (A). Others are dropped.
class transcript {
public:
  void feed(std::string_view bytes);
  const std::vector<std::string>& lines() const { return lines_; }  // the last one is being written; never empty
  /// Of the line that is being written.
  std::size_t row() const { return row_; }

private:
  void put(char byte);
  void control(char final);

  std::vector<std::string> lines_{1};
  std::size_t row_ = 0;
  std::size_t column_ = 0;  // in bytes
  std::string sequence_;    // a control sequence that has begun
};
}  // namespace twinslot::demo
