// examples/demo/main.cpp - the program twinslot-demo: a guided run that shows a person what twinslot does.
//
//     twinslot-demo CONSOLE DIRECTORY [NAME] [--fast] [--patience SECONDS]
//       CONSOLE    the program twinslot
//       DIRECTORY  where the demos are: NAME.demo, and reporter.txt
//       NAME       which one; without it they are listed
//       --fast     as text, without pauses; so it is too where standard input or output is no terminal
// Exit status: 0 at the end or when the person leaves, 1 when something did not go as told, 2 for a wrong name or
// option.
#include "examples/demo/failure.hpp"
#include "examples/demo/player.hpp"
#include "runtime/os/file.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>

#include <fmt/format.h>
#include <unistd.h>

namespace {
using namespace twinslot;
using namespace twinslot::demo;

struct options {
  std::string console, directory, name;
  bool fast = false;
  int patience_s = 120;
};

std::optional<options> parse(const std::vector<std::string>& arguments) {
  options chosen;
  std::vector<std::string> words;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--fast")
      chosen.fast = true;
    else if (arguments[i] == "--patience" && i + 1 < arguments.size())
      chosen.patience_s = std::max(std::atoi(arguments[++i].c_str()), 1);
    else if (arguments[i].starts_with("-"))
      return std::nullopt;
    else
      words.push_back(arguments[i]);
  }
  if (words.size() < 2 || words.size() > 3)
    return std::nullopt;
  chosen.console = std::filesystem::absolute(words[0]).string();
  chosen.directory = words[1];
  chosen.name = words.size() == 3 ? words[2] : "";
  return chosen;
}

std::string list_of_demos(const std::string& directory) {
  std::string text;
  for (const std::string& name : demos_in(directory))
    text += fmt::format("  {:<14}{}\n", name, read_script(os::join(directory, name + ".demo")).title);
  return text;
}

// Removed with all that is in it.
class scratch_directory {
public:
  scratch_directory() {
    auto made = os::make_temp_dir(os::temp_dir(), "twinslot-demo-");
    if (!made)
      throw failure("cannot make a directory in " + os::temp_dir());
    path_ = made.value();
  }
  ~scratch_directory() { static_cast<void>(static_cast<bool>(os::remove_tree(path_))); }
  scratch_directory(const scratch_directory&) = delete;
  const std::string& path() const { return path_; }

private:
  std::string path_;
};

void play(const options& chosen) {
  script played = read_script(os::join(chosen.directory, chosen.name + ".demo"));
  if (played.port != 0)
    move_to_port(played, free_port(played.port));
  const scratch_directory scratch;
  for (const source& file : played.sources)
    if (!os::write_file(os::join(scratch.path(), file.name), file.text))
      throw failure("cannot write into " + scratch.path());
  stage where{.console = chosen.console,
              .directory = scratch.path(),
              .reporter = text_of(os::join(chosen.directory, "reporter.txt")),
              .patience = std::chrono::seconds(chosen.patience_s)};
  const char* terminal = std::getenv("TERM");
  const bool is_seen = !chosen.fast && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && terminal != nullptr &&
                       std::strcmp(terminal, "dumb") != 0;
  std::optional<screen> shown;
  if (is_seen)
    where.shown = &shown.emplace();
  else
    fmt::print("{}\n", played.title);
  try {
    player(played, where).play();
  } catch (const leaving&) {
  }
  shown.reset();
  fmt::print("\nBy hand:  {}\n", played.again);
}
}  // namespace

int main(int argc, char** argv) try {
  const auto chosen = parse({argv + 1, argv + argc});
  if (!chosen) {
    fmt::print(stderr, "usage: twinslot-demo CONSOLE DIRECTORY [NAME] [--fast] [--patience SECONDS]\n");
    return 2;
  }
  if (chosen->name.empty()) {
    fmt::print("The demos; --demo NAME shows one:\n{}", list_of_demos(chosen->directory));
    return 0;
  }
  const std::vector<std::string> names = demos_in(chosen->directory);
  if (std::find(names.begin(), names.end(), chosen->name) == names.end()) {
    fmt::print(stderr, "there is no demo {}; there are:\n{}", chosen->name, list_of_demos(chosen->directory));
    return 2;
  }
  play(*chosen);
  return 0;
} catch (const std::exception& failed) {
  fmt::print(stderr, "the demo stopped: {}\n", failed.what());
  return 1;
}
