// examples/demo/layout.hpp - where everything stands on the screen: text in, rows out. No terminal is touched here.
//
//     100 columns and more                     less
//     +----------------------------------+     +----------------+
//     | title                            |     | title          |
//     | console          | the client    |     | current | old  |
//     |                  | current       |     | the client     |
//     |                  | old           |     | console        |
//     | explanation                      |     | explanation    |
//     | keys                             |     | keys           |
//     +----------------------------------+     +----------------+
#pragma once
#include "examples/demo/picture.hpp"

#include <string>
#include <vector>

namespace twinslot::demo {

struct view {
  std::string title;
  std::string progress;  // "3 of 9"
  std::string said;
  std::string keys;
  std::vector<std::string> console;
  picture slots;
  bool has_client = false;
  std::vector<std::string> client;
  bool operator==(const view&) const = default;
};

/// Exactly `rows` texts, each `columns` wide and with its colours; the cursor's place is inside the console's text.
std::vector<std::string> laid_out(const view& seen, int columns, int rows);
}  // namespace twinslot::demo
