// examples/demo/failure.hpp - why a demo stops before its end. Thrown by every part, caught in main.cpp.
#pragma once
#include <stdexcept>
#include <string>

namespace twinslot::demo {

/// Something did not come that had to come; `what()` says it to a person.
struct failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The person has left: no failure.
struct leaving {};
}  // namespace twinslot::demo
