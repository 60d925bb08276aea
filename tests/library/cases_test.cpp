// tests/library/cases_test.cpp - every call in cases/ gives what Erlang gave: value, or class, reason and the call that
// the shell would name. The expectations come from expectations.escript.
#include "runtime/term/external.hpp"
#include "tests/catch.hpp"
#include "tests/library/world.hpp"

#include <fstream>

using namespace twinslot;

namespace {
term from_hex(const std::string& digits) {
  std::string bytes;
  for (std::size_t at = 0; at + 1 < digits.size(); at += 2)
    bytes.push_back(static_cast<char>(std::stoi(digits.substr(at, 2), nullptr, 16)));
  const auto value = bytes_to_term(bytes);
  REQUIRE(value);
  return *value;
}

/// The stack's first entry as {Module, Function, Arguments}, where it has arguments.
term first_entry(const term& stack) {
  if (!stack.is_cons() || !stack.head().is_tuple(4) || !stack.head()[2].is_list())
    return "none";
  const term entry = stack.head();
  return tuple(entry[0], entry[1], entry[2]);
}

term outcome(world& in, const term& call) {
  std::vector<term> arguments;
  for (const term& argument : call[2].elements_of_list())
    arguments.push_back(argument);
  try {
    return tuple("ok",
                 in.home.apply(*in.self, call[0].as_atom(), call[1].as_atom(), arguments.data(), arguments.size()));
  } catch (const raised& failed) {
    return tuple(failed.what, failed.reason, first_entry(failed.stack));
  }
}

/// An expectation without a stack entry does not look at ours.
bool agrees(const term& found, const term& expected) {
  if (found == expected)
    return true;
  return expected.is_tuple(3) && expected[2] == "none" && found.is_tuple(3) && found[0] == expected[0] &&
         found[1] == expected[1];
}

void play(const std::string& name) {
  world in;
  std::ifstream file(std::string(CASES_DIR) + "/" + name + ".expected");
  REQUIRE(file);
  std::size_t count = 0;
  for (std::string line; std::getline(file, line); ++count) {
    const std::size_t first = line.find('\t');
    const std::size_t second = line.find('\t', first + 1);
    REQUIRE(second != std::string::npos);
    const term expected = from_hex(line.substr(second + 1));
    const term found = outcome(in, from_hex(line.substr(first + 1, second - first - 1)));
    INFO(line.substr(0, first) << "\n  found    " << found << "\n  expected " << expected);
    CHECK(agrees(found, expected));
  }
  CHECK(count > 10);
}
}  // namespace

// The modules of each file are in its first line.
TEST_CASE("the library gives what OTP 25 gives") {
  for (const char* name : {"binary", "collections", "erlang", "lists", "maps", "small", "string", "text"})
    DYNAMIC_SECTION(name) {
      play(name);
    }
}
