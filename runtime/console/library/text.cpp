// runtime/console/library/text.cpp
#include "runtime/console/library/text.hpp"

#include "runtime/console/library/arguments.hpp"
#include "runtime/console/library/unicode_tables.hpp"
#include "runtime/term/chardata.hpp"

#include <algorithm>

namespace twinslot::library {
namespace {

/// What stopped the reading: bytes that are no UTF-8, or a term that is no character.
struct bad_text {
  term rest;
  bool is_binary;
};

std::optional<bad_text> append_binary(std::u32string& out, const term& binary) {
  if (!binary.is_binary())
    return bad_text{binary, false};
  const std::string_view bytes = binary.bytes();
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t before = at;
    const char32_t code = next_code_point(bytes, at);
    if (code >= 0x80 && at == before + 1)
      return bad_text{twinslot::binary(bytes.substr(before)), true};
    out.push_back(code);
  }
  return {};
}

std::optional<bad_text> read(std::u32string& out, const term& chardata) {
  if (chardata.is_bitstring())
    return append_binary(out, chardata);
  if (!chardata.is_list())
    return bad_text{chardata, false};
  terms open{chardata};  // what is still to be read; the last is next
  while (!open.empty()) {
    term next = std::move(open.back());
    open.pop_back();
    if (next.is_bitstring()) {
      if (auto bad = append_binary(out, next))
        return bad;
    } else if (next.is_cons()) {
      for (; next.is_cons(); next = next.tail()) {
        const term head = next.head();
        if (head.is_int64() && head.as_int64() >= 0 && head.as_int64() <= 0x10FFFF) {
          out.push_back(static_cast<char32_t>(head.as_int64()));
          continue;
        }
        open.push_back(next.tail());
        next = head;
        break;
      }
      open.push_back(next);
    } else if (!next.is_nil()) {
      return bad_text{next, false};
    }
  }
  return {};
}

bool is_in(std::span<const unicode::range> ranges, char32_t code) {
  const auto after = std::upper_bound(ranges.begin(), ranges.end(), code,
                                      [](char32_t wanted, const unicode::range& r) { return wanted < r.first; });
  return after != ranges.begin() && code <= std::prev(after)->last;
}

constexpr char32_t zero_width_joiner = 0x200D;

bool extends(char32_t code) {
  if (code < 0x300)
    return false;
  return code == zero_width_joiner || code == 0x200C || (code >= 0x1F3FB && code <= 0x1F3FF) ||
         (code >= 0xE0020 && code <= 0xE007F) || is_in(unicode::marks, code);
}
bool is_pictograph(char32_t code) {
  return code == 0xA9 || code == 0xAE || (code >= 0x203C && code <= 0x3299) || (code >= 0x1F000 && code <= 0x1FAFF);
}
bool is_regional(char32_t code) {
  return code >= 0x1F1E6 && code <= 0x1F1FF;
}

/// Hangul's letters: leading, vowel, trailing, and syllables without and with a trailing letter.
enum class hangul { none, leading, vowel, trailing, open_syllable, closed_syllable };
hangul hangul_of(char32_t code) {
  if ((code >= 0x1100 && code <= 0x115F) || (code >= 0xA960 && code <= 0xA97C))
    return hangul::leading;
  if ((code >= 0x1160 && code <= 0x11A7) || (code >= 0xD7B0 && code <= 0xD7C6))
    return hangul::vowel;
  if ((code >= 0x11A8 && code <= 0x11FF) || (code >= 0xD7CB && code <= 0xD7FB))
    return hangul::trailing;
  if (code >= 0xAC00 && code <= 0xD7A3)
    return (code - 0xAC00) % 28 == 0 ? hangul::open_syllable : hangul::closed_syllable;
  return hangul::none;
}
bool joins_hangul(char32_t before, char32_t code) {
  const hangul left = hangul_of(before);
  const hangul right = hangul_of(code);
  if (left == hangul::leading)
    return right == hangul::leading || right == hangul::vowel || right == hangul::open_syllable ||
           right == hangul::closed_syllable;
  if (left == hangul::vowel || left == hangul::open_syllable)
    return right == hangul::vowel || right == hangul::trailing;
  return (left == hangul::trailing || left == hangul::closed_syllable) && right == hangul::trailing;
}

/// What the tables say of ASCII.
constexpr char changed_ascii(char code, letter_case to) {
  const bool up = to == letter_case::upper || to == letter_case::title;
  const unsigned from_first = static_cast<unsigned char>(code) - (up ? 'a' : 'A');
  return static_cast<char>(code ^ (from_first < 26 ? 0x20 : 0));
}

const unicode::case_table& table_of(letter_case to) {
  switch (to) {
    case letter_case::upper: return unicode::upper;
    case letter_case::lower: return unicode::lower;
    case letter_case::title: return unicode::title;
    case letter_case::fold: return unicode::fold;
  }
  return unicode::lower;
}
}  // namespace

std::optional<text> try_text(const term& chardata) {
  text made;
  made.is_binary = chardata.is_bitstring();
  if (read(made.codes, chardata))
    return {};
  return made;
}

text read_text(const term& chardata) {
  text made;
  made.is_binary = chardata.is_bitstring();
  if (const auto bad = read(made.codes, chardata)) {
    if (bad->is_binary)
      raise_error(tuple("badarg", bad->rest));
    no_clause("unicode_util", "cp", {bad->rest});
  }
  return made;
}

bool is_ascii(std::string_view bytes) {
  unsigned char all = 0;
  for (char each : bytes)
    all |= static_cast<unsigned char>(each);
  return all < 0x80;
}

std::optional<std::string> ascii_text(const term& chardata) {
  std::string bytes;
  if (!append_chardata(bytes, chardata, chars::bytes) || !is_ascii(bytes))
    return {};
  return bytes;
}

std::string to_utf8(std::u32string_view codes) {
  std::string bytes;
  bytes.reserve(codes.size());
  for (char32_t code : codes)
    append_utf8(bytes, code);
  return bytes;
}

term codes_list(std::u32string_view codes) {
  if (std::all_of(codes.begin(), codes.end(), [](char32_t code) { return code < 256; })) {
    std::string bytes(codes.size(), '\0');
    std::transform(codes.begin(), codes.end(), bytes.begin(), [](char32_t code) { return static_cast<char>(code); });
    return bytes_list(bytes);
  }
  terms elements;
  elements.reserve(codes.size());
  for (char32_t code : codes)
    elements.push_back(static_cast<std::int64_t>(code));
  return list_from(elements);
}

term give(const text& like, std::u32string_view part) {
  return like.is_binary ? binary(to_utf8(part)) : codes_list(part);
}

std::vector<bool> boundaries(std::u32string_view codes) {
  std::vector<bool> at(codes.size() + 1, true);
  std::size_t regionals = 0;  // in a row, up to the code before
  for (std::size_t i = 1; i < codes.size(); ++i) {
    const char32_t before = codes[i - 1];
    const char32_t code = codes[i];
    regionals = is_regional(before) ? regionals + 1 : 0;
    if (code < 0x300 && before < 0x300) {
      at[i] = !(before == '\r' && code == '\n');
      continue;
    }
    const bool after_control = before < 0x20 || (before >= 0x7F && before < 0xA0);
    at[i] = !((extends(code) && !after_control) || joins_hangul(before, code) ||
              (before == zero_width_joiner && is_pictograph(code)) || (is_regional(code) && regionals % 2 == 1));
  }
  return at;
}

std::vector<std::u32string_view> characters(std::u32string_view codes) {
  std::vector<std::u32string_view> found;
  const std::vector<bool> at = boundaries(codes);
  std::size_t from = 0;
  for (std::size_t i = 1; i <= codes.size(); ++i) {
    if (!at[i])
      continue;
    found.push_back(codes.substr(from, i - from));
    from = i;
  }
  return found;
}

term character_term(std::u32string_view character) {
  return character.size() == 1 ? term(static_cast<std::int64_t>(character[0])) : codes_list(character);
}

void append_changed(std::u32string& out, char32_t code, letter_case to) {
  const unicode::case_table& table = table_of(to);
  const auto special =
      std::lower_bound(table.specials.begin(), table.specials.end(), code,
                       [](const unicode::case_special& s, char32_t wanted) { return s.from < wanted; });
  if (special != table.specials.end() && special->from == code) {
    for (char32_t each : special->to)
      if (each != 0)
        out.push_back(each);
    return;
  }
  const auto after = std::upper_bound(table.runs.begin(), table.runs.end(), code,
                                      [](char32_t wanted, const unicode::case_run& r) { return wanted < r.first; });
  if (after != table.runs.begin()) {
    const unicode::case_run& run = *std::prev(after);
    if (code <= run.last && (code - run.first) % run.step == 0)
      code = static_cast<char32_t>(static_cast<std::int32_t>(code) + run.distance);
  }
  out.push_back(code);
}

std::u32string changed(std::u32string_view codes, letter_case to) {
  std::u32string out;
  out.reserve(codes.size());
  for (char32_t code : codes)
    if (code < 0x80)
      out.push_back(static_cast<unsigned char>(changed_ascii(static_cast<char>(code), to)));
    else
      append_changed(out, code, to);
  return out;
}

void change_ascii(std::span<char> text, letter_case to) {
  // Two loops without a choice inside: the compiler makes vector instructions of them.
  if (to == letter_case::upper || to == letter_case::title)
    for (char& each : text)
      each = changed_ascii(each, letter_case::upper);
  else
    for (char& each : text)
      each = changed_ascii(each, letter_case::lower);
}
}  // namespace twinslot::library
