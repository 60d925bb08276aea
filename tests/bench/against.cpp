#include "tests/bench/against.hpp"

#include "tests/bench/compare.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <stdexcept>

namespace twinslot::bench {
namespace {
/// The same programs as ours, in the former revision's folder. Its figures may be fewer.
contestant contestant_of(const former& past, const contestant& ours) {
  contestant made{.name = past.name, .commands = ours.commands, .may_lack_figures = true};
  for (auto& [program, command] : made.commands) {
    const auto there = std::filesystem::path(past.programs) / std::filesystem::path(command[0]).filename();
    if (!std::filesystem::exists(there))
      throw std::runtime_error(fmt::format("{} has no {}", past.name, there.string()));
    command[0] = there.string();
  }
  return made;
}

std::string range_of(const values& all, measure_of unit) {
  const auto [least, most] = std::minmax_element(all.begin(), all.end());
  return fmt::format("{} ({} - {})", text_of(median_of(all), unit), text_of(*least, unit), text_of(*most, unit));
}

/// Null: one of the two has no such figure.
const values* rounds_of(const measured& one, const std::string& who) {
  const auto found = one.by.find(who);
  return found == one.by.end() ? nullptr : &found->second;
}

bool has_fallen(const measured& one, const std::string& before, const std::string& now) {
  const auto *const was = rounds_of(one, before), *const is = rounds_of(one, now);
  return was != nullptr && is != nullptr && compare(*was, *is, one.what->unit).found == verdict::slower;
}

void print(const measured& one, const std::string& before, const std::string& now, bool judged) {
  const auto *const was = rounds_of(one, before), *const is = rounds_of(one, now);
  const std::string title = fmt::format("{:<16}", one.what->figure);
  if (was == nullptr || is == nullptr) {
    fmt::print("{} only {} has it\n", title, was == nullptr ? now : before);
    return;
  }
  const auto result = compare(*was, *is, one.what->unit);
  fmt::print("{} {:<40} {:<40} x {:.3f} ({:.3f} - {:.3f})  {}\n", title, range_of(*was, one.what->unit),
             range_of(*is, one.what->unit), result.ratio, result.least, result.most,
             !judged           ? "not judged"
             : result.is_noisy ? "same; a fall could hide in the noise: more --rounds or --seconds"
                               : text_of(result.found));
}
}  // namespace

int compare_with(const former& past, const contestant& ours, plan wanted) {
  // A round of each begins with the other one: both have each other's leftovers (warm caches, a busy machine) as often.
  const std::vector<contestant> both = {contestant_of(past, ours), ours};
  const auto measure = [&both](const plan& as) {
    return measure_in_turns(both, as, [](const char* row) { std::fprintf(stderr, "bench: %s\n", row); });
  };
  auto found = measure(wanted);
  const auto fell = [&](const measured& one) { return has_fallen(one, past.name, ours.name); };
  if (plan again = wanted; !wanted.smoke) {
    again.names.clear();
    for (const measured& one : found)
      if (fell(one))
        again.names.emplace_back(one.what->row);
    again.rounds *= 2;
    if (!again.names.empty()) {
      std::fputs("bench: once more, what seems to have fallen\n", stderr);
      const auto second = measure(again);
      for (measured& one : found)
        if (fell(one))
          one = *std::find_if(second.begin(), second.end(), [&](const measured& it) { return it.what == one.what; });
    }
  }
  fmt::print("{:<16} {:<40} {:<40} times as good (range)\n", "", past.name, ours.name);
  for (const measured& one : found)
    print(one, past.name, ours.name, !wanted.smoke);
  if (wanted.smoke)
    return 0;
  const auto count = std::count_if(found.begin(), found.end(), fell);
  fmt::print("{} of {} figures fell by more than {:.0f} % and beyond the range\n", count, found.size(),
             least_change * 100);
  return static_cast<int>(count);
}
}  // namespace twinslot::bench
