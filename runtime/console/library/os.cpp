// runtime/console/library/os.cpp - os: the environment, commands, clocks of the system.
#include "runtime/console/library/arguments.hpp"
#include "runtime/console/library/clock.hpp"
#include "runtime/console/library/tables.hpp"
#include "runtime/os/child.hpp"

#include <fcntl.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <cstdlib>
#include <mutex>
#include <thread>

namespace twinslot::library {
namespace {

constexpr auto os_module = "os";
constexpr std::size_t output_limit_bytes = std::size_t{1} << 28;

/// The C library's environment is one for all threads.
std::mutex& environment() {
  static std::mutex guard;
  return guard;
}
/// A string without NUL, or badarg; a variable's name has no `=` either.
std::string take_text(const term& value) {
  std::string text;
  if (!value.is_list() || !chardata_to_utf8(value, text) || text.find('\0') != std::string::npos)
    raise_badarg();
  return text;
}
std::string take_variable(const term& value) {
  std::string name = take_text(value);
  if (name.empty() || name.find('=') != std::string::npos)
    raise_badarg();
  return name;
}

term variable_or(const term& name, const term& fallback) {
  const std::string wanted = take_text(name);
  const std::lock_guard alone(environment());
  const char* value = std::getenv(wanted.c_str());
  return value ? string(value) : fallback;
}
term getenv_of(process&, const term* a) {
  return variable_or(a[0], false);
}
term getenv_default(process&, const term* a) {
  return variable_or(a[0], a[1]);
}
term getenv_all(process&, const term*) {
  const std::lock_guard alone(environment());
  terms all;
  for (char** entry = environ; entry && *entry; ++entry)
    all.push_back(string(*entry));
  return list_from(all);
}
term env(process&, const term*) {
  const std::lock_guard alone(environment());
  terms all;
  for (char** entry = environ; entry && *entry; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos)
      all.push_back(tuple(string(text.substr(0, equals)), string(text.substr(equals + 1))));
  }
  return list_from(all);
}
term putenv_pair(process&, const term* a) {
  const std::string name = take_variable(a[0]);
  const std::string value = take_text(a[1]);
  const std::lock_guard alone(environment());
  ::setenv(name.c_str(), value.c_str(), 1);
  return true;
}
term unsetenv_of(process&, const term* a) {
  const std::string name = take_variable(a[0]);
  const std::lock_guard alone(environment());
  ::unsetenv(name.c_str());
  return true;
}

/// A command that runs on a thread beside the process, which waits in `receive` and may be told to end: then the
/// command is killed.
class background {
public:
  background(process& owner, std::string command, std::size_t limit_bytes)
      : owner_(owner), done_(owner.home().make_reference()) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
      raise_error(os::last_error().reason);
    cancel_ = os::descriptor(ends[0]);
    trigger_ = os::descriptor(ends[1]);
    what_.arguments = {"/bin/sh", "-c", std::move(command)};
    what_.output_limit_bytes = limit_bytes;
    what_.cancel = cancel_.get();
    const pid waiting = owner.self();
    node& home = owner.home();
    worker_ = std::thread([this, &home, waiting] {
      ended_ = os::run(what_);
      home.send(waiting, tuple("os_cmd", done_));
    });
  }
  ~background() {
    trigger_.close();  // its reader sees the end of the pipe
    if (worker_.joinable())
      worker_.join();
  }
  background(const background&) = delete;
  result<os::ended> wait() {
    owner_.receive(
        [this](const term& message) { return message.is_tagged("os_cmd"_atom, 2) && message[1] == term(done_); });
    worker_.join();
    return std::move(ended_);
  }

private:
  process& owner_;
  const reference done_;
  os::command what_{};
  os::descriptor cancel_;
  os::descriptor trigger_;
  result<os::ended> ended_{error{"cancelled"}};
  std::thread worker_;
};

term run_command(process& self, const term& command, std::size_t limit_bytes) {
  const std::string text = command.is_atom() ? std::string(command.as_atom().text()) : take_text(command);
  if (!self.may_block())
    raise_error(tuple("would_block", "cmd"));
  const auto ended = background(self, text, limit_bytes).wait();
  if (!ended)
    raise_error(ended.reason());
  return string(std::string_view(ended->output).substr(0, limit_bytes));
}
term cmd(process& self, const term* a) {
  return run_command(self, a[0], output_limit_bytes);
}
term cmd_options(process& self, const term* a) {
  if (!a[1].is_map())
    raise_badarg();
  const term* limit = a[1].get("max_size");
  if (!limit || *limit == "infinity"_atom)
    return cmd(self, a);
  return run_command(self, a[0], static_cast<std::size_t>(take_integer(*limit, 0, bytes_limit)));
}

term find_executable(process&, const term* a) {
  const std::string name = take_text(a[0]);
  std::string path;
  {
    const std::lock_guard alone(environment());
    const char* value = std::getenv("PATH");
    path = value ? value : "";
  }
  if (name.find('/') != std::string::npos)
    return ::access(name.c_str(), X_OK) == 0 ? string(name) : term(false);
  for (std::size_t from = 0; from <= path.size();) {
    const std::size_t to = std::min(path.find(':', from), path.size());
    const std::string candidate = path.substr(from, to - from) + "/" + name;
    if (!name.empty() && ::access(candidate.c_str(), X_OK) == 0)
      return string(candidate);
    from = to + 1;
  }
  return false;
}
term getpid_text(process&, const term*) {
  return string(std::to_string(::getpid()));
}
term type(process&, const term*) {
  return tuple("unix", "linux");
}
term version(process&, const term*) {
  utsname system{};
  ::uname(&system);
  int numbers[3] = {0, 0, 0};
  const char* at = system.release;
  for (int& number : numbers) {
    number = static_cast<int>(std::strtol(at, const_cast<char**>(&at), 10));
    if (*at == '.')
      ++at;
  }
  return tuple(numbers[0], numbers[1], numbers[2]);
}
term timestamp(process&, const term*) {
  return timestamp_of(system_nanoseconds() / 1000);
}
term system_time(process&, const term*) {
  return system_nanoseconds();
}
term system_time_in(process&, const term* a) {
  return in_parts(system_nanoseconds(), parts_of(a[0]));
}
term perf_counter(process&, const term*) {
  return monotonic_nanoseconds();
}
term perf_counter_in(process&, const term* a) {
  return in_parts(monotonic_nanoseconds(), parts_of(a[0]));
}

constexpr native functions[] = {
    {os_module, "cmd", 1, cmd, "cmd(Command)", "What the shell's command prints."},
    {os_module, "cmd", 2, cmd_options, "cmd(Command, Options)", "Options: #{max_size => Bytes}."},
    {os_module, "env", 0, env, "env()", "[{Name, Value}] of the environment."},
    {os_module, "find_executable", 1, find_executable, "find_executable(Name)", "Its path, or false."},
    {os_module, "getenv", 0, getenv_all, "getenv()", "[\"Name=Value\"] of the environment."},
    {os_module, "getenv", 1, getenv_of, "getenv(VarName)", "The variable's value, or false."},
    {os_module, "getenv", 2, getenv_default, "getenv(VarName, DefaultValue)", "The variable's value, or the default."},
    {os_module, "getpid", 0, getpid_text, "getpid()", "The program's number among the system's processes."},
    {os_module, "perf_counter", 0, perf_counter, "perf_counter()", "A clock for measuring, in nanoseconds."},
    {os_module, "perf_counter", 1, perf_counter_in, "perf_counter(Unit)", "A clock for measuring."},
    {os_module, "putenv", 2, putenv_pair, "putenv(VarName, Value)", "Sets a variable; true."},
    {os_module, "system_time", 0, system_time, "system_time()", "Nanoseconds since 1970."},
    {os_module, "system_time", 1, system_time_in, "system_time(Unit)", "In second, millisecond, microsecond ..."},
    {os_module, "timestamp", 0, timestamp, "timestamp()", "{Megaseconds, Seconds, Microseconds} since 1970."},
    {os_module, "type", 0, type, "type()", "{unix, linux}."},
    {os_module, "unsetenv", 1, unsetenv_of, "unsetenv(VarName)", "Removes a variable; true."},
    {os_module, "version", 0, version, "version()", "{Major, Minor, Release} of the system."},
};
}  // namespace

std::span<const native> os_functions() {
  return functions;
}
}  // namespace twinslot::library
