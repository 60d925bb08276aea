// tests/both_ends/failure.hpp - what did not come that had to come. Thrown by every part, caught in main.cpp.
#pragma once
#include <chrono>
#include <cstdlib>
#include <stdexcept>

namespace both_ends {

struct failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// For each thing that has to come: PLAY_SECONDS, or a minute, as c/1 takes long where it is sanitized and not alone.
inline std::chrono::seconds patience() {
  const char* const given = std::getenv("PLAY_SECONDS");
  return std::chrono::seconds(given != nullptr ? std::atoi(given) : 60);
}
inline auto limit() {
  return std::chrono::steady_clock::now() + patience();
}
}  // namespace both_ends
