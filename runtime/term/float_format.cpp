// runtime/term/float_format.cpp - what ~e, ~f and ~g of io_lib:format write.
// As OTP does, rounds the first 21 decimal digits, not the binary value: the last digit may differ from C's printf.
#include "runtime/term/float_format.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace twinslot {
namespace {

constexpr std::int64_t precision_limit = 1 << 26;

/// 0.DIGITS * 10^point, 21 digits.
struct decimal {
  std::string digits;
  std::int64_t point;
};

decimal digits_of(double magnitude) {
  char text[40];
  std::snprintf(text, sizeof text, "%.20e", magnitude);
  std::string digits{text[0]};
  digits.append(text + 2, 20);
  return {digits, std::atoi(text + 23) + 1};
}

/// Keeps `kept` digits, filled with zeros, rounded half up; true if a digit 1 was carried out in front of them.
bool round_to(std::string& digits, std::int64_t kept) {
  const auto size = static_cast<std::size_t>(kept);
  const bool up = size < digits.size() && digits[size] >= '5';
  digits.resize(size, '0');
  for (std::size_t i = size; up && i-- > 0;) {
    if (digits[i] != '9') {
      ++digits[i];
      return false;
    }
    digits[i] = '0';
  }
  return up;
}

std::string sign_of(double value) {
  return std::signbit(value) ? "-" : "";
}
}  // namespace

std::string float_e(double value, std::int64_t precision) {
  if (precision < 2 || precision > precision_limit)
    return "";
  decimal shown = digits_of(std::fabs(value));
  if (round_to(shown.digits, precision)) {
    shown.digits[0] = '1';
    ++shown.point;
  }
  const std::int64_t exponent = shown.point - 1;
  return sign_of(value) + shown.digits.substr(0, 1) + "." + shown.digits.substr(1) + (exponent < 0 ? "e" : "e+") +
         std::to_string(exponent);
}

std::string float_f(double value, std::int64_t precision) {
  if (precision < 1 || precision > precision_limit)
    return "";
  decimal shown = digits_of(std::fabs(value));
  if (shown.point <= 0) {
    shown.digits.insert(0, static_cast<std::size_t>(1 - shown.point), '0');
    shown.point = 1;
  }
  const bool carried = round_to(shown.digits, shown.point + precision);
  const auto point = static_cast<std::size_t>(shown.point);
  return sign_of(value) + (carried ? "1" : "") + shown.digits.substr(0, point) + "." + shown.digits.substr(point);
}

std::string float_g(double value, std::int64_t precision) {
  if (precision < 1)
    return "";
  const double magnitude = std::fabs(value);
  if (magnitude >= 0.1 && magnitude < 10000) {
    std::int64_t exponent = -1;
    for (const double power : {1.0, 10.0, 100.0, 1000.0})
      exponent += magnitude >= power;
    if ((precision <= 1 && exponent == -1) || precision - 1 > exponent)
      return float_f(value, precision - 1 - exponent);
  }
  return float_e(value, precision <= 1 ? 2 : precision);
}
}  // namespace twinslot
