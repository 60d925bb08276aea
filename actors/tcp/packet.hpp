// actors/tcp/packet.hpp - bytes that came in, cut into packets: raw, by lines, or by a length of 1, 2 or 4 bytes in
// front (big endian). Pure; one thread at a time. Source: {packet,Type} of OTP's inet.
#pragma once
#include "runtime/term/result.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace twinslot::tcp {

/// raw is {packet,0}; the others' values are their header's bytes, but line's.
enum class packet : std::uint8_t { raw = 0, one = 1, two = 2, four = 4, line = 8 };

/// What a packet of `bytes` has in front: up to 4 bytes. Errors: einval - too long for its header.
result<std::string> header_of(packet type, std::size_t bytes);

class input {
public:
  void append(std::string_view more);
  std::size_t size() const noexcept { return bytes_.size() - start_; }
  bool empty() const noexcept { return size() == 0; }

  std::size_t room() const noexcept { return bytes_.capacity(); }
  /// Where all was taken, the room that a long packet needed goes back to the system.
  void give_back() noexcept {
    if (empty() && room() > room_kept)
      std::string().swap(bytes_), start_ = 0;
  }

  /// The next packet, with its newline, without its header; valid up to the next call of a member. Empty: not here yet.
  /// raw: all there is. Errors: emsgsize - longer than `limit` bytes.
  result<std::optional<std::string_view>> next(packet type, std::size_t limit);
  /// Exactly that many bytes.
  std::optional<std::string_view> next_bytes(std::size_t count);

private:
  std::string_view take(std::size_t skipped, std::size_t count);
  std::string_view rest() const noexcept { return std::string_view(bytes_).substr(start_); }
  result<std::optional<std::string_view>> next_line(std::size_t limit);

  static constexpr std::size_t room_kept = 16 * 1024;
  std::string bytes_;
  std::size_t start_ = 0;    // before it: taken
  std::size_t scanned_ = 0;  // of the rest: bytes without a newline
};
}  // namespace twinslot::tcp
