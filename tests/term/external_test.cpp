// tests/term/external_test.cpp - the external term format: round trips, Erlang's opinion, and hostile bytes.
#include "runtime/term/external.hpp"

#include "runtime/term/arithmetic.hpp"
#include "runtime/term/print.hpp"
#include "tests/catch.hpp"
#include "tests/term/oracle.hpp"

#include <limits>

using namespace twinslot;
using namespace std::string_literals;
using test::ask_erlang;
using test::random_terms;

namespace {
term round_trip(const term& value) {
  const auto bytes = term_to_bytes(value);
  REQUIRE(bytes);
  const auto back = bytes_to_term(*bytes);
  REQUIRE(back);
  return *back;
}

term decoded(const std::string& bytes) {
  const auto value = bytes_to_term("\x83" + bytes);
  return value ? *value : value.reason();
}

term nested(int levels, bool tuples) {
  term inner;
  for (int i = 0; i < levels; ++i)
    inner = tuples ? tuple(std::move(inner)) : cons(inner, term{});
  return inner;
}

/// The value in every place that a term has for another one.
std::vector<term> in_every_place(const term& value) {
  return {list(value),
          list("first", value),
          cons("head", value),
          cons(value, value),
          tuple(value),
          tuple("first", value, "last"),
          map({{value, "of the key"}}),
          map({{"key", value}}),
          map({{value, value}, {"other", tuple(value)}})};
}

/// Each kind, in its forms that are written in different ways.
std::vector<term> every_kind() {
  std::vector<term> all{0,
                        255,
                        256,
                        -1,
                        std::numeric_limits<std::int64_t>::min(),
                        shift_left(1, 64),
                        negate(shift_left(3, 3000)),
                        1.5,
                        "atom",
                        atom{std::string(255, 'x')},
                        atom{std::string(200, 'x') + "\xE6\x97\xA5\xE6\x9C\xAC"},
                        external_fun("lists"_atom, "map"_atom, 2),
                        term{},
                        list("a", "b"),
                        bytes_list("text"),
                        bytes_list("text").tail(),
                        list(1, 2, 300).tail(),
                        string("\xE6\x97\xA5"),
                        bytes_list(std::string(65'535, 't')),
                        bytes_list(std::string(65'536, 't')),
                        list_of(std::vector<term>(300, "many").data(), 300),
                        cons(1, bytes_list("text")),
                        cons("a", "b"),
                        cons(1, 2),
                        tuple(),
                        tuple("a", "b"),
                        tuple_of(std::vector<term>(300, "many").data(), 300),
                        map(),
                        map({{"a", 1}, {"b", 2}}),
                        binary(""),
                        binary("bytes"),
                        pid{80},
                        port{7},
                        reference{std::uint64_t{9} << 20}};
  raw_term bits = binary("bits").detach();
  bits.aux = 3;
  all.push_back(term::adopt(bits));
  return all;
}

/// Erlang keeps one of more than 32 entries in an order that only it knows, and prints it so.
term large_map() {
  term large = map();
  for (int i = 0; i < 40; ++i)
    large = large.with(i, i);
  return large;
}

/// Every value in every place of every place.
std::vector<term> everywhere(const std::vector<term>& values) {
  std::vector<term> all;
  for (const term& value : values) {
    all.push_back(value);
    for (const term& once : in_every_place(value)) {
      all.push_back(once);
      for (const term& twice : in_every_place(once))
        all.push_back(twice);
    }
  }
  return all;
}
}  // namespace

TEST_CASE("what was encoded is decoded again") {
  random_terms random(11);
  for (int i = 0; i < 2000; ++i) {
    const term value = random.any(4);
    const term back = round_trip(value);
    INFO(to_text_w(value));
    REQUIRE(back == value);
    REQUIRE(to_text_w(back) == to_text_w(value));
    REQUIRE(term_hash{}(back) == term_hash{}(value));
  }
}

TEST_CASE("every kind in every place, at random at every depth, comes back equal") {
  random_terms random(17);
  auto all = everywhere(every_kind());
  for (const term& value : everywhere({large_map()}))
    all.push_back(value);
  const std::uint32_t other = atom{"other@host"}.index();
  for (const term& wide :
       {term{port{std::uint64_t{1} << 40}}, term{port{9, other}}, term{pid{9, other}}, term{reference{9, other}}})
    for (const term& once : in_every_place(wide))
      all.push_back(once);
  for (const term& kind : every_kind())
    for (int i = 0; i < 40; ++i) {
      term value = kind;
      for (unsigned levels = 1 + random.below(6); levels > 0; --levels) {
        auto places = in_every_place(value);
        value = places[random.below(static_cast<unsigned>(places.size()))];
        if (random.chance(30))
          value = cons(random.any(2), value);
      }
      all.push_back(value);
    }
  for (const term& value : all) {
    const term back = round_trip(value);
    if (!(back == value) || to_text_w(back) != to_text_w(value))
      FAIL(to_text_w(value) << " came back as " << to_text_w(back));
  }
}

TEST_CASE("terms nested a million levels deep are encoded and decoded") {
  for (const bool tuples : {true, false}) {
    const term deep = nested(1'000'000, tuples);
    CHECK(round_trip(deep) == deep);
  }
}

TEST_CASE("long strings, long lists and large maps keep their elements") {
  const term text = bytes_list(std::string(100'000, 'x'));
  CHECK(round_trip(text) == text);
  CHECK(round_trip(text).what() == kind::text);
  term large = map();
  for (int i = 0; i < 1000; ++i)
    large = large.with(i, tuple(i));
  CHECK(round_trip(large) == large);
  CHECK(round_trip(cons(97, "tail")) == cons(97, "tail"));
}

TEST_CASE("tags that we never write are read") {
  CHECK(decoded("d\0\2ok"s) == "ok"_atom);
  CHECK(decoded("s\4sm\xF8r"s) == atom{"sm\xC3\xB8r"});
  CHECK(decoded("c1.50000000000000000000e+00\0\0\0\0\0"s) == term{1.5});
  CHECK(decoded("g"
                "d\0\1x"
                "\0\0\0\7"
                "\0\0\0\0"
                "\0"s) == term{pid{7, atom{"x"}.index()}});
  CHECK(decoded("f"
                "d\0\1x"
                "\0\0\0\7"
                "\0"s) == term{port{7, atom{"x"}.index()}});
  CHECK(decoded("e"
                "d\0\1x"
                "\0\0\0\7"
                "\0"s)
            .is_reference());
  CHECK(decoded("r\0\3"
                "d\0\1x"
                "\0"
                "\0\0\0\1"
                "\0\0\0\2"
                "\0\0\0\3"s)
            .is_reference());
  CHECK(decoded("n\1\0\5"s) == term{5});  // a big integer that fits is an ordinary one
  CHECK(decoded("n\x0B\0\1\0\0\0\0\0\0\0\0\0\0"s) == term{1});
}

TEST_CASE("references wider than ours keep all their words") {
  const std::string bytes = "\x83Z\0\3w\x0Dnonode@nohost\0\0\0\0\0\2\x71\x9A\xBB\x10\0\1\xDF\xFA\x3D\x4E"s;
  const term first = *bytes_to_term(bytes);
  CHECK(to_text_w(first) == "#Ref<0.3757718862.3138387969.160154>");
  CHECK(*term_to_bytes(first) == bytes);
  CHECK(*bytes_to_term(bytes) == first);
  CHECK_FALSE(*bytes_to_term(bytes.substr(0, bytes.size() - 1) + "\x4F") == first);
}

TEST_CASE("pids of every size keep their number") {
  for (const std::uint64_t id :
       {std::uint64_t{0}, std::uint64_t{80}, std::uint64_t{40'000}, std::uint64_t{1} << 30, std::uint64_t{1} << 46}) {
    CHECK(round_trip(pid{id}) == term{pid{id}});
    CHECK(round_trip(pid{id, atom{"other@host"}.index()}) == term{pid{id, atom{"other@host"}.index()}});
  }
  const std::string wide =
      "\x83X"
      "w\1x"
      "\xFF\0\0\1"
      "\0\0\0\2"
      "\0\0\0\0"s;
  CHECK(*term_to_bytes(*bytes_to_term(wide)) == wide);
  CHECK(to_text_w(pid{99'999}) == "<0.99999.0>");
}

TEST_CASE("bytes that are no term are badarg") {
  for (const std::string& bytes : {""s,
                                   "a"s,
                                   "a\1x"s,
                                   "b\1\2\3"s,
                                   "F\x7F\xF0\0\0\0\0\0\0"s,
                                   "F\xFF\xF8\0\0\0\0\0\1"s,
                                   "M\0\0\0\1\x09x"s,
                                   "M\0\0\0\1\0x"s,
                                   "w\2\xFFx"s,
                                   "v\1\0"s + std::string(256, 'x'),
                                   "i\xFF\xFF\xFF\xFFj"s,
                                   "l\xFF\xFF\xFF\xFFj"s,
                                   "t\xFF\xFF\xFF\xFFj"s,
                                   "m\xFF\xFF\xFF\xFFx"s,
                                   "o\xFF\xFF\xFF\xFF\0x"s,
                                   "t\0\0\0\2a\1a\1a\1a\2"s,
                                   "P\0\0\0\1x"s,
                                   "q"
                                   "w\1a"
                                   "w\1b"
                                   "b\0\0\0\1"s,
                                   "Z\0\6"
                                   "w\1a"s,
                                   "\x50\0\0"s,
                                   "c1.5e999                        "s}) {
    INFO(to_text_w(binary(bytes)));
    CHECK(decoded(bytes) == "badarg"_atom);
  }
  CHECK_FALSE(bytes_to_term(""));
  CHECK_FALSE(bytes_to_term("a\1"));
}

TEST_CASE("a local fun does not leave the process: {badarg, Fun}") {
  auto* made = static_cast<fun_cell*>(host::make_cell(kind::fun, 0, sizeof(fun_cell)));
  made->module = term("erl_eval").detach();
  made->name = term().detach();
  made->environment = term().detach();
  made->arity = 1;
  made->unique = 7;
  raw_term raw = term::bits(kind::fun);
  raw.box = made;
  const term fun = term::adopt(raw);
  const auto bytes = term_to_bytes(list(1, tuple("callback", fun)));
  REQUIRE_FALSE(bytes);
  CHECK(bytes.reason() == tuple("badarg", fun));
}

TEST_CASE("truncated and mutated bytes never crash, and what they decode to is a term") {
  random_terms random(12);
  std::size_t accepted = 0;
  for (int i = 0; i < 500; ++i) {
    const std::string bytes = *term_to_bytes(random.any(2));
    for (std::size_t size = 0; size < bytes.size(); ++size)
      REQUIRE_FALSE(bytes_to_term(std::string_view{bytes}.substr(0, size)));
    for (int mutation = 0; mutation < 40; ++mutation) {
      std::string changed = bytes;
      for (unsigned count = 1 + random.below(3); count > 0; --count)
        changed[random.below(static_cast<unsigned>(changed.size()))] = static_cast<char>(random.below(256));
      if (const auto value = bytes_to_term(changed)) {
        ++accepted;
        REQUIRE(round_trip(*value) == *value);
        REQUIRE_FALSE(to_text_p(*value).empty());
      }
    }
  }
  CHECK(accepted > 1000);
}

TEST_CASE("Erlang reads what we write as the same term, and we what it writes") {
  random_terms random(13);
  std::vector<term> questions;
  std::vector<term> values;
  for (int i = 0; i < 500; ++i) {
    const term value = random.any(4);
    values.push_back(value);
    const auto bytes = term_to_bytes(value);
    REQUIRE(bytes);
    questions.push_back(tuple("same", binary(*bytes), value));
    questions.push_back(tuple("bytes", value, list(tuple("minor_version", static_cast<int>(random.below(3))))));
  }
  // The question itself went through our encoder; that these bytes are right is known from their texts.
  for (const term& value : values)
    questions.push_back(tuple("format", string("~w"), list(value)));
  const auto answers = ask_erlang(questions);
  if (!answers)
    return;
  for (std::size_t i = 0; i < values.size(); ++i) {
    INFO(to_text_w(values[i]));
    CHECK((*answers)[2 * i] == "true"_atom);
    const auto theirs = bytes_to_term((*answers)[2 * i + 1].bytes());
    REQUIRE(theirs);
    CHECK(*theirs == values[i]);
    CHECK((*answers)[2 * values.size() + i] == binary(format("~w", list(values[i]))));
  }
}

TEST_CASE("every kind in every place becomes the bytes that Erlang makes of it") {
  random_terms random(18);
  auto values = everywhere(every_kind());
  std::erase_if(values, [](const term& value) { return term_to_bytes(value)->size() > 100'000; });
  for (int i = 0; i < 2000; ++i)
    values.push_back(random.any(5));
  const std::size_t printed = values.size();
  for (const term& value : everywhere({large_map()}))
    values.push_back(value);
  std::vector<term> questions;
  for (const term& value : values)
    questions.push_back(tuple("bytes", value, list(tuple("minor_version", 2), "deterministic")));
  for (std::size_t i = 0; i < printed; ++i)  // the question went through our encoder: the text tells what arrived
    questions.push_back(tuple("format", string("~w"), list(values[i])));
  const auto answers = ask_erlang(questions);
  if (!answers)
    return;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::string ours = to_text_w(values[i]);
    if (i < printed && (*answers)[values.size() + i] != binary(ours))
      FAIL(ours << " reached Erlang as " << (*answers)[values.size() + i].bytes());
    if ((*answers)[i].bytes() != *term_to_bytes(values[i]))
      FAIL("Erlang writes " << ours << " as " << to_text_w((*answers)[i]) << ", we as "
                            << to_text_w(binary(*term_to_bytes(values[i]))));
  }
}

TEST_CASE("mutated bytes that Erlang refuses are refused by us, too") {
  random_terms random(14, false);  // Erlang refuses numbers of pids that are too large for its table
  std::vector<term> questions;
  std::vector<bool> ours;
  for (int i = 0; i < 5000; ++i) {
    std::string bytes = *term_to_bytes(random.any(2));
    bytes[random.below(static_cast<unsigned>(bytes.size()))] = static_cast<char>(random.below(256));
    questions.push_back(tuple("valid", binary(bytes)));
    ours.push_back(static_cast<bool>(bytes_to_term(bytes)));
  }
  const auto answers = ask_erlang(questions);
  if (!answers)
    return;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    INFO(to_text_w(questions[i]));
    if (ours[i])
      CHECK((*answers)[i] == "true"_atom);
  }
}
