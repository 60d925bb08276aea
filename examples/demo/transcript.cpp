#include "examples/demo/transcript.hpp"

#include <algorithm>
#include <cstdlib>

namespace twinslot::demo {

void transcript::feed(std::string_view bytes) {
  for (const char byte : bytes)
    put(byte);
}

void transcript::put(char byte) {
  if (!sequence_.empty()) {
    sequence_ += byte;
    if (sequence_.size() == 2 ? byte != '[' : byte >= '@' && byte <= '~')
      control(byte);
    return;
  }
  std::string& line = lines_[row_];
  switch (byte) {
    case '\x1b': sequence_ = byte; return;
    case '\a': return;
    case '\r': column_ = 0; return;
    case '\b': column_ -= column_ > 0 ? 1 : 0; return;
    case '\n':
      column_ = 0;
      if (++row_ == lines_.size())
        lines_.emplace_back();
      return;
    default: break;
  }
  if (column_ < line.size())
    line[column_] = byte;
  else
    line += byte;
  ++column_;
}

// A whole control sequence: ESC [ NUMBER FINAL.
void transcript::control(char final) {
  const std::size_t number = sequence_.size() > 3 ? std::strtoul(sequence_.c_str() + 2, nullptr, 10) : 0;
  sequence_.clear();
  if (final == 'A')
    row_ -= std::min(row_, std::max<std::size_t>(number, 1));
  if (final == 'J' || final == 'K')
    lines_[row_].resize(std::min(column_, lines_[row_].size()));
  if (final == 'J')
    lines_.resize(row_ + 1);
}
}  // namespace twinslot::demo
