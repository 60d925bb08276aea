#include "tests/bench/turns.hpp"

#include "runtime/os/child.hpp"
#include "runtime/term/print.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <set>
#include <sstream>
#include <stdexcept>

namespace twinslot::bench {
namespace {
constexpr std::chrono::minutes patience{5};

/// One row of one round, for everybody who has it. Who begins changes from round to round.
void measure_row(const std::vector<contestant>& all, const line& row, int round,
                 const std::vector<std::string>& options, std::vector<measured>& results) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    const contestant& who = all[(i + static_cast<std::size_t>(round)) % all.size()];
    if (!takes_part(who, row))
      continue;
    const auto found = run_once(who, row, options);
    for (measured& each : results)
      if (each.what->row == std::string_view(row.row) && takes_part(who, *each.what) &&
          !(who.may_lack_figures && !found.contains(each.what->figure)))
        each.by[who.name].push_back(found.at(each.what->figure));
  }
}

/// Refuses a name that no row has: it would be measured as nothing, and nothing fails.
void expect_rows(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (std::any_of(lines().begin(), lines().end(), [&](const line& each) { return each.row == name; }))
      continue;
    std::string all;
    for (const line& each : lines())
      if (each.row == std::string_view(each.figure))
        all += std::string(" ") + each.row;
    throw std::invalid_argument(fmt::format("no row {}; there are:{}", name, all));
  }
}
}  // namespace

std::map<std::string, double> run_once(const contestant& who, const line& what,
                                       const std::vector<std::string>& options) {
  os::command child{.arguments = who.commands.at(what.program), .directory = who.directory, .deadline = patience};
  std::istringstream own(who.name == "Erlang" ? "" : what.options);
  for (std::string option; own >> option;)
    child.arguments.push_back(option);
  child.arguments.insert(child.arguments.end(), options.begin(), options.end());
  child.arguments.push_back(what.row);
  const auto ended = os::run(child);
  if (!ended || !ended->ok())
    throw std::runtime_error(
        fmt::format("{}: {}: {}", who.name, what.row, ended ? ended->output : to_text_w(ended.reason())));
  std::map<std::string, double> found;
  std::istringstream lines(ended->output);
  std::string figure, unit;
  for (double value; lines >> figure >> value >> unit;)
    found[figure] = value;
  if (!found.contains(what.figure) && !who.may_lack_figures)
    throw std::runtime_error(fmt::format("{}: {}: no figure in: {}", who.name, what.row, ended->output));
  return found;
}

std::vector<measured> measure_in_turns(const std::vector<contestant>& all, const plan& wanted,
                                       const std::function<void(const char* row)>& tell) {
  expect_rows(wanted.names);
  std::vector<measured> results;
  std::vector<const line*> rows;
  for (const line& each : lines()) {
    if (!wanted.names.empty() && std::find(wanted.names.begin(), wanted.names.end(), each.row) == wanted.names.end())
      continue;
    results.push_back({&each, {}});
    if (each.row == std::string_view(each.figure))
      rows.push_back(&each);
  }
  for (const line* row : rows) {
    tell(row->row);
    const std::vector<std::string> options =
        wanted.smoke ? std::vector{std::string("--count"), std::to_string(row->smoke_count)}
                     : std::vector{std::string("--seconds"), fmt::format("{}", wanted.seconds)};
    for (int round = 0; round < wanted.rounds; ++round)
      measure_row(all, *row, round, options, results);
  }
  return results;
}
}  // namespace twinslot::bench
