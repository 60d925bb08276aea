#include "tests/both_ends/transcript.hpp"

#include "tests/both_ends/failure.hpp"

#include <fstream>
#include <regex>

namespace both_ends {
namespace {
using kind = event::kind;

/// `hello` is a line, `he\c` is not one yet.
std::string bytes_of(const std::string& shown) {
  return shown.ends_with("\\c") ? shown.substr(0, shown.size() - 2) : shown + "\n";
}

event clients_event(const std::string& client, const std::string& shown, const std::string& line) {
  const std::string start = shown.substr(0, 2);
  if (const std::string nc = "$ nc localhost "; shown.starts_with(nc))
    return {kind::connects, shown.substr(nc.size()), client, line};
  if (start == "> ")
    return {kind::sends, bytes_of(shown.substr(2)), client, line};
  if (start == "< ")
    return {kind::receives, bytes_of(shown.substr(2)), client, line};
  const std::map<std::string, kind> words{{"(nothing)", kind::receives_nothing},
                                          {"(closed)", kind::is_left},
                                          {"^C", kind::leaves},
                                          {"^D", kind::ends_input}};
  const auto found = words.find(shown);
  if (found == words.end())
    throw failure("what does the client do here? " + line);
  return {found->second, {}, client, line};
}
}  // namespace

std::string without_prompt(const std::string& line) {
  static const std::regex prompts("^([0-9]+> ?)+|[ \t]+$");
  return std::regex_replace(line, prompts, "");
}

std::string with_number(const std::string& text, const std::string& from, const std::string& to) {
  return std::regex_replace(text, std::regex("\\b" + from + "\\b"), to);
}

std::vector<event> read_transcript(const std::string& path) {
  static const std::regex bar("^ {30,}\\|([a-z0-9]*) (.*)$");
  std::vector<event> all;
  std::ifstream file(path);
  std::smatch parts;
  for (std::string line; std::getline(file, line);) {
    const bool is_typed = line.find_first_not_of("0123456789") != 0 && line.find("> ") != line.npos &&
                          line.find_first_not_of("0123456789") == line.find("> ");
    if (std::regex_match(line, parts, bar))
      all.push_back(clients_event("nc" + parts[1].str(), parts[2], line));
    else if (const std::string text = without_prompt(line); !text.empty() && (is_typed || !all.empty()))
      all.push_back({is_typed ? kind::typed : kind::printed, text, {}, line});
  }
  return all;
}
}  // namespace both_ends
