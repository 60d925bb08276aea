#include "tests/bench/echo_histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace twinslot::bench {
void histogram::record(std::uint64_t value) noexcept {
  const int shift = std::max(0, static_cast<int>(std::bit_width(value)) - exact_bits);
  ++counts_[static_cast<std::size_t>(shift) * half + static_cast<std::size_t>(value >> shift)];
  ++count_;
  max_ = std::max(max_, value);
}

std::uint64_t histogram::at(double quantile) const noexcept {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(quantile * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen == 0 || seen < wanted)
      continue;
    const std::size_t shift = i < 2 * half ? 0 : i / half - 1;
    const std::uint64_t first = std::uint64_t{i - shift * half} << shift;
    return std::min(max_, first + (std::uint64_t{1} << shift) - 1);
  }
  return max_;
}
}  // namespace twinslot::bench
