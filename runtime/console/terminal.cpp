#include "runtime/console/terminal.hpp"

#include <csignal>
#include <cstdlib>
#include <initializer_list>

#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

// There in a program that a sanitizer watches: called before it ends the program after a report.
extern "C" void __sanitizer_set_death_callback(void (*callback)()) __attribute__((weak));

namespace twinslot::console {
namespace {
termios found_settings;
volatile std::sig_atomic_t has_settings = 0;

void crashed(int number) {
  restore_terminal();
  std::signal(number, SIG_DFL);
  std::raise(number);
}
}  // namespace

void remember_terminal() {
  if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &found_settings) != 0)
    return;
  has_settings = 1;
  std::atexit(restore_terminal);
  std::at_quick_exit(restore_terminal);
  if (__sanitizer_set_death_callback != nullptr)
    __sanitizer_set_death_callback([] { restore_terminal(); });
  for (int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGQUIT}) {
    struct sigaction found {};
    // A sanitizer's handler stays: it tells more.
    if (sigaction(number, nullptr, &found) == 0 && found.sa_handler == SIG_DFL)
      std::signal(number, crashed);
  }
}

void restore_terminal() noexcept {
  if (has_settings)
    tcsetattr(STDIN_FILENO, TCSANOW, &found_settings);
}

int terminal_columns() noexcept {
  winsize size{};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}
}  // namespace twinslot::console
