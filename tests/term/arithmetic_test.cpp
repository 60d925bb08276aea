// tests/term/arithmetic_test.cpp - integers without limit, floats and what they refuse.
#include "runtime/term/arithmetic.hpp"
#include "runtime/term/print.hpp"
#include "runtime/term/raised.hpp"
#include "tests/catch.hpp"
#include "tests/term/oracle.hpp"

#include <functional>
#include <limits>

using namespace twinslot;
using test::ask_erlang;
using test::random_terms;

namespace {
constexpr std::int64_t smallest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();

term reason_of(const std::function<term()>& work) {
  try {
    return tuple("ok", work());
  } catch (const raised& failure) {
    return tuple("error", failure.reason);
  }
}

struct named_operator {
  const char* name;
  term (*apply)(const term&, const term&);
};
constexpr named_operator operators[] = {{"+", add},          {"-", subtract},         {"*", multiply},
                                        {"/", divide},       {"div", integer_divide}, {"rem", remainder},
                                        {"band", bit_and},   {"bor", bit_or},         {"bxor", bit_xor},
                                        {"bsl", shift_left}, {"bsr", shift_right}};

std::string text(const term& value) {
  return to_text_w(value);
}
}  // namespace

TEST_CASE("an int64 that overflows becomes a bignum, and one that fits again an int64") {
  CHECK(text(add(largest, 1)) == "9223372036854775808");
  CHECK(text(subtract(smallest, 1)) == "-9223372036854775809");
  CHECK(text(multiply(smallest, smallest)) == "85070591730234615865843651857942052864");
  CHECK(text(negate(smallest)) == "9223372036854775808");
  CHECK(text(integer_divide(smallest, -1)) == "9223372036854775808");
  CHECK(remainder(term{smallest}, -1) == term{0});
  CHECK(subtract(add(largest, 1), 1).is_int64());
  CHECK(negate(negate(smallest)) == term{smallest});
  CHECK(add(std::uint64_t{1} << 63, smallest) == term{0});
}

TEST_CASE("division truncates to zero, and the remainder has the dividend's sign") {
  CHECK(integer_divide(-7, 2) == term{-3});
  CHECK(remainder(term{-7}, 2) == term{-1});
  CHECK(remainder(term{7}, -2) == term{1});
  CHECK(divide(1, 2) == term{0.5});
}

TEST_CASE("shifting a negative integer to the right rounds downwards") {
  CHECK(shift_right(-1, 100) == term{-1});
  CHECK(shift_right(shift_left(-1, 100), 100) == term{-1});
  CHECK(shift_right(subtract(shift_left(-1, 100), 1), 100) == term{-2});
  CHECK(shift_left(1, -1) == term{0});
  CHECK(shift_right(5, shift_left(1, 70)) == term{0});
}

TEST_CASE("what arithmetic refuses") {
  const term badarith = tuple("error", "badarith");
  const term limit = tuple("error", "system_limit");
  CHECK(reason_of([] { return add("a", 1); }) == badarith);
  CHECK(reason_of([] { return divide(1, 0); }) == badarith);
  CHECK(reason_of([] { return divide(1, 0.0); }) == badarith);
  CHECK(reason_of([] { return integer_divide(1, 0); }) == badarith);
  CHECK(reason_of([] { return integer_divide(1.0, 1); }) == badarith);
  CHECK(reason_of([] { return bit_not(1.0); }) == badarith);
  CHECK(reason_of([] { return multiply(1.0e300, 1.0e300); }) == badarith);
  CHECK(reason_of([] { return add(1.0, shift_left(1, 2000)); }) == badarith);
  CHECK(reason_of([] { return shift_left(1, 33554368); }) == limit);
  CHECK(reason_of([] { return shift_left(1, shift_left(1, 70)); }) == limit);
  CHECK(reason_of([] { return shift_left(1, 33554367); }).is_tagged("ok"_atom, 2));
}

TEST_CASE("digits of any base are read and written") {
  CHECK(parse_integer("-ff", 16) == term{-255});
  CHECK(parse_integer("+Zz", 36) == term{35 * 36 + 35});
  CHECK(text(parse_integer("123456789012345678901234567890")) == "123456789012345678901234567890");
  CHECK(parse_integer("00000000000000000000000000000007") == term{7});
  for (const char* bad : {"", "-", "1x", "1 ", " 1", "0x1", "--1"})
    CHECK(reason_of([bad] { return parse_integer(bad); }) == tuple("error", "badarg"));
  CHECK(reason_of([] { return parse_integer("2", 2); }) == tuple("error", "badarg"));
  const std::string nines(20'000, '9');
  CHECK(integer_text(parse_integer(nines)) == nines);
  CHECK(integer_text(add(parse_integer(nines), 1)) == "1" + std::string(20'000, '0'));
}

TEST_CASE("floats become the nearest integers that were asked for") {
  CHECK(to_integer(2.5, rounding::nearest) == term{3});
  CHECK(to_integer(-2.5, rounding::nearest) == term{-3});
  CHECK(to_integer(-2.5, rounding::truncate) == term{-2});
  CHECK(to_integer(-2.5, rounding::down) == term{-3});
  CHECK(to_integer(2.1, rounding::up) == term{3});
  CHECK(text(to_integer(1.0e25, rounding::truncate)) == "10000000000000000905969664");
  CHECK(text(to_integer(-9223372036854775808.0, rounding::truncate)) == "-9223372036854775808");
}

TEST_CASE("floats are written with the fewest digits, as Erlang does") {
  for (const char* digits :
       {"0.0", "-0.0", "1.0", "0.1", "123456.0", "1.0e22", "1.0e-5", "0.001", "1.23e-4", "100.0", "1.0e3", "1.0e5",
        "1.7976931348623157e308", "5.0e-324", "9007199254740991.0", "9.007199254740992e15", "0.3333333333333333"})
    CHECK(float_text(std::strtod(digits, nullptr)) == digits);
}

TEST_CASE("random arithmetic has Erlang's results") {
  random_terms random(21);
  std::vector<term> questions;
  std::vector<term> ours;
  for (int i = 0; i < 6000; ++i) {
    const named_operator& chosen = operators[random.below(std::size(operators))];
    const bool shifts = chosen.name[0] == 'b' && chosen.name[1] == 's';
    const term a = random.chance(70) ? random.integer() : random.number();
    const term b = shifts              ? term{static_cast<int>(random.below(300)) - 150}
                   : random.chance(70) ? random.integer()
                                       : random.number();
    questions.push_back(tuple("apply", "erlang", atom{chosen.name}, list(a, b)));
    ours.push_back(reason_of([&] { return chosen.apply(a, b); }));
  }
  for (int i = 0; i < 1000; ++i) {
    const term integer = random.integer();
    const int base = 2 + static_cast<int>(random.below(35));
    questions.push_back(tuple("apply", "erlang", "integer_to_binary", list(integer, base)));
    std::string digits = integer_text(integer, base);
    CHECK(parse_integer(digits, base) == integer);
    for (char& c : digits)
      c = static_cast<char>(std::toupper(c));
    ours.push_back(tuple("ok", binary(digits)));
    questions.push_back(tuple("apply", "erlang", "bnot", list(integer)));
    ours.push_back(tuple("ok", bit_not(integer)));
    questions.push_back(tuple("apply", "erlang", "float", list(integer)));
    ours.push_back(tuple("ok", to_double(integer)));
    const double real = random.real();
    const std::pair<const char*, rounding> ways[] = {
        {"trunc", rounding::truncate}, {"round", rounding::nearest}, {"floor", rounding::down}, {"ceil", rounding::up}};
    for (const auto& [name, how] : ways) {
      questions.push_back(tuple("apply", "erlang", atom{name}, list(real)));
      ours.push_back(tuple("ok", to_integer(real, how)));
    }
  }
  const auto answers = ask_erlang(questions);
  if (!answers)
    return;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    INFO(text(questions[i]) << " Erlang: " << text((*answers)[i]) << " ours: " << text(ours[i]));
    REQUIRE((*answers)[i] == ours[i]);
  }
}
