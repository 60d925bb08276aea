// tests/bench/echo_histogram.hpp - how long round trips took: counts in buckets that grow with what they hold.
//
// 128 buckets for each power of two, so a value is told within 1 %, from a nanosecond to centuries, in 58 KiB and
// without allocating. Used by the echo load client; one thread. Source: Gil Tene's HdrHistogram.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

namespace twinslot::bench {
class histogram {
public:
  void record(std::uint64_t value) noexcept;
  void clear() noexcept { *this = histogram{}; }

  std::uint64_t count() const noexcept { return count_; }
  std::uint64_t max() const noexcept { return max_; }

  /// The least value that at least `quantile` (0 to 1) of the recorded ones do not exceed, at most 1 % too high;
  /// 0 when nothing was recorded.
  std::uint64_t at(double quantile) const noexcept;

private:
  static constexpr int exact_bits = 8;  // values below 256 have a bucket each
  static constexpr std::size_t half = std::size_t{1} << (exact_bits - 1);

  std::array<std::uint64_t, (64 - exact_bits) * half + 2 * half> counts_{};
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
};
}  // namespace twinslot::bench
