// tests/both_ends/comparison.hpp - two lines that say the same, although pids, ports, references and times differ.
#pragma once
#include <map>
#include <string>

namespace both_ends {

/// Whoever is called <0.89.0> in the transcript is called <0.8.0> here, and nobody else is.
class comparison {
public:
  /// True: they are the same, and what they call each other holds from now on.
  bool matches(const std::string& told, const std::string& printed);

private:
  std::map<std::string, std::string> here_;   // told -> printed
  std::map<std::string, std::string> there_;  // printed -> told
};
}  // namespace both_ends
