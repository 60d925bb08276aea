#include "tests/bench/curves.hpp"

#include "tests/bench/picture.hpp"
#include "tests/bench/turns.hpp"

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace twinslot::bench {
namespace {
struct curve {
  const char* file;
  const char* row;
  picture shape;
  std::int64_t least, most;
  /// Options of the programs for so many actors.
  std::vector<std::string> (*options)(std::int64_t actors);
};

const line& line_of(const char* row) {
  for (const line& each : lines())
    if (std::strcmp(each.figure, row) == 0)
      return each;
  throw std::runtime_error(std::string("no line ") + row);
}

std::vector<std::string> half_of_them_call(std::int64_t actors) {
  return {"--actors", std::to_string(actors), "--count", std::to_string(std::max<std::int64_t>(actors, 400'000))};
}
std::vector<std::string> as_many(std::int64_t actors) {
  return {"--count", std::to_string(actors)};
}

void draw(const std::vector<contestant>& all, const curve& wanted, const std::string& directory, std::int64_t most) {
  const line& what = line_of(wanted.row);
  picture shown = wanted.shape;
  for (const contestant& who : all)
    if (takes_part(who, what))
      shown.series.push_back({who.name, {}});
  for (std::int64_t power = 1; power <= most; power *= 10) {
    if (power * 10 <= wanted.least)
      continue;
    const std::int64_t actors = std::max(power, wanted.least);
    std::fprintf(stderr, "bench: %s with %lld\n", wanted.row, static_cast<long long>(actors));
    std::size_t at = 0;
    for (const contestant& who : all)
      if (takes_part(who, what))
        shown.series[at++].points.emplace_back(double(actors),
                                               run_once(who, what, wanted.options(actors)).at(wanted.row));
  }
  const auto path = std::filesystem::path(directory) / wanted.file;
  std::ofstream(path) << svg_of(shown);
}
}  // namespace

void draw_curves(const std::vector<contestant>& all, const std::string& directory, bool small) {
  std::filesystem::create_directories(directory);
  const curve curves[] = {
      {"throughput.svg",
       "call_pairs",
       {"Calls per second over actors, half of which call the other half", "actors", "calls/s", true, {}},
       2,
       1'000'000,
       half_of_them_call},
      {"upgrade.svg",
       "upgrade_many",
       {"Time to upgrade all servers of a module", "servers", "ms", true, {}},
       1,
       1'000'000,
       as_many},
      {"memory.svg", "memory", {"Memory of an idle server", "servers", "bytes", false, {}}, 1000, 100'000, as_many},
  };
  for (const curve& each : curves)
    draw(all, each, directory, small ? 1000 : each.most);
}
}  // namespace twinslot::bench
