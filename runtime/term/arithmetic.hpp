// runtime/term/arithmetic.hpp - Erlang's numbers: integers without limit, floats, the operators of the language.
// The only user of Boost.Multiprecision is arithmetic.cpp.
// Every function raises `badarith` where Erlang does.
#pragma once
#include "runtime/term/term.hpp"

#include <string>
#include <string_view>

namespace twinslot {
term add(const term& a, const term& b);
term subtract(const term& a, const term& b);
term multiply(const term& a, const term& b);
term divide(const term& a, const term& b);          // `/`: always a float
term integer_divide(const term& a, const term& b);  // `div`: truncates to zero
term remainder(const term& a, const term& b);       // `rem`: sign of the dividend (plain numbers find <cmath>'s)
term negate(const term& a);
term bit_and(const term& a, const term& b);
term bit_or(const term& a, const term& b);
term bit_xor(const term& a, const term& b);
term bit_not(const term& a);
term shift_left(const term& a, const term& b);  // `bsl`; a negative count shifts right
term shift_right(const term& a, const term& b);
/// Digits of `base` 2..36 with an optional sign. Raises badarg on anything else.
term parse_integer(std::string_view digits, int base = 10);
std::string integer_text(const term& integer, int base = 10);  // digits in lower case
/// Shortest text that reads back as the same double, as OTP 25 prints it: 1.0, 1.0e22, 0.1.
std::string float_text(double value);
double to_double(const term& number);  // raises badarith if out of range
/// Nearest integers of a float: trunc, round, floor, ceil.
enum class rounding { truncate, nearest, down, up };
term to_integer(double value, rounding how);
/// From big-endian bytes or limbs, for codecs: magnitude little endian, sign.
term integer_from_bytes(std::string_view little_endian_magnitude, bool negative);
std::string integer_magnitude(const term& integer, bool& negative);  // little endian, no leading zero bytes
}  // namespace twinslot
