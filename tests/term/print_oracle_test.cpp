// tests/term/print_oracle_test.cpp - random terms, printed by Erlang and by us.
#include "runtime/term/arithmetic.hpp"
#include "runtime/term/print.hpp"
#include "runtime/term/raised.hpp"
#include "tests/catch.hpp"
#include "tests/term/oracle.hpp"

#include <algorithm>
#include <cstdlib>

using namespace twinslot;
using test::ask_erlang;
using test::random_terms;

namespace {
/// How many random terms a test asks about; TWINSLOT_ORACLE_ROUNDS multiplies it.
int rounds(int usual) {
  const char* factor = std::getenv("TWINSLOT_ORACLE_ROUNDS");
  return usual * (factor ? std::atoi(factor) : 1);
}
unsigned seed(unsigned usual) {
  const char* other = std::getenv("TWINSLOT_ORACLE_SEED");
  return usual + (other ? static_cast<unsigned>(std::atoi(other)) : 0);
}

struct exchange {
  std::vector<term> questions;
  std::vector<std::string> ours;
};

void compare_answers(const exchange& all) {
  const auto answers = ask_erlang(all.questions);
  if (!answers)
    return;
  std::vector<std::string> differing;
  for (std::size_t i = 0; i < answers->size(); ++i) {
    const term& answer = (*answers)[i];
    const std::string theirs = answer.is_binary() ? std::string{answer.bytes()} : to_text_w(answer);
    if (theirs != all.ours[i])
      differing.push_back(to_text_p(all.questions[i]) + "\nErlang:\n" + theirs + "\nours:\n" + all.ours[i]);
  }
  std::sort(differing.begin(), differing.end(), [](const auto& a, const auto& b) { return a.size() < b.size(); });
  for (std::size_t i = 0; i < std::min<std::size_t>(differing.size(), 3); ++i)
    UNSCOPED_INFO(differing[i]);
  CHECK(differing.size() == 0);
  CHECK(answers->size() == all.ours.size());
}

std::string formatted(const std::string& text, const term& arguments) {
  try {
    return format(text, arguments);
  } catch (const raised& failure) {
    return to_text_w(failure.reason);
  }
}

void ask_format(exchange& all, const std::string& text, const term& arguments) {
  all.questions.push_back(tuple("format", bytes_list(text), arguments));
  all.ours.push_back(formatted(text, arguments));
}
}  // namespace

TEST_CASE("~w, ~p and their depths print random terms as Erlang does") {
  random_terms random(seed(1));
  exchange all;
  for (int i = 0; i < rounds(100); ++i) {
    const term value = random.any(4);
    for (const char* how : {"~w", "~tw", "~p", "~tp", "~lp", "~tlp"})
      ask_format(all, how, list(value));
    ask_format(all, "~W", list(value, static_cast<int>(random.below(20))));
    ask_format(all, "~tP", list(value, static_cast<int>(random.below(20)) - 1));
    ask_format(all, "~P", list(value, static_cast<int>(random.below(40))));
    ask_format(all, "~30p", list(value));
    ask_format(all, "abc ~~ ~*p and~n~*.*tp", list(static_cast<int>(random.below(120)), value, 60, 7, value));
  }
  compare_answers(all);
}

TEST_CASE("any width, column, depth and line limit break random terms as Erlang does") {
  random_terms random(seed(2));
  exchange all;
  for (int i = 0; i < rounds(300); ++i) {
    const term value = random.any(5);
    print_layout layout{.width = static_cast<int>(random.below(120)),
                        .column = static_cast<int>(random.below(30)),
                        .depth = random.chance(50) ? -1 : static_cast<int>(random.below(30)),
                        .line_characters = random.chance(50)   ? 60
                                           : random.chance(50) ? -1
                                                               : static_cast<int>(random.below(100)),
                        .strings = random.chance(80),
                        .unicode = random.chance(50)};
    if (random.chance(30))
      layout = shell_layout();
    const term options =
        list(tuple("line_length", layout.width), tuple("column", layout.column + 1), tuple("depth", layout.depth),
             tuple("line_max_chars", layout.line_characters), tuple("strings", layout.strings),
             tuple("encoding", atom{layout.unicode ? "unicode" : "latin1"}));
    all.questions.push_back(tuple("pretty", value, options));
    all.ours.push_back(to_text_p(value, layout));
  }
  compare_answers(all);
}

namespace {
/// A tuple with a record's name, mostly with as many elements as it has, inside others and with others inside.
term random_record(random_terms& random, int depth) {
  static const std::pair<const char*, unsigned> shapes[] = {{"empty", 0}, {"r", 1}, {"state", 3}, {"a long one", 6}};
  const auto& [name, size] = shapes[random.below(4)];
  std::vector<term> elements{atom(name)};
  for (unsigned left = size + (random.chance(10) ? 1 : 0); left > 0; --left) {
    const bool deeper = depth > 0 && random.chance(40);
    elements.push_back(deeper ? random_record(random, depth - 1) : random.any(depth > 1 ? 2 : 0));
  }
  const term made = tuple_of(elements.data(), elements.size());
  return random.chance(80) ? made : random.chance(50) ? list(made, made) : map({{"key", made}});
}
}  // namespace

TEST_CASE("records are printed and broken as Erlang's shell does") {
  random_terms random(seed(9));
  const std::vector<std::pair<atom, std::vector<atom>>> known{
      {"empty"_atom, {}},
      {"r"_atom, {"x"_atom}},
      {"state"_atom, {"count"_atom, "increment_count"_atom, "last_updated"_atom}},
      {"a long one"_atom, {"a"_atom, "bb"_atom, "A field"_atom, "d"_atom, "e"_atom, "the_last_of_them_all"_atom}}};
  record_fields fields;
  std::vector<term> told;
  for (const auto& [name, names] : known) {
    fields.emplace(std::pair{name.index(), names.size()}, names);
    const std::vector<term> terms(names.begin(), names.end());
    told.push_back(tuple(name, list_of(terms.data(), terms.size())));
  }
  exchange all;
  for (int i = 0; i < rounds(300); ++i) {
    const term value = random_record(random, 5);
    print_layout layout = shell_layout();
    if (random.chance(70)) {
      layout.width = static_cast<int>(random.below(120));
      layout.column = static_cast<int>(random.below(30));
      layout.depth = random.chance(50) ? -1 : static_cast<int>(random.below(30));
      layout.line_characters = random.chance(50) ? 60 : random.chance(50) ? -1 : static_cast<int>(random.below(100));
    }
    layout.records = &fields;
    const term options =
        list(tuple("line_length", layout.width), tuple("column", layout.column + 1), tuple("depth", layout.depth),
             tuple("line_max_chars", layout.line_characters), tuple("strings", layout.strings),
             tuple("encoding", atom{layout.unicode ? "unicode" : "latin1"}));
    all.questions.push_back(tuple("records", value, options, list_of(told.data(), told.size())));
    all.ours.push_back(to_text_p(value, layout));
  }
  compare_answers(all);
}

TEST_CASE("random doubles have Erlang's digits") {
  random_terms random(seed(3));
  exchange all;
  for (int i = 0; i < rounds(1500); ++i) {
    const double value = random.real();
    all.questions.push_back(tuple("format", string("~w"), list(value)));
    all.ours.push_back(float_text(value));
    const int precision = static_cast<int>(random.below(25));
    for (const char* how : {"~.*e", "~.*f", "~.*g"})
      ask_format(all, how, list(precision, value));
  }
  compare_answers(all);
}

TEST_CASE("fields, precision and padding are Erlang's, and so is what they refuse") {
  random_terms random(seed(4));
  exchange all;
  for (int i = 0; i < rounds(1000); ++i) {
    std::string text = "~";
    if (random.chance(40))
      text += (random.chance(30) ? "-" : "") + std::to_string(random.below(30));
    if (random.chance(40))
      text += "." + (random.chance(80) ? std::to_string(random.below(40)) : std::string{});
    if (text.find('.') != text.npos && random.chance(30))
      text += std::string{"."} + "x0 _"[random.below(4)];
    if (random.chance(30))
      text += random.chance(50) ? "t" : "l";
    const char control = "wpWPsefgbBxX+#c~ni?"[random.below(19)];
    text += control;
    term value = random.any(1);
    if (control == 's')
      value = random.chance(50)   ? bytes_list(random.bytes(20))
              : random.chance(50) ? term{random.name()}
                                  : list(random.bytes(9).c_str()[0], binary("abc"), list(), string("xyz"));
    else if (control == 'e' || control == 'f' || control == 'g')
      value = random.real();
    else if (std::string_view{"bBxX+#"}.find(control) != std::string_view::npos)
      value = random.integer();
    else if (control == 'c')
      value = static_cast<int>(random.below(55000));
    term arguments = list(value);
    if (control == 'W' || control == 'P')
      arguments = list(value, static_cast<int>(random.below(9)));
    else if (control == 'x' || control == 'X')
      arguments = list(value, random.chance(50) ? string("0x") : term{"pre"});
    else if (control == '~' || control == 'n')
      arguments = term{};
    if (random.chance(5))
      arguments = cons("more", arguments);
    ask_format(all, text, arguments);
  }
  compare_answers(all);
}
