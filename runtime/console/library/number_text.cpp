// runtime/console/library/number_text.cpp
#include "runtime/console/library/number_text.hpp"

#include "runtime/term/arithmetic.hpp"

#include <charconv>
#include <cmath>
#include <cstdint>

namespace twinslot::library {

namespace {
/// OTP's way to write few decimals: the fraction is scaled to an integer in double precision and rounded half up, so
/// that 0.15 gives 0.2 where the exact decimal of its bits would give 0.1. Empty where OTP leaves it to printf.
std::string scaled_decimals(double value, int digits) {
  constexpr double exact_integers = 9007199254740992.0;  // 2^53
  const double size = std::fabs(value);
  if (digits > 18 || size >= exact_integers)
    return {};
  std::uint64_t scale = 1;
  for (int i = 0; i < digits; ++i)
    scale *= 10;
  auto whole = static_cast<std::uint64_t>(size);
  auto fraction = static_cast<std::uint64_t>((size - static_cast<double>(whole)) * static_cast<double>(scale) + 0.5);
  if (fraction >= scale) {
    ++whole;
    fraction -= scale;
  }
  std::string text = (std::signbit(value) ? "-" : "") + std::to_string(whole);
  if (digits == 0)
    return text;
  const std::string behind = std::to_string(fraction);
  return text + "." + std::string(static_cast<std::size_t>(digits) - behind.size(), '0') + behind;
}
}  // namespace

std::string text_of_float(double value, float_format how) {
  if (how.style == float_format::shortest)
    return float_text(value);
  const auto style = how.style == float_format::scientific ? std::chars_format::scientific : std::chars_format::fixed;
  char text[600];  // 309 digits, a point and 253 decimals at most
  const auto end = std::to_chars(text, text + sizeof text, value, style, how.digits);
  std::string result(text, end.ptr);
  if (how.style == float_format::decimals)
    if (const std::string scaled = scaled_decimals(value, how.digits); !scaled.empty())
      result = scaled;
  if (how.compact && how.style == float_format::decimals && how.digits > 0) {
    while (result.back() == '0' && result[result.size() - 2] != '.')
      result.pop_back();
  }
  return result;
}

std::size_t float_prefix(std::string_view text) {
  std::size_t at = 0;
  const auto sign = [&] { at += at < text.size() && (text[at] == '+' || text[at] == '-'); };
  const auto digits = [&] {
    const std::size_t before = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9')
      ++at;
    return at > before;
  };
  sign();
  if (!digits() || at >= text.size() || text[at++] != '.' || !digits())
    return 0;
  const std::size_t mantissa = at;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    sign();
    if (!digits())
      return mantissa;
  }
  return at;
}

std::optional<double> parse_float(std::string_view text) {
  if (text.empty() || float_prefix(text) != text.size())
    return {};
  if (text[0] == '+')
    text.remove_prefix(1);
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec == std::errc::result_out_of_range) {
    // Too small is zero, too large is refused; the exponent's sign tells which.
    const std::size_t exponent = text.find_first_of("eE");
    const bool tiny = (exponent != std::string_view::npos && text.find('-', exponent) != std::string_view::npos) ||
                      text.find_first_not_of("-0") == text.find('.');
    if (!tiny)
      return {};
    return text[0] == '-' ? -0.0 : 0.0;
  }
  if (read.ec != std::errc{} || !std::isfinite(value))
    return {};
  return value;
}
}  // namespace twinslot::library
