// runtime/term/reference_words.hpp - a reference as Erlang's 32-bit words, and back. For runtime/term alone.
//
// Our own references are 63-bit numbers, spread over three words of 18, 32 and 13 bits. References made elsewhere may
// be wider: they are kept in a table for ever, and the id is their place in it with the highest bit set.
#pragma once
#include <array>
#include <cstdint>

namespace twinslot {
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
