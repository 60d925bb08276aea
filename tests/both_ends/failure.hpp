// tests/both_ends/failure.hpp - what did not come that had to come. Thrown by every part, caught in main.cpp.
#pragma once
#include <chrono>
#include <stdexcept>

namespace both_ends {

struct failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// For each thing that has to come: c/1 takes seconds where the compiler's work is sanitized and shared.
constexpr std::chrono::seconds patience{60};
inline auto limit() {
  return std::chrono::steady_clock::now() + patience;
}
}  // namespace both_ends
