// tests/bench/bench.cpp - everything measured in turns: twinslot, the same by hand on bare CAF, and in Erlang.
//
//     bench [--rounds N] [--seconds S] [--markdown] [ROW ...]    prints a table of medians, ranges and ratios
//     bench --pictures DIR                                       writes curves over the number of actors, as SVG
//     bench --into FILE                                          both: the table goes between the marks in a document,
//                                                                the curves into the folder `pictures` beside it
//     bench --against DIR [ROW ...]                              a former revision's programs and these, in turns, and
//     a
//                                                                verdict for each row; exit status 1: a row fell, 2: a
//                                                                program failed
//     bench --smoke                                              everything once, a few times only: does it go right?
#include "tests/bench/against.hpp"
#include "tests/bench/curves.hpp"
#include "tests/bench/turns.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace {
using namespace twinslot::bench;

constexpr const char* ours = "twinslot";
constexpr const char* erlang = "Erlang";
constexpr const char* stealing = "CAF stealing";
constexpr const char* sharing = "CAF sharing";

/// Erlang's programs are compiled into it; gone in the end.
class directory {
public:
  directory() {
    std::string made = (std::filesystem::temp_directory_path() / "bench.XXXXXX").string();
    if (::mkdtemp(made.data()) == nullptr)
      throw std::runtime_error("no directory for Erlang's programs");
    path_ = made;
  }
  ~directory() { std::filesystem::remove_all(path_); }
  directory(const directory&) = delete;
  const std::string& path() const { return path_; }

private:
  std::string path_;
};

/// False, with a message, where there is no Erlang.
bool compile_erlang(const std::string& to) {
  if (std::system(("command -v erlc >/dev/null && erlc -o " + to +
                   " " BENCH_SOURCES "/bench_erlang.erl " BENCH_SOURCES "/bench_erlang_code.erl && cp " BENCH_SOURCES
                   "/counter.erl " +
                   to)
                      .c_str()) == 0)
    return true;
  std::fputs("bench: no Erlang here (Debian: erlang-base); its columns stay empty\n", stderr);
  return false;
}

contestant our_programs() {
  return {ours, {{"processes", {BENCH_PROCESSES}}, {"code", {BENCH_CODE}}, {"console", {BENCH_CONSOLE, "twinslot"}}}};
}

std::vector<contestant> contestants(const std::string& erlang_directory) {
  std::vector<contestant> all = {our_programs(),
                                 {stealing, {{"processes", {BENCH_CAF, "stealing"}}}},
                                 {sharing, {{"processes", {BENCH_CAF, "sharing"}}}}};
  if (compile_erlang(erlang_directory)) {
    const std::vector<std::string> run = {"erl", "-noshell", "-s", "bench_erlang", "main", "-extra"};
    all.push_back({erlang, {{"processes", run}, {"code", run}, {"console", {BENCH_CONSOLE, "erl"}}}, erlang_directory});
  }
  return all;
}

/// With room for a million of Erlang's processes and their clients. Not in the table: each of its purges looks at all
/// the room there is, and takes ten times as long.
std::vector<contestant> for_curves(std::vector<contestant> all) {
  for (contestant& who : all)
    for (auto& [program, command] : who.commands)
      if (command[0] == "erl")
        command.insert(command.begin() + 1, {"+P", "4000000"});
  return all;
}

// One line of the table.

/// The policy that suits CAF better; null: it does not take part.
const char* better_policy(const measured& one) {
  const auto a = one.by.find(stealing), b = one.by.find(sharing);
  if (a == one.by.end() || b == one.by.end())
    return nullptr;
  const bool first_is_more = median_of(a->second) > median_of(b->second);
  return first_is_more == is_more_better(one.what->unit) ? stealing : sharing;
}

std::string cell(const measured& one, const char* who) {
  const auto found = who == nullptr ? one.by.end() : one.by.find(who);
  if (found == one.by.end())
    return "-";
  const auto unit = one.what->unit;
  const auto [least, most] = std::minmax_element(found->second.begin(), found->second.end());
  std::string text =
      fmt::format("{} ({} - {})", text_of(median_of(found->second), unit), text_of(*least, unit), text_of(*most, unit));
  if (who == stealing || who == sharing)
    text += std::string(" ") + (who + sizeof "CAF");
  return text;
}

/// How many times as good as somebody else: the median of the rounds' ratios. 0: that one does not take part.
double advantage(const measured& one, const char* over) {
  const auto other = over == nullptr ? one.by.end() : one.by.find(over);
  if (other == one.by.end())
    return 0;
  const values& mine = one.by.at(ours);
  values ratios;
  for (std::size_t i = 0; i < mine.size(); ++i) {
    const double ratio = mine[i] / std::max(other->second[i], 1e-9);
    ratios.push_back(is_more_better(one.what->unit) ? ratio : 1 / std::max(ratio, 1e-9));
  }
  return median_of(ratios);
}
std::string times(const measured& one, const char* over) {
  const double ratio = advantage(one, over);
  const bool is_ratio = one.what->unit != measure_of::switches && one.what->unit != measure_of::percent;
  return ratio == 0 || !is_ratio ? "-" : fmt::format("{:.2f}", ratio);
}

/// The goal, and whether it is met.
std::pair<std::string, std::string> goal(const measured& one) {
  const double found = median_of(one.by.at(ours));
  if (one.what->figure == std::string_view("slot"))  // a cost, as a share of bare CAF's
    return {"1.05 of CAF", advantage(one, better_policy(one)) * 1.05 >= 1 ? "yes" : "no"};
  if (one.what->goal == no_goal)
    return {"-", "-"};
  const bool more = is_more_better(one.what->unit);
  return {(more ? ">= " : "<= ") + text_of(one.what->goal, one.what->unit),
          (more ? found >= one.what->goal : found <= one.what->goal) ? "yes" : "no"};
}

std::string table_of(const std::vector<measured>& all, bool markdown) {
  std::vector<std::vector<std::string>> cells = {
      {"", "twinslot", "Erlang", "bare CAF, better policy", "x Erlang", "x CAF", "goal", "met"}};
  for (const measured& one : all) {
    const char* policy = better_policy(one);
    const auto [wanted, met] = goal(one);
    cells.push_back({one.what->what, cell(one, ours), cell(one, erlang), cell(one, policy), times(one, erlang),
                     times(one, policy), wanted, met});
  }
  std::vector<std::size_t> widths(cells[0].size());
  for (const auto& row : cells)
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], row[i].size());
  std::string text;
  for (std::size_t at = 0; at < cells.size(); ++at) {
    if (markdown)
      text += "|";
    for (std::size_t i = 0; i < cells[at].size(); ++i)
      if (markdown)
        text += fmt::format(" {} |", cells[at][i]);
      else if (i == 0)
        text += fmt::format("{:<{}}", cells[at][i], widths[i]);
      else
        text += fmt::format("  {:>{}}", cells[at][i], widths[i]);
    text += "\n";
    if (markdown && at == 0)
      text += "| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |\n";
  }
  return text;
}

/// Puts the table between the marks of the document.
void write_into(const std::filesystem::path& document, const std::string& table) {
  constexpr std::string_view begin = "<!-- table -->\n", end = "<!-- end of table -->";
  std::ostringstream was;
  was << std::ifstream(document).rdbuf();
  std::string text = std::move(was).str();
  const auto from = text.find(begin), to = text.find(end);
  if (from == text.npos || to == text.npos)
    throw std::runtime_error(document.string() + " has no marks for the table");
  text.replace(from + begin.size(), to - from - begin.size(), "\n" + table + "\n");
  std::ofstream(document) << text;
}
}  // namespace

int main(int argument_count, char** arguments) {
  CLI::App app("Measures twinslot, bare CAF and Erlang in turns.");
  plan wanted;
  bool markdown = false;
  std::string pictures, document;
  former past{.programs = {}, .name = "before"};
  app.add_option("--rounds", wanted.rounds, "everybody once in each: 5 by default")->check(CLI::PositiveNumber);
  app.add_option("--seconds", wanted.seconds, "of a measurement, at least: 0.5 by default");
  app.add_flag("--markdown", markdown, "the table in markdown");
  app.add_option("--pictures", pictures, "write curves over the number of actors there, as SVG; no table");
  app.add_option("--into", document, "write the table between the marks of that document, and the curves beside it");
  app.add_option(
      "--against", past.programs,
      "by ./run --bench: a revision (main, v0.1, 1a2b3c4), which is built beside this one; by the program alone: "
      "a folder with its programs. Both are measured in turns, in 9 rounds by default, and at least 6; a row is faster "
      "or slower "
      "if it is by more than 3 % and the whole range of the ratio says so. Exit status 1 if a row fell, 2 if "
      "something could not be measured");
  app.add_option("--name", past.name, "of that revision, for the table");
  app.add_flag("--smoke", wanted.smoke, "everything once, a few times only; no table, only whether all goes right");
  app.add_option("row", wanted.names, "rows: all by default");
  CLI11_PARSE(app, argument_count, arguments);
  try {
    if (!past.programs.empty()) {
      if (app.count("--rounds") == 0)
        wanted.rounds = wanted.smoke ? 2 : 9;
      return compare_with(past, our_programs(), wanted) == 0 ? 0 : 1;
    }
    const directory erlang_programs;
    const auto all = contestants(erlang_programs.path());
    if (!pictures.empty()) {
      draw_curves(for_curves(all), pictures, wanted.smoke);
      return 0;
    }
    if (wanted.smoke)
      wanted.rounds = 1;
    const auto found = measure_in_turns(all, wanted, [](const char* row) { std::fprintf(stderr, "bench: %s\n", row); });
    if (!document.empty()) {
      write_into(document, table_of(found, true));
      draw_curves(for_curves(all), std::filesystem::path(document).parent_path() / "pictures", false);
    } else if (!wanted.smoke) {
      std::fputs(table_of(found, markdown).c_str(), stdout);
    }
  } catch (const std::exception& failed) {
    std::fprintf(stderr, "bench: %s\n", failed.what());
    return past.programs.empty() ? 1 : 2;
  }
  return 0;
}
