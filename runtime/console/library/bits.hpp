// runtime/console/library/bits.hpp - binaries and bitstrings in pieces.
#pragma once
#include "runtime/term/term.hpp"

#include <string>

namespace twinslot::library {
/// `count` bytes of a binary from `from` on (both checked by the caller). Shares the bytes where copying them would
/// cost more than keeping the whole alive is worth.
term part_of(const term& binary, std::size_t from, std::size_t count);

/// How many bits of the last byte a bitstring does not use.
inline unsigned unused_bits(const term& bitstring) {
  return bitstring.raw().aux;
}
/// The bytes as a bitstring whose last byte has only its first 8 - `unused` bits.
term bitstring(std::string bytes, unsigned unused);

/// Bits one after another.
class bit_writer {
public:
  /// The first `count` bits of `bytes`.
  void append(std::string_view bytes, std::size_t count);
  term finish() { return bitstring(std::move(bytes_), bits_ % 8 ? 8 - bits_ % 8 : 0); }

private:
  std::string bytes_;
  unsigned bits_ = 0;  // used of the last byte, modulo 8
};
}  // namespace twinslot::library
