// tests/bench/compare.hpp - is a row as good as it was? From rounds in which a former revision and this one took turns.
// Pure functions; used by against.cpp and its tests.
#pragma once
#include "tests/bench/lines.hpp"

#include <vector>

namespace twinslot::bench {

/// Of one contestant and one line: the rounds' values in their order.
using values = std::vector<double>;
double median_of(values all);

enum class verdict : std::uint8_t { same, faster, slower, too_few_rounds };
const char* text_of(verdict found);

/// A smaller change than this counts for nothing.
constexpr double least_change = 0.03;
/// Six coins that fall on one side: 3 %. With less rounds than that the machine makes a difference too often.
constexpr std::size_t least_rounds = 6;

struct comparison {
  /// How many times as good as before: the median of the rounds' own ratios. 2: as many again, or in half the time.
  double ratio;
  /// The range in which the machine's noise leaves that median, with 95 % certainty; with too few rounds the least and
  /// the most ratio.
  double least, most;
  /// faster, slower: the ratio is more than `least_change` away from 1, and the whole range is on that side of 1.
  verdict found;
  /// `same` was found, and the range has room for a fall of more than `least_change`.
  bool is_noisy;
};

/// Round i of `before` and round i of `now` were measured one after the other. As many of each, and at least one.
comparison compare(const values& before, const values& now, measure_of unit);

/// How many of the sorted ratios lie outside of the range at either end: as many as leave the median inside of it with
/// 95 % certainty, whatever the distribution (the sign test); 0 for less than `least_rounds`.
std::size_t outside_of_range(std::size_t rounds);
}  // namespace twinslot::bench
