// tests/bench/rows.hpp - what the measuring programs have in common: their command line, rounds, and a line a row.
//
//     PROGRAM [--workers N] [--actors N] [--count N | --seconds S] [NAME ...]      all rows where none is named
//
// prints `name value unit` for each figure of each row. Exit status 1 if something was not done, or not as often as it
// should.
#pragma once
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <initializer_list>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace twinslot::bench {

using clock = std::chrono::steady_clock;

inline double seconds_since(clock::time_point start) {
  return std::chrono::duration<double>(clock::now() - start).count();
}

struct settings {
  unsigned workers = 0;        // threads that run actors; 0: as many as usual
  std::int64_t actors = 2000;  // of rows with pairs: both sides together
};

/// What one round found.
struct figures {
  figures(double only) : values{only} {}
  figures(std::initializer_list<double> several) : values(several) {}
  std::vector<double> values;
};

template <class World>
struct row {
  const char* name;
  const char* unit;
  std::int64_t count;  // operations of a round, unless the command line says otherwise
  /// One round. Throws if something was not done.
  figures (*measure)(World& in, std::int64_t count);
  std::vector<const char*> others = {};  // the names of the second figure and those behind it
  bool only_once = false;                // a second round would find what the first one left
};

inline void expect(const char* what, std::int64_t found, std::int64_t expected) {
  if (found != expected)
    throw std::runtime_error(std::string(what) + ": " + std::to_string(found) + " instead of " +
                             std::to_string(expected));
}

inline double median(std::vector<double> of) {
  std::sort(of.begin(), of.end());
  return of[of.size() / 2];
}

/// World is made for each row anew: World(settings).
template <class World>
int run_rows(int argument_count, char** arguments, std::span<const row<World>> rows) {
  CLI::App app("Measures, and prints `name value unit` for each row.");
  std::vector<std::string> names;
  settings chosen;
  std::int64_t count = 0;
  double seconds = 0;
  app.add_option("--workers", chosen.workers, "threads that run actors; as many as usual by default");
  app.add_option("--actors", chosen.actors, "in rows with pairs: 2000, half of them clients, by default")
      ->check(CLI::Range(2, 10'000'000));
  app.add_option("--count", count, "operations of a round; each row has its own by default")
      ->check(CLI::PositiveNumber);
  app.add_option("--seconds", seconds, "rounds for that long, and their median; one round by default");
  app.add_option("name", names, "rows: all by default");
  CLI11_PARSE(app, argument_count, arguments);
  const auto is_wanted = [&](const std::string& name) {
    return names.empty() || std::find(names.begin(), names.end(), name) != names.end();
  };
  int status = 0;
  for (const auto& each : rows) {
    if (!is_wanted(each.name))
      continue;
    try {
      World in(chosen);
      std::vector<std::vector<double>> found(1 + each.others.size());
      const auto start = clock::now();
      do {
        const figures round = each.measure(in, count != 0 ? count : each.count);
        for (std::size_t i = 0; i < found.size(); ++i)
          found[i].push_back(round.values.at(i));
      } while (!each.only_once && seconds_since(start) < seconds);
      for (std::size_t i = 0; i < found.size(); ++i)
        std::printf("%s %.6g %s\n", i == 0 ? each.name : each.others[i - 1], median(found[i]), each.unit);
    } catch (const std::exception& failed) {
      std::fprintf(stderr, "%s: %s\n", each.name, failed.what());
      status = 1;
    }
    std::fflush(stdout);
  }
  return status;
}
}  // namespace twinslot::bench
