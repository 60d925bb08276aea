// tests/library/tables_test.cpp - what h(Module) and completion read from the tables.
#include "tests/catch.hpp"
#include "tests/library/world.hpp"

#include <set>

using namespace twinslot;

TEST_CASE("every native has a usage of its own name and arity, and a line of documentation") {
  world in;
  for (const atom module : in.home.native_modules()) {
    std::set<std::pair<std::string, int>> seen;
    for (const native* each : in.home.natives_of(module)) {
      INFO(each->module << ":" << each->name << "/" << each->arity << "  " << each->usage);
      const std::string usage = each->usage;
      const std::string name = quoted(atom(each->name));
      CHECK(seen.emplace(each->name, each->arity).second);
      REQUIRE(usage.starts_with(name + "("));
      REQUIRE(usage.back() == ')');
      const std::string arguments = usage.substr(name.size() + 1, usage.size() - name.size() - 2);
      int depth = 0;
      int count = arguments.empty() ? 0 : 1;
      for (char c : arguments) {
        depth += (c == '{' || c == '[') - (c == '}' || c == ']');
        count += c == ',' && depth == 0;
      }
      CHECK(count == each->arity);
      CHECK(std::string(each->doc).size() > 3);
      CHECK(std::string(each->doc).find('\n') == std::string::npos);
    }
  }
}
