#include "tests/bench/echo_stream.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace twinslot::bench {
namespace {
constexpr std::size_t piece_bytes = 4096;
constexpr std::size_t recognized_bytes = 16;      // as many in a row are no accident
constexpr std::uint64_t furthest_shift = 131072;  // as far as explain() looks for what came instead

// Source: Steele, Lea, Flood, splitmix64: every bit of the result depends on every bit of the number.
std::uint64_t scramble(std::uint64_t number) noexcept {
  number *= 0x9e3779b97f4a7c15;
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9;
  number = (number ^ (number >> 27)) * 0x94d049bb133111eb;
  return number ^ (number >> 31);
}

// Eight bytes of the stream of bytes: those from position 8 * number on, the first one lowest.
std::uint64_t eight_bytes(const stream& of, std::uint64_t number) noexcept {
  return scramble((of.seed << 40) + number + 1);
}

// Eight letters, a to p: each from four bits.
std::uint64_t eight_letters(const stream& of, std::uint64_t number) noexcept {
  std::uint64_t bits = eight_bytes(of, number) >> 32;
  bits = (bits | bits << 16) & 0x0000ffff0000ffff;
  bits = (bits | bits << 8) & 0x00ff00ff00ff00ff;
  bits = (bits | bits << 4) & 0x0f0f0f0f0f0f0f0f;
  return bits + 0x0101010101010101 * 'a';
}

std::uint64_t read_word(const char* from) noexcept {
  std::uint64_t word;
  std::memcpy(&word, from, 8);
  return word;
}

template <class Eight>  // as a function, this costs half of the speed
void fill_words(const stream& of, std::uint64_t position, std::span<char> out, Eight eight) noexcept {
  for (std::size_t done = 0; done < out.size();) {
    std::uint64_t word = eight(of, (position + done) / 8);
    if constexpr (std::endian::native == std::endian::big)  // a stream is the same on every machine
      word = __builtin_bswap64(word);
    const std::size_t skipped = (position + done) % 8;
    if (skipped == 0 && out.size() - done >= 8) {
      std::memcpy(out.data() + done, &word, 8);
      done += 8;
      continue;
    }
    const std::size_t taken = std::min(8 - skipped, out.size() - done);
    std::memcpy(out.data() + done, reinterpret_cast<const char*>(&word) + skipped, taken);
    done += taken;
  }
}

void fill_lines(const stream& of, std::uint64_t position, std::span<char> out) noexcept {
  fill_words(of, position, out, [](const stream& s, std::uint64_t number) { return eight_letters(s, number); });
  for (std::uint64_t i = of.message_bytes - 1 - position % of.message_bytes; i < out.size(); i += of.message_bytes)
    out[i] = '\n';
}

// The bits in which bytes are wrong. Case is one bit, 0x20, and a letter differs from a newline by having 0x40.
std::uint64_t wrong_bits(content what, std::uint64_t got, std::uint64_t expected) noexcept {
  const std::uint64_t either = what == content::lines ? (expected >> 1) & 0x2020202020202020 : 0;
  return (got ^ expected) & ~either;
}

std::size_t match_piece(content what, std::span<const char> got, const char* expected) noexcept {
  std::size_t done = 0;
  while (done + 8 <= got.size() && wrong_bits(what, read_word(got.data() + done), read_word(expected + done)) == 0)
    done += 8;
  const auto byte = [](char c) { return std::uint64_t{static_cast<unsigned char>(c)}; };
  while (done < got.size() && wrong_bits(what, byte(got[done]), byte(expected[done])) == 0)
    ++done;
  return done;
}

// Where `got` stands in the stream, as a distance from `position`; 0: nowhere near.
std::int64_t find_shift(const stream& of, std::uint64_t position, std::span<const char> got) {
  for (std::uint64_t i = 1; i <= furthest_shift; ++i) {
    if (match(of, position + i, got) == got.size())
      return static_cast<std::int64_t>(i);
    if (i <= position && match(of, position - i, got) == got.size())
      return -static_cast<std::int64_t>(i);
  }
  return 0;
}
}  // namespace

void fill(const stream& of, std::uint64_t position, std::span<char> out) noexcept {
  switch (of.what) {
    case content::constant: std::memset(out.data(), 'x', out.size()); return;
    case content::bytes:
      fill_words(of, position, out, [](const stream& s, std::uint64_t number) { return eight_bytes(s, number); });
      return;
    case content::lines: fill_lines(of, position, out); return;
  }
}

std::size_t match(const stream& of, std::uint64_t position, std::span<const char> got) noexcept {
  if (of.what == content::constant)
    return got.size();
  std::array<char, piece_bytes> expected;
  for (std::size_t done = 0; done < got.size();) {
    const auto piece = got.subspan(done, std::min(piece_bytes, got.size() - done));
    fill(of, position + done, std::span(expected).first(piece.size()));
    const std::size_t right = match_piece(of.what, piece, expected.data());
    if (right < piece.size())
      return done + right;
    done += piece.size();
  }
  return got.size();
}

std::size_t count_upper(std::span<const char> text) noexcept {
  std::size_t count = 0;
  std::size_t done = 0;
  for (; done + 8 <= text.size(); done += 8) {
    const std::uint64_t word = read_word(text.data() + done);
    count += static_cast<std::size_t>(std::popcount((word >> 1) & ~word & 0x2020202020202020));
  }
  return count + static_cast<std::size_t>(std::count_if(text.begin() + static_cast<std::ptrdiff_t>(done), text.end(),
                                                        [](char c) { return (c & 0x60) == 0x40; }));
}

std::string explain(const stream& of, std::uint64_t position, std::span<const char> got) {
  char expected = 0;
  fill(of, position, {&expected, 1});
  std::string text = fmt::format("byte {} is {:#04x} and not {:#04x}", position, static_cast<unsigned char>(got[0]),
                                 static_cast<unsigned char>(expected));
  if (got.size() < recognized_bytes)
    return text;
  const std::int64_t shift = find_shift(of, position, got.first(recognized_bytes));
  if (shift > 0)
    return text + fmt::format(": {} bytes are missing, or come later", shift);
  if (shift < 0)
    return text + fmt::format(": what was {} bytes before comes again", -shift);
  return text;
}
}  // namespace twinslot::bench
