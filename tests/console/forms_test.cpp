// tests/console/forms_test.cpp - every line of forms/forms.txt becomes the forms, or the error, that Erlang's scanner
// and parser make of it. The expectations come from forms/expectations.escript.
#include "runtime/console/parser.hpp"
#include "runtime/term/print.hpp"
#include "tests/catch.hpp"

#include <fstream>

using namespace twinslot;
using namespace twinslot::console;

namespace {
std::string described(const syntax_error& error) {
  return std::to_string(error.at.line) + ":" + std::to_string(error.at.column) + ": " + error.text;
}

std::string outcome(std::string text) {
  constexpr std::string_view line_feed = "⏎";
  for (std::size_t at = text.find(line_feed); at != text.npos; at = text.find(line_feed))
    text.replace(at, line_feed.size(), "\n");
  scanner reading;
  reading.feed(text);
  if (reading.finish() == scanner::state::failed)
    return described(reading.error());
  const auto parsed = parse_expressions(reading.tokens());
  const auto* forms = std::get_if<term>(&parsed);
  return forms ? to_text_w(*forms) : described(std::get<syntax_error>(parsed));
}
}  // namespace

TEST_CASE("texts become the forms that Erlang makes of them") {
  std::ifstream texts(std::string(FORMS_DIR) + "/forms.txt");
  std::ifstream expectations(std::string(FORMS_DIR) + "/forms.expected");
  REQUIRE(texts);
  REQUIRE(expectations);
  std::size_t count = 0;
  std::string expected;
  for (std::string text; std::getline(texts, text); ++count) {
    REQUIRE(std::getline(expectations, expected));
    INFO(text);
    CHECK(outcome(text) == expected);
  }
  CHECK(count > 500);
}
