// tests/library/text_case_test.cpp - string's changes of case: the short way of ASCII gives what the tables give.
#include "runtime/console/library/text.hpp"
#include "tests/catch.hpp"
#include "tests/library/world.hpp"

#include <random>

using namespace twinslot;
using namespace twinslot::library;

namespace {
struct function {
  const char* name;
  letter_case to;
};
constexpr function functions[] = {
    {"uppercase", letter_case::upper}, {"lowercase", letter_case::lower}, {"casefold", letter_case::fold}};

/// Code by code from the tables.
std::u32string by_table(std::u32string_view codes, letter_case to) {
  std::u32string made;
  for (char32_t code : codes)
    append_changed(made, code, to);
  return made;
}

/// The text in each of its forms: binary, flat list, list of pieces, binary with a list before it.
std::vector<term> forms(const std::u32string& codes) {
  const std::u32string_view all = codes;
  const std::size_t half = codes.size() / 2;
  const term first = codes_list(all.substr(0, half)), last = binary(to_utf8(all.substr(half)));
  return {binary(to_utf8(codes)), codes_list(codes), list(first, last), cons(term(first), term(last)),
          list(list(first), term{}, list(binary("")), last)};
}
}  // namespace

TEST_CASE("every code of ASCII changes its case as the tables say") {
  world in;
  for (char32_t code = 0; code < 0x80; ++code)
    for (const function& each : functions) {
      const std::u32string text(1, code);
      const std::u32string wanted = by_table(text, each.to);
      CAPTURE(each.name, static_cast<int>(code));
      CHECK(changed(text, each.to) == wanted);
      CHECK(in.call("string", each.name, {binary(to_utf8(text))}) == binary(to_utf8(wanted)));
      CHECK(in.call("string", each.name, {codes_list(text)}) == codes_list(wanted));
    }
  // A title is no native of whole texts.
  for (char32_t code = 0; code < 0x80; ++code)
    CHECK(changed(std::u32string(1, code), letter_case::title) ==
          by_table(std::u32string(1, code), letter_case::title));
}

TEST_CASE("any text changes its case as the tables say, in each of its forms, and keeps binary or list") {
  world in;
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 dice(seed);
  constexpr char32_t others[] = {0x80,  0xB5,  0xDF,  0xE9,   0xFF,   0x130,  0x131,
                                 0x149, 0x1C5, 0x3C2, 0x1E9E, 0xFB03, 0x10428};
  for (int round = 0; round < 2000; ++round) {
    const unsigned rare = dice() % 3;  // 0: ASCII alone
    std::u32string text(dice() % 70, U' ');
    for (char32_t& code : text)
      code = rare != 0 && dice() % (rare * 8) == 0 ? others[dice() % std::size(others)] : dice() % 0x80;
    const function& each = functions[dice() % std::size(functions)];
    const std::u32string wanted = by_table(text, each.to);
    for (const term& form : forms(text)) {
      const term got = in.call("string", each.name, {form});
      CAPTURE(each.name, to_text_w(form));
      REQUIRE(got == (form.is_binary() ? binary(to_utf8(wanted)) : codes_list(wanted)));
    }
  }
}

TEST_CASE("what is no text is refused as before, with ASCII before it or not") {
  world in;
  const auto reason = [&](const term& subject) {
    try {
      return tuple("ok", in.call("string", "uppercase", {subject}));
    } catch (const raised& failure) {
      return failure.reason;
    }
  };
  CHECK(reason(binary("abc\xFFzz")) == tuple("badarg", binary("\xFFzz")));
  CHECK(reason(list(97, "atom")) == "function_clause");
  CHECK(reason(list(97, -1)) == "function_clause");
  CHECK(reason(list(97, 0x110000)) == "function_clause");
  CHECK(reason(cons(97, 98)) == "function_clause");
  CHECK(reason("abc") == tuple("badarg", "abc"));
  CHECK(reason(term{}) == tuple("ok", term{}));
  CHECK(reason(binary("")) == tuple("ok", binary("")));
  // Bytes in a list are characters of Latin-1, not UTF-8.
  CHECK(reason(list(0xC3, 0xA9)) == tuple("ok", list(0xC3, 0xA9)));
}
