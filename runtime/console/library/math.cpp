// runtime/console/library/math.cpp - math: functions on floats.
#include "runtime/console/library/arguments.hpp"
#include "runtime/console/library/tables.hpp"

#include <cmath>
#include <numbers>

namespace twinslot::library {
namespace {

constexpr auto math = "math";

double take_number(const term& value) {
  if (!value.is_number())
    raise_badarg();
  return to_double(value);
}
/// A result that is no number, or too large, is badarith.
term checked(double value) {
  if (!std::isfinite(value))
    raise_error("badarith");
  return value;
}
template <double (*Function)(double)>
term one(process&, const term* a) {
  return checked(Function(take_number(a[0])));
}
template <double (*Function)(double, double)>
term two(process&, const term* a) {
  const double first = take_number(a[0]);
  return checked(Function(first, take_number(a[1])));
}
term pi(process&, const term*) {
  return std::numbers::pi;
}

constexpr native functions[] = {
    {math, "acos", 1, one<std::acos>, "acos(X)", "Arc cosine."},
    {math, "acosh", 1, one<std::acosh>, "acosh(X)", "Inverse hyperbolic cosine."},
    {math, "asin", 1, one<std::asin>, "asin(X)", "Arc sine."},
    {math, "asinh", 1, one<std::asinh>, "asinh(X)", "Inverse hyperbolic sine."},
    {math, "atan", 1, one<std::atan>, "atan(X)", "Arc tangent."},
    {math, "atan2", 2, two<std::atan2>, "atan2(Y, X)", "Arc tangent of Y/X in the right quadrant."},
    {math, "atanh", 1, one<std::atanh>, "atanh(X)", "Inverse hyperbolic tangent."},
    {math, "ceil", 1, one<std::ceil>, "ceil(X)", "The smallest whole float that is not less."},
    {math, "cos", 1, one<std::cos>, "cos(X)", "Cosine of radians."},
    {math, "cosh", 1, one<std::cosh>, "cosh(X)", "Hyperbolic cosine."},
    {math, "erf", 1, one<std::erf>, "erf(X)", "Error function."},
    {math, "erfc", 1, one<std::erfc>, "erfc(X)", "1 - erf(X), exact for large X."},
    {math, "exp", 1, one<std::exp>, "exp(X)", "e to the power of X."},
    {math, "floor", 1, one<std::floor>, "floor(X)", "The largest whole float that is not greater."},
    {math, "fmod", 2, two<std::fmod>, "fmod(X, Y)", "What is left of X after whole multiples of Y."},
    {math, "log", 1, one<std::log>, "log(X)", "Natural logarithm."},
    {math, "log10", 1, one<std::log10>, "log10(X)", "Logarithm to base 10."},
    {math, "log2", 1, one<std::log2>, "log2(X)", "Logarithm to base 2."},
    {math, "pi", 0, pi, "pi()", "3.141592653589793"},
    {math, "pow", 2, two<std::pow>, "pow(X, N)", "X to the power of N."},
    {math, "sin", 1, one<std::sin>, "sin(X)", "Sine of radians."},
    {math, "sinh", 1, one<std::sinh>, "sinh(X)", "Hyperbolic sine."},
    {math, "sqrt", 1, one<std::sqrt>, "sqrt(X)", "Square root."},
    {math, "tan", 1, one<std::tan>, "tan(X)", "Tangent of radians."},
    {math, "tanh", 1, one<std::tanh>, "tanh(X)", "Hyperbolic tangent."},
};
}  // namespace

std::span<const native> math_functions() {
  return functions;
}
}  // namespace twinslot::library
