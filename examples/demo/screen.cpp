#include "examples/demo/screen.hpp"

#include "examples/demo/failure.hpp"

#include <cerrno>
#include <csignal>
#include <string_view>

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace twinslot::demo {
namespace {
volatile std::sig_atomic_t signal_pipe = -1;

void tell(int number) {
  const int kept = errno;
  const char byte = static_cast<char>(number);
  static_cast<void>(!write(signal_pipe, &byte, 1));
  errno = kept;
}

constexpr int told_signals[] = {SIGWINCH, SIGTERM, SIGHUP, SIGINT};

void write_all(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno != EINTR)
      return;  // the terminal is gone; the next key tells
    text.remove_prefix(written > 0 ? static_cast<std::size_t>(written) : 0);
  }
}
}  // namespace

screen::screen() {
  if (tcgetattr(STDIN_FILENO, &found_) != 0 || pipe2(pipe_, O_CLOEXEC | O_NONBLOCK) != 0)
    throw failure("no terminal");
  signal_pipe = pipe_[1];
  for (const int number : told_signals)
    std::signal(number, tell);
  termios raw = found_;
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG);
  tcsetattr(STDIN_FILENO, TCSANOW, &raw);
  write_all("\x1b[?1049h\x1b[?25l\x1b[2J");
  measure();
}

screen::~screen() {
  write_all("\x1b[m\x1b[?25h\x1b[?1049l");
  tcsetattr(STDIN_FILENO, TCSANOW, &found_);
  for (const int number : told_signals)
    std::signal(number, SIG_DFL);
  signal_pipe = -1;
  close(pipe_[0]);
  close(pipe_[1]);
}

void screen::measure() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
    columns_ = size.ws_col;
    rows_ = size.ws_row;
  }
  drawn_.clear();
}

// Only the rows that differ from what stands there.
void screen::draw(const std::vector<std::string>& rows) {
  std::string text;
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (i >= drawn_.size() || drawn_[i] != rows[i])
      text += "\x1b[" + std::to_string(i + 1) + ";1H" + rows[i];
  drawn_ = rows;
  write_all(text);
}

std::optional<char> screen::key() {
  char byte = 0;
  const ssize_t got = read(STDIN_FILENO, &byte, 1);
  if (got == 1)
    return byte;
  if (got == 0 || errno != EINTR)
    throw leaving{};
  return std::nullopt;
}

void screen::look_at_signals() {
  char number = 0;
  while (read(pipe_[0], &number, 1) == 1) {
    if (number != SIGWINCH)
      throw leaving{};
    measure();
  }
}
}  // namespace twinslot::demo
