// runtime/console/line_history.hpp - typed lines, kept in a file between sessions. For line_editor.
//
// The file has one line per entry, oldest first; several consoles may append to it at the same time.
#pragma once
#include <string>

struct history;

namespace twinslot::console {

class line_history {
public:
  /// Reads the file's last lines. An empty name, and a file that cannot be written: kept in memory only.
  explicit line_history(std::string file);
  ~line_history();
  line_history(const line_history&) = delete;
  /// Blank lines and repetitions of the last one are not kept.
  void add(const std::string& line);
  /// For libedit.
  ::history* handle() const noexcept { return history_; }

private:
  void remember(const std::string& line);

  std::string file_;
  std::string last_;
  ::history* history_;
};
}  // namespace twinslot::console
