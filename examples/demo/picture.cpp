#include "examples/demo/picture.hpp"

#include "examples/demo/failure.hpp"

#include <algorithm>
#include <sstream>

namespace twinslot::demo {
namespace {
std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream rest(line);
  for (std::string field; std::getline(rest, field, '\t');)
    fields.push_back(field);
  return fields;
}

std::string status_of(const resident& one) {
  if (one.waiting == "0" || one.waiting == "ended")
    return one.status;
  return one.status + ", " + one.waiting + (one.waiting == "1" ? " message waits" : " messages wait");
}
}  // namespace

picture read_report(std::string_view report) {
  picture seen;
  std::istringstream lines{std::string(report)};
  for (std::string line; std::getline(lines, line);) {
    const std::vector<std::string> f = fields_of(line);
    if (f.size() == 3 && f[0] == "slot" && f[1] == "current")
      seen.current = f[2];
    else if (f.size() == 3 && f[0] == "slot" && f[1] == "old")
      seen.old = f[2];
    else if (f.size() == 8 && f[0] == "process")
      seen.residents.push_back({f[1], f[2], f[3], f[4], f[5], f[6], f[7]});
    else
      throw failure("the node reported what the picture does not know: " + line);
  }
  return seen;
}

std::vector<std::string> about(const resident& one) {
  return {one.name == "undefined" ? one.pid : one.pid + " " + one.name, status_of(one), one.what};
}

std::vector<std::string> picture::lines() const {
  std::vector<std::string> all;
  const auto add_slot = [&](const std::string& slot, const std::string& vsn) {
    const std::size_t at = all.size();
    all.push_back(slot + ": " + (vsn == "none" ? "empty" : "version " + vsn));
    for (const resident& one : residents)
      if (one.slot == slot) {
        const std::vector<std::string> texts = about(one);
        all.push_back("  " + texts[0] + ", " + texts[1] + ", " + texts[2]);
      }
    if (vsn != "none" && all.size() == at + 1)
      all.back() += ", no process";
  };
  add_slot("current", current);
  add_slot("old", old);
  return all;
}
}  // namespace twinslot::demo
