// runtime/term/arithmetic.cpp - int64 while it fits, Boost's cpp_int beyond, doubles as the machine has them.
#include "runtime/term/arithmetic.hpp"

#include "runtime/term/raised.hpp"

#include <boost/multiprecision/cpp_int.hpp>

#include <cmath>
#include <iterator>
#include <limits>
#include <optional>
#include <vector>

namespace twinslot {
namespace {

using boost::multiprecision::cpp_int;

constexpr std::size_t limb_limit = (std::size_t{1} << 19) - 1;  // OTP 25's largest integer: 33,554,368 bits
constexpr std::int64_t bit_limit = static_cast<std::int64_t>(limb_limit) * 64;

[[noreturn]] void raise_badarith() {
  raise_error("badarith");
}

/// Canonical: what fits an int64 is one.
term integer_from_limbs(const std::uint64_t* limbs, std::size_t count, bool negative) {
  while (count > 0 && limbs[count - 1] == 0)
    --count;
  if (count == 0)
    return 0;
  constexpr auto top = std::uint64_t{1} << 63;
  if (count == 1 && (limbs[0] < top || (negative && limbs[0] == top)))
    return static_cast<std::int64_t>(negative ? 0 - limbs[0] : limbs[0]);
  if (count > limb_limit)
    raise_error("system_limit");
  auto* made =
      static_cast<bignum_cell*>(host::make_cell(kind::bignum, count, sizeof(cell) + count * sizeof(std::uint64_t)));
  made->flags = negative ? 1 : 0;
  for (std::size_t i = 0; i < count; ++i)
    made->limbs[i] = limbs[i];
  raw_term bits = term::bits(kind::bignum);
  bits.box = made;
  return term::adopt(bits);
}

const bignum_cell* big(const term& value) noexcept {
  return static_cast<const bignum_cell*>(value.raw().box);
}

cpp_int to_cpp(const term& value) {
  if (value.is_int64())
    return value.as_int64();
  cpp_int result;
  const bignum_cell* from = big(value);
  boost::multiprecision::import_bits(result, from->limbs, from->limbs + from->size, 64, false);
  return from->flags & 1 ? cpp_int(-result) : result;
}

term from_cpp(const cpp_int& value) {
  std::vector<std::uint64_t> limbs;
  const bool negative = value < 0;
  boost::multiprecision::export_bits(negative ? cpp_int(-value) : value, std::back_inserter(limbs), 64, false);
  return integer_from_limbs(limbs.data(), limbs.size(), negative);
}

term finite(double value) {
  if (!std::isfinite(value))
    raise_badarith();
  return value;
}

bool both_int64(const term& a, const term& b) noexcept {
  return a.is_int64() && b.is_int64();
}

bool has_float(const term& a, const term& b) {
  if (!a.is_number() || !b.is_number())
    raise_badarith();
  return a.is_float() || b.is_float();
}

void need_integers(const term& a, const term& b) {
  if (!a.is_integer() || !b.is_integer())
    raise_badarith();
}

void need_divisor(const term& a, const term& b) {
  need_integers(a, b);
  if (b.is_int64() && b.as_int64() == 0)
    raise_badarith();
}

term shifted_left(const term& a, std::int64_t count) {
  if (a.is_int64() && a.as_int64() == 0)
    return 0;
  if (count >= bit_limit)
    raise_error("system_limit");
  if (a.is_int64() && count < 63) {
    const std::int64_t value = a.as_int64();
    const std::int64_t shifted = static_cast<std::int64_t>(static_cast<std::uint64_t>(value) << count);
    if (shifted >> count == value)
      return shifted;
  }
  return from_cpp(to_cpp(a) << static_cast<std::size_t>(count));
}

/// Rounds downwards, as a two's complement of endless length does.
term shifted_right(const term& a, std::int64_t count) {
  if (a.is_int64())
    return a.as_int64() >> (count > 63 ? 63 : count);
  const cpp_int value = to_cpp(a);
  if (count >= bit_limit)
    return value < 0 ? -1 : 0;
  const auto places = static_cast<std::size_t>(count);
  return value < 0 ? from_cpp(-1 - cpp_int((-1 - value) >> places)) : from_cpp(value >> places);
}

/// A count too large for an int64 shifts everything out, or asks for more than there is.
term shifted(const term& a, const term& count, bool left) {
  need_integers(a, count);
  std::int64_t places = 0;
  if (count.is_int64())
    places = count.as_int64();
  else
    places =
        (big(count)->flags & 1) ? std::numeric_limits<std::int64_t>::min() : std::numeric_limits<std::int64_t>::max();
  if (places < 0) {
    left = !left;
    places = places == std::numeric_limits<std::int64_t>::min() ? std::numeric_limits<std::int64_t>::max() : -places;
  }
  return left ? shifted_left(a, places) : shifted_right(a, places);
}

int digit_value(char c) noexcept {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'z')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'Z')
    return c - 'A' + 10;
  return 99;
}

/// The largest power of a base that fits a limb.
struct base_power {
  std::uint64_t value;
  int digit_count;
};

base_power largest_power(int base) noexcept {
  base_power power{static_cast<std::uint64_t>(base), 1};
  while (power.value <= std::numeric_limits<std::uint64_t>::max() / static_cast<std::uint64_t>(base)) {
    power.value *= static_cast<std::uint64_t>(base);
    ++power.digit_count;
  }
  return power;
}

__extension__ using wide = unsigned __int128;

void multiply_add(std::vector<std::uint64_t>& limbs, std::uint64_t factor, std::uint64_t addend) {
  std::uint64_t carry = addend;
  for (std::uint64_t& limb : limbs) {
    const wide product = static_cast<wide>(limb) * factor + carry;
    limb = static_cast<std::uint64_t>(product);
    carry = static_cast<std::uint64_t>(product >> 64);
  }
  if (carry)
    limbs.push_back(carry);
}

/// Divides in place and returns the remainder.
std::uint64_t divide_by(std::vector<std::uint64_t>& limbs, std::uint64_t divisor) {
  std::uint64_t rest = 0;
  for (std::size_t i = limbs.size(); i-- > 0;) {
    const wide dividend = static_cast<wide>(rest) << 64 | limbs[i];
    limbs[i] = static_cast<std::uint64_t>(dividend / divisor);
    rest = static_cast<std::uint64_t>(dividend % divisor);
  }
  while (!limbs.empty() && limbs.back() == 0)
    limbs.pop_back();
  return rest;
}

void append_digits(std::string& reversed, std::uint64_t value, int base, int at_least) {
  for (int written = 0; value != 0 || written < at_least; ++written) {
    reversed += "0123456789abcdefghijklmnopqrstuvwxyz"[value % static_cast<std::uint64_t>(base)];
    value /= static_cast<std::uint64_t>(base);
  }
}
}  // namespace

term add(const term& a, const term& b) {
  std::int64_t sum = 0;
  if (both_int64(a, b) && !__builtin_add_overflow(a.as_int64(), b.as_int64(), &sum))
    return sum;
  if (has_float(a, b))
    return finite(to_double(a) + to_double(b));
  return from_cpp(to_cpp(a) + to_cpp(b));
}

term subtract(const term& a, const term& b) {
  std::int64_t difference = 0;
  if (both_int64(a, b) && !__builtin_sub_overflow(a.as_int64(), b.as_int64(), &difference))
    return difference;
  if (has_float(a, b))
    return finite(to_double(a) - to_double(b));
  return from_cpp(to_cpp(a) - to_cpp(b));
}

term multiply(const term& a, const term& b) {
  std::int64_t product = 0;
  if (both_int64(a, b) && !__builtin_mul_overflow(a.as_int64(), b.as_int64(), &product))
    return product;
  if (has_float(a, b))
    return finite(to_double(a) * to_double(b));
  return from_cpp(to_cpp(a) * to_cpp(b));
}

term divide(const term& a, const term& b) {
  has_float(a, b);
  const double divisor = to_double(b);
  if (divisor == 0)
    raise_badarith();
  return finite(to_double(a) / divisor);
}

term integer_divide(const term& a, const term& b) {
  need_divisor(a, b);
  if (both_int64(a, b) && b.as_int64() != -1)
    return a.as_int64() / b.as_int64();
  return from_cpp(to_cpp(a) / to_cpp(b));
}

term remainder(const term& a, const term& b) {
  need_divisor(a, b);
  if (both_int64(a, b))
    return b.as_int64() == -1 ? 0 : a.as_int64() % b.as_int64();
  return from_cpp(to_cpp(a) % to_cpp(b));
}

term negate(const term& a) {
  if (a.is_float())
    return -a.as_float();
  return subtract(0, a);
}

term bit_and(const term& a, const term& b) {
  need_integers(a, b);
  return both_int64(a, b) ? term{a.as_int64() & b.as_int64()} : from_cpp(to_cpp(a) & to_cpp(b));
}

term bit_or(const term& a, const term& b) {
  need_integers(a, b);
  return both_int64(a, b) ? term{a.as_int64() | b.as_int64()} : from_cpp(to_cpp(a) | to_cpp(b));
}

term bit_xor(const term& a, const term& b) {
  need_integers(a, b);
  return both_int64(a, b) ? term{a.as_int64() ^ b.as_int64()} : from_cpp(to_cpp(a) ^ to_cpp(b));
}

term bit_not(const term& a) {
  need_integers(a, a);
  return a.is_int64() ? term{~a.as_int64()} : from_cpp(-1 - to_cpp(a));
}

term shift_left(const term& a, const term& b) {
  return shifted(a, b, true);
}

term shift_right(const term& a, const term& b) {
  return shifted(a, b, false);
}

term parse_integer(std::string_view digits, int base) {
  bool negative = false;
  if (!digits.empty() && (digits[0] == '-' || digits[0] == '+')) {
    negative = digits[0] == '-';
    digits.remove_prefix(1);
  }
  if (digits.empty() || base < 2 || base > 36)
    raise_badarg();
  const base_power power = largest_power(base);
  std::vector<std::uint64_t> limbs;
  for (std::size_t at = 0; at < digits.size();) {
    std::uint64_t factor = 1;
    std::uint64_t chunk = 0;
    for (int i = 0; i < power.digit_count && at < digits.size(); ++i, ++at) {
      const int digit = digit_value(digits[at]);
      if (digit >= base)
        raise_badarg();
      factor *= static_cast<std::uint64_t>(base);
      chunk = chunk * static_cast<std::uint64_t>(base) + static_cast<std::uint64_t>(digit);
    }
    multiply_add(limbs, factor, chunk);
    if (limbs.size() > limb_limit)
      raise_error("system_limit");
  }
  return integer_from_limbs(limbs.data(), limbs.size(), negative);
}

std::string integer_text(const term& integer, int base) {
  std::string reversed;
  bool negative = false;
  if (integer.is_int64()) {
    const auto value = static_cast<std::uint64_t>(integer.as_int64());
    negative = integer.as_int64() < 0;
    append_digits(reversed, negative ? 0 - value : value, base, 1);
  } else {
    negative = big(integer)->flags & 1;
    const base_power power = largest_power(base);
    std::vector<std::uint64_t> limbs(big(integer)->limbs, big(integer)->limbs + big(integer)->size);
    while (limbs.size() > 1)
      append_digits(reversed, divide_by(limbs, power.value), base, power.digit_count);
    append_digits(reversed, limbs.empty() ? 0 : limbs[0], base, 0);
    while (reversed.back() == '0')
      reversed.pop_back();
  }
  if (negative)
    reversed += '-';
  return {reversed.rbegin(), reversed.rend()};
}

double to_double(const term& number) {
  if (number.is_float())
    return number.as_float();
  if (number.is_int64())
    return static_cast<double>(number.as_int64());
  if (!number.is_integer())
    raise_badarith();
  // From the top, each step rounded: the very doubles that Erlang makes.
  double value = 0;
  for (std::uint64_t i = big(number)->size; i-- > 0 && std::isfinite(value);)
    value = value * 18446744073709551616.0 + static_cast<double>(big(number)->limbs[i]);
  if (!std::isfinite(value))
    raise_badarith();
  return big(number)->flags & 1 ? -value : value;
}

term to_integer(double value, rounding how) {
  switch (how) {
    case rounding::truncate: value = std::trunc(value); break;
    case rounding::nearest: value = std::round(value); break;
    case rounding::down: value = std::floor(value); break;
    case rounding::up: value = std::ceil(value); break;
  }
  if (value >= -9223372036854775808.0 && value < 9223372036854775808.0)
    return static_cast<std::int64_t>(value);
  return from_cpp(cpp_int(value));
}

term integer_from_bytes(std::string_view little_endian_magnitude, bool negative) {
  std::vector<std::uint64_t> limbs((little_endian_magnitude.size() + 7) / 8);
  for (std::size_t i = 0; i < little_endian_magnitude.size(); ++i)
    limbs[i / 8] |= std::uint64_t{static_cast<unsigned char>(little_endian_magnitude[i])} << (i % 8 * 8);
  return integer_from_limbs(limbs.data(), limbs.size(), negative);
}

std::string integer_magnitude(const term& integer, bool& negative) {
  std::uint64_t small = 0;
  const std::uint64_t* limbs = &small;
  std::uint64_t count = 1;
  if (integer.is_int64()) {
    negative = integer.as_int64() < 0;
    small = static_cast<std::uint64_t>(integer.as_int64());
    small = negative ? 0 - small : small;
  } else {
    negative = big(integer)->flags & 1;
    limbs = big(integer)->limbs;
    count = big(integer)->size;
  }
  std::string bytes;
  for (std::uint64_t i = 0; i < count * 8; ++i)
    bytes += static_cast<char>(limbs[i / 8] >> (i % 8 * 8));
  while (!bytes.empty() && bytes.back() == 0)
    bytes.pop_back();
  return bytes;
}
}  // namespace twinslot
