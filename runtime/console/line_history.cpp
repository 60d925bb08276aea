#include "runtime/console/line_history.hpp"

#include "runtime/console/line_editor.hpp"
#include "runtime/os/file.hpp"

#include <cstdlib>
#include <fstream>
#include <string_view>
#include <vector>

#include <histedit.h>

namespace twinslot::console {
namespace {
constexpr int lines_kept = 1000;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t start = 0;
  while (start < text.size()) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    lines.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return lines;
}

std::string without_line_feed(const std::string& line) {
  return line.ends_with('\n') ? line.substr(0, line.size() - 1) : line;
}
}  // namespace

line_history::line_history(std::string file) : file_(std::move(file)), history_(history_init()) {
  HistEvent event;
  ::history(history_, &event, H_SETSIZE, lines_kept);
  if (file_.empty())
    return;
  const auto text = os::read_file(file_);
  if (!text)
    return;
  std::vector<std::string> lines = lines_of(text.value());
  if (lines.size() > 2 * lines_kept) {
    lines.erase(lines.begin(), lines.end() - lines_kept);
    std::string shorter;
    for (const std::string& line : lines)
      shorter += line + "\n";
    static_cast<void>(os::replace_file(file_, shorter));
  }
  for (const std::string& line : lines)
    remember(line);
}

line_history::~line_history() {
  history_end(history_);
}

void line_history::remember(const std::string& line) {
  HistEvent event;
  ::history(history_, &event, H_ENTER, line.c_str());
  last_ = line;
}

void line_history::add(const std::string& line) {
  const std::string text = without_line_feed(line);
  if (text.find_first_not_of(" \t") == text.npos || text == last_)
    return;
  remember(text);
  if (!file_.empty())
    std::ofstream(file_, std::ios::app) << text << '\n';
}

std::string history_file() {
  const char* state = std::getenv("XDG_STATE_HOME");
  const char* home = std::getenv("HOME");
  std::string directory;
  if (state && *state == '/')
    directory = state;
  else if (home && *home)
    directory = std::string(home) + "/.local/state";
  else
    return {};
  directory += "/twinslot";
  for (std::size_t at = directory.find('/', 1); at != directory.npos; at = directory.find('/', at + 1))
    static_cast<void>(os::make_dir(directory.substr(0, at)));
  static_cast<void>(os::make_dir(directory, 0700));
  return os::join(directory, "history");
}
}  // namespace twinslot::console
