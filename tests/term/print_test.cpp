// tests/term/print_test.cpp - what ~w, ~p and the shell write: a table that needs no Erlang, and what is too large
// to ask it about. Each line of the table was printed by OTP 25 first.
#include "runtime/term/print.hpp"

#include "runtime/term/arithmetic.hpp"
#include "tests/catch.hpp"

#include <string>
#include <vector>

using namespace twinslot;

namespace {
term bits(std::string_view bytes, unsigned unused) {
  raw_term raw = binary(bytes).detach();
  raw.aux = unused;
  return term::adopt(raw);
}

term local_fun(atom module, std::uint64_t arity, term name = {}) {
  auto* made = static_cast<fun_cell*>(host::make_cell(kind::fun, 0, sizeof(fun_cell)));
  made->module = term(module).detach();
  made->name = name.detach();
  made->environment = term().detach();
  made->arity = arity;
  made->unique = 3;
  raw_term raw = term::bits(kind::fun);
  raw.box = made;
  return term::adopt(raw);
}

term numbers(int count) {
  std::vector<term> all;
  for (int i = 1; i <= count; ++i)
    all.push_back(i);
  return list_of(all.data(), all.size());
}

term nested_tagged(int levels) {
  term inner = "leaf";
  for (int i = 0; i < levels; ++i)
    inner = tuple("a", std::move(inner));
  return inner;
}

struct example {
  term value;
  const char* w;
  const char* p;
};

std::vector<example> examples() {
  return {
      {1, "1", "1"},
      {-0.0, "-0.0", "-0.0"},
      {"ok", "ok", "ok"},
      {"", "''", "''"},
      {"hello world", "'hello world'", "'hello world'"},
      {"Upper", "'Upper'", "'Upper'"},
      {"a@b_C1", "a@b_C1", "a@b_C1"},
      {"and", "'and'", "'and'"},
      {"maybe", "maybe", "maybe"},
      {"it's", "'it\\'s'", "'it\\'s'"},
      {"new\nline", "'new\\nline'", "'new\\nline'"},
      {"\x01", "'\\001'", "'\\001'"},
      {"\xE6\x97\xA5", "'\\x{65E5}'", "'\\x{65E5}'"},
      {list(), "[]", "[]"},
      {string("abc"), "[97,98,99]", "\"abc\""},
      {string("say \"hi\"\n"), "[115,97,121,32,34,104,105,34,10]", "\"say \\\"hi\\\"\\n\""},
      {list(1, 2, 3), "[1,2,3]", "[1,2,3]"},
      {cons(1, 2), "[1|2]", "[1|2]"},
      {cons("a", cons("b", "c")), "[a,b|c]", "[a,b|c]"},
      {cons(97, "b"), "[97|b]", "[97|b]"},
      {tuple(), "{}", "{}"},
      {tuple("ok", tuple(string("x"), 1.5)), "{ok,{[120],1.5}}", "{ok,{\"x\",1.5}}"},
      {map(), "#{}", "#{}"},
      {map({{"b", 2}, {"a", 1}}), "#{a => 1,b => 2}", "#{a => 1,b => 2}"},
      {map({{1.0, "x"}, {2, "y"}}), "#{2 => y,1.0 => x}", "#{2 => y,1.0 => x}"},
      {binary(""), "<<>>", "<<>>"},
      {binary("abc"), "<<97,98,99>>", "<<\"abc\">>"},
      {binary("\x01\x02\x03"), "<<1,2,3>>", "<<1,2,3>>"},
      {bits("\x10", 4), "<<1:4>>", "<<1:4>>"},
      {bits("a\x80", 7), "<<97,1:1>>", "<<97,1:1>>"},
      {pid{85}, "<0.85.0>", "<0.85.0>"},
      {port{6}, "#Port<0.6>", "#Port<0.6>"},
      {reference{5ULL << 50 | 6ULL << 18 | 7}, "#Ref<0.5.6.7>", "#Ref<0.5.6.7>"},
      {external_fun("lists"_atom, "map"_atom, 2), "fun lists:map/2", "fun lists:map/2"},
      {external_fun("Odd mod"_atom, "and"_atom, 0), "fun 'Odd mod':and/0", "fun 'Odd mod':and/0"},
      {local_fun("erl_eval"_atom, 0), "#Fun<erl_eval.43.3316493>", "#Fun<erl_eval.43.3316493>"},
      {local_fun("erl_eval"_atom, 1), "#Fun<erl_eval.42.3316493>", "#Fun<erl_eval.42.3316493>"},
      {local_fun("erl_eval"_atom, 20), "#Fun<erl_eval.23.3316493>", "#Fun<erl_eval.23.3316493>"},
      {local_fun("erl_eval"_atom, 1, "Name"), "#Fun<erl_eval.19.3316493>", "#Fun<erl_eval.19.3316493>"},
      {local_fun("counter"_atom, 2), "#Fun<counter.3.2>", "#Fun<counter.3.2>"},
  };
}
}  // namespace

TEST_CASE("each kind of term has its text") {
  for (const example& shown : examples()) {
    CHECK(to_text_w(shown.value) == shown.w);
    CHECK(to_text_p(shown.value) == shown.p);
    CHECK(term::adopt(host::print(shown.value.raw(), 0)) == binary(to_text_p(shown.value, {.unicode = true})));
  }
}

TEST_CASE("a line that is too long is broken behind a comma, and the next begins below the first element") {
  CHECK(to_text_p(numbers(40)) ==
        "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,\n"
        " 29,30,31,32,33,34,35,36,37,38,39,40]");
  CHECK(to_text_p(numbers(12), {.width = 20, .column = 4}) == "[1,2,3,4,5,6,\n     7,8,9,10,11,\n     12]");
}

TEST_CASE("a tagged tuple's elements stand behind its tag, or four columns in where that is too far right") {
  CHECK(to_text_p(tuple("error", tuple("a_reason_that_is_long", string("and words that go on"), numbers(9)),
                        string("and on and on"))) ==
        "{error,{a_reason_that_is_long,\"and words that go on\",[1,2,3,4,5,6,7,8,9]},\n"
        "       \"and on and on\"}");
  CHECK(to_text_p(tuple("a_tag_of_thirty_characters_now", tuple("and_one_more_of_many_characters", numbers(20)))) ==
        "{a_tag_of_thirty_characters_now,\n"
        "    {and_one_more_of_many_characters,\n"
        "        [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20]}}");
}

TEST_CASE("a map's entries are broken behind the arrow where they must") {
  CHECK(to_text_p(map({{"first", string("a text of thirty characters!!!")},
                       {"second", tuple("some", string("more text that fills the line"))}})) ==
        "#{first => \"a text of thirty characters!!!\",\n"
        "  second => {some,\"more text that fills the line\"}}");
  CHECK(to_text_p(map({{"key", numbers(20)}}), {.width = 40}) ==
        "#{key =>\n"
        "      [1,2,3,4,5,6,7,8,9,10,11,12,13,\n"
        "       14,15,16,17,18,19,20]}");
}

TEST_CASE("the shell shows thirty levels and lines of sixty characters") {
  CHECK(to_text_p(numbers(40), shell_layout()) ==
        "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,\n"
        " 23,24,25,26,27,28,29|...]");
  CHECK(to_text_p(binary(std::string(100, '\x01')), shell_layout()) ==
        "<<1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,\n"
        "  1,...>>");
  CHECK(to_text_p(bytes_list(std::string(100, 'x')), shell_layout()) == "\"" + std::string(100, 'x') + "\"");
}

TEST_CASE("what lies deeper than the depth is three dots") {
  const term value = tuple("a", list(1, 2, 3), map({{"k", tuple(1, 2)}}), binary("abcdefghij"));
  const char* const texts[] = {"...",
                               "{...}",
                               "{a,...}",
                               "{a,[...],...}",
                               "{a,[1|...],#{...},...}",
                               "{a,[1,2|...],#{k => {...}},<<...>>}",
                               "{a,[1,2,3],#{k => {1,...}},<<\"abcd\"...>>}"};
  for (int depth = 0; depth < 7; ++depth)
    CHECK(to_text_p(value, {.depth = depth}) == texts[depth]);
}

TEST_CASE("characters beyond Latin-1 are shown where the layout says so") {
  const term text = string("\xE6\x97\xA5\xE6\x9C\xAC");
  CHECK(to_text_p(text) == "[26085,26412]");
  CHECK(to_text_p(text, {.unicode = true}) == "[26085,26412]");
  CHECK(to_text_p(text, {.unicode = true, .printable_unicode = true}) == "\"\xE6\x97\xA5\xE6\x9C\xAC\"");
  CHECK(to_text_p(binary("\xC3\xA9"), {.unicode = true}) == "<<\"\xC3\xA9\"/utf8>>");
  CHECK(to_text_p(binary("\xC3\xA9")) == "<<\"\xC3\x83\xC2\xA9\">>");  // two characters of Latin-1
  CHECK(to_text_p(string("\xC3\xA9")) == "\"\xC3\xA9\"");
  CHECK(quoted("\xE6\x97\xA5"_atom) == "'\xE6\x97\xA5'");
}

TEST_CASE("terms nested a million levels deep are printed") {
  constexpr int levels = 1'000'000;
  const term tagged = nested_tagged(levels);
  CHECK(to_text_w(tagged).size() == levels * 4 + 4);
  CHECK(to_text_p(tagged).size() > levels * 4);
  CHECK(to_text_p(tagged, shell_layout()).size() < 4000);
  term lists;
  for (int i = 0; i < levels; ++i)
    lists = cons(lists, term{});
  CHECK(to_text_p(lists) == std::string(levels + 1, '[') + std::string(levels + 1, ']'));
}

TEST_CASE("a list of a million elements and a binary of a hundred million bytes are printed") {
  std::string text = to_text_p(numbers(1'000'000));
  CHECK(text.substr(0, 7) == "[1,2,3,");
  CHECK(text.substr(text.size() - 9) == ",1000000]");
  const term large = binary(std::string(100'000'000, '\x01'));
  CHECK(to_text_p(large, shell_layout()).size() < 80);
  CHECK(to_text_w(binary(std::string(10'000'000, '\x01'))).size() == 20'000'003);
  CHECK(to_text_p(binary(std::string(100'000'000, 'x'))).size() == 100'000'006);
}
