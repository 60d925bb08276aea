// tests/term/oracle.cpp - a real Erlang to compare with, and random terms to ask it about.
#include "tests/term/oracle.hpp"

#include "runtime/term/arithmetic.hpp"
#include "runtime/term/external.hpp"
#include "runtime/term/utf8.hpp"
#include "tests/catch.hpp"

#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace twinslot::test {
namespace {

namespace fs = std::filesystem;

struct scratch_file {
  explicit scratch_file(const char* suffix)
      : path(fs::temp_directory_path() / ("twinslot_term_" + std::to_string(::getpid()) + suffix)) {}
  scratch_file(const scratch_file&) = delete;
  scratch_file& operator=(const scratch_file&) = delete;
  ~scratch_file() {
    std::error_code ignored;
    fs::remove(path, ignored);
  }
  const fs::path path;
};

/// Other releases print some terms otherwise (maps in another order, for one).
bool has_erlang_25() {
  static const bool found =
      std::system(
          "command -v escript >/dev/null 2>&1 && erl -noshell -eval "
          "'halt(case erlang:system_info(otp_release) of \"25\" -> 0; _ -> 1 end).' >/dev/null 2>&1") == 0;
  return found;
}
}  // namespace

std::optional<std::vector<term>> ask_erlang(const std::vector<term>& questions) {
  if (!has_erlang_25()) {
    WARN("skipped: no Erlang/OTP 25 on the PATH to compare with");
    return std::nullopt;
  }
  const scratch_file in(".in");
  const scratch_file out(".out");
  const auto asked = term_to_bytes(list_of(questions.data(), questions.size()));
  REQUIRE(asked);
  std::ofstream(in.path, std::ios::binary) << *asked;
  const std::string command = "escript '" TWINSLOT_ORACLE "' '" + in.path.string() + "' '" + out.path.string() + "'";
  REQUIRE(std::system(command.c_str()) == 0);
  std::ifstream file(out.path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>{file}, {}};
  const auto answered = bytes_to_term(bytes);
  REQUIRE(answered);
  std::vector<term> answers;
  for (const term& answer : answered->elements_of_list())
    answers.push_back(answer);
  REQUIRE(answers.size() == questions.size());
  return answers;
}

term random_terms::any(int depth) {
  if (depth <= 0 || chance(35))
    return simple();
  switch (below(8)) {
    case 0:
    case 1:
    case 2: return list(depth);
    case 3:
    case 4:
    case 5: return tuple(depth);
    default: return map(depth);
  }
}

term random_terms::simple() {
  switch (below(identities_ ? 12 : 8)) {
    case 0:
    case 1: return number();
    case 2:
    case 3:
    case 4: return name();
    case 5:
    case 6: return text();
    case 7: return bits();
    case 8: return pid{below(1000), 0};
    case 9: return chance(50) ? term{port{below(1000), 0}} : term{reference{(std::uint64_t{below(1000)} << 20) + 7}};
    case 10:  // ASCII names: Erlang shows others' UTF-8 as Latin-1
      return chance(80) ? external_fun("lists"_atom, atom{chance(50) ? "map" : "receive"}, below(20)) : term{name()};
    default: return chance(50) ? term{} : term{static_cast<int>(below(300))};
  }
}

term random_terms::integer() {
  const auto bits = static_cast<std::int64_t>(random_());
  switch (below(5)) {
    case 0: return static_cast<int>(below(20)) - 10;
    case 1: return bits >> below(63);
    case 2: return bits;
    case 3: return shift_left(bits, static_cast<int>(below(200)));
    default: {
      const term power = shift_left(1, static_cast<int>(below(130)));
      return add(chance(50) ? power : negate(power), static_cast<int>(below(3)) - 1);
    }
  }
}

double random_terms::real() {
  switch (below(5)) {
    case 0: return static_cast<double>(below(2000)) / 8 - 100;
    case 1: return std::ldexp(static_cast<double>(random_()), static_cast<int>(below(200)) - 130);
    case 2:
      return std::strtod((std::to_string(below(1000)) + "e" + std::to_string(static_cast<int>(below(50)) - 25)).c_str(),
                         nullptr);
    case 3: return to_double(shift_left(1, static_cast<int>(below(70)))) * (chance(50) ? 1 : -1);
    default: {
      double value = 0;
      do {
        const std::uint64_t bits = random_();
        std::memcpy(&value, &bits, sizeof value);
      } while (!std::isfinite(value));
      return value;
    }
  }
}

term random_terms::number() {
  return chance(50) ? integer() : term{real()};
}

atom random_terms::name() {
  static const char* const names[] = {"a",
                                      "ok",
                                      "error",
                                      "counter",
                                      "undefined",
                                      "and",
                                      "A",
                                      "a b",
                                      "",
                                      "it's",
                                      "a@b_C",
                                      "receive",
                                      "maybe",
                                      "42",
                                      "\xC3\xA5ngstr\xC3\xB6m",
                                      "\xC3\xB7",
                                      "\xE6\x97\xA5\xE6\x9C\xAC",
                                      "new\nline",
                                      "back\\slash",
                                      "a_rather_long_name_for_an_atom",
                                      "init_terminating_in_do_boot_again",
                                      "\x7F",
                                      "_",
                                      "x1"};
  return atom{names[below(std::size(names))]};
}

std::string random_terms::bytes(std::size_t longest) {
  static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz     ,.-\"'\\\n\t\x1B~{}";
  std::string made(below(static_cast<unsigned>(longest) + 1), ' ');
  const unsigned odd = chance(50) ? 0 : below(40);
  for (char& c : made)
    c = chance(odd) ? static_cast<char>(below(256)) : alphabet[below(sizeof alphabet - 1)];
  return made;
}

term random_terms::text() {
  const unsigned longest = chance(80) ? 15 : 120;
  if (chance(80))
    return bytes_list(bytes(longest));
  std::string utf8;
  for (unsigned i = below(longest); i > 0; --i)
    append_utf8(utf8, chance(80) ? 0xE0 + below(31) : 0x3B1 + below(20));
  return string(utf8);
}

term random_terms::bits() {
  std::string content = bytes(chance(70) ? 15 : 150);
  if (chance(25)) {
    content.clear();
    for (unsigned i = below(20); i > 0; --i)
      append_utf8(content, chance(70) ? 'a' + below(26) : chance(70) ? 0xE0 + below(31) : 0x3B1 + below(20));
  }
  raw_term raw = binary(content).detach();
  if (!content.empty() && chance(20))
    raw.aux = below(8);
  return term::adopt(raw);
}

term random_terms::list(int depth) {
  std::vector<term> elements;
  for (unsigned i = below(chance(80) ? 6 : 40); i > 0; --i)
    elements.push_back(any(depth - 1));
  return list_of(elements.data(), elements.size(), !elements.empty() && chance(10) ? any(depth - 1) : term{});
}

term random_terms::tuple(int depth) {
  std::vector<term> elements;
  if (chance(60))
    elements.push_back(name());
  for (unsigned i = below(chance(80) ? 5 : 30); i > 0; --i)
    elements.push_back(any(depth - 1));
  return tuple_of(elements.data(), elements.size());
}

term random_terms::map(int depth) {
  term made = twinslot::map();
  for (unsigned i = below(chance(80) ? 5 : 30); i > 0; --i)
    made = made.with(any(chance(80) ? 0 : depth - 1), any(depth - 1));
  return made;
}
}  // namespace twinslot::test
