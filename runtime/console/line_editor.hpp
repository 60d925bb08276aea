// runtime/console/line_editor.hpp - lines from a person at a terminal: libedit, with output that keeps the prompt
// whole.
//
//     process prints while `4> foo:ba` is being typed:
//       the line is wiped, the text is written, `4> foo:ba` is drawn again below it
//
// Thread rule: `next`, `ask` and `show_rest` for the session's thread; `write`, `interrupt`, `resized`,
// `continued` for any.
// The only user of libedit is line_editor.cpp.
#pragma once
#include "runtime/console/completion.hpp"
#include "runtime/console/line_source.hpp"

#include <memory>
#include <optional>
#include <string_view>

namespace twinslot::console {

class line_editor : public line_source {
public:
  struct options {
    std::string history_file;  // empty: none
    completion_world world;
  };
  explicit line_editor(options chosen);
  ~line_editor() override;
  read next(const std::string& prompt, bool continues) override;
  /// A line that is no input to the session: it is not remembered. Empty: the end of input, or given up.
  std::optional<std::string> ask(const std::string& prompt);
  void show_rest(const std::string& prompt, const std::string& rest) override;

  /// Text of the node, at once or, where a line is being typed, above it.
  void write(std::string_view text);
  /// Ctrl-C: `next` gives up the line. False: no line is being read.
  bool interrupt();
  /// The terminal has another size.
  void resized();
  /// The program was stopped and goes on: takes the terminal again and shows the line.
  void continued();

private:
  read read_line(const std::string& prompt);
  struct impl;
  std::unique_ptr<impl> impl_;
};

/// The file where lines are kept between sessions: $XDG_STATE_HOME/twinslot/history or ~/.local/state/...; its
/// directories are made. Empty: there is no home.
std::string history_file();
}  // namespace twinslot::console
