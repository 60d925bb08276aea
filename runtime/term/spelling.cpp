// runtime/term/spelling.cpp - atoms and strings as source text, and what counts as printable.
#include "runtime/term/spelling.hpp"

#include "runtime/term/print.hpp"
#include "runtime/term/utf8.hpp"

#include <algorithm>
#include <array>

namespace twinslot {
namespace {

constexpr std::array reserved_words = std::to_array<std::string_view>(
    {"after", "and", "andalso", "band", "begin", "bnot", "bor",    "bsl", "bsr", "bxor",    "case", "catch", "div",
     "end",   "fun", "if",      "let",  "not",   "of",   "orelse", "or",  "rem", "receive", "try",  "when",  "xor"});

bool is_lower(char32_t code) noexcept {
  return (code >= 'a' && code <= 'z') || (code >= 0xDF && code <= 0xFF && code != 0xF7);
}

bool is_name_character(char32_t code) noexcept {
  return is_lower(code) || (code >= 'A' && code <= 'Z') || (code >= 0xC0 && code <= 0xDE && code != 0xD7) ||
         (code >= '0' && code <= '9') || code == '_' || code == '@';
}

bool needs_quotes(std::string_view name) noexcept {
  std::size_t at = 0;
  if (name.empty() || !is_lower(next_code_point(name, at)))
    return true;
  while (at < name.size())
    if (!is_name_character(next_code_point(name, at)))
      return true;
  return false;
}

bool is_reserved(std::string_view name) noexcept {
  return std::find(reserved_words.begin(), reserved_words.end(), name) != reserved_words.end();
}

void append_hexadecimal(std::string& out, char32_t code) {
  std::string digits;
  for (; code; code >>= 4)
    digits += "0123456789ABCDEF"[code & 15];
  out += "\\x{";
  out.append(digits.rbegin(), digits.rend());
  out += '}';
}

/// The letter after the backslash, 0 where there is none.
char escape_letter(char32_t code) noexcept {
  switch (code) {
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    case '\v': return 'v';
    case '\b': return 'b';
    case '\f': return 'f';
    case 27: return 'e';
    case 127: return 'd';
    default: return 0;
  }
}

bool has_escape_letter(std::uint64_t code) noexcept {
  return (code >= 8 && code <= 13) || code == 27;
}

std::uint64_t byte_at(std::string_view bytes, std::uint64_t at) noexcept {
  return static_cast<unsigned char>(bytes[at]);
}

/// A valid UTF-8 character at `at`, which moves past it; false and unmoved otherwise.
bool take_utf8(std::string_view bytes, std::size_t& at, char32_t& code) noexcept {
  const std::size_t before = at;
  code = next_code_point(bytes, at);
  if (at - before == 1 && code >= 128) {
    at = before;
    return false;
  }
  return true;
}

bool is_valid_utf8(std::string_view bytes, std::uint64_t limit) noexcept {
  char32_t code = 0;
  for (std::size_t at = 0; at < bytes.size() && limit > 0; --limit)
    if (!take_utf8(bytes, at, code))
      return false;
  return true;
}

printable_part printable_latin1(std::string_view bytes, std::uint64_t limit, std::int64_t depth) noexcept {
  std::uint64_t count = 0;
  while (count < limit && is_printable_latin1(byte_at(bytes, count)))
    ++count;
  if (count == bytes.size())
    return {printable_part::all, count, false};
  if (depth > 0 && count >= static_cast<std::uint64_t>(depth))
    return {printable_part::prefix, count, false};
  return {};
}

printable_part printable_utf8(std::string_view bytes, std::uint64_t limit, std::int64_t depth,
                              bool beyond_latin1) noexcept {
  std::size_t at = 0;
  std::uint64_t count = 0;
  char32_t code = 0;
  for (std::size_t next = 0; count < limit && next < bytes.size(); ++count, at = next)
    if (!take_utf8(bytes, next, code) || !is_printable(code, beyond_latin1))
      break;
  if (at == bytes.size())
    return {printable_part::all, at, at != count};
  if (depth > 0 && count >= static_cast<std::uint64_t>(depth))
    return {printable_part::prefix, at, at != count};
  return {};
}
}  // namespace

void append_quoted(std::string& out, char32_t code, char quote, encoding text) {
  if (code == static_cast<unsigned char>(quote) || code == '\\') {
    out += '\\';
    out += static_cast<char>(code);
  } else if ((code >= ' ' && code <= '~') || (code >= 0xA0 && (code <= 0xFF || text == encoding::unicode))) {
    append_utf8(out, code);
  } else if (code > 0xFF) {
    append_hexadecimal(out, code);
  } else if (const char letter = escape_letter(code)) {
    out += '\\';
    out += letter;
  } else {
    out += '\\';
    for (int shift = 6; shift >= 0; shift -= 3)
      out += static_cast<char>('0' + (code >> shift & 7));
  }
}

namespace {
void append_name(std::string& out, std::string_view name, encoding text) {
  if (!needs_quotes(name)) {
    out += name;
    return;
  }
  out += '\'';
  for (std::size_t at = 0; at < name.size();)
    append_quoted(out, next_code_point(name, at), '\'', text);
  out += '\'';
}
}  // namespace

void append_atom(std::string& out, atom name, encoding text) {
  if (is_reserved(name.text()))
    out.append("'").append(name.text()).append("'");
  else
    append_name(out, name.text(), text);
}

void append_fun_name(std::string& out, atom name) {
  append_name(out, name.text(), encoding::unicode);
}

std::string quoted(atom name) {
  std::string out;
  append_atom(out, name, encoding::unicode);
  return out;
}

bool is_printable_latin1(std::uint64_t code) noexcept {
  return (code >= ' ' && code <= '~') || (code >= 0xA0 && code <= 0xFF) || has_escape_letter(code);
}

bool is_printable(std::uint64_t code, bool beyond_latin1) noexcept {
  if (code <= 0xFF || !beyond_latin1)
    return is_printable_latin1(code);
  return code < 0xD800 || (code > 0xDFFF && code < 0xFFFE) || (code > 0xFFFF && code <= 0x10FFFF);
}

bool is_printable_list(const raw_term& list, bool beyond_latin1) noexcept {
  const raw_term* rest = &list;
  std::uint64_t at = rest->aux;
  while (rest->what == kind::list || rest->what == kind::text) {
    if (rest->what == kind::text) {
      const auto* text = static_cast<const text_cell*>(rest->box);
      return std::all_of(text->bytes + at, text->bytes + text->size,
                         [](char c) { return is_printable_latin1(static_cast<unsigned char>(c)); });
    }
    const auto* cells = static_cast<const list_cell*>(rest->box);
    for (; at < cells->size; ++at) {
      const raw_term& element = cells->elements[at];
      if (element.what != kind::integer || !is_printable(static_cast<std::uint64_t>(element.integer), beyond_latin1))
        return false;
    }
    rest = &cells->tail;
    at = rest->aux;
  }
  return rest->what == kind::nil;
}

printable_part printable_bytes(std::string_view bytes, std::int64_t depth, encoding text, bool beyond_latin1) noexcept {
  const std::uint64_t limit =
      depth >= 0 ? std::min<std::uint64_t>(4 * static_cast<std::uint64_t>(depth), bytes.size()) : bytes.size();
  if (limit == 0)
    return {};
  if (text == encoding::unicode && is_valid_utf8(bytes, limit))
    return printable_utf8(bytes, limit, depth, beyond_latin1);
  return printable_latin1(bytes, limit, depth);
}
}  // namespace twinslot
