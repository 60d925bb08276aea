// runtime/console/library/string_text.cpp - string: the functions on chardata, which count in characters.
//
// A subject that is a binary gives binaries, a list gives flat lists.
#include "runtime/console/library/arguments.hpp"
#include "runtime/console/library/number_text.hpp"
#include "runtime/console/library/tables.hpp"
#include "runtime/console/library/text.hpp"

#include <algorithm>
#include <array>

namespace twinslot::library {
namespace {

constexpr auto string_module = "string";

bool is_chardata(const term& value) {
  return value.is_list() || value.is_bitstring();
}
/// A pattern or separator text, as unicode:characters_to_list takes it.
std::u32string read_pattern(const term& value) {
  auto pattern = try_text(value);
  if (!pattern)
    raise_in("badarg", "unicode", "characters_to_list", {value});
  return pattern->codes;
}
/// A subject to be searched; OTP's search meets what is no chardata in a match.
text read_subject(const term& value) {
  if (!is_chardata(value))
    raise_at(tuple("badmatch", value), string_module, "bin_search_str_1", 4);
  return read_text(value);
}

term in_case(const term& subject, letter_case to) {
  if (!is_chardata(subject))
    raise_at(tuple("badarg", subject), string_module, "uppercase", 1);
  if (subject.is_binary() && is_ascii(subject.bytes()))  // at once into the binary that is given back
    return binary_filled(subject.size(), [&](char* bytes) {
      const std::size_t count = subject.bytes().copy(bytes, subject.size());
      change_ascii({bytes, count}, to);
      return count;
    });
  if (auto plain = ascii_text(subject)) {
    change_ascii(*plain, to);
    return bytes_list(*plain);
  }
  const text all = read_text(subject);
  return give(all, changed(all.codes, to));
}
term uppercase(process&, const term* a) {
  return in_case(a[0], letter_case::upper);
}
term lowercase(process&, const term* a) {
  return in_case(a[0], letter_case::lower);
}
term casefold(process&, const term* a) {
  return in_case(a[0], letter_case::fold);
}
term titlecase(process&, const term* a) {
  if (!is_chardata(a[0]))
    no_clause(string_module, "titlecase", {a[0]});
  const text all = read_text(a[0]);
  if (all.codes.empty())
    return give(all, {});
  std::u32string made;
  append_changed(made, all.codes[0], letter_case::title);
  return give(all, made.append(all.codes, 1));
}

term length(process&, const term* a) {
  const text all = read_text(a[0]);
  const std::vector<bool> at = boundaries(all.codes);
  return std::count(at.begin(), at.end(), true) - 1;
}
term is_empty(process&, const term* a) {
  if (a[0].is_binary())
    return a[0].size() == 0;
  terms open{a[0]};
  while (!open.empty()) {
    const term next = std::move(open.back());
    open.pop_back();
    if (next.is_cons()) {
      open.push_back(next.tail());
      open.push_back(next.head());
    } else if (!next.is_nil() && !(next.is_binary() && next.size() == 0)) {
      return false;
    }
  }
  return true;
}
term to_graphemes(process&, const term* a) {
  const text all = read_text(a[0]);
  terms made;
  for (std::u32string_view character : characters(all.codes))
    made.push_back(character_term(character));
  return list_from(made);
}
term reverse(process&, const term* a) {
  const text all = read_text(a[0]);
  terms made;
  for (std::u32string_view character : characters(all.codes))
    made.push_back(character_term(character));
  std::reverse(made.begin(), made.end());
  return list_from(made);
}
term equal(process&, const term* a) {
  return read_text(a[0]).codes == read_text(a[1]).codes;
}
term equal_folded(process&, const term* a) {
  const text left = read_text(a[0]);
  const text right = read_text(a[1]);
  if (!take_bool(a[2]))
    return left.codes == right.codes;
  return changed(left.codes, letter_case::fold) == changed(right.codes, letter_case::fold);
}

/// Position in code points after `count` characters, or the end.
std::size_t skip_characters(const std::vector<bool>& at, std::size_t from, std::size_t count) {
  std::size_t position = from;
  while (count > 0 && position + 1 < at.size())
    count -= at[++position] ? 1 : 0;
  while (!at[position])
    ++position;
  return position;
}
bool is_count(const term& value) {
  return value.is_integer() && !less(value, 0);
}
std::size_t small_count(const term& value) {
  return value.is_int64() ? static_cast<std::size_t>(value.as_int64()) : SIZE_MAX;
}
term slice_of(const term& subject, const term& start, const term& count) {
  const text all = read_text(subject);
  const std::vector<bool> at = boundaries(all.codes);
  const std::size_t from = skip_characters(at, 0, small_count(start));
  const std::size_t to = count.is_integer() ? skip_characters(at, from, small_count(count)) : all.size();
  return give(all, std::u32string_view(all.codes).substr(from, to - from));
}
term slice(process&, const term* a) {
  if (!is_count(a[1]))
    no_clause(string_module, "slice", {a[0], a[1]});
  return slice_of(a[0], a[1], "infinity");
}
term slice_length(process&, const term* a) {
  if (!is_count(a[1]) || !(is_count(a[2]) || a[2] == "infinity"_atom))
    no_clause(string_module, "slice", {a[0], a[1], a[2]});
  return slice_of(a[0], a[1], a[2]);
}

// Searching: a pattern matches where a character begins and ends.
constexpr std::size_t nowhere = std::u32string::npos;
std::size_t search_forward(const text& in, const std::vector<bool>& at, std::u32string_view pattern, std::size_t from) {
  for (std::size_t found = in.codes.find(pattern, from); found != nowhere; found = in.codes.find(pattern, found + 1))
    if (at[found] && at[found + pattern.size()])
      return found;
  return nowhere;
}
std::size_t search_backward(const text& in, const std::vector<bool>& at, std::u32string_view pattern) {
  for (std::size_t found = in.codes.rfind(pattern); found != nowhere; found = in.codes.rfind(pattern, found - 1)) {
    if (at[found] && at[found + pattern.size()])
      return found;
    if (found == 0)
      break;
  }
  return nowhere;
}

std::vector<std::u32string_view> split_text(const text& all, std::u32string_view pattern, const term& where) {
  const std::vector<bool> at = boundaries(all.codes);
  const std::u32string_view codes = all.codes;
  if (where == "trailing"_atom) {
    const std::size_t found = search_backward(all, at, pattern);
    if (found == nowhere)
      return {codes};
    return {codes.substr(0, found), codes.substr(found + pattern.size())};
  }
  std::vector<std::u32string_view> parts;
  std::size_t from = 0;
  for (std::size_t found = search_forward(all, at, pattern, 0); found != nowhere;
       found = search_forward(all, at, pattern, from)) {
    if (where != "leading"_atom && where != "all"_atom)
      raise_at(tuple("case_clause", give(all, codes.substr(found + pattern.size()))), string_module, "split_1", 6);
    parts.push_back(codes.substr(from, found - from));
    from = found + pattern.size();
    if (where == "leading"_atom)
      break;
  }
  parts.push_back(codes.substr(from));
  return parts;
}
terms split_at(const term& subject, const term& pattern, const term& where) {
  const std::u32string wanted = read_pattern(pattern);
  const text all = read_subject(subject);
  if (wanted.empty())
    return {subject};
  const auto parts = split_text(all, wanted, where);
  if (parts.size() == 1)
    return {subject};
  terms made;
  for (std::u32string_view part : parts)
    made.push_back(give(all, part));
  return made;
}
term split(process&, const term* a) {
  return list_from(split_at(a[0], a[1], "leading"));
}
term split_where(process&, const term* a) {
  return list_from(split_at(a[0], a[1], a[2]));
}
term replaced(const term& subject, const term& pattern, const term& by, const term& where) {
  terms made;
  for (term& part : split_at(subject, pattern, where)) {
    if (!made.empty())
      made.push_back(by);
    made.push_back(std::move(part));
  }
  return list_from(made);
}
term replace(process&, const term* a) {
  return replaced(a[0], a[1], a[2], "leading");
}
term replace_where(process&, const term* a) {
  return replaced(a[0], a[1], a[2], a[3]);
}

term find_from(const term& subject, const term& pattern, bool leading) {
  const std::u32string wanted = read_pattern(pattern);
  if (wanted.empty())
    return subject;
  const text all = read_subject(subject);
  const std::vector<bool> at = boundaries(all.codes);
  const std::size_t found = leading ? search_forward(all, at, wanted, 0) : search_backward(all, at, wanted);
  return found == nowhere ? term("nomatch") : give(all, std::u32string_view(all.codes).substr(found));
}
term find(process&, const term* a) {
  return find_from(a[0], a[1], true);
}
term find_where(process&, const term* a) {
  if (a[2] != "leading"_atom && a[2] != "trailing"_atom)
    no_clause(string_module, "find", {a[0], a[1], a[2]});
  return find_from(a[0], a[1], a[2] == "leading"_atom);
}
term prefix(process&, const term* a) {
  const std::u32string wanted = read_pattern(a[1]);
  if (wanted.empty())
    return a[0];
  const text all = read_text(a[0]);
  if (!all.codes.starts_with(wanted) || !boundaries(all.codes)[wanted.size()])
    return "nomatch";
  return give(all, std::u32string_view(all.codes).substr(wanted.size()));
}

// Sets of characters: separators, what is trimmed.
using character_set = std::vector<std::u32string>;
std::optional<character_set> read_set(const term& value) {
  if (!is_proper(value))
    return {};
  character_set made;
  for (const term& element : unroll(value).elements) {
    const std::optional<text> character = try_text(element.is_list() ? element : list(element));
    if (!character)
      return {};
    made.push_back(character->codes);
  }
  return made;
}
bool contains(const character_set& set, std::u32string_view character) {
  return std::find(set.begin(), set.end(), character) != set.end();
}
character_set white_space() {
  return {U"\r\n", U"\t", U"\n", U"\v", U"\f", U"\r", U" ", U"\x85", U"\u200E", U"\u200F", U"\u2028", U"\u2029"};
}

/// The characters without those of the set at the sides named.
term trimmed(const text& all, const character_set& set, bool leading, bool trailing) {
  const auto each = characters(all.codes);
  std::size_t from = 0;
  std::size_t to = each.size();
  while (leading && from < to && contains(set, each[from]))
    ++from;
  while (trailing && to > from && contains(set, each[to - 1]))
    --to;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < from; ++i)
    begin += each[i].size();
  std::size_t count = 0;
  for (std::size_t i = from; i < to; ++i)
    count += each[i].size();
  return give(all, std::u32string_view(all.codes).substr(begin, count));
}
text read_trimmed(const term& subject, const term& set) {
  if (!is_chardata(subject))
    no_clause(string_module, "trim_l", {subject, set});
  return read_text(subject);
}
term white_space_term() {
  terms made;
  for (const std::u32string& character : white_space())
    made.push_back(character_term(character));
  return list_from(made);
}
term trim(process&, const term* a) {
  return trimmed(read_trimmed(a[0], white_space_term()), white_space(), true, true);
}
bool is_side(const term& where) {
  return where == "both"_atom || where == "leading"_atom || where == "trailing"_atom;
}
term trim_side(process&, const term* a) {
  if (!is_side(a[1]))
    no_clause(string_module, "trim", {a[0], a[1]});
  return trimmed(read_trimmed(a[0], white_space_term()), white_space(), a[1] != "trailing"_atom,
                 a[1] != "leading"_atom);
}
term trim_set(process&, const term* a) {
  const auto set = read_set(a[2]);
  if (!is_side(a[1]) || !set)
    no_clause(string_module, "trim", {a[0], a[1], a[2]});
  return trimmed(read_trimmed(a[0], a[2]), *set, a[1] != "trailing"_atom, a[1] != "leading"_atom);
}
term chomp(process&, const term* a) {
  if (!is_chardata(a[0]))
    no_clause(string_module, "trim_t", {a[0], 0, list(string("\r\n"), 10)});
  return trimmed(read_text(a[0]), {U"\r\n", U"\n"}, false, true);
}

term take_from(const term* a, bool complement, bool leading) {
  const auto set = read_set(a[1]);
  if (!set)
    no_clause(string_module, "take", {a[0], a[1], complement, leading ? term("leading") : term("trailing")});
  const text all = read_text(a[0]);
  const auto each = characters(all.codes);
  const auto taken = [&](std::u32string_view character) { return contains(*set, character) != complement; };
  std::size_t cut = 0;
  if (leading) {
    for (std::size_t i = 0; i < each.size() && taken(each[i]); ++i)
      cut += each[i].size();
  } else {
    cut = all.size();
    for (std::size_t i = each.size(); i-- > 0 && taken(each[i]);)
      cut -= each[i].size();
  }
  return tuple(give(all, std::u32string_view(all.codes).substr(0, cut)),
               give(all, std::u32string_view(all.codes).substr(cut)));
}
term take(process&, const term* a) {
  return take_from(a, false, true);
}
term take_complement(process&, const term* a) {
  if (!a[2].is_bool())
    no_clause(string_module, "take", {a[0], a[1], a[2], "leading"});
  return take_from(a, take_bool(a[2]), true);
}
term take_side(process&, const term* a) {
  if (!a[2].is_bool() || (a[3] != "leading"_atom && a[3] != "trailing"_atom))
    no_clause(string_module, "take", {a[0], a[1], a[2], a[3]});
  return take_from(a, take_bool(a[2]), a[3] == "leading"_atom);
}

std::vector<std::u32string> lexemes_of(const text& all, const character_set& separators) {
  std::vector<std::u32string> found;
  bool inside = false;
  for (std::u32string_view character : characters(all.codes)) {
    if (contains(separators, character)) {
      inside = false;
      continue;
    }
    if (!inside)
      found.emplace_back();
    inside = true;
    found.back() += character;
  }
  return found;
}
term lexemes(process&, const term* a) {
  const auto separators = read_set(a[1]);
  if (!separators)
    no_clause(string_module, "lexemes", {a[0], a[1]});
  if (!is_chardata(a[0]))
    no_clause(string_module, "lexemes_m", {a[0], tuple(a[1], a[1], "undefined"), term{}});
  const text all = read_text(a[0]);
  terms made;
  for (const std::u32string& part : lexemes_of(all, *separators))
    made.push_back(give(all, part));
  return list_from(made);
}
term nth_lexeme(process&, const term* a) {
  const auto separators = read_set(a[2]);
  if (!a[1].is_integer() || less(a[1], 1) || !separators)
    no_clause(string_module, "nth_lexeme", {a[0], a[1], a[2]});
  const text all = read_text(a[0]);
  const auto parts = lexemes_of(all, *separators);
  const std::size_t index = small_count(a[1]) - 1;
  return give(all, index < parts.size() ? std::u32string_view(parts[index]) : std::u32string_view());
}

term padded(const term* a, const term& side, const term& with) {
  if (!a[1].is_integer() || !is_side(side))
    no_clause(string_module, "pad", {a[0], a[1], side, with});
  const auto missing_of = [&] {
    const text all = read_text(a[0]);
    const std::vector<bool> at = boundaries(all.codes);
    return subtract(a[1], std::count(at.begin(), at.end(), true) - 1);
  };
  const term missing = missing_of();
  if (less(missing, 1))
    return list(a[0]);
  if (!missing.is_int64() || missing.as_int64() > elements_limit)
    raise_error("system_limit");
  const auto count = static_cast<std::size_t>(missing.as_int64());
  const auto run = [&](std::size_t times) { return list_from(terms(times, with)); };
  if (side == "leading"_atom)
    return list(run(count), a[0]);
  if (side == "trailing"_atom)
    return cons(a[0], run(count));
  const term rest = run(count / 2);
  return count % 2 == 0 ? list(rest, a[0], rest) : list_of(std::array{rest, a[0], rest, with}.data(), 4);
}
term pad(process&, const term* a) {
  return padded(a, "trailing", 32);
}
term pad_side(process&, const term* a) {
  return padded(a, a[2], 32);
}
term pad_with(process&, const term* a) {
  return padded(a, a[2], a[3]);
}

/// [First | Rest] of `count` code points.
term next_of(const term& subject, bool whole_character) {
  const text all = read_text(subject);
  if (all.codes.empty())
    return {};
  const std::size_t count = whole_character ? skip_characters(boundaries(all.codes), 0, 1) : 1;
  const std::u32string_view codes = all.codes;
  const term rest = give(all, codes.substr(count));
  return cons(character_term(codes.substr(0, count)), rest.is_binary() && rest.size() == 0 ? term{} : rest);
}
term next_codepoint(process&, const term* a) {
  return next_of(a[0], false);
}
term next_grapheme(process&, const term* a) {
  return next_of(a[0], true);
}

/// What follows a number that was read from the front: {Number, Rest}.
term number_and_rest(const text& all, const term& number, std::size_t used) {
  return tuple(number, give(all, std::u32string_view(all.codes).substr(used)));
}
term to_integer(process&, const term* a) {
  const auto all = is_chardata(a[0]) ? try_text(a[0]) : std::nullopt;
  if (!all)
    return tuple("error", "badarg");
  std::string digits;
  for (char32_t code : all->codes) {
    const bool sign = digits.empty() && (code == '+' || code == '-');
    if (!sign && (code < '0' || code > '9'))
      break;
    digits.push_back(static_cast<char>(code));
  }
  if (digits.empty() || digits.back() < '0')
    return tuple("error", "no_integer");
  return number_and_rest(*all, parse_integer(digits), digits.size());
}
term to_float(process&, const term* a) {
  const auto all = is_chardata(a[0]) ? try_text(a[0]) : std::nullopt;
  if (!all)
    return tuple("error", "badarg");
  std::string front;
  for (char32_t code : all->codes) {
    const bool part = code == '+' || code == '-' || code == '.' || code == ',' || code == 'e' || code == 'E' ||
                      (code >= '0' && code <= '9');
    if (!part)
      break;
    front.push_back(code == ',' ? '.' : static_cast<char>(code));
  }
  const std::size_t used = float_prefix(front);
  const auto value = parse_float(std::string_view(front).substr(0, used));
  if (!value)
    return tuple("error", "no_float");
  return number_and_rest(*all, *value, used);
}

constexpr native functions[] = {
    {string_module, "casefold", 1, casefold, "casefold(String)", "For comparisons that don't care about case."},
    {string_module, "chomp", 1, chomp, "chomp(String)", "Without line ends at the end."},
    {string_module, "equal", 2, equal, "equal(A, B)", "True if both have the same characters."},
    {string_module, "equal", 3, equal_folded, "equal(A, B, IgnoreCase)", "True if both have the same characters."},
    {string_module, "find", 2, find, "find(String, SearchPattern)", "What starts with the first match, or nomatch."},
    {string_module, "find", 3, find_where, "find(String, SearchPattern, Dir)",
     "From the first or last match: leading, trailing."},
    {string_module, "is_empty", 1, is_empty, "is_empty(String)", "True if there is no character."},
    {string_module, "length", 1, length, "length(String)", "How many characters it has."},
    {string_module, "lexemes", 2, lexemes, "lexemes(String, SeparatorList)",
     "The parts between separators; none is empty."},
    {string_module, "lowercase", 1, lowercase, "lowercase(String)", "In small letters."},
    {string_module, "next_codepoint", 1, next_codepoint, "next_codepoint(String)", "[CodePoint | Rest], or []."},
    {string_module, "next_grapheme", 1, next_grapheme, "next_grapheme(String)", "[Character | Rest], or []."},
    {string_module, "nth_lexeme", 3, nth_lexeme, "nth_lexeme(String, N, SeparatorList)", "Part number N, from 1."},
    {string_module, "pad", 2, pad, "pad(String, Length)", "With spaces after it up to the length."},
    {string_module, "pad", 3, pad_side, "pad(String, Length, Dir)", "Dir: leading, trailing, both."},
    {string_module, "pad", 4, pad_with, "pad(String, Length, Dir, Char)", "With that character in place of spaces."},
    {string_module, "prefix", 2, prefix, "prefix(String, Prefix)", "What follows the prefix, or nomatch."},
    {string_module, "replace", 3, replace, "replace(String, SearchPattern, Replacement)", "The first match replaced."},
    {string_module, "replace", 4, replace_where, "replace(String, SearchPattern, Replacement, Where)",
     "Where: leading, trailing, all."},
    {string_module, "reverse", 1, reverse, "reverse(String)", "The characters from the last to the first."},
    {string_module, "slice", 2, slice, "slice(String, Start)", "From character number Start on, counted from 0."},
    {string_module, "slice", 3, slice_length, "slice(String, Start, Length)",
     "At most Length characters from Start on."},
    {string_module, "split", 2, split, "split(String, SearchPattern)", "[Before, After] the first match."},
    {string_module, "split", 3, split_where, "split(String, SearchPattern, Where)", "Where: leading, trailing, all."},
    {string_module, "take", 2, take, "take(String, Characters)", "{the first characters of that set, the rest}."},
    {string_module, "take", 3, take_complement, "take(String, Characters, Complement)", "true: those not of the set."},
    {string_module, "take", 4, take_side, "take(String, Characters, Complement, Dir)", "Dir: leading, trailing."},
    {string_module, "titlecase", 1, titlecase, "titlecase(String)", "The first letter in title case."},
    {string_module, "to_float", 1, to_float, "to_float(String)", "{Float, Rest} or {error, Reason}."},
    {string_module, "to_graphemes", 1, to_graphemes, "to_graphemes(String)", "The characters as a list."},
    {string_module, "to_integer", 1, to_integer, "to_integer(String)", "{Integer, Rest} or {error, Reason}."},
    {string_module, "trim", 1, trim, "trim(String)", "Without white space at both ends."},
    {string_module, "trim", 2, trim_side, "trim(String, Dir)", "Dir: leading, trailing, both."},
    {string_module, "trim", 3, trim_set, "trim(String, Dir, Characters)", "Without these characters."},
    {string_module, "uppercase", 1, uppercase, "uppercase(String)", "In capital letters."},
};
}  // namespace

std::span<const native> string_text() {
  return functions;
}
}  // namespace twinslot::library
