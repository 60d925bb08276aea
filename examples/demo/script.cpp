#include "examples/demo/script.hpp"

#include "examples/demo/failure.hpp"
#include "runtime/os/file.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <sstream>

namespace twinslot::demo {
namespace {
constexpr std::string_view script_ending = ".demo";

const std::map<std::string, action::kind, std::less<>> actions = {
    {"type", action::kind::type},       {"prints", action::kind::prints}, {"shows", action::kind::shows},
    {"connect", action::kind::connect}, {"send", action::kind::send},     {"receive", action::kind::receive},
    {"close", action::kind::close},
};

action read_action(action::kind what, const std::string& text) {
  if (what == action::kind::receive && text == "nothing")
    return {action::kind::receive_nothing, {}};
  const bool is_sent = what == action::kind::send || what == action::kind::receive;
  return {what, is_sent ? with_line_ends(text) : text};
}
}  // namespace

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != text.npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

std::string text_of(const std::string& path) {
  auto text = os::read_file(path);
  if (!text)
    throw failure("cannot read " + path);
  return text.value();
}

std::string with_line_ends(std::string_view text) {
  return replaced(std::string(text), "\\n", "\n");
}

std::string without_line_ends(std::string_view text) {
  return replaced(std::string(text), "\n", "\\n");
}

script read_script(const std::string& path) {
  script read;
  std::istringstream lines(text_of(path));
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (line.empty() || line[0] == '%')
      continue;
    const std::size_t space = std::min(line.find(' '), line.size());
    const std::string word = line.substr(0, space);
    const std::string rest = line.substr(std::min(space + 1, line.size()));
    const auto known = actions.find(word);
    if (word == "title")
      read.title = rest;
    else if (word == "module")
      read.module = rest;
    else if (word == "again")
      read.again = rest;
    else if (word == "port")
      read.port = std::atoi(rest.c_str());
    else if (word == "file")
      read.sources.push_back({os::base_name(rest), text_of(os::join(os::dir_name(path), rest))});
    else if (word == "say" && (read.steps.empty() || !read.steps.back().actions.empty()))
      read.steps.push_back({rest, {}});
    else if (word == "say")
      read.steps.back().said += " " + rest;
    else if (known != actions.end() && !read.steps.empty())
      read.steps.back().actions.push_back(read_action(known->second, rest));
    else
      throw failure(path + ":" + std::to_string(number) + ": not understood: " + line);
  }
  return read;
}

void move_to_port(script& moved, int port) {
  const std::string from = std::to_string(moved.port), to = std::to_string(port);
  for (source& one : moved.sources)
    one.text = replaced(one.text, from, to);
  for (step& one : moved.steps)
    for (action& each : one.actions)
      each.text = replaced(each.text, from, to);
  moved.port = port;
}

std::vector<std::string> demos_in(const std::string& directory) {
  std::vector<std::string> names;
  if (const auto files = os::list_dir(directory))
    for (const std::string& name : files.value())
      if (name.ends_with(script_ending))
        names.push_back(name.substr(0, name.size() - script_ending.size()));
  return names;
}
}  // namespace twinslot::demo
