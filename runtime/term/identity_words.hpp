// runtime/term/identity_words.hpp - pids and references as Erlang's 32-bit words, and back.
// For those who print, encode and read them.
#pragma once
#include <array>
#include <cstdint>

namespace twinslot {

/// Erlang numbers its processes with 15 bits and a serial: 47 bits of our id go there and are back as they were.
/// What other nodes number with more bits is kept apart by the id's highest bit.
struct pid_words {
  std::uint32_t number;
  std::uint32_t serial;
};
constexpr pid_words words_of_pid(std::uint64_t id) noexcept {
  if (id >> 63)
    return {static_cast<std::uint32_t>(id), static_cast<std::uint32_t>(id >> 32 & 0x7FFFFFFF)};
  return {static_cast<std::uint32_t>(id & 0x7FFF), static_cast<std::uint32_t>(id >> 15)};
}
constexpr std::uint64_t pid_id(pid_words words) noexcept {
  if (words.number > 0x7FFF)
    return std::uint64_t{1} << 63 | std::uint64_t{words.serial} << 32 | words.number;
  return std::uint64_t{words.serial} << 15 | words.number;
}

/// Our own references are 63-bit numbers, spread over three words of 18, 32 and 13 bits. References made elsewhere may
/// be wider: they are kept in a table for ever, and the id is their place in it with the highest bit set.
struct reference_words {
  std::array<std::uint32_t, 5> word;  // least significant first, unused ones 0
  std::uint32_t count;                // 1 to 5
  friend bool operator==(const reference_words&, const reference_words&) = default;
};

/// Thread-safe, as is reference_id.
reference_words words_of_reference(std::uint64_t id);
/// Equal words give the same id.
std::uint64_t reference_id(const reference_words& words);
}  // namespace twinslot
