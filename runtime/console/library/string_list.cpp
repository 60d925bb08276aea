// runtime/console/library/string_list.cpp - string: the older functions, on lists of integers, by position from 1.
#include "runtime/console/library/arguments.hpp"
#include "runtime/console/library/tables.hpp"
#include "runtime/console/library/text.hpp"

#include <algorithm>

namespace twinslot::library {
namespace {

constexpr auto string_module = "string";

[[noreturn]] void no_clause_of(const char* function, const term* a, std::size_t count) {
  throw raised{"error"_atom, "function_clause",
               list(tuple(atom(string_module), atom(function), list_of(a, count), term{}))};
}
/// A proper list, or function_clause of the function that was called.
terms take_list(const term& value, const char* function, const term* a, std::size_t count) {
  unrolled all = unroll(value);
  if (!all.rest.is_nil())
    no_clause_of(function, a, count);
  return std::move(all.elements);
}
std::int64_t take_number(const term& value, std::int64_t least, const char* function, const term* a,
                         std::size_t count) {
  if (!value.is_integer() || less(value, least))
    no_clause_of(function, a, count);
  if (!value.is_int64() || value.as_int64() > elements_limit)
    raise_error("system_limit");
  return value.as_int64();
}
term sub(const terms& all, std::size_t from, std::size_t to) {
  return list_of(all.data() + from, to - from);
}

term len(process&, const term* a) {
  if (!is_proper(a[0]))
    raise_in("badarg", "erlang", "length", {a[0]});
  return unroll(a[0]).elements.size();
}
term concat(process&, const term* a) {
  unrolled first = unroll(a[0]);
  if (!first.rest.is_nil())
    raise_in("badarg", "erlang", "++", {a[0], a[1]});
  return list_from(first.elements, a[1]);
}

term chr(process&, const term* a) {
  if (!a[1].is_integer())
    no_clause_of("chr", a, 2);
  const terms all = take_list(a[0], "chr", a, 2);
  const auto found = std::find(all.begin(), all.end(), a[1]);
  return found == all.end() ? term(0) : term(found - all.begin() + 1);
}
term rchr(process&, const term* a) {
  if (!a[1].is_integer())
    no_clause_of("rchr", a, 2);
  const terms all = take_list(a[0], "rchr", a, 2);
  const auto found = std::find(all.rbegin(), all.rend(), a[1]);
  return all.rend() - found;
}
term str(process&, const term* a) {
  if (!a[1].is_list())
    no_clause_of("str", a, 2);
  const terms all = take_list(a[0], "str", a, 2);
  const terms wanted = take_list(a[1], "str", a, 2);
  const auto found = std::search(all.begin(), all.end(), wanted.begin(), wanted.end());
  return wanted.empty() || found == all.end() ? term(0) : term(found - all.begin() + 1);
}
term rstr(process&, const term* a) {
  if (!a[1].is_list())
    no_clause_of("rstr", a, 2);
  const terms all = take_list(a[0], "rstr", a, 2);
  const terms wanted = take_list(a[1], "rstr", a, 2);
  const auto found = std::find_end(all.begin(), all.end(), wanted.begin(), wanted.end());
  return wanted.empty() || found == all.end() ? term(0) : term(found - all.begin() + 1);
}
term span_of(const term* a, const char* name, bool inside) {
  const terms all = take_list(a[0], name, a, 2);
  const terms set = take_list(a[1], name, a, 2);
  std::size_t count = 0;
  while (count < all.size() && (std::find(set.begin(), set.end(), all[count]) != set.end()) == inside)
    ++count;
  return count;
}
term span(process&, const term* a) {
  return span_of(a, "span", true);
}
term cspan(process&, const term* a) {
  return span_of(a, "cspan", false);
}

term substr(process&, const term* a) {
  const auto start = static_cast<std::size_t>(take_number(a[1], 1, "substr", a, 2));
  const terms all = take_list(a[0], "substr", a, 2);
  if (start > all.size() + 1)
    no_clause(string_module, "substr2", {term{}, start - all.size()});
  return sub(all, start - 1, all.size());
}
term substr_length(process&, const term* a) {
  const auto start = static_cast<std::size_t>(take_number(a[1], 1, "substr", a, 3));
  const auto count = static_cast<std::size_t>(take_number(a[2], 0, "substr", a, 3));
  const terms all = take_list(a[0], "substr", a, 3);
  if (start > all.size() + 1)
    no_clause(string_module, "substr2", {term{}, start - all.size()});
  return sub(all, start - 1, std::min(all.size(), start - 1 + count));
}
term sub_string(process& self, const term* a) {
  return substr(self, a);
}
term sub_string_to(process& self, const term* a) {
  if (!a[1].is_integer() || !a[2].is_integer())
    no_clause_of("sub_string", a, 3);
  const term with_length[] = {a[0], a[1], add(subtract(a[2], a[1]), 1)};
  return substr_length(self, with_length);
}

terms stripped(terms all, const term& character, bool left, bool right) {
  std::size_t from = 0;
  std::size_t to = all.size();
  while (left && from < to && all[from] == character)
    ++from;
  while (right && to > from && all[to - 1] == character)
    --to;
  return {all.begin() + static_cast<std::ptrdiff_t>(from), all.begin() + static_cast<std::ptrdiff_t>(to)};
}
term strip_any(const term* a, const term& side, const term& character) {
  const bool left = side == "left"_atom || side == "both"_atom;
  const bool right = side == "right"_atom || side == "both"_atom;
  if (!left && !right)
    no_clause(string_module, "strip", {a[0], side, character});
  if (!character.is_integer())
    no_clause(string_module, left ? "strip_left" : "strip_right", {a[0], character});
  const unrolled all = unroll(a[0]);
  if (!all.rest.is_nil())
    no_clause(string_module, left ? "strip_left" : "strip_right", {all.rest, character});
  return list_from(stripped(all.elements, character, left, right));
}
term strip(process&, const term* a) {
  return strip_any(a, "both", 32);
}
term strip_side(process&, const term* a) {
  return strip_any(a, a[1], 32);
}
term strip_char(process&, const term* a) {
  return strip_any(a, a[1], a[2]);
}

term tokens(process&, const term* a) {
  if (!a[1].is_list())
    no_case(a[1], string_module, "tokens", 2);
  const terms separators = take_list(a[1], "tokens", a, 2);
  if (!is_proper(a[0]))
    no_clause("lists", "reverse", {a[0]});
  terms made;
  terms token;
  for (const term& element : unroll(a[0]).elements) {
    if (std::find(separators.begin(), separators.end(), element) == separators.end()) {
      token.push_back(element);
    } else if (!token.empty()) {
      made.push_back(list_from(token));
      token.clear();
    }
  }
  if (!token.empty())
    made.push_back(list_from(token));
  return list_from(made);
}
term join(process&, const term* a) {
  if (!a[0].is_list())
    no_clause_of("join", a, 2);
  const unrolled parts = unroll(a[0]);
  if (!parts.rest.is_nil())
    raise_at(tuple("bad_generator", parts.rest), string_module, "-join/2-lc$^0/1-0-", 2);
  term made;
  for (std::size_t i = parts.elements.size(); i-- > 0;) {
    const term& part = parts.elements[i];
    const bool last = i + 1 == parts.elements.size();
    unrolled all = unroll(part);
    if (last && i > 0) {  // the last one is any term, as the right side of ++
      made = part;
    } else {
      if (!all.rest.is_nil())
        raise_in("badarg", "erlang", "++", {part, made});
      made = list_from(all.elements, made);
    }
    if (i == 0)
      break;
    unrolled separator = unroll(a[1]);
    if (!separator.rest.is_nil())
      raise_in("badarg", "erlang", "++", {a[1], made});
    made = list_from(separator.elements, made);
  }
  return made;
}

/// Words are what a run of the character separates; as OTP counts, there is always one.
std::vector<terms> words_of(const terms& all, const term& character) {
  std::vector<terms> words(1);
  for (const term& element : stripped(all, character, true, true)) {
    if (!(element == character))
      words.back().push_back(element);
    else if (!words.back().empty())
      words.emplace_back();
  }
  return words;
}
term count_words(const term* a, const term& character) {
  const unrolled all = unroll(a[0]);
  if (!all.rest.is_nil() || !character.is_integer())
    no_clause(string_module, "strip_left", {all.rest, character});
  return words_of(all.elements, character).size();
}
term words(process&, const term* a) {
  return count_words(a, 32);
}
term words_by(process&, const term* a) {
  return count_words(a, a[1]);
}
term word_number(const term* a, const term& character) {
  if (!a[1].is_integer() || !character.is_integer())
    no_clause(string_module, "sub_word", {a[0], a[1], character});
  const unrolled all = unroll(a[0]);
  if (!all.rest.is_nil() || less(a[1], 1))
    no_clause(string_module, "s_word", {a[0], a[1], character, 1, term{}});
  const std::vector<terms> found = words_of(all.elements, character);
  if (!a[1].is_int64() || static_cast<std::size_t>(a[1].as_int64()) > found.size())
    return {};
  terms word = found[static_cast<std::size_t>(a[1].as_int64() - 1)];
  return list_from(word);
}
term sub_word(process&, const term* a) {
  return word_number(a, 32);
}
term sub_word_by(process&, const term* a) {
  return word_number(a, a[2]);
}

term chars_onto(const term* a, const term& tail) {
  if (!a[1].is_number())
    raise_at("badarith", string_module, "chars", 3);
  if (!a[0].is_integer() || !a[1].is_integer() || less(a[1], 0))
    no_clause(string_module, "chars", {a[0], a[1], tail});
  if (!a[1].is_int64() || a[1].as_int64() > elements_limit)
    raise_error("system_limit");
  return list_from(terms(static_cast<std::size_t>(a[1].as_int64()), a[0]), tail);
}
term chars(process&, const term* a) {
  return chars_onto(a, {});
}
term chars_tail(process&, const term* a) {
  return chars_onto(a, a[2]);
}
term copies(process&, const term* a) {
  const std::int64_t count = take_number(a[1], 0, "copies", a, 2);
  const terms all = take_list(a[0], "copies", a, 2);
  if (!all.empty() && count > elements_limit / static_cast<std::int64_t>(all.size()))
    raise_error("system_limit");
  terms made;
  for (std::int64_t i = 0; i < count && !all.empty(); ++i)
    made.insert(made.end(), all.begin(), all.end());
  return list_from(made);
}

/// left, right and centre: cut or filled to a length.
struct fitted {
  terms all;
  std::size_t length;
};
fitted take_fitted(const term* a, const term& fill, const char* name) {
  if (!fill.is_integer() || !a[1].is_integer())
    no_clause(string_module, name, {a[0], a[1], fill});
  if (less(a[1], 0))
    no_clause(string_module, "substr", {a[0], 1, a[1]});
  const auto length = static_cast<std::size_t>(take_number(a[1], 0, name, a, 2));
  if (!is_proper(a[0]))
    raise_in("badarg", "erlang", "length", {a[0]});
  return {unroll(a[0]).elements, length};
}
term left_fitted(const term* a, const term& fill) {
  fitted how = take_fitted(a, fill, "left");
  how.all.resize(how.length, fill);
  return list_from(how.all);
}
term left(process&, const term* a) {
  return left_fitted(a, 32);
}
term left_with(process&, const term* a) {
  return left_fitted(a, a[2]);
}
term right_fitted(const term* a, const term& fill) {
  fitted how = take_fitted(a, fill, "right");
  if (how.all.size() >= how.length)
    return sub(how.all, how.all.size() - how.length, how.all.size());
  how.all.insert(how.all.begin(), how.length - how.all.size(), fill);
  return list_from(how.all);
}
term right(process&, const term* a) {
  return right_fitted(a, 32);
}
term right_with(process&, const term* a) {
  return right_fitted(a, a[2]);
}
term centre_fitted(const term* a, const term& fill) {
  fitted how = take_fitted(a, fill, "centre");
  if (how.length == 0)
    return {};
  if (how.all.size() > how.length) {
    const std::size_t from = (how.all.size() - how.length) / 2;
    return sub(how.all, from, from + how.length);
  }
  const std::size_t before = (how.length - how.all.size()) / 2;
  how.all.insert(how.all.begin(), before, fill);
  how.all.resize(how.length, fill);
  return list_from(how.all);
}
term centre(process&, const term* a) {
  return centre_fitted(a, 32);
}
term centre_with(process&, const term* a) {
  return centre_fitted(a, a[2]);
}

/// The case of Latin-1 alone, as these functions always had it; other elements stay.
term shifted(const term& element, bool up) {
  if (!element.is_int64())
    return element;
  const std::int64_t code = element.as_int64();
  const std::int64_t from = up ? 32 : 0;
  const bool letter =
      (code >= 'A' + from && code <= 'Z' + from) || (code >= 0xC0 + from && code <= 0xDE + from && code != 0xD7 + from);
  return letter ? term(code + (up ? -32 : 32)) : element;
}
term in_case(const term* a, bool up, const char* name) {
  if (a[0].is_integer())
    return shifted(a[0], up);
  if (!a[0].is_list())
    no_clause_of(name, a, 1);
  terms all = take_list(a[0], name, a, 1);
  for (term& element : all)
    element = shifted(element, up);
  return list_from(all);
}
term to_upper(process&, const term* a) {
  return in_case(a, true, "to_upper");
}
term to_lower(process&, const term* a) {
  return in_case(a, false, "to_lower");
}

constexpr native functions[] = {
    {string_module, "centre", 2, centre, "centre(String, Number)", "In the middle of that many characters."},
    {string_module, "centre", 3, centre_with, "centre(String, Number, Character)", "Filled with the character."},
    {string_module, "chars", 2, chars, "chars(Character, Number)", "The character that many times."},
    {string_module, "chars", 3, chars_tail, "chars(Character, Number, Tail)", "And then Tail."},
    {string_module, "chr", 2, chr, "chr(String, Character)", "Position of the first such character, or 0."},
    {string_module, "concat", 2, concat, "concat(String1, String2)", "String1 ++ String2."},
    {string_module, "copies", 2, copies, "copies(String, Number)", "The string that many times."},
    {string_module, "cspan", 2, cspan, "cspan(String, Chars)", "How many at the front are not of Chars."},
    {string_module, "join", 2, join, "join(StringList, Separator)", "The strings with the separator between any two."},
    {string_module, "left", 2, left, "left(String, Number)", "The first characters, filled with spaces."},
    {string_module, "left", 3, left_with, "left(String, Number, Character)", "Filled with the character."},
    {string_module, "len", 1, len, "len(String)", "How many elements the list has."},
    {string_module, "rchr", 2, rchr, "rchr(String, Character)", "Position of the last such character, or 0."},
    {string_module, "right", 2, right, "right(String, Number)", "The last characters, filled with spaces."},
    {string_module, "right", 3, right_with, "right(String, Number, Character)", "Filled with the character."},
    {string_module, "rstr", 2, rstr, "rstr(String, SubString)", "Position of the last match, or 0."},
    {string_module, "span", 2, span, "span(String, Chars)", "How many at the front are of Chars."},
    {string_module, "str", 2, str, "str(String, SubString)", "Position of the first match, or 0."},
    {string_module, "strip", 1, strip, "strip(String)", "Without spaces at both ends."},
    {string_module, "strip", 2, strip_side, "strip(String, Direction)", "Direction: left, right, both."},
    {string_module, "strip", 3, strip_char, "strip(String, Direction, Character)", "Without that character."},
    {string_module, "sub_string", 2, sub_string, "sub_string(String, Start)", "From position Start on."},
    {string_module, "sub_string", 3, sub_string_to, "sub_string(String, Start, Stop)", "Positions Start to Stop."},
    {string_module, "sub_word", 2, sub_word, "sub_word(String, Number)", "Word number Number, from 1."},
    {string_module, "sub_word", 3, sub_word_by, "sub_word(String, Number, Character)",
     "The character separates words."},
    {string_module, "substr", 2, substr, "substr(String, Start)", "From position Start on."},
    {string_module, "substr", 3, substr_length, "substr(String, Start, Length)", "Length characters from Start on."},
    {string_module, "to_lower", 1, to_lower, "to_lower(StringOrCharacter)", "In small letters; Latin-1."},
    {string_module, "to_upper", 1, to_upper, "to_upper(StringOrCharacter)", "In capital letters; Latin-1."},
    {string_module, "tokens", 2, tokens, "tokens(String, Separators)", "The parts between separators; none is empty."},
    {string_module, "words", 1, words, "words(String)", "How many words there are."},
    {string_module, "words", 2, words_by, "words(String, Character)", "The character separates words."},
};
}  // namespace

std::span<const native> string_list() {
  return functions;
}
}  // namespace twinslot::library
