#include "actors/tcp/packet.hpp"

namespace twinslot::tcp {

result<std::string> header_of(packet type, std::size_t bytes) {
  std::string header;
  if (type == packet::raw || type == packet::line)
    return header;
  const auto width = static_cast<std::size_t>(type);
  if (bytes >> (8 * width) != 0)
    return error{"einval"};
  for (std::size_t i = width; i-- > 0;)
    header += static_cast<char>(bytes >> (8 * i));
  return header;
}

void input::append(std::string_view more) {
  // What was taken goes when it is the larger part: so each byte is moved once on average.
  if (start_ > bytes_.size() / 2) {
    bytes_.erase(0, start_);
    start_ = 0;
  }
  bytes_.append(more);
}

std::string_view input::take(std::size_t skipped, std::size_t count) {
  const auto taken = rest().substr(skipped, count);
  start_ += skipped + count;
  scanned_ = 0;
  return taken;
}

std::optional<std::string_view> input::next_bytes(std::size_t count) {
  if (size() < count)
    return {};
  return take(0, count);
}

result<std::optional<std::string_view>> input::next(packet type, std::size_t limit) {
  constexpr std::optional<std::string_view> not_yet;
  if (type == packet::line)
    return next_line(limit);
  if (empty())
    return not_yet;
  if (type == packet::raw)
    return std::optional(take(0, size()));
  const auto width = static_cast<std::size_t>(type);
  if (size() < width)
    return not_yet;
  std::size_t length = 0;
  for (std::size_t i = 0; i < width; ++i)
    length = length << 8 | static_cast<unsigned char>(rest()[i]);
  if (length > limit)
    return error{"emsgsize"};
  if (size() - width < length)
    return not_yet;
  return std::optional(take(width, length));
}

result<std::optional<std::string_view>> input::next_line(std::size_t limit) {
  const auto at = rest().find('\n', scanned_);
  if (at == std::string_view::npos) {
    scanned_ = size();
    if (scanned_ > limit)
      return error{"emsgsize"};
    return std::optional<std::string_view>();
  }
  if (at + 1 > limit)
    return error{"emsgsize"};
  return std::optional(take(0, at + 1));
}
}  // namespace twinslot::tcp
