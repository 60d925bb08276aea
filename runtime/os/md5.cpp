// runtime/os/md5.cpp
#include "runtime/os/md5.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace twinslot::os {
namespace {
// floor(2^32 * |sin(i + 1)|), RFC 1321 section 3.4
constexpr std::uint32_t sines[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};
constexpr int turns[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
static_assert(std::endian::native == std::endian::little);
}  // namespace

void md5::block(const unsigned char* bytes) noexcept {
  std::uint32_t words[16];
  std::memcpy(words, bytes, sizeof words);
  std::uint32_t a = state_[0], b = state_[1], c = state_[2], d = state_[3];
  const auto step = [&](unsigned i, std::uint32_t mixed, unsigned word) {
    mixed += a + sines[i] + words[word % 16];
    a = d;
    d = c;
    c = b;
    b += std::rotl(mixed, turns[i / 16][i % 4]);
  };
// Unrolled, the rotations choose registers and the tables become constants:.
#pragma GCC unroll 16
  for (unsigned i = 0; i < 16; ++i)
    step(i, (b & c) | (~b & d), i);
#pragma GCC unroll 16
  for (unsigned i = 16; i < 32; ++i)
    step(i, (d & b) | (~d & c), 5 * i + 1);
#pragma GCC unroll 16
  for (unsigned i = 32; i < 48; ++i)
    step(i, b ^ c ^ d, 3 * i + 5);
#pragma GCC unroll 16
  for (unsigned i = 48; i < 64; ++i)
    step(i, c ^ (b | ~d), 7 * i);
  state_[0] += a;
  state_[1] += b;
  state_[2] += c;
  state_[3] += d;
}

md5& md5::update(std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    const std::size_t filled = bytes_ % 64;
    if (filled == 0 && bytes.size() >= 64) {
      block(reinterpret_cast<const unsigned char*>(bytes.data()));
      bytes_ += 64;
      bytes.remove_prefix(64);
      continue;
    }
    const std::size_t taken = std::min(bytes.size(), 64 - filled);
    std::memcpy(waiting_.data() + filled, bytes.data(), taken);
    bytes_ += taken;
    bytes.remove_prefix(taken);
    if (bytes_ % 64 == 0)
      block(waiting_.data());
  }
  return *this;
}

std::string md5::finish() noexcept {
  const std::uint64_t bits = bytes_ * 8;
  update("\x80");
  while (bytes_ % 64 != 56)
    update(std::string_view("\0", 1));
  char length[8];
  std::memcpy(length, &bits, 8);
  update({length, 8});
  return {reinterpret_cast<const char*>(state_.data()), 16};
}

std::string md5_of(std::string_view bytes) {
  return md5().update(bytes).finish();
}

std::string hex(std::string_view bytes) {
  std::string digits;
  for (unsigned char byte : bytes) {
    digits += "0123456789abcdef"[byte >> 4];
    digits += "0123456789abcdef"[byte & 15];
  }
  return digits;
}
}  // namespace twinslot::os
