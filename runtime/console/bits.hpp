// runtime/console/bits.hpp - the bit syntax without its expressions: putting segments together, taking them apart.
//
//     bit_writer out;                        bit_reader in(binary);
//     out.integer(5, {.size = 3});           in.integer({.size = 3})   -> 5
//     out.finish()  -> <<5:3>>               in.rest()                 -> <<>>
//
// For the evaluator; one thread at a time. Source: "Bit Syntax Expressions" of Erlang's reference manual.
#pragma once
#include "runtime/term/term.hpp"

#include <optional>
#include <string>

namespace twinslot::console {

/// How a segment's bits are to be read or written.
struct segment_format {
  enum class type { integer, floating, binary, utf8, utf16, utf32 } what = type::integer;
  std::uint64_t size = 8;  // bits; not for utf
  bool little = false;
  bool is_signed = false;
};

/// A value that takes more bits than this is refused: Erlang raises system_limit.
inline constexpr std::uint64_t segment_bits_limit = std::uint64_t{1} << 36;

class bit_writer {
public:
  /// The low bits of the integer, as many as `size` says; negative ones in two's complement.
  void integer(const term& value, const segment_format& how);
  /// False: not 16, 32 or 64 bits, or out of the format's range.
  bool floating(double value, const segment_format& how);
  /// The first bits of a bitstring; it has at least as many.
  void bitstring(const term& value, std::uint64_t bits);
  /// False: no code point.
  bool code_point(std::int64_t code, const segment_format& how);
  term finish() const;

private:
  void bits(std::uint64_t value, unsigned count);
  void byte(unsigned char value) { bits(value, 8); }

  std::string bytes_;
  unsigned used_ = 0;  // bits of the last byte; 0: all
};

class bit_reader {
public:
  /// Starts at the first bit of a bitstring.
  explicit bit_reader(term from) noexcept;
  std::uint64_t left() const noexcept { return end_ - at_; }
  /// Each is empty, and nothing is taken, where there are too few bits or they are no such value.
  std::optional<term> integer(const segment_format& how);
  std::optional<term> floating(const segment_format& how);
  std::optional<term> bitstring(std::uint64_t bits);
  std::optional<term> code_point(const segment_format& how);
  /// Everything that is left, taken.
  term rest() { return *bitstring(left()); }
  bool skip(std::uint64_t bits);

private:
  std::uint64_t bits(unsigned count);

  term from_;
  std::uint64_t at_ = 0;
  std::uint64_t end_ = 0;
};

/// Bits of a bitstring.
std::uint64_t bit_size(const term& bitstring) noexcept;
}  // namespace twinslot::console
