// tests/both_ends/main.cpp - plays a transcript with clients through the real console and real sockets.
//     twinslot_both_ends [--show] CONSOLE TRANSCRIPT [FILE...]
//   TRANSCRIPT  see transcript.hpp. What it shows happens in that order; only of what the console prints, lines that
//               several processes print at the same time may change places.
//   FILE...     copied into the fresh directory that the console is started in
//   --show      prints the transcript as it was played, also where it differs: that is how such a file is made
// The ports that clients connect to are free ones here: in the files, in what is typed and in what is printed.
#include "tests/both_ends/client.hpp"
#include "tests/both_ends/comparison.hpp"
#include "tests/both_ends/console.hpp"
#include "tests/both_ends/failure.hpp"
#include "tests/both_ends/transcript.hpp"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <utility>

namespace fs = std::filesystem;

namespace both_ends {
namespace {
using kind = event::kind;

class ports {
public:
  void add(const std::string& told) { all_.try_emplace(told, std::make_unique<reserved_port>()); }
  int here(const std::string& told) const { return all_.at(told)->number(); }
  std::string as_here(std::string text) const {
    for (const auto& [told, here] : all_)
      text = with_number(text, told, std::to_string(here->number()));
    return text;
  }
  std::string as_told(std::string text) const {
    for (const auto& [told, here] : all_)
      text = with_number(text, std::to_string(here->number()), told);
    return text;
  }

private:
  std::map<std::string, std::unique_ptr<reserved_port>> all_;
};

class player {
public:
  player(const std::string& program, const std::string& directory, const ports& numbers, bool shows)
      : console_(program, directory), ports_(numbers), shows_(shows) {}

  void play(const std::vector<event>& all) {
    for (const event& one : all) {
      step(one);
      if (shows_ && one.what != kind::printed)
        std::cout << one.line << std::endl;
    }
    if (const int status = console_.finish(); status != 0)
      throw failure("the console ended with status " + std::to_string(status));
    if (shows_)
      show(console_.lines().begin(), console_.lines().end());
    for (const std::string& line : console_.lines())
      if (!shows_ && !without_prompt(line).empty())
        throw failure("the console also printed: " + ports_.as_told(line));
  }
  void show_rest() {
    for (const std::string& line : console_.lines())
      std::cout << "  printed, and not expected there: " << ports_.as_told(line) << "\n";
  }

private:
  void step(const event& one) {
    if (!one.client.empty())
      console_.await_prompt(typed_ + 1);
    switch (one.what) {
      case kind::typed:
        console_.await_prompt(++typed_);
        console_.type(ports_.as_here(one.text));
        expect(one.text, true);
        break;
      case kind::printed: expect(one.text); break;
      case kind::connects: nc(one).connect(ports_.here(one.text)); break;
      case kind::sends: nc(one).send(one.text); break;
      case kind::receives: nc(one).receive(one.text); break;
      case kind::receives_nothing: nc(one).receive_nothing(); break;
      case kind::ends_input: nc(one).end_input(); break;
      case kind::leaves: nc(one).leave(); break;
      case kind::is_left: nc(one).receive_end(); break;
    }
  }
  client& nc(const event& one) { return clients_[one.client]; }

  /// Waits until the console has printed that line, and takes it away. Shown is what is printed instead, too.
  void expect(const std::string& told, bool is_echo = false) {
    const auto until = shows_ ? std::chrono::steady_clock::now() + std::chrono::seconds(10) : limit();
    do {
      auto& lines = console_.lines();
      for (auto line = lines.begin(); line != lines.end(); ++line)
        if (comparison_.matches(told, without_prompt(ports_.as_told(*line)))) {
          const auto first = shows_ ? lines.begin() : line;
          if (shows_)
            show(first, is_echo ? line : line + 1);
          lines.erase(first, line + 1);
          return;
        }
    } while (console_.read(until));
    if (!shows_)
      throw failure("the console did not print: " + told);
  }
  using line_place = std::vector<std::string>::const_iterator;
  void show(line_place first, line_place end) const {
    for (; first != end; ++first)
      std::cout << without_prompt(ports_.as_told(*first)) << std::endl;
  }

  console console_;
  const ports& ports_;
  bool shows_;
  int typed_ = 0;
  comparison comparison_;
  std::map<std::string, client> clients_;
};

std::string content_of(const fs::path& path) {
  std::ifstream file(path);
  return (std::ostringstream() << file.rdbuf()).str();
}

/// An empty directory, while this lives.
struct room {
  fs::path path;
  room() {
    std::string name = (fs::temp_directory_path() / "both_ends.XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr)
      throw failure("no directory like " + name);
    path = name;
  }
  ~room() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
};

int run(std::vector<std::string> arguments) {
  const bool shows = !arguments.empty() && arguments[0] == "--show";
  if (shows)
    arguments.erase(arguments.begin());
  if (arguments.size() < 2)
    throw failure("twinslot_both_ends [--show] CONSOLE TRANSCRIPT [FILE...]");
  const auto all = read_transcript(arguments[1]);
  if (all.empty())
    throw failure(arguments[1] + " shows no session");
  ports numbers;
  for (const event& one : all)
    if (one.what == kind::connects)
      numbers.add(one.text);
  const room own;
  for (std::size_t i = 2; i < arguments.size(); ++i)
    std::ofstream(own.path / fs::path(arguments[i]).filename()) << numbers.as_here(content_of(arguments[i]));
  player one(fs::absolute(arguments[0]), own.path, numbers, shows);
  try {
    one.play(all);
    return 0;
  } catch (const failure& why) {
    std::cout << arguments[1] << ": " << why.what() << "\n";
    one.show_rest();
    return 1;
  }
}
}  // namespace
}  // namespace both_ends

int main(int count, char** arguments) {
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return both_ends::run({arguments + 1, arguments + count});
  } catch (const std::exception& why) {
    std::cerr << why.what() << "\n";
    return 2;
  }
}
