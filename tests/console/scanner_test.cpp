#include "runtime/console/scanner.hpp"

#include "runtime/term/print.hpp"
#include "tests/catch.hpp"

using namespace twinslot;
using namespace twinslot::console;
using state = scanner::state;

namespace {
std::vector<std::string> values(const scanner& reading) {
  std::vector<std::string> all;
  for (const token& one : reading.tokens())
    all.push_back(one.value.is_nil() ? std::string(one.category.text()) : to_text_p(one.value));
  return all;
}

std::string error_of(std::string_view text) {
  scanner reading;
  reading.feed(text);
  REQUIRE(reading.finish() == state::failed);
  const syntax_error& error = reading.error();
  return std::to_string(error.at.line) + ":" + std::to_string(error.at.column) + ": " + error.text;
}
}  // namespace

TEST_CASE("an expression ends at a dot before a blank, and the rest of the line is left") {
  scanner reading;
  CHECK(reading.feed("a.b. c.\n") == state::done);
  CHECK(values(reading) == std::vector<std::string>{"a", ".", "b", "dot"});
  CHECK(reading.rest() == " c.\n");
  CHECK(reading.source() == "a.b");
}

TEST_CASE("lines are read until the dot") {
  scanner reading;
  CHECK(reading.feed("foo(% the first line\n") == state::more);
  CHECK(reading.feed("  \"a text\n") == state::more);
  CHECK(reading.feed("of two lines\"\n") == state::more);
  CHECK(reading.feed("\n") == state::more);
  CHECK(reading.feed(").\n") == state::done);
  CHECK(values(reading) == std::vector<std::string>{"foo", "(", "\"a text\\nof two lines\"", ")", "dot"});
  CHECK(reading.tokens()[2].at.line == 2);
  CHECK(reading.tokens()[3].at.line == 5);
}

TEST_CASE("a token is not cut where a piece of text ends") {
  scanner reading;
  for (const char c : std::string_view("foo16#fF =:= 1.5e3 andalso 'q a' $\\x{263a} \"\\n\". "))
    reading.feed({&c, 1});
  CHECK(values(reading) ==
        std::vector<std::string>{"foo16", "#", "fF", "=:=", "1.5e3", "andalso", "'q a'", "9786", "\"\\n\"", "dot"});
}

TEST_CASE("blanks and comments are no expression") {
  scanner reading;
  CHECK(reading.feed("  % nothing. here\n\n") == state::more);
  CHECK(reading.empty());
  CHECK(reading.finish() == state::more);
}

TEST_CASE("a dot at the very end is a dot") {
  scanner reading;
  CHECK(reading.feed("1.") == state::more);
  CHECK(reading.finish() == state::done);
}

TEST_CASE("after an error the text up to the dot is skipped") {
  scanner failed;
  CHECK(failed.feed("37#1 +\n") == state::more);
  CHECK(failed.feed(" 2. 3.\n") == state::failed);
  CHECK(failed.rest() == " 3.\n");
  CHECK(failed.error().text == "illegal base '37'");
}

TEST_CASE("bytes that are no UTF-8 are told with their place") {
  CHECK(error_of("\"åb\xff\". ") == "1:4: invalid UTF-8: byte 16#FF");
  CHECK(error_of("x,\n  \xc3( . ") == "2:3: invalid UTF-8: byte 16#C3");
  CHECK(error_of("'\xed\xa0\x80'. ") == "1:2: invalid UTF-8: byte 16#ED");
  CHECK(error_of("\xf8. ") == "1:1: invalid UTF-8: byte 16#F8");
}

TEST_CASE("columns count characters, not bytes") {
  CHECK(error_of("\"日本\" + 37#1. ") == "1:8: illegal base '37'");
}

TEST_CASE("names have at most 255 characters") {
  const std::string long_name(255, 'a');
  scanner reading;
  CHECK(reading.feed(long_name + ".\n") == state::done);
  CHECK(error_of(long_name + "a. ") == "1:1: illegal atom");
  CHECK(error_of("'" + long_name + "a'. ") == "1:1: illegal atom");
  CHECK(error_of("A" + long_name + ". ") == "1:1: illegal var");
}
