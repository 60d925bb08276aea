// tests/term/atom_test.cpp - the limit of the atom table: what comes from outside meets it, and it is told long before.
#include "runtime/term/atom_table.hpp"
#include "runtime/term/external.hpp"
#include "runtime/term/raised.hpp"
#include "tests/catch.hpp"

#include <string>
#include <vector>

using namespace twinslot;
using namespace std::string_literals;

namespace {
/// The limit is the whole program's: it is set back.
struct limited {
  explicit limited(std::size_t more) { limit_atoms(atom_count() + more); }
  ~limited() { limit_atoms(1 << 20); }
};

std::string bytes_of_atom(const std::string& name) {
  return "\x83w"s + static_cast<char>(name.size()) + name;
}

std::string fresh_name() {
  static int number = 0;
  return "atom_test_" + std::to_string(number++);
}

struct told final : atom_watcher {
  ~told() override { end(); }
  void filling(std::size_t count, std::size_t) override { counts.push_back(count); }
  void over(std::size_t) override { ++beyond; }
  std::vector<std::size_t> counts;
  int beyond = 0;
};
}  // namespace

TEST_CASE("bytes that may only name known atoms make none, wherever the atom stands") {
  for (const char* const front : {"", "h\1", "l\0\0\0\1", "t\0\0\0\1", "X"}) {
    const std::string name = fresh_name();
    const std::size_t front_bytes = *front == 'l' || *front == 't' ? 5 : std::string(front).size();
    std::string bytes = "\x83" + std::string(front, front_bytes) + bytes_of_atom(name).substr(1);
    if (*front == 'l')
      bytes += "j";
    if (*front == 't')
      bytes += "a\1";
    if (*front == 'X')
      bytes += std::string(12, '\0');
    std::size_t used = 0;
    const auto refused = bytes_to_term(bytes, used, atoms_of_bytes::known);
    REQUIRE_FALSE(refused);
    CHECK(refused.reason() == "badarg");
    CHECK_FALSE(existing_atom(name));
    REQUIRE(bytes_to_term(bytes, used, atoms_of_bytes::any));
    CHECK(bytes_to_term(bytes, used, atoms_of_bytes::known));  // now it is known
  }
  std::size_t used = 0;
  for (const std::string& latin1 : {"\x83s\3z\xF8z"s, "\x83"s + "d\0\3y\xF8y"s}) {
    CHECK_FALSE(bytes_to_term(latin1, used, atoms_of_bytes::known));
    REQUIRE(bytes_to_term(latin1, used));
    CHECK(bytes_to_term(latin1, used, atoms_of_bytes::known));
  }
}

TEST_CASE("beyond the limit a new atom is refused with system_limit, and known ones go on") {
  const limited here{2};
  const std::string first = fresh_name(), second = fresh_name(), third = fresh_name();
  CHECK(make_atom(first).text() == first);
  CHECK(bytes_to_term(bytes_of_atom(second)));
  CHECK_FALSE(atom_within_limit(third));
  CHECK(bytes_to_term(bytes_of_atom(third)).reason() == "system_limit");
  try {
    make_atom(third);
    FAIL("it was made");
  } catch (const raised& refused) {
    CHECK(refused.reason == "system_limit");
  }
  CHECK_FALSE(existing_atom(third));
  CHECK(make_atom(first).text() == first);
  CHECK(atom{third}.text() == third);  // code's own literals have a reserve
}

TEST_CASE("a table that fills is told at a half, three quarters and seven eighths, then that it is full") {
  told watcher;
  const std::size_t before = atom_count();
  limit_atoms(2 * before + 800);
  while (atom_within_limit(fresh_name())) {
  }
  const std::size_t limit = atom_limit();
  CHECK(atom_count() == limit);
  CHECK(watcher.counts == std::vector<std::size_t>{limit / 2, limit * 6 / 8, limit * 7 / 8, limit});
  CHECK(watcher.beyond == 0);
  for (std::size_t i = 0; i < limit / 2 + 10; ++i)
    atom{fresh_name()};
  CHECK(watcher.beyond == 10);
  limit_atoms(1 << 20);
}
