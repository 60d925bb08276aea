// runtime/console/completion.hpp - what Tab offers: modules, functions, commands, registered names, variables, and file
// names inside a string.
//
//     complete("counter:g", world)        ->  "et_" common to get_count( and get_info(
//     complete("file:copy(\"coun", ...)   ->  file names
//
// Pure: what exists comes in through `completion_world`. For line_editor and tests; any thread.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace twinslot::console {

struct completion_world {
  std::function<std::vector<std::string>()> modules;
  std::function<std::vector<std::string>(const std::string& module)> functions;  // names, may repeat
  std::function<std::vector<std::string>()> commands;                            // callable without a module
  std::function<std::vector<std::string>()> names;                               // registered
  std::function<std::vector<std::string>()> variables;
  std::function<std::vector<std::string>(const std::string& directory)> files;  // directories end in a slash
};

struct completions {
  std::string insert;                // what all candidates have in common after the cursor
  std::vector<std::string> choices;  // more than one: to be shown
};

/// What could follow the text before the cursor.
completions complete(std::string_view before, const completion_world& world);
}  // namespace twinslot::console
