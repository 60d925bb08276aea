// tests/term/format_test.cpp - io_lib:format/2: a table that needs no Erlang; print_oracle_test asks it for more.
#include "runtime/term/arithmetic.hpp"
#include "runtime/term/print.hpp"
#include "runtime/term/raised.hpp"
#include "tests/catch.hpp"

#include <optional>

using namespace twinslot;

namespace {
/// The text, or the reason in angle brackets.
std::string formatted(std::string_view text, const term& arguments, int column = 0) {
  try {
    return format(text, arguments, column);
  } catch (const raised& failure) {
    return "<" + to_text_w(failure.reason) + ">";
  }
}

struct example {
  const char* format;
  term arguments;
  const char* text;
};
}  // namespace

TEST_CASE("control sequences, with fields, precision and padding") {
  const example examples[] = {
      {"plain", {}, "plain"},
      {"~p ~w~n", list(string("abc"), string("abc")), "\"abc\" [97,98,99]\n"},
      {"~s|~s|~s", list(string("abc"), binary("def"), "ghi"), "abc|def|ghi"},
      {"~10s|~-10s|~.2s|~5.3s|", list("right", "left", "cut", "both"), "     right|left      |cu|  bot|"},
      {"~3s|", list("longer"), "lon|"},
      {"~*s|", list(6, "star"), "  star|"},
      {"~*s|", list(-6, "star"), "star  |"},
      {"~10..xs|", list("pad"), "xxxxxxxpad|"},
      {"~s", list(list(97, list(98, binary("c")), list())), "abc"},
      {"~ts", list(list(26085, binary("\xE6\x9C\xAC"))), "\xE6\x97\xA5\xE6\x9C\xAC"},
      {"~s", list(binary("\xE9")), "\xC3\xA9"},
      {"~ts", list(binary("\xE9")), "\xC3\xA9"},
      {"~b ~.16b ~.16B ~.2b", list(42, 255, 255, 5), "42 ff FF 101"},
      {"~5b|~-5b|~5..0b|", list(42, 42, 42), "   42|42   |00042|"},
      {"~2b", list(12345), "**"},
      {"~.16# ~.16+ ~.16X ~x", list(31, 31, 31, string("0x"), 5, "p"), "16#1F 16#1f 0x1F p5"},
      {"~.16X", list(-31, string("0x")), "-0x1F"},
      {"~c~c ~3c ~tc", list(104, 105, 42, 26085), "hi *** \xE6\x97\xA5"},
      {"~f ~.2f ~8.3f|~.1f", list(3.14159, 2.5, 2.71828, -0.05), "3.141590 2.50    2.718|-0.1"},
      {"~e ~.3e ~g ~g", list(12345.678, 0.00012, 1.5, 123456.0), "1.23457e+4 1.20e-4 1.50000 1.23456e+5"},
      {"~i~w~~", list("ignored", "shown"), "shown~"},
      {"~2n", {}, "\n\n"},
      {"~P ~W", list(list(1, 2, 3, 4), 3, list(1, 2, 3, 4), 3), "[1,2|...] [1,2|...]"},
      {"~lp", list(string("abc")), "[97,98,99]"},
      {"~4w|~-6w|~3.2w|", list("a", "b", "abc"), "   a|b     | **|"},
      {"~10p", list(list(1, 2, 3, 4, 5)), "[1,2,3,\n 4,5]"},
      {"Some ~10p", list(list(1, 2, 3, 4, 5)), "Some [1,\n      2,\n      3,\n      4,\n      5]"},
      {"~tw ~w", list("\xE6\x97\xA5", "\xE6\x97\xA5"), "'\xE6\x97\xA5' '\\x{65E5}'"},
  };
  for (const example& shown : examples) {
    INFO(shown.format);
    CHECK(formatted(shown.format, shown.arguments) == shown.text);
  }
}

TEST_CASE("format and arguments that don't fit are badarg") {
  const std::pair<const char*, term> bad[] = {
      {"~p", {}},
      {"", list(1)},
      {"~p", "atom"},
      {"~", {}},
      {"~5", {}},
      {"~q", list(1)},
      {"~s", list(1)},
      {"~s", list(list(300))},
      {"~s", list(tuple())},
      {"~ts", list(list(-1))},
      {"~b", list(1.5)},
      {"~b", list("a")},
      {"~f", list(1)},
      {"~e", list("x")},
      {"~.1e", list(1.0)},
      {"~.0f", list(1.0)},
      {"~.37b", list(1)},
      {"~.1b", list(1)},
      {"~c", list("a")},
      {"~x", list(1)},
      {"~x", list(1, 2)},
      {"~P", list(1, "a")},
      {"~*s", list("a", "b")},
      {"~-p", list(1)},
      {"~-20p", list(1)},
      {"~p", cons(1, 2)},
      {"~-n", {}},
      {"~s", list("\xE6\x97\xA5")},
      {"~3.5s", list("a")},
      {"~tc", list(-1)},
      {"~999999999999999999999s", list("a")},
  };
  for (const auto& [text, arguments] : bad) {
    INFO(text);
    CHECK(formatted(text, arguments) == "<badarg>");
  }
}

TEST_CASE("~p is indented to where it stands on the line, and that line may have begun before") {
  const term value = list(1000000, 2000000, 3000000);
  CHECK(formatted("ab\ncd~20p", list(value)) == "ab\ncd[1000000,\n   2000000,\n   3000000]");
  CHECK(formatted("~20p", list(value), 5) == "[1000000,\n      2000000,\n      3000000]");
  CHECK(formatted("\t~20p", list(list(1, 2))) == "\t[1,2]");
}

TEST_CASE("iodata and chardata are flattened, however deep") {
  std::string out;
  CHECK(iodata_to_bytes(list(97, binary("\xFF"), cons(98, binary("tail"))), out));
  CHECK(out ==
        "a\xFF"
        "btail");
  out.clear();
  CHECK(chardata_to_utf8(list(0xE9, binary("\xC3\xA9"), binary("\xE9"), 26085), out));
  CHECK(out == "\xC3\xA9\xC3\xA9\xC3\xA9\xE6\x97\xA5");
  for (const term& bad : {term{1}, term{"atom"}, list("atom"), list(256), list(-1), list(1.0), cons(1, 2)})
    CHECK_FALSE(iodata_to_bytes(bad, out));
  for (const term& bad : {list(0x110000), list(0xD800), tuple()})
    CHECK_FALSE(chardata_to_utf8(bad, out));
  term deep = list(120);
  for (int i = 0; i < 1'000'000; ++i)
    deep = cons(deep, term{});
  out.clear();
  CHECK(iodata_to_bytes(deep, out));
  CHECK(out == "x");
}
