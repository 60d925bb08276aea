// runtime/os/md5.hpp - MD5, as erlang:md5/1: a name for content, no protection against an enemy.
// Source: RFC 1321.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace twinslot::os {

class md5 {
public:
  md5& update(std::string_view bytes) noexcept;
  /// The 16 bytes. Call it once, last.
  std::string finish() noexcept;

private:
  void block(const unsigned char* bytes) noexcept;
  std::array<std::uint32_t, 4> state_{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  std::uint64_t bytes_ = 0;
  std::array<unsigned char, 64> waiting_{};
};

/// The 16 bytes of one text.
std::string md5_of(std::string_view bytes);
/// Bytes as lower-case hexadecimal digits.
std::string hex(std::string_view bytes);
}  // namespace twinslot::os
