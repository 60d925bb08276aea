// tests/bench/lines.hpp - the table's lines: what is measured, by which programs, and how good it should be.
#pragma once
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace twinslot::bench {

enum class measure_of : std::uint8_t { rate, time_ns, time_us, time_ms, bytes, switches, percent };

constexpr double no_goal = -1;

struct line {
  const char* figure;      // as the programs print it
  const char* row;         // whose figure it is; rows are what one asks the programs for
  const char* what;        // for the table
  const char* program;     // processes, code, console
  const char* options;     // for the program
  bool on_caf, in_erlang;  // who has it besides twinslot
  measure_of unit;
  double goal;  // no_goal: there is none
  std::int64_t smoke_count;
};
std::span<const line> lines();

bool is_more_better(measure_of unit);
/// "1.81 M/s", "12.3 us"
std::string text_of(double value, measure_of unit);

/// One who takes part.
struct contestant {
  std::string name;
  /// Of a line's program: what measures it, and prints `figure value unit`, once the row is added.
  std::map<std::string, std::vector<std::string>> commands;
  std::string directory{};        // to run it in; empty: ours
  bool may_lack_figures = false;  // a former revision, which may have less rows
};
bool takes_part(const contestant& who, const line& in);
}  // namespace twinslot::bench
