// runtime/console/library/number_text.cpp
#include "runtime/console/library/number_text.hpp"

#include "runtime/term/arithmetic.hpp"

#include <charconv>
#include <cmath>

namespace twinslot::library {

std::string text_of_float(double value, float_format how) {
  if (how.style == float_format::shortest)
    return float_text(value);
  const auto style = how.style == float_format::scientific ? std::chars_format::scientific : std::chars_format::fixed;
  char text[600];  // 309 digits, a point and 253 decimals at most
  const auto end = std::to_chars(text, text + sizeof text, value, style, how.digits);
  std::string result(text, end.ptr);
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
