#include "tests/both_ends/comparison.hpp"

#include <regex>
#include <vector>

namespace both_ends {
namespace {
std::string without_times(const std::string& line) {
  static const std::regex report("REPORT==== .* ===$"), age(" +[0-9]+ (ms|s|min|h) ");
  return std::regex_replace(std::regex_replace(line, report, "REPORT==== Time ==="), age, " Time ");
}

struct parts {
  std::vector<std::string> names;
  std::string rest;
};
parts taken_apart(const std::string& line) {
  static const std::regex name("<[0-9]+\\.[0-9]+\\.[0-9]+>|#(Ref|Port)<[0-9.]+>");
  parts result{{}, std::regex_replace(line, name, "<>")};
  for (std::sregex_iterator at(line.begin(), line.end(), name), end; at != end; ++at)
    result.names.push_back(at->str());
  return result;
}
}  // namespace

bool comparison::matches(const std::string& told, const std::string& printed) {
  const parts expected = taken_apart(without_times(told)), got = taken_apart(without_times(printed));
  if (expected.rest != got.rest || expected.names.size() != got.names.size())
    return false;
  auto here = here_, there = there_;
  for (std::size_t i = 0; i < got.names.size(); ++i) {
    const auto& [told_name, name] = *here.emplace(expected.names[i], got.names[i]).first;
    const auto& [name_there, told_there] = *there.emplace(got.names[i], expected.names[i]).first;
    if (name != got.names[i] || told_there != expected.names[i])
      return false;
  }
  here_ = std::move(here);
  there_ = std::move(there);
  return true;
}
}  // namespace both_ends
