#include "examples/demo/hosted_console.hpp"

#include "examples/demo/failure.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

namespace twinslot::demo {
namespace {
constexpr unsigned short terminal_columns = 240;  // wider than any command of a demo
constexpr int patience_ms = 2000;                 // then a console that was hung up on is killed

// What ends a prompt: of a new expression, and of one that goes on.
constexpr const char* prompt_ends[] = {"> ", ".. "};

// "12> text" and "12.. text" -> 12; 0: no prompt in front.
int prompt_of(const std::string& line) {
  const std::size_t digits = std::min(line.find_first_not_of("0123456789"), line.size());
  const auto ends_there = [&](const char* end) { return line.compare(digits, std::strlen(end), end) == 0; };
  return digits > 0 && digits < 6 && std::any_of(std::begin(prompt_ends), std::end(prompt_ends), ends_there)
             ? std::stoi(line)
             : 0;
}

[[noreturn]] void become_console(const std::string& program, const std::string& directory) {
  setenv("HOME", directory.c_str(), 1);  // its history is not the reader's
  setenv("TMPDIR", directory.c_str(), 1);
  setenv("TERM", "dumb", 1);
  unsetenv("XDG_STATE_HOME");
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (chdir(directory.c_str()) == 0)
    execl(program.c_str(), program.c_str(), static_cast<char*>(nullptr));
  _exit(127);
}
}  // namespace

hosted_console::hosted_console(const std::string& program, const std::string& directory) {
  const winsize size{50, terminal_columns, 0, 0};
  child_ = forkpty(&master_, nullptr, nullptr, &size);
  if (child_ < 0)
    throw failure("no terminal for the console");
  if (child_ == 0)
    become_console(program, directory);
}

hosted_console::~hosted_console() {
  close(master_);
  kill(child_, SIGHUP);
  for (int waited_ms = 0; waitpid(child_, nullptr, WNOHANG) == 0; waited_ms += 10) {
    if (waited_ms == patience_ms)
      kill(child_, SIGKILL);
    poll(nullptr, 0, 10);
  }
}

void hosted_console::read() {
  char bytes[4096];
  const ssize_t got = ::read(master_, bytes, sizeof bytes);
  if (got > 0)
    shown_.feed({bytes, static_cast<std::size_t>(got)});
  else if (got == 0 || (errno != EINTR && errno != EAGAIN))
    throw failure("the console has ended: " + shown_.lines().back());
}

void hosted_console::type(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(master_, text.data(), text.size());
    if (written < 0 && errno != EINTR)
      throw failure("the console does not read");
    text.remove_prefix(written > 0 ? static_cast<std::size_t>(written) : 0);
  }
}

bool hosted_console::is_at_prompt() const {
  const std::string& last = shown_.lines().back();
  if (prompt_of(last) == 0 || last.find(' ') + 1 != last.size())
    return false;
  termios settings{};
  return tcgetattr(master_, &settings) == 0 && (settings.c_lflag & ICANON) == 0;
}

void hosted_console::begin_here() {
  begin_row_ = shown_.row();
  prompts_before_ = prompt_of(shown_.lines().back()) - 1;
}

std::vector<std::string> hosted_console::lines(std::size_t first_row) const {
  const auto first = static_cast<std::ptrdiff_t>(std::max(first_row, begin_row_));
  std::vector<std::string> all(shown_.lines().begin() + first, shown_.lines().end());
  for (std::string& line : all)
    if (const int number = prompt_of(line))
      line = std::to_string(number - prompts_before_) + line.substr(line.find_first_of(">."));
  return all;
}
}  // namespace twinslot::demo
