// tests/console/world.hpp - a node with library and console, and the test's thread as a process of it.
#pragma once
#include "runtime/console/console.hpp"
#include "runtime/console/library/install.hpp"
#include "runtime/console/parser.hpp"
#include "runtime/console/session.hpp"
#include "runtime/process/node.hpp"
#include "runtime/term/print.hpp"
#include "tests/catch.hpp"

#include <mutex>
#include <ostream>
#include <string>

namespace twinslot {
inline std::ostream& operator<<(std::ostream& out, const term& value) {
  return out << to_text_w(value);
}

namespace console {

struct world {
  world() {
    install_library(home);
    install_console(home);
    home.output([this](std::string_view text) {
      std::lock_guard guard{mutex};
      printed += text;
    });
  }
  /// What was printed since the last call.
  std::string output() {
    std::lock_guard guard{mutex};
    return std::exchange(printed, {});
  }
  node home;
  std::mutex mutex;
  std::string printed;
  scoped_process self{home};
};

/// [Expr] of a text; a dot may be left out.
inline term forms(std::string_view text) {
  scanner reading;
  reading.feed(text);
  reading.feed(" .\n");
  const auto parsed = parse_expressions(reading.tokens());
  INFO(text);
  REQUIRE(std::holds_alternative<term>(parsed));
  return std::get<term>(parsed);
}

/// What a session prints of a command, value or error.
inline std::string told(world& in, session& by, std::string_view text) {
  scanner reading;
  const auto state = reading.feed(std::string(text) + "\n");
  in.output();
  const std::string error = state == scanner::state::done ? by.run(reading).error : session::scan_error(reading);
  return in.output() + (error.empty() ? "" : error + "\n");
}
}  // namespace console
}  // namespace twinslot
