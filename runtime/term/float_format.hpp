// runtime/term/float_format.hpp - what ~e, ~f and ~g of io_lib:format write. For runtime/term alone.
#pragma once
#include <cstdint>
#include <string>

namespace twinslot {
/// Each returns "" where the precision is too small for it (2 for float_e, else 1). At most 2^26.
std::string float_e(double value, std::int64_t precision);  // digits in all: 1.00000e+0
std::string float_f(double value, std::int64_t precision);  // digits behind the point: 1.000000
std::string float_g(double value, std::int64_t precision);  // float_f between 0.1 and 10000, else float_e
}  // namespace twinslot
