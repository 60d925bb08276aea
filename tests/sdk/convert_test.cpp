// Values as terms and back: what converts, and that nothing else does.
#include <twinslot/std/array.hpp>
#include <twinslot/std/map.hpp>
#include <twinslot/std/optional.hpp>
#include <twinslot/std/string.hpp>
#include <twinslot/std/tuple.hpp>
#include <twinslot/std/vector.hpp>
#include <twinslot/timestamp.hpp>

#include "tests/catch.hpp"
#include "tests/sdk/open_here.hpp"

#include <limits>

using namespace twinslot;

namespace {
template <class T>
bool reads(const term& value) {
  T result{};
  return codec<T>::from(value, result);
}
template <class T>
T read(const term& value) {
  T result{};
  REQUIRE(codec<T>::from(value, result));
  return result;
}
/// There and back, and the term is the one that was expected.
template <class T>
void check_both_ways(const T& value, const term& expected) {
  CHECK(to_term(value) == expected);
  CHECK(read<T>(expected) == value);
}
const term big = std::uint64_t{1} << 63;  // the smallest integer that is no int64
enum class colour : std::uint8_t { red, green = 7 };
enum class nearby : std::int64_t { below = -100, here = 0, far = 1023 };
enum access_bits { reading = 1, writing = 2, top = 1 << 30 };
template <class T, int>
struct holder {
  enum class inner : signed char { first, second };
};
enum class yes_or_no : bool { no, yes };
struct by_size {
  bool operator()(const std::string& a, const std::string& b) const { return a.size() < b.size(); }
};
}  // namespace

TEMPLATE_TEST_CASE("an integer converts in its type's range only", "", std::int8_t, std::int16_t, std::int32_t,
                   std::uint8_t, std::uint16_t, std::uint32_t) {
  using limits = std::numeric_limits<TestType>;
  check_both_ways(limits::min(), term(std::int64_t{limits::min()}));
  check_both_ways(limits::max(), term(std::int64_t{limits::max()}));
  CHECK_FALSE(reads<TestType>(std::int64_t{limits::min()} - 1));
  CHECK_FALSE(reads<TestType>(std::int64_t{limits::max()} + 1));
  CHECK_FALSE(reads<TestType>(1.0));
  CHECK_FALSE(reads<TestType>("one"));
  CHECK_FALSE(reads<TestType>(big));
}

TEST_CASE("integers of 64 bits convert up to their ends") {
  using limits = std::numeric_limits<std::int64_t>;
  check_both_ways(limits::min(), term(limits::min()));
  check_both_ways(limits::max(), term(limits::max()));
  CHECK_FALSE(reads<std::int64_t>(big));
  check_both_ways(std::uint64_t{0}, term(0));
  check_both_ways(std::uint64_t{1} << 63, big);
  check_both_ways(std::numeric_limits<std::uint64_t>::max(), term(std::numeric_limits<std::uint64_t>::max()));
  CHECK_FALSE(reads<std::uint64_t>(-1));
}

TEST_CASE("a bignum of more than 64 bits or below 0 is no uint64") {
  const auto bignum = [](std::uint64_t limbs, std::uint8_t flags) {
    auto* made = static_cast<bignum_cell*>(host::make_cell(kind::bignum, limbs, sizeof(bignum_cell)));
    made->limbs[0] = made->limbs[1] = ~std::uint64_t{0};
    made->flags = flags;
    raw_term bits = term::bits(kind::bignum);
    bits.box = made;
    return term::adopt(bits);
  };
  CHECK(reads<std::uint64_t>(bignum(1, 0)));
  CHECK_FALSE(reads<std::uint64_t>(bignum(1, 1)));
  CHECK_FALSE(reads<std::uint64_t>(bignum(2, 0)));
}

TEST_CASE("a float reads integers; what is not finite has no term") {
  check_both_ways(1.5, term(1.5));
  check_both_ways(0.5F, term(0.5));
  CHECK(read<double>(5) == 5.0);
  CHECK_FALSE(reads<double>("five"));
  CHECK_FALSE(reads<double>(big));
  CHECK_FALSE(reads<float>(1.0e300));
  for (const double odd : {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    try {
      to_term(odd);
      FAIL("it was converted");
    } catch (const exception& e) {
      CHECK(e.what == "error"_atom);
      CHECK(e.reason == tuple("not_finite", "double"));
    }
  }
}

TEST_CASE("atoms, booleans, pids, references, ports and terms are themselves") {
  check_both_ways(true, term("true"));
  check_both_ways(false, term("false"));
  CHECK_FALSE(reads<bool>("yes"));
  CHECK_FALSE(reads<bool>(1));
  check_both_ways("word"_atom, term("word"));
  CHECK_FALSE(reads<atom>(string("word")));
  check_both_ways(pid{4, 0}, term(pid{4, 0}));
  check_both_ways(reference{4, 2}, term(reference{4, 2}));
  check_both_ways(port{4, 0}, term(port{4, 0}));
  CHECK_FALSE(reads<pid>(reference{4, 0}));
  CHECK_FALSE(reads<reference>(port{4, 0}));
  check_both_ways(tuple("any", big), tuple("any", big));
}

TEST_CASE("text is a string outside and UTF-8 inside") {
  check_both_ways(text("abc"), string("abc"));
  check_both_ways(text(), term());
  check_both_ways(text("zażółć €😀"), string("zażółć €😀"));
  check_both_ways(std::string("grün"), list(103, 114, 252, 110));
  check_both_ways(std::string(), term());
  CHECK(to_term(std::string_view("abc")) == string("abc"));
  CHECK(reads<text>(list(97, 98)));
  for (const term& no_text : {list(97, "b"), cons(97, 98), list(-1), list(0x110000), list(0xD800), term("abc"),
                              binary("abc"), list(list(97))}) {
    CHECK_FALSE(reads<text>(no_text));
    CHECK_FALSE(reads<std::string>(no_text));
  }
}

TEST_CASE("bytes are a binary") {
  using namespace std::string_view_literals;
  check_both_ways(bytes("a\0b"sv), binary("a\0b"sv));
  check_both_ways(bytes(), binary(""));
  CHECK_FALSE(reads<bytes>(string("ab")));
  const term shared = binary("shared");
  CHECK(read<bytes>(shared).view().data() == shared.bytes().data());
}

TEST_CASE("a literal pattern takes its atom only") {
  CHECK(reads<is<"quit">>("quit"));
  CHECK_FALSE(reads<is<"quit">>("quite"));
  CHECK_FALSE(reads<is<"quit">>(string("quit")));
  CHECK(to_term(is<"quit">{}) == "quit"_atom);
}

TEST_CASE("an enum is its enumerator's name; a number that has none stays one") {
  check_both_ways(colour::green, term("green"));
  check_both_ways(colour::red, term("red"));
  check_both_ways(static_cast<colour>(5), term(5));
  CHECK(read<colour>(7) == colour::green);
  CHECK_FALSE(reads<colour>(256));
  CHECK_FALSE(reads<colour>("blue"));
  CHECK(codec<colour>::type() == tuple("enum", "uint8", list(tuple("red", 0), tuple("green", 7))));

  check_both_ways(nearby::below, term("below"));
  check_both_ways(nearby::far, term("far"));
  check_both_ways(writing, term("writing"));
  check_both_ways(static_cast<access_bits>(reading | writing), term(3));
  check_both_ways(top, term("top"));
  CHECK(codec<holder<int, 2>::inner>::type() == tuple("enum", "int8", list(tuple("first", 0), tuple("second", 1))));
  check_both_ways(yes_or_no::yes, term("yes"));
}

TEST_CASE("bytes that are no UTF-8 are kept, as a binary") {
  using namespace std::string_view_literals;
  const auto bytes_of = [](std::string_view raw) { return term(binary(raw)); };
  for (const std::string_view raw :
       {"\x01\xff\xfe"sv, "\xc0\x80"sv, "\xed\xb3\xbf"sv, "gr\xfc n"sv, "\xff"sv, "a\0\x80"sv}) {
    check_both_ways(std::string(raw), bytes_of(raw));
    check_both_ways(text(raw), bytes_of(raw));
    CHECK(to_term(raw) == bytes_of(raw));
  }
  // Every byte, alone and behind another.
  for (int first = 0; first < 256; ++first) {
    const std::string one(1, static_cast<char>(first));
    CHECK(read<std::string>(to_term(one)) == one);
    for (int second = 128; second < 256; ++second) {
      const std::string two = one + static_cast<char>(second);
      if (read<std::string>(to_term(two)) != two)
        FAIL(first << " " << second);
    }
  }
  check_both_ways(std::map<std::string, std::string>{{"\xff", "\xfe"}}, map({{binary("\xff"), binary("\xfe")}}));
  CHECK_FALSE(reads<std::string>(binary("abc")));  // a binary of text is a ts::bytes
}

TEST_CASE("what would become something else is refused") {
  CHECK(read<double>(std::int64_t{1} << 53) == 0x1p53);
  CHECK_FALSE(reads<double>((std::int64_t{1} << 53) + 1));
  CHECK_FALSE(reads<double>(std::numeric_limits<std::int64_t>::max()));
  CHECK(read<double>(std::numeric_limits<std::int64_t>::min()) == -0x1p63);
  CHECK_FALSE(reads<float>(16777217));

  const auto refused = [](auto value) {
    try {
      to_term(value);
    } catch (const exception& e) {
      return e.reason;
    }
    return term("not refused");
  };
  CHECK(refused(std::optional<atom>("undefined"_atom)) == tuple("undefined_in", tuple("optional", "atom")));
  CHECK(refused(std::optional<std::optional<int>>(std::optional<int>{}))[0] == "undefined_in");
  CHECK(refused(std::optional<timestamp>(timestamp{}))[0] == "undefined_in");

  // Keys that are equal for the map's order, and not as terms.
  CHECK_FALSE(reads<std::map<double, int>>(map({{1, 1}, {1.0, 2}})));
  CHECK_FALSE((reads<std::map<std::string, int, by_size>>(map({{string("a"), 1}, {string("b"), 2}}))));
  check_both_ways(std::map<std::string, int, by_size>{{"a", 1}, {"bb", 2}}, map({{string("a"), 1}, {string("bb"), 2}}));
}

TEST_CASE("tuple and list take what has a conversion") {
  CHECK(tuple("ok", std::string("a"), std::vector<int>{1}, colour::red) == tuple("ok", string("a"), list(1), "red"));
  CHECK(list(std::string("a"), 1) == list(string("a"), 1));
  CHECK(list(std::string_view("a")) == list(string("a")));
}

TEST_CASE("a timestamp is three numbers or undefined") {
  check_both_ways(timestamp(), term("undefined"));
  check_both_ways(timestamp::from_microseconds(1795224543952857), tuple(1795, 224543, 952857));
  CHECK(timestamp() != timestamp::from_microseconds(0));
  CHECK_FALSE(reads<timestamp>(tuple(1795, 1000000, 0)));
  CHECK_FALSE(reads<timestamp>(tuple(1795, 0, -1)));
  CHECK_FALSE(reads<timestamp>(tuple(1795, 0)));
  CHECK_FALSE(reads<timestamp>(0));
  const timestamp before = now();
  CHECK(before.is_defined());
  CHECK(before <= now());
}

TEST_CASE("containers of the standard library convert element by element") {
  using numbers = std::vector<std::int32_t>;
  check_both_ways(numbers{1, 2, 3}, list(1, 2, 3));
  check_both_ways(numbers{}, term());
  CHECK(read<numbers>(string("ab")) == numbers{97, 98});
  CHECK_FALSE(reads<numbers>(cons(1, 2)));
  CHECK_FALSE(reads<numbers>(list(1, "two")));
  CHECK_FALSE(reads<numbers>(tuple(1, 2)));

  using three = std::array<std::int64_t, 3>;
  check_both_ways(three{1, 2, 3}, tuple(1, 2, 3));
  CHECK_FALSE(reads<three>(tuple(1, 2)));
  CHECK_FALSE(reads<three>(tuple(1, 2, "x")));

  using maybe = std::optional<std::int64_t>;
  check_both_ways(maybe(), term("undefined"));
  check_both_ways(maybe(4), term(4));
  CHECK_FALSE(reads<maybe>("four"));

  using mixed = std::tuple<atom, std::string, bool>;
  check_both_ways(mixed("a"_atom, "b", true), tuple("a", string("b"), true));
  CHECK_FALSE(reads<mixed>(tuple("a", string("b"))));
  CHECK_FALSE(reads<mixed>(tuple("a", string("b"), 1)));
  check_both_ways(std::tuple<>(), tuple());
  check_both_ways(std::pair<atom, bool>("a"_atom, true), tuple("a", true));
  CHECK_FALSE(reads<std::pair<atom, bool>>(tuple("a", 1)));

  using ages = std::map<std::string, std::int64_t>;
  check_both_ways(ages{{"ann", 7}, {"bo", 9}}, map({{string("ann"), 7}, {string("bo"), 9}}));
  CHECK_FALSE(reads<ages>(map({{"ann", 7}})));
  CHECK_FALSE(reads<ages>(map({{string("ann"), "old"}})));
  CHECK_FALSE(reads<ages>(list()));
}

TEST_CASE("a schema's types name what is inside") {
  CHECK(codec<std::vector<std::string>>::type() == tuple("list", "text"));
  CHECK(codec<std::array<bool, 2>>::type() == tuple("array", 2, "bool"));
  CHECK(codec<std::optional<pid>>::type() == tuple("optional", "pid"));
  CHECK((codec<std::tuple<int, reference>>::type()) == tuple("tuple", list("int32", "reference")));
  CHECK((codec<std::pair<atom, term>>::type()) == tuple("tuple", list("atom", "term")));
  CHECK((codec<std::map<port, double>>::type()) == tuple("map", "port", "double"));
  CHECK(codec<is<"x">>::type() == tuple("is", "x"));
  CHECK(codec<std::uint8_t>::type() == "uint8");
  CHECK(codec<long long>::type() == "int64");
}
