// examples/demo/screen.hpp - the person's terminal: draws rows on it, hands over keys, and leaves it as it was found.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include <termios.h>

namespace twinslot::demo {

class screen {
public:
  /// Takes standard input and output, which must be terminals: another page, no cursor, no echo. One at a time.
  screen();
  ~screen();
  screen(const screen&) = delete;

  int columns() const { return columns_; }
  int rows() const { return rows_; }
  void draw(const std::vector<std::string>& rows);

  /// The next key, if one was pressed; Ctrl-C and Ctrl-D are keys too. Throws leaving when the terminal is gone.
  std::optional<char> key();
  /// Readable when the terminal's size has changed or a signal asks to leave.
  int signals() const { return pipe_[0]; }
  /// Takes in what signals() told. Throws leaving.
  void look_at_signals();

private:
  void measure();

  termios found_{};
  int pipe_[2] = {-1, -1};
  int columns_ = 80;
  int rows_ = 24;
  std::vector<std::string> drawn_;
};
}  // namespace twinslot::demo
