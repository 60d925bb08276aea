// runtime/code/probe_guard.cpp
#include "runtime/code/probe_guard.hpp"

#include "runtime/os/file.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

namespace twinslot::code {
namespace {
using clock = std::chrono::steady_clock;
constexpr rlim_t file_limit_bytes = rlim_t{1} << 30;
constexpr rlim_t more_processes = 64;  // than the whole system has now

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool has_shadow_memory = true;  // more address space than any limit
#else
constexpr bool has_shadow_memory = false;
#endif

void limit(decltype(RLIMIT_CPU) what, rlim_t most) {
  rlimit now{};
  ::getrlimit(what, &now);
  const rlim_t soft = std::min(most, now.rlim_max);
  const rlimit then{soft, now.rlim_max};
  ::setrlimit(what, &then);
}

/// Of the whole system: "0.20 0.18 0.12 1/80 11206" has it behind the slash.
std::optional<rlim_t> count_tasks() {
  const auto text = os::read_file("/proc/loadavg");
  const auto slash = text ? text->find('/') : std::string::npos;
  if (slash == std::string::npos)
    return {};
  return std::strtoull(text->c_str() + slash + 1, nullptr, 10);
}

void take_limits(const trial_limits& limits) {
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, file_limit_bytes);
  if (limits.memory_bytes != 0 && !has_shadow_memory)
    limit(RLIMIT_AS, limits.memory_bytes);
  if (limits.deadline.count() > 0)
    limit(RLIMIT_CPU, static_cast<rlim_t>(std::chrono::ceil<std::chrono::seconds>(limits.deadline).count()) + 1);
  if (const auto tasks = count_tasks())
    limit(RLIMIT_NPROC, *tasks + more_processes);
}

/// "123 (any name) S 45 ...": 45 is the parent's number.
bool is_child_of_ours(const std::string& number) {
  const auto text = os::read_file("/proc/" + number + "/stat");
  const auto name_end = text ? text->rfind(')') : std::string::npos;
  if (name_end == std::string::npos || name_end + 4 >= text->size())
    return false;
  return std::strtol(text->c_str() + name_end + 4, nullptr, 10) == ::getpid();
}

void kill_children() {
  const auto numbers = os::list_dir("/proc");
  if (!numbers)
    return;
  for (const std::string& number : *numbers)
    if (number[0] >= '0' && number[0] <= '9' && is_child_of_ours(number))
      ::kill(static_cast<pid_t>(std::strtol(number.c_str(), nullptr, 10)), SIGKILL);
}

/// Kills all that is left below this process, generation by generation. False: there was nothing.
bool end_descendants() {
  bool any = false;
  for (;;) {
    pid_t ended = 0;
    do
      ended = ::waitpid(-1, nullptr, WNOHANG);
    while (ended > 0);
    if (ended < 0)
      return any;
    any = true;
    kill_children();
    ::waitpid(-1, nullptr, 0);
  }
}

/// A signal that ended the child ends this process, too.
[[noreturn]] void end_as(int status, bool left_processes) {
  if (WIFSIGNALED(status)) {
    const int number = WTERMSIG(status);
    ::signal(number, SIG_DFL);
    sigset_t one;
    ::sigemptyset(&one);
    ::sigaddset(&one, number);
    ::sigprocmask(SIG_UNBLOCK, &one, nullptr);
    ::raise(number);
  }
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 2;
  ::_exit(code == 0 && left_processes ? processes_left_status : code);
}

timespec time_until(clock::time_point end) {
  const auto left = std::max(end - clock::now(), clock::duration::zero());
  const auto seconds = std::chrono::floor<std::chrono::seconds>(left);
  return {seconds.count(), static_cast<long>(std::chrono::nanoseconds(left - seconds).count())};
}

[[noreturn]] void guard(pid_t child, const sigset_t& awaited, const trial_limits& limits,
                        const std::function<void()>& at_deadline) {
  const auto end = clock::now() + (limits.deadline.count() > 0 ? limits.deadline : std::chrono::hours(24));
  for (;;) {
    int status = 0;
    if (::waitpid(child, &status, WNOHANG) == child)
      end_as(status, end_descendants());
    const timespec patience = time_until(end);
    const int number = ::sigtimedwait(&awaited, nullptr, &patience);
    if (number == SIGTERM || clock::now() >= end) {
      end_descendants();
      if (number != SIGTERM)
        at_deadline();
      ::_exit(2);
    }
  }
}
}  // namespace

void continue_guarded(const trial_limits& limits, const std::function<void()>& at_deadline) {
  sigset_t awaited, before;
  ::sigemptyset(&awaited);
  ::sigaddset(&awaited, SIGCHLD);
  ::sigaddset(&awaited, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &awaited, &before);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);  // must not outlive the node
  limit(RLIMIT_CORE, 0);
  const pid_t child = ::fork();
  if (child != 0) {
    if (child < 0)
      ::_exit(2);
    guard(child, awaited, limits, at_deadline);
  }
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  take_limits(limits);
}
}  // namespace twinslot::code
