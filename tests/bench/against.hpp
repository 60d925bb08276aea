// tests/bench/against.hpp - a former revision and this one in turns: which rows have become faster or slower?
#pragma once
#include "tests/bench/turns.hpp"

#include <string>

namespace twinslot::bench {

struct former {
  std::string programs;  // the folder with its bench_processes, bench_code and bench_console
  std::string name;      // for the table
};

/// Measures `ours` and the former revision's programs in turns, prints a line for each row, and how many rows fell. A
/// row that seems to have fallen is measured once more, with twice the rounds; that is what counts. How many fell.
/// Throws if a program fails. Smoke: nothing counts, as so few operations say nothing; 0.
int compare_with(const former& past, const contestant& ours, plan wanted);
}  // namespace twinslot::bench
