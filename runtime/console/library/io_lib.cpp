// runtime/console/library/io_lib.cpp - io_lib: what io writes, as characters.
#include "runtime/console/library/arguments.hpp"
#include "runtime/console/library/format_pieces.hpp"
#include "runtime/console/library/tables.hpp"
#include "runtime/console/library/text.hpp"

#include <algorithm>

namespace twinslot::library {
namespace {

constexpr auto io_lib = "io_lib";

term format_text(process&, const term* a) {
  return format_pieces(take_format(a[0]), a[1]);
}
term write(process&, const term* a) {
  return string(to_text_w(a[0]));
}
term write_depth(process&, const term* a) {
  const auto depth = take_integer(a[1], INT32_MIN, INT32_MAX);
  return string(format("~W", list(a[0], depth)));
}
term print(process&, const term* a) {
  return string(to_text_p(a[0]));
}
term print_at(process&, const term* a) {
  const auto column = take_integer(a[1], 0, 10'000);
  const auto width = take_integer(a[2], 1, 1'000'000);
  const auto depth = take_integer(a[3], -1, INT32_MAX);
  return string(to_text_p(a[0], {.width = static_cast<int>(width),
                                 .column = static_cast<int>(column > 0 ? column - 1 : 0),
                                 .depth = static_cast<int>(depth)}));
}
term nl(process&, const term*) {
  return string("\n");
}
term write_atom(process&, const term* a) {
  return string(quoted(take_atom(a[0])));
}

/// A character as it stands between quotes.
void append_escaped(std::u32string& out, char32_t code, char32_t quote) {
  constexpr std::u32string_view special = U"\n\t\v\b\r\f\x1B\x7F";
  constexpr std::u32string_view letters = U"ntvbrfed";
  const std::size_t known = special.find(code);
  if (known != std::u32string_view::npos) {
    out += U'\\';
    out += letters[known];
  } else if (code == quote || code == '\\') {
    out += U'\\';
    out += code;
  } else if (code < 32 || (code > 126 && code < 160)) {
    out += U'\\';
    for (int shift : {6, 3, 0})
      out += static_cast<char32_t>('0' + (code >> shift & 7));
  } else {
    out += code;
  }
}
std::u32string take_characters(const term& value) {
  if (!value.is_list())
    raise_badarg();
  auto read = try_text(value);
  if (!read)
    raise_badarg();
  return read->codes;
}
term quoted_string(const term& value, char32_t quote) {
  std::u32string out(1, quote);
  for (char32_t code : take_characters(value))
    append_escaped(out, code, quote);
  return codes_list(out + quote);
}
term write_string(process&, const term* a) {
  return quoted_string(a[0], '"');
}
term write_string_quote(process&, const term* a) {
  return quoted_string(a[0], static_cast<char32_t>(take_integer(a[1], 1, 126)));
}
term write_char(process&, const term* a) {
  const auto code = static_cast<char32_t>(take_integer(a[0], 0, 0x10FFFF));
  if (code == ' ')
    return string("$\\s");
  std::u32string out = U"$";
  append_escaped(out, code, '\\');
  return codes_list(out);
}

/// True for a proper list of integers that all satisfy it.
template <class Test>
bool all_of_list(const term& list, Test test) {
  term rest = list;
  for (; rest.is_cons(); rest = rest.tail()) {
    const term element = rest.head();
    if (!element.is_int64() || !test(element.as_int64()))
      return false;
  }
  return rest.is_nil();
}
bool is_latin1(std::int64_t code) {
  return code >= 0 && code < 256;
}
bool is_code_point(std::int64_t code) {
  return code >= 0 && code <= 0x10FFFF && !(code >= 0xD800 && code < 0xE000) && code != 0xFFFE && code != 0xFFFF;
}
bool is_printable_latin1(std::int64_t code) {
  return (code >= 32 && code < 127) || (code >= 160 && code < 256) || (code >= 8 && code <= 13) || code == 27;
}
bool is_printable(std::int64_t code) {
  return is_printable_latin1(code) || (code >= 256 && is_code_point(code));
}
bool is_deep(const term& list, bool (*test)(std::int64_t)) {
  terms open{list};
  while (!open.empty()) {
    const term next = std::move(open.back());
    open.pop_back();
    if (next.is_cons()) {
      open.push_back(next.tail());
      if (next.head().is_int64() ? !test(next.head().as_int64()) : !next.head().is_list())
        return false;
      if (next.head().is_list())
        open.push_back(next.head());
    } else if (!next.is_nil()) {
      return false;
    }
  }
  return true;
}

/// Column after the text, where it starts in that column.
term indentation(process&, const term* a) {
  std::int64_t column = take_integer(a[1]);
  for (char32_t code : take_characters(a[0])) {
    if (code == '\n')
      column = 0;
    else if (code == '\t')
      column = (column / 8 + 1) * 8;
    else
      ++column;
  }
  return column;
}
term chars_length(process&, const term* a) {
  return read_text(a[0]).size();
}

template <bool (*Test)(std::int64_t)>
term test_list(process&, const term* a) {
  return all_of_list(a[0], Test);
}
template <bool (*Test)(std::int64_t)>
term test_deep(process&, const term* a) {
  return is_deep(a[0], Test);
}

constexpr native functions[] = {
    {io_lib, "char_list", 1, test_list<is_code_point>, "char_list(Term)", "True for a list of characters."},
    {io_lib, "chars_length", 1, chars_length, "chars_length(Chars)", "How many code points there are."},
    {io_lib, "deep_char_list", 1, test_deep<is_code_point>, "deep_char_list(Term)", "Also with lists in lists."},
    {io_lib, "deep_latin1_char_list", 1, test_deep<is_latin1>, "deep_latin1_char_list(Term)", "Of Latin-1 alone."},
    {io_lib, "format", 2, format_text, "format(Format, Data)", "What io:format would write, as a deep list."},
    {io_lib, "fwrite", 2, format_text, "fwrite(Format, Data)", "The same as format/2."},
    {io_lib, "indentation", 2, indentation, "indentation(String, StartIndent)", "The column after the string."},
    {io_lib, "latin1_char_list", 1, test_list<is_latin1>, "latin1_char_list(Term)", "True for Latin-1 characters."},
    {io_lib, "nl", 0, nl, "nl()", "The characters that end a line."},
    {io_lib, "print", 1, print, "print(Term)", "A term as ~p writes it."},
    {io_lib, "print", 4, print_at, "print(Term, Column, LineLength, Depth)",
     "A term as ~P writes it, from a column on."},
    {io_lib, "printable_latin1_list", 1, test_list<is_printable_latin1>, "printable_latin1_list(Term)",
     "True for printable Latin-1."},
    {io_lib, "printable_list", 1, test_list<is_printable_latin1>, "printable_list(Term)",
     "True for what ~p shows as a string."},
    {io_lib, "printable_unicode_list", 1, test_list<is_printable>, "printable_unicode_list(Term)",
     "True for printable characters."},
    {io_lib, "write", 1, write, "write(Term)", "A term as ~w writes it."},
    {io_lib, "write", 2, write_depth, "write(Term, Depth)", "A term as ~W writes it."},
    {io_lib, "write_atom", 1, write_atom, "write_atom(Atom)", "With quotes where it needs them."},
    {io_lib, "write_char", 1, write_char, "write_char(Char)", "$a, as in source text."},
    {io_lib, "write_string", 1, write_string, "write_string(String)", "In double quotes, as in source text."},
    {io_lib, "write_string", 2, write_string_quote, "write_string(String, Quote)", "In quotes of that kind."},
};
}  // namespace

std::span<const native> io_lib_functions() {
  return functions;
}
}  // namespace twinslot::library
