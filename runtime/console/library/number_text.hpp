// runtime/console/library/number_text.hpp - floats as text in the forms of float_to_list/2, and back.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace twinslot::library {

struct float_format {
  enum { scientific, decimals, shortest } style = scientific;
  int digits = 20;       // after the point
  bool compact = false;  // decimals: without zeros at the end, but for one
};
std::string text_of_float(double value, float_format how);

/// How many bytes at the front of `text` are a float as Erlang writes it: [+-]digits.digits[e[+-]digits]; 0: none.
std::size_t float_prefix(std::string_view text);
/// The whole text as a float; empty where it is none, or is out of range.
std::optional<double> parse_float(std::string_view text);
}  // namespace twinslot::library
