// runtime/console/expansion.hpp - v(N) and e(N) inside an expression, replaced by what they stand for before it runs.
//
// So a fun that mentions v(3) holds the value, and may go to any process. For the session; any thread.
// Source: "shell" of OTP's reference manual; H10.
#pragma once
#include "runtime/term/term.hpp"

#include <functional>
#include <optional>
#include <string>

namespace twinslot::console {

struct unknown_command {
  std::string number;  // as it was written
};

struct expansion {
  std::function<std::optional<term>(std::int64_t)> result_of;  // a command's value; counts back from now if negative
  std::function<std::optional<term>(std::int64_t)> expressions_of;  // [Expr] of a command
};
/// The expression with every v(N) and e(N) replaced.
/// Throws unknown_command.
term expand(const term& expression, const expansion& from);
}  // namespace twinslot::console
