// tests/bench/bench_console.cpp - c(counter) at a console, from Enter until the answer:
//
//     bench_console twinslot|erl [--count N | --seconds S] [c]
//
// Each time the source has another text, and makes another plugin.
#include "tests/bench/rows.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace {
using namespace twinslot::bench;

bool is_erlang = false;

std::string read_all(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

/// The console as a child, with pipes as its input and output, in a directory of its own.
class console {
public:
  explicit console(const settings&) {
    std::string made = (std::filesystem::temp_directory_path() / "bench_console.XXXXXX").string();
    if (::mkdtemp(made.data()) == nullptr)
      throw std::runtime_error("no directory");
    directory_ = made;
    int to_child[2], from_child[2];
    if (::pipe2(to_child, O_CLOEXEC) != 0 || ::pipe2(from_child, O_CLOEXEC) != 0)
      throw std::runtime_error("no pipe");
    child_ = ::fork();
    if (child_ == 0) {
      ::dup2(to_child[0], 0);
      ::dup2(from_child[1], 1);
      if (::chdir(directory_.c_str()) == 0)
        ::execlp(is_erlang ? "erl" : TWINSLOT, is_erlang ? "erl" : TWINSLOT, nullptr);
      ::_exit(127);
    }
    ::close(to_child[0]);
    ::close(from_child[1]);
    input_ = to_child[1];
    output_ = from_child[0];
  }
  ~console() {
    ::close(input_);
    for (char rest[4096]; ::read(output_, rest, sizeof rest) > 0;) {
    }
    ::waitpid(child_, nullptr, 0);
    ::close(output_);
    std::filesystem::remove_all(directory_);
  }
  console(const console&) = delete;

  /// Increments by `step` instead of one.
  void write_source(std::int64_t step) {
    const std::string_view was = is_erlang ? "Count + 1}" : "++count;";
    const std::string is = (is_erlang ? "Count + " : "count += ") + std::to_string(step) + (is_erlang ? "}" : ";");
    std::string text = read_all(is_erlang ? ERLANG_COUNTER : COUNTER);
    text.replace(text.rfind(was), was.size(), is);
    std::ofstream(directory_ / (is_erlang ? "counter.erl" : "counter.cpp")) << text;
  }
  /// Until the answer has come.
  void enter(std::string_view line, std::string_view answer) {
    if (::write(input_, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
      throw std::runtime_error("the console has ended");
    std::string heard;
    while (heard.find(answer) == heard.npos) {
      char some[4096];
      const auto count = ::read(output_, some, sizeof some);
      if (count <= 0 || heard.find("rror") != heard.npos)
        throw std::runtime_error("the console said: " + heard);
      heard.append(some, static_cast<std::size_t>(count));
    }
  }

private:
  std::filesystem::path directory_;
  pid_t child_ = -1;
  int input_ = -1, output_ = -1;
};

/// Milliseconds. The first one, which finds what a compiler needs, does not count.
figures compile(console& in, std::int64_t count) {
  std::vector<double> took;
  for (std::int64_t i = 0; i <= count; ++i) {
    in.write_source(clock::now().time_since_epoch().count());
    const auto start = clock::now();
    in.enter("c(counter).\n", "{ok,counter}");
    if (i > 0)
      took.push_back(seconds_since(start) * 1e3);
  }
  return median(std::move(took));
}

const row<console> rows[] = {{"c", "ms", 3, compile}};
}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count < 2 || (std::strcmp(arguments[1], "twinslot") != 0 && std::strcmp(arguments[1], "erl") != 0)) {
    std::fputs("bench_console twinslot|erl [--count N | --seconds S] [c]\n", stderr);
    return 2;
  }
  is_erlang = std::strcmp(arguments[1], "erl") == 0;
  ::signal(SIGPIPE, SIG_IGN);
  return run_rows<console>(argument_count - 1, arguments + 1, rows);
}
