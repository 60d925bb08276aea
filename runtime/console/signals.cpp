#include "runtime/console/signals.hpp"

#include "runtime/console/terminal.hpp"

#include <csignal>
#include <cstdint>
#include <cstdlib>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace twinslot::console {
namespace {
sigset_t watched() {
  sigset_t set;
  sigemptyset(&set);
  for (int number : {SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP, SIGCONT})
    sigaddset(&set, number);
  return set;
}
}  // namespace

void signal_watch::block() {
  const sigset_t set = watched();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

signal_watch::signal_watch(std::function<void(int)> handle) : handle_(std::move(handle)) {
  const sigset_t set = watched();
  signals_ = signalfd(-1, &set, SFD_CLOEXEC);
  stop_ = eventfd(0, EFD_CLOEXEC);
  thread_ = std::thread([this] {
    for (;;) {
      pollfd both[] = {{signals_, POLLIN, 0}, {stop_, POLLIN, 0}};
      if (poll(both, 2, -1) < 0)
        continue;
      if (both[1].revents != 0)
        return;
      signalfd_siginfo arrived{};
      if (read(signals_, &arrived, sizeof arrived) != sizeof arrived)
        continue;
      const int number = static_cast<int>(arrived.ssi_signo);
      if (number == SIGTSTP) {  // Ctrl-Z: whoever has the terminal now finds it as it was
        restore_terminal();
        kill(getpid(), SIGSTOP);
      } else {
        handle_(number);
      }
    }
  });
}

signal_watch::~signal_watch() {
  const std::uint64_t one = 1;
  static_cast<void>(write(stop_, &one, sizeof one));
  thread_.join();
  close(signals_);
  close(stop_);
}

void signal_watch::end_program(int number) {
  restore_terminal();
  std::signal(number, SIG_DFL);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, number);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  std::raise(number);
  std::_Exit(128 + number);
}
}  // namespace twinslot::console
