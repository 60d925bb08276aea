// runtime/console/options.hpp - the command line of `twinslot`.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace twinslot::console {

struct options {
  std::vector<std::string> expressions;           // -e, in order
  std::optional<std::string> file;                // -f; "-" is standard input
  std::vector<std::string> code_paths;            // --pa
  std::optional<std::string> new_module;          // new NAME: no console then
  std::chrono::milliseconds evaluation_limit{0};  // --eval-timeout; 0: none
};

/// What to do, or the status to exit with at once: --help and --version have printed, a mistake has been told.
std::variant<options, int> parse_options(int argc, char** argv, const std::string& version);
}  // namespace twinslot::console
