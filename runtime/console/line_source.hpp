// runtime/console/line_source.hpp - where a session's lines come from, and how they show.
//
//     line_editor     a person at a terminal (line_editor.hpp)
//     stream_source   a file or a pipe
#pragma once
#include <cstdio>
#include <functional>
#include <string>

namespace twinslot::console {

class line_source {
public:
  virtual ~line_source() = default;
  enum class what { line, end, cancelled };
  struct read {
    what got;
    std::string line;  // with its line feed, if it had one
  };
  /// Shows the prompt and waits for a line. `continues`: the expression began in an earlier one.
  virtual read next(const std::string& prompt, bool continues) = 0;
  /// Shows what was left of the last line after an expression's end, as the start of the next one.
  virtual void show_rest(const std::string& prompt, const std::string& rest) = 0;
};

/// Lines of a stream. `echo`: they are shown as a terminal would show their typing.
class stream_source : public line_source {
public:
  using writer = std::function<void(const std::string&)>;
  stream_source(std::FILE* from, bool echo, writer show) : from_(from), echo_(echo), show_(std::move(show)) {}
  read next(const std::string& prompt, bool continues) override;
  void show_rest(const std::string& prompt, const std::string& rest) override;

private:
  std::FILE* from_;
  bool echo_;
  writer show_;
};
}  // namespace twinslot::console
