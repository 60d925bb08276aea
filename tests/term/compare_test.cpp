// tests/term/compare_test.cpp - Erlang's term order and `=:=`.
#include "runtime/term/term.hpp"
#include "tests/catch.hpp"

#include <vector>

using namespace twinslot;

namespace {
term bits(std::string_view bytes, std::uint32_t unused) {
  raw_term raw = binary(bytes).detach();
  raw.aux = unused;
  return term::adopt(raw);
}

/// Each smaller than the next, as OTP 25's lists:sort leaves them.
std::vector<term> ascending() {
  const term two_to_63{std::uint64_t{1} << 63};
  return {-1,
          0,
          0.5,
          1,
          9007199254740992.0,
          9007199254740993,
          9223372036854775807,
          two_to_63,
          1.0e300,
          "a",
          "aa",
          "b",
          reference{1},
          reference{2},
          external_fun("erlang"_atom, "abs"_atom, 1),
          external_fun("lists"_atom, "map"_atom, 2),
          external_fun("lists"_atom, "map"_atom, 3),
          port{6},
          pid{1},
          pid{2},
          tuple(),
          tuple(2),
          tuple(1, 2),
          tuple(1, 3),
          map(),
          map({{2, 1}}),
          map({{1.0, 1}}),
          map({{"a", 1}}),
          map({{"a", 1}, {"b", 2}}),
          map({{"a", 2}, {"b", 1}}),
          term{},
          cons(1, "a"),  // an atom is below []
          list(1),
          string("ab"),
          string("abc"),
          list(97, 98, 100),
          binary(""),
          bits("\x40", 7),
          binary("a"),
          binary("ab")};
}
}  // namespace

TEST_CASE("kinds and values stand in Erlang's order") {
  const auto all = ascending();
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = 0; j < all.size(); ++j) {
      INFO(i << " and " << j);
      const int wanted = i < j ? -1 : i > j;
      CHECK(compare(all[i], all[j]) == wanted);
      CHECK((all[i] == all[j]) == (i == j));
    }
  }
}

TEST_CASE("1 == 1.0 but 1 =/= 1.0, also inside") {
  CHECK(compare(1, 1.0) == 0);
  CHECK_FALSE(term{1} == term{1.0});
  CHECK(compare(tuple(1, list(2)), tuple(1.0, list(2.0))) == 0);
  CHECK_FALSE(tuple(1) == tuple(1.0));
  CHECK(compare(map({{"a", 1}}), map({{"a", 1.0}})) == 0);
  CHECK(compare(map({{1, "a"}}), map({{1.0, "a"}})) == -1);
  CHECK(compare_exact(2, 1.0) == -1);  // among keys every integer is before every float
}

TEST_CASE("0.0 and -0.0 are the same term") {
  CHECK(term{0.0} == term{-0.0});
  CHECK(tuple(0.0) == tuple(-0.0));
  CHECK(term_hash{}(tuple(0.0)) == term_hash{}(tuple(-0.0)));
  CHECK(map({{0.0, 1}}).get(-0.0));
}

TEST_CASE("a text is the list of its bytes") {
  const term text = string("abc");
  const std::vector<term> same = {list(97, 98, 99), string("xabc").tail(), cons(97, string("bc")),
                                  cons(97, string("xbc").tail()), list(1, 97, 98, 99).tail()};
  for (const term& other : same) {
    CHECK(text == other);
    CHECK(compare(other, text) == 0);
    CHECK(term_hash{}(text) == term_hash{}(other));
    CHECK(compare(string("abb"), other) == -1);
  }
  CHECK(string("\xC3\xBC") == list(0xFC));
  CHECK_FALSE(text == list(97, 98, 99.0));
  CHECK_FALSE(text == cons(97, cons(98, 99)));
}
