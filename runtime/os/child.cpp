// runtime/os/child.cpp
#include "runtime/os/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>

namespace twinslot::os {
namespace {
using clock = std::chrono::steady_clock;
constexpr int report_number = 3;
constexpr int first_free_number = 10;  // our ends lie above what the child's are moved to

struct pipe_ends {
  descriptor read, write;
};

result<pipe_ends> make_pipe() {
  int raw[2];
  if (::pipe2(raw, O_CLOEXEC) != 0)
    return last_error();
  const descriptor low_read(raw[0]), low_write(raw[1]);
  pipe_ends made{descriptor(::fcntl(raw[0], F_DUPFD_CLOEXEC, first_free_number)),
                 descriptor(::fcntl(raw[1], F_DUPFD_CLOEXEC, first_free_number))};
  if (!made.read || !made.write)
    return last_error();
  ::fcntl(made.read.get(), F_SETFL, O_NONBLOCK);
  return made;
}

std::string_view name_of(std::string_view variable) {
  return variable.substr(0, variable.find('='));
}

std::vector<std::string> merged_environment(const std::vector<std::string>& own) {
  std::vector<std::string> all = own;
  for (char** variable = environ; variable && *variable; ++variable) {
    const bool replaced = std::any_of(own.begin(), own.end(),
                                      [&](const std::string& other) { return name_of(other) == name_of(*variable); });
    if (!replaced)
      all.emplace_back(*variable);
  }
  return all;
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (const std::string& text : texts)
    all.push_back(const_cast<char*>(text.c_str()));
  all.push_back(nullptr);
  return all;
}

/// posix_spawn's two option objects. Each call returns an error number, 0 if it went well; the first one is kept.
class spawn_options {
public:
  spawn_options() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
    sigset_t none, all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    keep(::posix_spawnattr_setsigmask(&attributes_, &none));
    keep(::posix_spawnattr_setsigdefault(&attributes_, &all));
    keep(::posix_spawnattr_setpgroup(&attributes_, 0));
    keep(::posix_spawnattr_setflags(&attributes_,
                                    POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP));
    keep(::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0));
  }
  ~spawn_options() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  spawn_options(const spawn_options&) = delete;
  spawn_options& operator=(const spawn_options&) = delete;

  void move(int from, int to) { keep(::posix_spawn_file_actions_adddup2(&actions_, from, to)); }
  void close_from(int first) { keep(::posix_spawn_file_actions_addclosefrom_np(&actions_, first)); }
  void start_in(const std::string& directory) {
    keep(::posix_spawn_file_actions_addchdir_np(&actions_, directory.c_str()));
  }
  int spawn(pid_t& child, const command& what) {
    if (failed_)
      return failed_;
    const auto environment = merged_environment(what.environment);
    auto arguments = pointers(what.arguments);
    auto variables = pointers(environment);
    return ::posix_spawnp(&child, arguments[0], &actions_, &attributes_, arguments.data(), variables.data());
  }

private:
  void keep(int error_number) {
    if (failed_ == 0)
      failed_ = error_number;
  }
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
  int failed_ = 0;
};

/// Takes what is there now, up to a megabyte, as a child may write without end. False at the end of the stream.
bool drain(descriptor& from, std::string& into, std::size_t limit_bytes) {
  char part[16 * 1024];
  for (int round = 0; round < 64; ++round) {
    const ssize_t count = ::read(from.get(), part, sizeof part);
    if (count > 0)
      into.append(part, std::min(static_cast<std::size_t>(count), limit_bytes - std::min(limit_bytes, into.size())));
    else if (count == 0)
      return false;
    else if (errno != EINTR)
      return errno == EAGAIN;
  }
  return true;
}

void drain_or_close(descriptor& from, std::string& into, std::size_t limit_bytes) {
  if (from && !drain(from, into, limit_bytes))
    from.close();
}

enum class state { running, ended, gone };
/// An ended child is left as it is, so that its number, and its group's, stay taken. It is gone by itself where the
/// program ignores SIGCHLD.
state state_of(pid_t child) {
  siginfo_t info{};
  if (::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT) != 0)
    return state::gone;
  return info.si_pid == child ? state::ended : state::running;
}

int milliseconds_until(std::optional<clock::time_point> deadline) {
  if (!deadline)
    return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 1'000'000'000));
}

/// Reads both pipes until the child ends. Empty: it ended by itself.
std::optional<ending> watch(pid_t child, const command& what, pipe_ends& output, pipe_ends& report, ended& end) {
  const descriptor handle(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));  // glibc 2.36 lacks it for C++
  std::optional<clock::time_point> deadline;
  if (what.deadline.count() > 0)
    deadline = clock::now() + what.deadline;
  while (state_of(child) == state::running) {
    int wait_ms = milliseconds_until(deadline);
    if (wait_ms == 0)
      return ending::timeout;
    if (!handle)  // no such system call: look again soon
      wait_ms = std::min(wait_ms < 0 ? 10 : wait_ms, 10);
    pollfd watched[] = {{output.read.get(), POLLIN, 0},
                        {report.read.get(), POLLIN, 0},
                        {handle.get(), POLLIN, 0},
                        {what.cancel, POLLIN, 0}};
    if (::poll(watched, 4, wait_ms) < 0 && errno != EINTR)
      continue;
    drain_or_close(output.read, end.output, what.output_limit_bytes);
    drain_or_close(report.read, end.report, what.output_limit_bytes);
    if (what.cancel >= 0 && watched[3].revents != 0)
      return ending::cancelled;
  }
  return {};
}

/// Collects the status. Where there is none, as SIGCHLD is ignored, it counts as exited with 255.
void reap(pid_t child, ended& end) {
  int status = 255 << 8;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  end.how = WIFSIGNALED(status) ? ending::signaled : ending::exited;
  end.code = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}
}  // namespace

term ended::reason() const {
  switch (how) {
    case ending::exited: return tuple("exit", code);
    case ending::signaled: return tuple("signal", signal_atom(code));
    case ending::timeout: return "timeout";
    default: return "cancelled";
  }
}

result<ended> run(const command& what) {
  if (what.arguments.empty())
    return error{"enoent"};
  auto output = make_pipe();
  if (!output)
    return output.error();
  auto report = make_pipe();
  if (!report)
    return report.error();

  spawn_options options;
  options.move(output->write.get(), STDOUT_FILENO);
  options.move(output->write.get(), STDERR_FILENO);
  if (what.report)
    options.move(report->write.get(), report_number);
  options.close_from(what.report ? report_number + 1 : report_number);
  if (!what.directory.empty())
    options.start_in(what.directory);
  pid_t child = -1;
  if (const int failed = options.spawn(child, what); failed != 0)
    return error{posix_atom(failed)};
  output->write.close();
  report->write.close();

  ended end{};
  const auto stopped = watch(child, what, *output, *report, end);
  if (state_of(child) != state::gone) {  // so both numbers are its own
    ::kill(-child, SIGKILL);
    ::kill(child, SIGKILL);
  }
  reap(child, end);
  if (stopped)
    end.how = *stopped;
  drain_or_close(output->read, end.output, what.output_limit_bytes);
  drain_or_close(report->read, end.report, what.output_limit_bytes);
  return end;
}
}  // namespace twinslot::os
