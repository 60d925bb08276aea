// tests/bench/echo_stream.hpp - what goes over one connection: a stream whose every byte follows from its position.
//
// So nothing sent has to be kept: what comes back is compared with what stands at that position, and a byte that is
// lost, doubled, changed or out of order is found where it happens. Pure functions; used by the echo load client and
// its tests.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace twinslot::bench {
enum class content {
  constant,  // one letter only, and anything that comes back is right: a measurement without a check
  bytes,     // any byte; no two connections have the same stream
  lines,     // lower-case letters, the last byte of each message is a newline; upper case is an answer, too
};

struct stream {
  content what = content::bytes;
  std::uint64_t seed = 0;         // the connection's number
  std::size_t message_bytes = 1;  // the length of a line
};

/// The bytes from `position` on.
void fill(const stream& of, std::uint64_t position, std::span<char> out) noexcept;

/// How many bytes of `got` are right at `position`, from the first on: all of them, or it ends before the first wrong
/// one.
std::size_t match(const stream& of, std::uint64_t position, std::span<const char> got) noexcept;

/// How many letters of `text`, which is letters and newlines, are in upper case.
std::size_t count_upper(std::span<const char> text) noexcept;

/// What is wrong with `got`, whose first byte is not what stands at `position`, for people: "byte 12 is 0x41 and not
/// 0x42: 3 bytes are missing".
std::string explain(const stream& of, std::uint64_t position, std::span<const char> got);
}  // namespace twinslot::bench
