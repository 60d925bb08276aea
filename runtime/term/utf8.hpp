// runtime/term/utf8.hpp - code points to UTF-8; the way back is next_code_point (term.hpp). Any thread.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace twinslot {
inline void append_utf8(std::string& out, char32_t code) {
  const auto put = [&out](char32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6);
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3F));
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

/// Number of characters in valid UTF-8.
inline std::uint64_t count_characters(std::string_view utf8) noexcept {
  std::uint64_t count = 0;
  for (char c : utf8)
    count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}
}  // namespace twinslot
