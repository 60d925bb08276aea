// tests/bench/turns.hpp - measures in turns: in each round everybody once, so that a machine that gets slower or busier
// does so for all of them.
#pragma once
#include "tests/bench/compare.hpp"

#include <functional>
#include <map>

namespace twinslot::bench {

/// figure -> value, as the contestant's program for the line printed them. Throws if it failed, or has not printed the
/// line's figure and has to.
std::map<std::string, double> run_once(const contestant& who, const line& what,
                                       const std::vector<std::string>& options);

struct measured {
  const line* what;
  std::map<std::string, values> by;  // contestant -> rounds
};

struct plan {
  std::vector<std::string> names{};  // of rows; empty: all
  int rounds = 5;
  double seconds = 0.5;
  bool smoke = false;  // one round with the lines' small counts
};
/// `tell` is called before each row. Throws if a program fails, and std::invalid_argument if there is no such row.
std::vector<measured> measure_in_turns(const std::vector<contestant>& all, const plan& wanted,
                                       const std::function<void(const char* row)>& tell);
}  // namespace twinslot::bench
