// tests/term/external_test.cpp - the external term format: round trips, Erlang's opinion, and hostile bytes.
#include "runtime/term/external.hpp"
#include "runtime/term/print.hpp"
#include "tests/catch.hpp"
#include "tests/term/oracle.hpp"

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
