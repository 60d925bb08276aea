// runtime/term/float_text.cpp - the shortest digits that read back as the same double, dressed as Erlang does.
// Source: OTP's float_to_list(F, [short]): the shorter of decimal and scientific notation within 2^53, else scientific.
#include "runtime/term/arithmetic.hpp"

#include <charconv>
#include <cmath>

namespace twinslot {
namespace {

/// 0.DIGITS * 10^point
struct decimal {
  std::string digits;
  int point;
};

decimal shortest(double magnitude) {
  char text[32];
  const auto [end, failed] = std::to_chars(text, text + sizeof text, magnitude, std::chars_format::scientific);
  static_cast<void>(failed);  // 24 characters are enough for any double
  const std::string_view all{text, static_cast<std::size_t>(end - text)};
  const std::size_t e = all.find('e');
  decimal result{std::string{all.substr(0, 1)}, 0};
  if (e > 2)
    result.digits += all.substr(2, e - 2);
  const bool negative = all[e + 1] == '-';
  int exponent = 0;
  std::from_chars(all.data() + e + 2, end, exponent);
  result.point = (negative ? -exponent : exponent) + 1;
  return result;
}

std::string scientific(const decimal& value) {
  return value.digits.substr(0, 1) + "." + (value.digits.size() > 1 ? value.digits.substr(1) : "0") + "e" +
         std::to_string(value.point - 1);
}

std::string plain(const decimal& value) {
  const int count = static_cast<int>(value.digits.size());
  if (value.point <= 0)
    return "0." + std::string(static_cast<std::size_t>(-value.point), '0') + value.digits;
  if (value.point >= count)
    return value.digits + std::string(static_cast<std::size_t>(value.point - count), '0') + ".0";
  const auto point = static_cast<std::size_t>(value.point);
  return value.digits.substr(0, point) + "." + value.digits.substr(point);
}
}  // namespace

std::string float_text(double value) {
  const std::string sign = std::signbit(value) ? "-" : "";
  if (value == 0)
    return sign + "0.0";
  const decimal digits = shortest(std::fabs(value));
  std::string short_form = scientific(digits);
  if (std::fabs(value) < 9007199254740992.0) {
    // Not made before its length is known to be small: 5.0e-324 would be 326 characters.
    const int plain_size = digits.point <= 0 ? 2 - digits.point + static_cast<int>(digits.digits.size())
                                             : std::max(static_cast<int>(digits.digits.size()) + 1, digits.point + 2);
    if (plain_size <= static_cast<int>(short_form.size()))
      short_form = plain(digits);
  }
  return sign + short_form;
}
}  // namespace twinslot
