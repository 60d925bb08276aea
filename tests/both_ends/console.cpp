#include "tests/both_ends/console.hpp"

#include "tests/both_ends/failure.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace both_ends {
namespace {
bool begins_with_prompt(const std::string& line) {
  const std::size_t end = line.find_first_not_of("0123456789");
  return end != line.npos && end > 0 && line.compare(end, 2, "> ") == 0;
}
}  // namespace

console::console(const std::string& program, const std::string& directory) {
  int to[2], from[2];
  if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0)
    throw failure("no pipe");
  child_ = fork();
  if (child_ < 0)
    throw failure("no process for " + program);
  if (child_ == 0) {
    dup2(to[0], STDIN_FILENO);
    dup2(from[1], STDOUT_FILENO);
    dup2(from[1], STDERR_FILENO);
    setenv("HOME", directory.c_str(), 1);
    setenv("LC_ALL", "C.UTF-8", 1);
    if (chdir(directory.c_str()) == 0)
      execl(program.c_str(), program.c_str(), "-f", "/dev/stdin", nullptr);
    _exit(127);
  }
  close(to[0]);
  close(from[1]);
  input_ = to[1];
  output_ = from[0];
}

console::~console() {
  if (child_ > 0) {
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
  }
  close(input_);
  close(output_);
}

void console::type(const std::string& line) {
  const std::string bytes = line + "\n";
  if (write(input_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
    throw failure("the console takes no more input");
}

bool console::read(std::chrono::steady_clock::time_point until) {
  using namespace std::chrono;
  pollfd ready{output_, POLLIN, 0};
  const auto left = duration_cast<milliseconds>(until - steady_clock::now()).count();
  if (poll(&ready, 1, static_cast<int>(std::max<milliseconds::rep>(left, 0))) <= 0)
    return false;
  char bytes[4096];
  const ssize_t got = ::read(output_, bytes, sizeof bytes);
  if (got <= 0)
    return false;
  started_.append(bytes, static_cast<std::size_t>(got));
  for (std::size_t end; (end = started_.find('\n')) != started_.npos; started_.erase(0, end + 1)) {
    lines_.push_back(started_.substr(0, end));
    prompts_ += begins_with_prompt(lines_.back());
  }
  return true;
}

int console::prompts() const {
  return prompts_ + begins_with_prompt(started_);
}

void console::await_prompt(int count) {
  for (const auto until = limit(); prompts() < count;)
    if (!read(until))
      throw failure("the console shows no prompt any more");
}

int console::finish() {
  close(std::exchange(input_, -1));
  while (read(limit())) {
  }
  int status = 0;
  waitpid(std::exchange(child_, -1), &status, 0);
  return status;
}
}  // namespace both_ends
