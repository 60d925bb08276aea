#include "runtime/console/scanner.hpp"

#include "runtime/term/arithmetic.hpp"
#include "runtime/term/atom_table.hpp"
#include "runtime/term/utf8.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace twinslot::console {
namespace {
constexpr std::size_t atom_limit = 255;  // characters, as in Erlang

constexpr std::array<std::string_view, 28> reserved_words = {
    "after", "and",    "andalso", "band", "begin", "bnot", "bor", "bsl", "bsr", "bxor",
    "case",  "catch",  "cond",    "div",  "else",  "end",  "fun", "if",  "let", "not",
    "of",    "orelse", "receive", "rem",  "try",   "when", "xor", "or"};

// Longest first: the first that fits is the token.
constexpr std::array<std::string_view, 48> signs = {
    "...", "=:=", "=/=", "<<", ">>", "<-", "<=", "=<", ">=", "=>", "==", "/=", "->", "--", "++", "||",
    ":=",  "::",  "..",  "?=", "(",  ")",  "{",  "}",  "[",  "]",  ",",  ";",  ":",  "|",  "!",  "?",
    "#",   ".",   "=",   "<",  ">",  "+",  "-",  "*",  "/",  "@",  "\\", "^",  "`",  "~",  "&",  "\x7f"};

struct scan_failure {
  syntax_error what;
};
// The text ends inside a token and more may come.
struct need_more {};

bool is_digit(char32_t c) {
  return c >= '0' && c <= '9';
}
bool is_lower(char32_t c) {
  return (c >= 'a' && c <= 'z') || (c >= 0xDF && c <= 0xFF && c != 0xF7);
}
bool is_upper(char32_t c) {
  return (c >= 'A' && c <= 'Z') || c == '_' || (c >= 0xC0 && c <= 0xDE && c != 0xD7);
}
bool is_name(char32_t c) {
  return is_lower(c) || is_upper(c) || is_digit(c) || c == '@';
}
bool is_blank(unsigned char c) {
  return c <= ' ';
}
int digit_value(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'z' ? lower - 'a' + 10 : 99;
}
bool is_text(char32_t c) {
  return c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF) && c != 0xFFFE && c != 0xFFFF;
}

// The code point at an offset and its bytes; 0 bytes: no valid UTF-8 stands there.
std::size_t decode(std::string_view text, std::size_t offset, char32_t& code) {
  std::size_t after = offset;
  code = next_code_point(text, after);
  const bool is_invalid = after == offset + 1 && code >= 0x80;
  return is_invalid ? 0 : after - offset;
}

std::string hex_byte(unsigned char c) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  return {digits[c >> 4], digits[c & 15]};
}

// The first characters of a text that nobody closed, in its quotes.
std::string shown_start(std::string_view text, char quote) {
  constexpr std::size_t limit = 16;  // as many as erl_scan shows
  std::string out(1, quote);
  std::size_t characters = 0;
  for (std::size_t at = 0; at < text.size() && characters < limit; ++characters) {
    const std::size_t start = at;
    const char32_t code = next_code_point(text, at);
    if (code == '\n')
      out += "\\n";
    else
      out += text.substr(start, at - start);
  }
  return out + quote;
}

// Digits with underscores between them, from `at`; the underscores are left out.
std::string digits_from(std::string_view text, std::size_t& at, int base) {
  std::string digits;
  while (at < text.size()) {
    if (digit_value(text[at]) < base)
      digits += text[at++];
    else if (text[at] == '_' && !digits.empty() && at + 1 < text.size() && digit_value(text[at + 1]) < base)
      ++at;
    else
      break;
  }
  return digits;
}
}  // namespace

bool is_reserved_word(std::string_view word) noexcept {
  return word != "else" && std::find(reserved_words.begin(), reserved_words.end(), word) != reserved_words.end();
}

void scanner::fail(position where, std::string text) const {
  throw scan_failure{{where, std::move(text)}};
}

/// Fails where there are as many atoms as there may be: the text may be a file that file:consult reads.
atom scanner::atom_of(position where, std::string_view text) const {
  const auto made = atom_within_limit(text);
  if (!made)
    fail(where, "illegal atom: there are as many atoms as there may be");
  return *made;
}

void scanner::add(atom category, position where, term value, std::string text) {
  tokens_.push_back({category, where, std::move(value), std::move(text)});
}

// The next code point; moves past it. Fails on a byte that is no UTF-8.
char32_t scanner::take() {
  char32_t code = 0;
  const std::size_t bytes = decode(text_, at_, code);
  if (bytes == 0)
    fail(here_, "invalid UTF-8: byte 16#" + hex_byte(static_cast<unsigned char>(text_[at_])));
  at_ += bytes;
  if (code == '\n')
    here_ = {here_.line + 1, 1};
  else
    ++here_.column;
  return code;
}

scanner::state scanner::feed(std::string_view text) {
  text_ += text;
  return run(false);
}

scanner::state scanner::finish() {
  return run(true);
}

scanner::state scanner::run(bool at_end) {
  for (;;) {
    const cursor start{at_, here_};
    try {
      switch (next(at_end)) {
        case step::token: continue;
        case step::done: return failed_ ? state::failed : state::done;
        case step::more: break;
      }
    } catch (const need_more&) {
      at_ = start.offset;
      here_ = start.at;
    } catch (const scan_failure& failure) {
      error_ = failure.what;
      failed_ = true;
      continue;
    }
    return state::more;
  }
}

// Looks for the dot that ends the expression, whatever stands before it.
scanner::step scanner::skip_to_dot(bool at_end) {
  for (;; ++at_) {
    if (!has() || (peek() == '.' && !has(1) && !at_end))
      return at_end ? step::done : step::more;
    if (peek() == '.' && (!has(1) || is_blank(static_cast<unsigned char>(peek(1))) || peek(1) == '%')) {
      ++at_;
      return step::done;
    }
  }
}

void scanner::skip_blanks() {
  while (has()) {
    if (is_blank(static_cast<unsigned char>(peek()))) {
      take();
    } else if (peek() == '%') {
      while (has() && peek() != '\n')
        take();
    } else {
      return;
    }
  }
}

scanner::step scanner::next(bool at_end) {
  if (failed_)
    return skip_to_dot(at_end);
  skip_blanks();
  if (!has())
    return step::more;
  char32_t first = 0;
  if (decode(text_, at_, first) == 0)
    take();  // tells what is wrong
  if (is_digit(first))
    return number(at_end);
  if (is_lower(first))
    return name("atom"_atom, at_end);
  if (is_upper(first))
    return name("var"_atom, at_end);
  switch (first) {
    case '"': return quoted('"', at_end);
    case '\'': return quoted('\'', at_end);
    case '$': return character(at_end);
    default: return sign(at_end);
  }
}

scanner::step scanner::name(atom category, bool at_end) {
  const position where = here_;
  const std::size_t start = at_;
  std::size_t characters = 0;
  char32_t code = 0;
  while (has() && decode(text_, at_, code) > 0 && is_name(code)) {
    take();
    ++characters;
  }
  if (!has() && !at_end)
    throw need_more{};
  const auto word = std::string_view(text_).substr(start, at_ - start);
  if (characters > atom_limit)
    fail(where, category == "atom"_atom ? "illegal atom" : "illegal var");
  if (category == "atom"_atom && is_reserved_word(word))
    add(atom(word), where);
  else
    add(category, where, atom_of(where, word));
  return step::token;
}

scanner::step scanner::number(bool at_end) {
  const position where = here_;
  std::size_t at = at_;
  std::string digits = digits_from(text_, at, 10);
  const auto is_at = [&](std::size_t offset, auto test) { return offset < text_.size() && test(text_[offset]); };
  const auto finish_at = [&](std::size_t end) {
    here_.column += static_cast<int>(end - at_);
    at_ = end;
  };
  const auto need = [&](std::size_t offset) {
    if (offset >= text_.size() && !at_end)
      throw need_more{};
  };
  need(at);
  if (is_at(at, [](char c) { return c == '#'; })) {
    const int base = digits.size() > 2 ? 99 : std::stoi(digits);
    if (base < 2 || base > 36)
      fail(where, "illegal base '" + digits + "'");
    std::size_t end = at + 1;
    const std::string value = digits_from(text_, end, base);
    need(end);
    if (value.empty())
      fail(where, "illegal integer");
    finish_at(end);
    add("integer"_atom, where, parse_integer(value, base));
    return step::token;
  }
  if (is_at(at, [](char c) { return c == '.'; }))
    need(at + 1);
  if (is_at(at, [](char c) { return c == '.'; }) && is_at(at + 1, [](char c) { return is_digit(c); })) {
    std::size_t end = at + 1;
    digits += '.' + digits_from(text_, end, 10);
    need(end);
    if (is_at(end, [](char c) { return c == 'e' || c == 'E'; })) {
      std::size_t exponent = end + 1;
      std::string sign;
      if (is_at(exponent, [](char c) { return c == '+' || c == '-'; }))
        sign = text_[exponent++];
      const std::string power = digits_from(text_, exponent, 10);
      need(exponent);
      if (power.empty())
        fail(where, "illegal float");
      digits += 'e' + sign + power;
      end = exponent;
    }
    double value = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    // Too small is 0.0, as in Erlang; too big has no value.
    if (read.ec == std::errc::result_out_of_range)
      value = std::strtod(digits.c_str(), nullptr);
    if (!std::isfinite(value))
      fail(where, "illegal float");
    finish_at(end);
    add("float"_atom, where, value, std::move(digits));
    return step::token;
  }
  finish_at(at);
  add("integer"_atom, where, parse_integer(digits));
  return step::token;
}

scanner::step scanner::quoted(char quote, bool at_end) {
  const position where = here_;
  const bool is_atom = quote == '\'';
  std::string out;
  std::size_t characters = 0;
  take();
  for (;;) {
    if (!has()) {
      if (!at_end)
        throw need_more{};
      fail(where, (is_atom ? "unterminated atom starting with " : "unterminated string starting with ") +
                      shown_start(out, quote));
    }
    if (peek() == quote)
      break;
    char32_t code = 0;
    if (peek() != '\\') {
      code = take();
    } else {
      const position escaped = here_;
      if (!escape(code, at_end)) {
        if (has())
          fail(escaped, "illegal character");
        continue;  // to say that it is unterminated
      }
    }
    append_utf8(out, code);
    ++characters;
  }
  take();
  if (is_atom && characters > atom_limit)
    fail(where, "illegal atom");
  if (is_atom)
    add("atom"_atom, where, atom_of(where, out));
  else
    add("string"_atom, where, string(out));
  return step::token;
}

// After a backslash: \n \x41 \x{41} \101 \^A; any other character stands for itself.
bool scanner::escape(char32_t& code, bool at_end) {
  take();
  const auto need = [&](std::size_t count) {
    if (!has(count - 1) && !at_end)
      throw need_more{};
    return has(count - 1);
  };
  if (!need(1))
    return false;
  code = take();
  switch (code) {
    case 'b': code = '\b'; return true;
    case 'd': code = 127; return true;
    case 'e': code = 27; return true;
    case 'f': code = '\f'; return true;
    case 'n': code = '\n'; return true;
    case 'r': code = '\r'; return true;
    case 's': code = ' '; return true;
    case 't': code = '\t'; return true;
    case 'v': code = '\v'; return true;
    case '^':
      if (!need(1))
        return false;
      code = take();
      code = code == '?' ? 127 : code & 31;
      return true;
    case 'x': {
      if (!need(1))
        return false;
      const bool braces = peek() == '{';
      std::size_t count = 0;
      code = 0;
      if (braces)
        take();
      while (need(1) && digit_value(peek()) < 16 && count < (braces ? 8U : 2U)) {
        code = code * 16 + static_cast<char32_t>(digit_value(peek()));
        take();
        ++count;
      }
      if (braces && peek() == '}')
        take();
      else if (braces)
        return false;
      return is_text(code) && (braces ? count > 0 : count == 2);
    }
    default: break;
  }
  if (code < '0' || code > '7')
    return true;
  code -= '0';
  for (int more = 0; more < 2 && need(1) && peek() >= '0' && peek() <= '7'; ++more)
    code = code * 8 + (take() - '0');
  return true;
}

scanner::step scanner::character(bool at_end) {
  const position where = here_;
  take();
  if (!has() && !at_end)
    throw need_more{};
  if (!has())
    fail(where, "unterminated character");
  char32_t code = 0;
  if (peek() != '\\')
    code = take();
  else if (!escape(code, at_end))
    fail(where, has() ? "illegal character" : "unterminated character");
  add("char"_atom, where, static_cast<std::int64_t>(code));
  return step::token;
}

scanner::step scanner::sign(bool at_end) {
  const position where = here_;
  const auto rest = std::string_view(text_).substr(at_);
  if (rest[0] == '.') {
    if (rest.size() == 1 && !at_end)
      throw need_more{};
    if (rest.size() == 1 || is_blank(static_cast<unsigned char>(rest[1])) || rest[1] == '%') {
      end_of_source_ = at_;
      take();
      add("dot"_atom, where);
      return step::done;
    }
  }
  for (std::string_view candidate : signs) {
    if (candidate.size() > rest.size() && candidate.starts_with(rest) && !at_end)
      throw need_more{};
    if (!rest.starts_with(candidate))
      continue;
    for (std::size_t i = 0; i < candidate.size(); ++i)
      take();
    add(atom(candidate), where);
    return step::token;
  }
  fail(where, "illegal character");
}

std::string_view scanner::source() const noexcept {
  auto all = std::string_view(text_).substr(0, end_of_source_);
  const auto is_space = [](char c) { return is_blank(static_cast<unsigned char>(c)); };
  while (!all.empty() && is_space(all.front()))
    all.remove_prefix(1);
  while (!all.empty() && is_space(all.back()))
    all.remove_suffix(1);
  return all;
}
}  // namespace twinslot::console
