#include "runtime/console/line_source.hpp"

#include <cerrno>
#include <cstdlib>

namespace twinslot::console {

line_source::read stream_source::next(const std::string& prompt, bool continues) {
  if (echo_ || !continues)
    show_(prompt);
  char* buffer = nullptr;
  std::size_t capacity = 0;
  ssize_t bytes = 0;
  do
    bytes = getline(&buffer, &capacity, from_);
  while (bytes < 0 && errno == EINTR && !std::feof(from_));
  std::string line(buffer ? buffer : "", bytes > 0 ? static_cast<std::size_t>(bytes) : 0);
  std::free(buffer);
  if (bytes <= 0) {
    if (echo_ || !continues)
      show_("\n");
    return {what::end, {}};
  }
  if (echo_)
    show_(line.back() == '\n' ? line : line + "\n");
  return {what::line, std::move(line)};
}

void stream_source::show_rest(const std::string& prompt, const std::string& rest) {
  show_(echo_ ? prompt + rest + (rest.ends_with('\n') ? "" : "\n") : prompt);
}
}  // namespace twinslot::console
