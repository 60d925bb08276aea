#include "tests/bench/compare.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace twinslot::bench {
namespace {
/// Next to nothing, in the unit of a row that may measure nothing at all: added to both sides, so that 0 and 1 wake-ups
/// are nearly the same and 0 and 300 are not.
double next_to_nothing(measure_of unit) {
  switch (unit) {
    case measure_of::switches: return 10;
    case measure_of::percent: return 0.1;
    default: return 0;
  }
}

double times_as_good(double before, double now, measure_of unit) {
  const double least = next_to_nothing(unit);
  const double ratio = std::max(now + least, 1e-9) / std::max(before + least, 1e-9);
  return is_more_better(unit) ? ratio : 1 / ratio;
}

verdict judge(double ratio, double least, double most) {
  if (ratio > 1 + least_change && least > 1)
    return verdict::faster;
  if (ratio < 1 - least_change && most < 1)
    return verdict::slower;
  return verdict::same;
}
}  // namespace

double median_of(values all) {
  std::sort(all.begin(), all.end());
  return all.size() % 2 ? all[all.size() / 2] : (all[all.size() / 2 - 1] + all[all.size() / 2]) / 2;
}

const char* text_of(verdict found) {
  switch (found) {
    case verdict::same: return "same";
    case verdict::faster: return "faster";
    case verdict::slower: return "slower";
    case verdict::too_few_rounds: return "too few rounds to tell";
  }
  return "";
}

std::size_t outside_of_range(std::size_t rounds) {
  // The chance that at most `outside` of so many rounds fall on one given side of the median, for 0, 1, 2 ...
  double chance_of_exactly = std::pow(0.5, double(rounds)), chance = chance_of_exactly;
  std::size_t outside = 0;
  while (2 * chance <= 0.05) {
    chance_of_exactly *= double(rounds - outside) / double(outside + 1);
    ++outside;
    chance += chance_of_exactly;
  }
  return outside == 0 ? 0 : outside - 1;
}

comparison compare(const values& before, const values& now, measure_of unit) {
  if (before.empty() || before.size() != now.size())
    throw std::invalid_argument("compare: not as many rounds of both");
  values ratios;
  for (std::size_t i = 0; i < now.size(); ++i)
    ratios.push_back(times_as_good(before[i], now[i], unit));
  std::sort(ratios.begin(), ratios.end());
  const std::size_t outside = outside_of_range(ratios.size());
  const double least = ratios[outside], most = ratios[ratios.size() - 1 - outside], ratio = median_of(ratios);
  const verdict found = ratios.size() < least_rounds ? verdict::too_few_rounds : judge(ratio, least, most);
  return {ratio, least, most, found, found == verdict::same && least < 1 - least_change};
}
}  // namespace twinslot::bench
