// tests/library/world.hpp - a node with the library, and the test's thread as a process of it.
#pragma once
#include "runtime/console/library/install.hpp"
#include "runtime/process/node.hpp"
#include "runtime/term/print.hpp"
#include "runtime/term/raised.hpp"

#include <ostream>
#include <string>

namespace twinslot {
inline std::ostream& operator<<(std::ostream& out, const term& value) {
  return out << to_text_w(value);
}

struct world {
  world() {
    install_library(home);
    home.output([this](std::string_view text) { printed += text; });
  }
  term call(const char* module, const char* function, std::initializer_list<term> arguments) {
    return home.apply(*self, atom(module), atom(function), arguments);
  }
  node home;
  std::string printed;
  scoped_process self{home};
};
}  // namespace twinslot
