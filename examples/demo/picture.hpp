// examples/demo/picture.hpp - a module's two slots and who runs in them, as the node itself reports it.
//
// reporter.txt is the other end: a process in the node, which answers a number in one file with lines in another.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace twinslot::demo {

struct resident {
  std::string pid, name, slot, vsn, status, waiting, what;
  bool operator==(const resident&) const = default;
};

struct picture {
  std::string current = "none";  // versions
  std::string old = "none";
  std::vector<resident> residents;

  /// One line for each slot and each process, without a frame.
  std::vector<std::string> lines() const;
  bool operator==(const picture&) const = default;
};

/// Errors: failure - a line that reporter.txt does not write.
picture read_report(std::string_view report);

/// "<0.9.0> counter", "suspended, 1 message waiting", "state 2"
std::vector<std::string> about(const resident& one);
}  // namespace twinslot::demo
