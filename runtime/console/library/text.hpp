// runtime/console/library/text.hpp - chardata as code points and characters, for string and unicode.
//
// A character here is what a reader takes for one, a grapheme cluster: a letter with its marks, \r\n, a flag.
// string's functions count and cut by those. Source: Unicode Standard Annex 29, without its prepended marks.
#pragma once
#include "runtime/term/term.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace twinslot::library {

struct text {
  std::u32string codes;
  bool is_binary = false;  // made of a binary: results are binaries too
  std::size_t size() const noexcept { return codes.size(); }
};

/// Code points of a string, binary or deep list of both. Raises as OTP's unicode_util: function_clause of cp/1 for
/// what is no character, {badarg, Rest} for bytes that are no UTF-8.
text read_text(const term& chardata);
/// As read_text, but gives up without raising.
std::optional<text> try_text(const term& chardata);

bool is_ascii(std::string_view bytes);
/// Chardata whose characters are all ASCII: the most frequent text, for which no table is needed. Empty for anything
/// else.
std::optional<std::string> ascii_text(const term& chardata);

/// A binary in UTF-8 or a list, as `like` was.
term give(const text& like, std::u32string_view part);
term codes_list(std::u32string_view codes);
std::string to_utf8(std::u32string_view codes);

/// For every position of `codes` and its end: may a character begin (or end) here?
std::vector<bool> boundaries(std::u32string_view codes);
/// The characters one after another.
std::vector<std::u32string_view> characters(std::u32string_view codes);
/// One character as a term: a code point, or the list of several.
term character_term(std::u32string_view character);

enum class letter_case { upper, lower, title, fold };
void append_changed(std::u32string& out, char32_t code, letter_case to);
std::u32string changed(std::u32string_view codes, letter_case to);
/// The same for ASCII, in place.
void change_ascii(std::span<char> text, letter_case to);
}  // namespace twinslot::library
