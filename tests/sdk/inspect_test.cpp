// Described structs: record terms, schemas, and fingerprints that differ when a layout or a name does.
#include <twinslot/std/map.hpp>
#include <twinslot/std/optional.hpp>
#include <twinslot/std/string.hpp>
#include <twinslot/std/vector.hpp>

#include "tests/catch.hpp"
#include "tests/sdk/open_here.hpp"

#include <set>

using namespace twinslot;

namespace {
struct point {
  std::int32_t x = 1;
  std::int32_t y = 2;
  friend bool operator==(const point&, const point&) = default;
};
template <class Inspector>
bool inspect(Inspector& f, point& p) {
  return f.object(p).fields(f.field("x", p.x), f.field("y", p.y));
}

struct drawing {
  std::string title = "none";
  point origin;
  std::vector<point> points;
};
template <class Inspector>
bool inspect(Inspector& f, drawing& d) {
  return f.object(d).fields(f.field("title", d.title), f.field("origin", d.origin), f.field("points", d.points));
}

struct empty {};
template <class Inspector>
bool inspect(Inspector& f, empty& e) {
  return f.object(e).fields();
}

struct with_other_name {
  std::int64_t n = 0;
};
template <class Inspector>
bool inspect(Inspector& f, with_other_name& w) {
  return f.object(w).pretty_name("state").fields(f.field("n", w.n));
}

template <class T>
struct box {
  T value{};
};
template <class Inspector, class T>
bool inspect(Inspector& f, box<T>& b) {
  return f.object(b).fields(f.field("value", b.value));
}

// Not counted, so not checked: a base class, and members that are not public.
struct derived : point {
  std::int32_t z = 3;
};
template <class Inspector>
bool inspect(Inspector& f, derived& d) {
  return f.object(d).fields(f.field("z", d.z));
}
class closed {
public:
  template <class Inspector>
  friend bool inspect(Inspector& f, closed& c) {
    return f.object(c).fields(f.field("shown", c.shown_));
  }

private:
  std::int64_t shown_ = 4;
  std::int64_t cached_ = 5;
  friend std::int64_t cached(const closed& c) { return c.cached_; }
};

// No inspect function: the compiler names the members.
struct plain {
  std::int64_t count = 7;
  std::string title_ = "none";
  point place;
  bool is_on = true;
  friend bool operator==(const plain&, const plain&) = default;
};
struct nothing {};
template <class T>
struct plain_box {
  T value{};
  std::vector<plain> more;
};
struct thirty_two {
  int a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, c0, c1, c2, c3, c4, c5, c6, c7,
      c8, c9, d0, d1;
};
}  // namespace

TEST_CASE("a plain aggregate needs no inspect function") {
  CHECK(to_term(plain{1, "a", {2, 3}, false}) == tuple("plain", 1, string("a"), tuple("point", 2, 3), "false"));
  plain read;
  REQUIRE(codec<plain>::from(tuple("plain", 1, string("a"), tuple("point", 2, 3), "false"), read));
  CHECK(read == plain{1, "a", {2, 3}, false});
  CHECK(schema_of<plain>() == tuple("plain", list(tuple("count", "int64", 7), tuple("title_", "text", string("none")),
                                                  tuple("place", codec<point>::type(), tuple("point", 1, 2)),
                                                  tuple("is_on", "bool", "true"))));
  CHECK(why_not<plain>(tuple("plain", 1, 2, 3, 4)) == tuple("bad_field", "title_", "text", 2));
  CHECK(to_term(nothing{}) == tuple("nothing"));
  CHECK(to_term(plain_box<atom>{"a"_atom, {{}}})[2].head()[1] == 7);
  thirty_two many{};
  many.d1 = 9;
  CHECK(to_term(many)[32] == 9);
  CHECK(schema_of<thirty_two>()[1].head()[0] == "a0");
}

TEST_CASE("a struct is a record with its own name") {
  CHECK(to_term(point{3, 4}) == tuple("point", 3, 4));
  CHECK(to_term(drawing{"a", {5, 6}, {{7, 8}}}) ==
        tuple("drawing", string("a"), tuple("point", 5, 6), list(tuple("point", 7, 8))));
  CHECK(to_term(empty{}) == tuple("empty"));
  CHECK(to_term(with_other_name{9}) == tuple("state", 9));
  CHECK(to_term(box<std::int64_t>{1}) == tuple("box", 1));
  CHECK(to_term(derived{}) == tuple("derived", 3));
  CHECK(to_term(closed{}) == tuple("closed", 4));
  CHECK(cached(closed{}) == 5);
}

TEST_CASE("a record reads back, and what does not fit is named") {
  drawing read;
  REQUIRE(codec<drawing>::from(to_term(drawing{"b", {1, 1}, {{2, 2}, {3, 3}}}), read));
  CHECK(read.title == "b");
  CHECK(read.points == std::vector<point>{{2, 2}, {3, 3}});

  CHECK(why_not<point>(tuple("point", 1, "two")) == tuple("bad_field", "y", "int32", "two"));
  CHECK(why_not<point>(tuple("point", 1)) == tuple("not_a_record", "point", 3));
  CHECK(why_not<point>(tuple("dot", 1, 2)) == tuple("not_a_record", "point", 3));
  CHECK(why_not<point>(7) == tuple("not_a_record", "point", 3));
  CHECK(why_not<drawing>(tuple("drawing", string("c"), tuple("point", 1, "two"), term()))[1] == "origin");
  CHECK(why_not<std::int64_t>("seven") == tuple("bad_type", "int64"));
}

TEST_CASE("a schema has names, types and the values of a new object") {
  CHECK(schema_of<point>() == tuple("point", list(tuple("x", "int32", 1), tuple("y", "int32", 2))));
  const term point_type = tuple("record", "point", list(tuple("x", "int32", 1), tuple("y", "int32", 2)));
  CHECK(schema_of<drawing>() ==
        tuple("drawing", list(tuple("title", "text", string("none")), tuple("origin", point_type, tuple("point", 1, 2)),
                              tuple("points", tuple("list", point_type), term()))));
  CHECK(schema_of<empty>() == tuple("empty", term()));
  CHECK(schema_of<std::int64_t>() == tuple(atom(), list(tuple(atom(), "int64", 0))));
  CHECK(schema_of<term>() == tuple(atom(), list(tuple(atom(), "term", term()))));
}

// The same struct as two versions of a module would have it.
#define COMMA ,
#define VERSION(name, members, ...)         \
  namespace name {                          \
  struct state {                            \
    members                                 \
  };                                        \
  template <class Inspector>                \
  bool inspect(Inspector& f, state& s) {    \
    return f.object(s).fields(__VA_ARGS__); \
  }                                         \
  }
VERSION(as_it_is, std::int64_t a = 0; std::int64_t b = 0;, f.field("a", s.a), f.field("b", s.b))
VERSION(again, std::int64_t a = 0; std::int64_t b = 0;, f.field("a", s.a), f.field("b", s.b))
VERSION(other_default, std::int64_t a = 5; std::int64_t b = 0;, f.field("a", s.a), f.field("b", s.b))
VERSION(renamed, std::int64_t a = 0; std::int64_t c = 0;, f.field("a", s.a), f.field("c", s.c))
VERSION(other_type, std::int64_t a = 0; double b = 0;, f.field("a", s.a), f.field("b", s.b))
VERSION(other_sign, std::int64_t a = 0; std::uint64_t b = 0;, f.field("a", s.a), f.field("b", s.b))
VERSION(smaller, std::int64_t a = 0; std::int32_t b = 0;, f.field("a", s.a), f.field("b", s.b))
VERSION(other_order, std::int64_t b = 0; std::int64_t a = 0;, f.field("a", s.a), f.field("b", s.b))
VERSION(told_in_other_order, std::int64_t a = 0; std::int64_t b = 0;, f.field("b", s.b), f.field("a", s.a))
VERSION(more, std::int64_t a = 0; std::int64_t b = 0; std::int64_t c = 0;
        , f.field("a", s.a), f.field("b", s.b), f.field("c", s.c))
VERSION(fewer, std::int64_t a = 0;, f.field("a", s.a))
VERSION(string_inside, std::int64_t a = 0; std::string b;, f.field("a", s.a), f.field("b", s.b))
VERSION(text_inside, std::int64_t a = 0; text b;, f.field("a", s.a), f.field("b", s.b))
VERSION(nested, point a; std::int64_t b = 0;, f.field("a", s.a), f.field("b", s.b))
VERSION(colours_1, enum class colour{red COMMA blue}; colour a = colour::red; std::int64_t b = 0;
        , f.field("a", s.a), f.field("b", s.b))
VERSION(colours_2, enum class colour{red COMMA green COMMA blue}; colour a = colour::red; std::int64_t b = 0;
        , f.field("a", s.a), f.field("b", s.b))
VERSION(colours_3, enum class colour{blue COMMA red}; colour a = colour::red; std::int64_t b = 0;
        , f.field("a", s.a), f.field("b", s.b))
VERSION(nested_box, box<std::int64_t> a; std::int64_t b = 0;, f.field("a", s.a), f.field("b", s.b))
VERSION(nested_other_box, box<double> a; std::int64_t b = 0;, f.field("a", s.a), f.field("b", s.b))

TEST_CASE("two versions with the same fields have one fingerprint, whatever their defaults") {
  CHECK(fingerprint_of<as_it_is::state>() == fingerprint_of<again::state>());
  CHECK(fingerprint_of<as_it_is::state>() == fingerprint_of<other_default::state>());
  CHECK(fingerprint_of<std::int64_t>() == fingerprint_of<std::int64_t>());
  CHECK(fingerprint_of<std::int64_t>() == fingerprint_of<long long>());
}

namespace {
class all_named {
public:
  all_named() : a_(1) {}
  template <class Inspector>
  friend bool inspect(Inspector& f, all_named& x) {
    return f.object(x).fields(f.field("a", x.a_), f.field("b", x.b_));
  }

private:
  std::int64_t a_, b_ = 2;
};
class with_gap {
public:
  with_gap() : a_(true) {}
  template <class Inspector>
  friend bool inspect(Inspector& f, with_gap& x) {
    return f.object(x).fields(f.field("a", x.a_), f.field("b", x.b_));
  }

private:
  bool a_;
  std::int64_t b_ = 2;
};
struct padded {
  bool a = true;
  std::int64_t b = 2;
};
template <class Inspector>
bool inspect(Inspector& f, padded& x) {
  return f.object(x).fields(f.field("a", x.a), f.field("b", x.b));
}
struct named_twice {
  std::int64_t a = 1, b = 2;
};
template <class Inspector>
bool inspect(Inspector& f, named_twice& x) {
  return f.object(x).fields(f.field("a", x.a), f.field("b", x.a));
}
struct named_elsewhere {
  std::int64_t a = 1, b = 2;
};
template <class Inspector>
bool inspect(Inspector& f, named_elsewhere& x) {
  static std::int64_t other = 0;
  return f.object(x).fields(f.field("a", x.a), f.field("b", other));
}
struct by_x {
  bool operator()(const std::string& a, const std::string& b) const { return a[0] < b[0]; }
};
struct money {
  money(std::int64_t c = 0) : cents(c) {}
  std::int64_t cents;
};
struct length {
  length(std::int64_t c = 0) : metres(c) {}
  std::int64_t metres;
};
template <class T>
bool is_for_one_version() {
  sdk::fingerprint print;
  print.add_type<T>();
  return print.is_own();
}
}  // namespace
template <>
struct twinslot::codec<money> : plain_codec<"money"> {
  static term to(const money& value) { return value.cents; }
  static bool from(const term& value, money& result) { return codec<std::int64_t>::from(value, result.cents); }
};
template <>
struct twinslot::codec<length> : plain_codec<"length"> {
  using layout_of = length;
  static term to(const length& value) { return value.metres; }
  static bool from(const term& value, length& result) { return codec<std::int64_t>::from(value, result.metres); }
};

TEST_CASE("an object whose every byte is known by name may go to another version as it is") {
  CHECK_FALSE(is_for_one_version<std::int64_t>());
  CHECK_FALSE(is_for_one_version<point>());
  CHECK_FALSE(is_for_one_version<drawing>());
  CHECK_FALSE(is_for_one_version<plain>());
  CHECK_FALSE(is_for_one_version<padded>());
  CHECK_FALSE(is_for_one_version<all_named>());
  CHECK_FALSE(is_for_one_version<empty>());
  CHECK_FALSE(is_for_one_version<std::vector<std::optional<plain>>>());
  CHECK_FALSE((is_for_one_version<std::map<std::string, std::vector<term>>>()));
  CHECK_FALSE((is_for_one_version<std::map<term, plain, term_less>>()));
  CHECK_FALSE(is_for_one_version<colours_1::state>());
  CHECK_FALSE(is_for_one_version<timestamp>());
  CHECK_FALSE(is_for_one_version<from>());
  CHECK_FALSE(is_for_one_version<length>());
}

TEST_CASE("one of which that can't be proved never meets another version's code") {
  CHECK(is_for_one_version<closed>());       // a private member that is not named
  CHECK(is_for_one_version<derived>());      // a base class that is not
  CHECK(is_for_one_version<with_gap>());     // a gap that could be a member
  CHECK(is_for_one_version<named_twice>());  // so another one is not
  CHECK(is_for_one_version<named_elsewhere>());
  CHECK(is_for_one_version<money>());  // an author's codec
  CHECK((is_for_one_version<std::map<std::string, int, by_x>>()));
  // Wherever it is.
  CHECK(is_for_one_version<std::vector<std::optional<closed>>>());
  CHECK(is_for_one_version<plain_box<money>>());
  CHECK((is_for_one_version<std::map<std::string, std::pair<int, money>>>()));
}

TEST_CASE("a fingerprint differs where a name, type, size, place or number of fields does") {
  const std::uint64_t all[] = {fingerprint_of<as_it_is::state>(),
                               fingerprint_of<renamed::state>(),
                               fingerprint_of<other_type::state>(),
                               fingerprint_of<other_sign::state>(),
                               fingerprint_of<smaller::state>(),
                               fingerprint_of<other_order::state>(),
                               fingerprint_of<told_in_other_order::state>(),
                               fingerprint_of<more::state>(),
                               fingerprint_of<fewer::state>(),
                               fingerprint_of<string_inside::state>(),
                               fingerprint_of<text_inside::state>(),
                               fingerprint_of<nested::state>(),
                               fingerprint_of<nested_box::state>(),
                               fingerprint_of<colours_1::state>(),
                               fingerprint_of<colours_2::state>(),
                               fingerprint_of<colours_3::state>(),
                               fingerprint_of<nested_other_box::state>(),
                               fingerprint_of<with_other_name>(),
                               fingerprint_of<point>(),
                               fingerprint_of<empty>(),
                               fingerprint_of<std::int64_t>(),
                               fingerprint_of<std::uint64_t>(),
                               fingerprint_of<double>(),
                               fingerprint_of<term>(),
                               fingerprint_of<std::string>(),
                               fingerprint_of<std::vector<std::int32_t>>(),
                               fingerprint_of<std::vector<std::int64_t>>()};
  CHECK(std::set<std::uint64_t>(std::begin(all), std::end(all)).size() == std::size(all));
}
