// runtime/console/library/erlang_text.cpp - erlang: atoms and numbers as text, and back.
#include "runtime/console/library/arguments.hpp"
#include "runtime/console/library/number_text.hpp"
#include "runtime/console/library/tables.hpp"
#include "runtime/term/atom_table.hpp"

#include <algorithm>
#include <optional>

namespace twinslot::library {
namespace {

constexpr auto erlang = "erlang";
constexpr std::size_t atom_limit = 255;  // characters

/// A proper list of code points as UTF-8, or badarg.
std::string take_string(const term& value) {
  std::string text;
  for (const term& code : proper(value)) {
    const std::int64_t number = take_integer(code, 0, 0x10FFFF);
    if (number >= 0xD800 && number < 0xE000)
      raise_badarg();
    append_utf8(text, static_cast<char32_t>(number));
  }
  return text;
}

bool is_valid_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t before = at;
    if (next_code_point(text, at) >= 0x80 && at == before + 1)
      return false;
  }
  return true;
}

atom atom_from(const std::string& text, bool must_exist) {
  std::size_t characters = 0;
  for (std::size_t at = 0; at < text.size(); ++characters)
    next_code_point(text, at);
  if (characters > atom_limit)
    must_exist ? raise_badarg() : raise_error("system_limit");
  if (!must_exist)
    return make_atom(text);
  const std::optional<atom> known = existing_atom(text);
  if (!known)
    raise_badarg();
  return *known;
}

/// A binary in the encoding named: utf8, unicode or latin1.
std::string take_encoded(const term& bytes, const term& encoding) {
  const std::string_view text = take_binary(bytes);
  if (encoding == "latin1"_atom) {
    std::string utf8;
    for (char c : text)
      append_utf8(utf8, static_cast<unsigned char>(c));
    return utf8;
  }
  if ((encoding != "utf8"_atom && encoding != "unicode"_atom) || !is_valid_utf8(text))
    raise_badarg();
  return std::string(text);
}

term atom_to_list(process&, const term* a) {
  return string(take_atom(a[0]).text());
}
term atom_to_binary(process&, const term* a) {
  return binary(take_atom(a[0]).text());
}
term atom_to_binary_as(process&, const term* a) {
  const std::string_view text = take_atom(a[0]).text();
  if (a[1] == "utf8"_atom || a[1] == "unicode"_atom)
    return binary(text);
  if (a[1] != "latin1"_atom)
    raise_badarg();
  std::string latin1;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t code = next_code_point(text, at);
    if (code > 255)
      raise_badarg();
    latin1.push_back(static_cast<char>(code));
  }
  return binary(latin1);
}
term list_to_atom(process&, const term* a) {
  return atom_from(take_string(a[0]), false);
}
term list_to_existing_atom(process&, const term* a) {
  return atom_from(take_string(a[0]), true);
}
term binary_to_atom(process&, const term* a) {
  return atom_from(take_encoded(a[0], "utf8"), false);
}
term binary_to_atom_as(process&, const term* a) {
  return atom_from(take_encoded(a[0], a[1]), false);
}
term binary_to_existing_atom(process&, const term* a) {
  return atom_from(take_encoded(a[0], "utf8"), true);
}
term binary_to_existing_atom_as(process&, const term* a) {
  return atom_from(take_encoded(a[0], a[1]), true);
}

std::string digits_of(const term& integer, const term& base) {
  if (!integer.is_integer())
    raise_badarg();
  std::string digits = integer_text(integer, static_cast<int>(take_integer(base, 2, 36)));
  std::transform(digits.begin(), digits.end(), digits.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return digits;
}
term integer_to_list(process&, const term* a) {
  return string(digits_of(a[0], 10));
}
term integer_to_list_base(process&, const term* a) {
  return string(digits_of(a[0], a[1]));
}
term integer_to_binary(process&, const term* a) {
  return binary(digits_of(a[0], 10));
}
term integer_to_binary_base(process&, const term* a) {
  return binary(digits_of(a[0], a[1]));
}
term integer_from(std::string_view digits, const term& base) {
  return parse_integer(digits, static_cast<int>(take_integer(base, 2, 36)));
}
term list_to_integer(process&, const term* a) {
  return integer_from(take_string(a[0]), 10);
}
term list_to_integer_base(process&, const term* a) {
  return integer_from(take_string(a[0]), a[1]);
}
term binary_to_integer(process&, const term* a) {
  return integer_from(take_binary(a[0]), 10);
}
term binary_to_integer_base(process&, const term* a) {
  return integer_from(take_binary(a[0]), a[1]);
}

std::string float_digits(const term& value, const term& options) {
  if (!value.is_float())
    raise_badarg();
  float_format how;
  for (const term& option : proper(options)) {
    if (option == "short"_atom)
      how.style = float_format::shortest;
    else if (option == "compact"_atom)
      how.compact = true;
    else if (option.is_tagged("decimals"_atom, 2))
      how = {float_format::decimals, static_cast<int>(take_integer(option[1], 0, 253)), how.compact};
    else if (option.is_tagged("scientific"_atom, 2))
      how = {float_format::scientific, static_cast<int>(take_integer(option[1], 0, 249)), how.compact};
    else
      raise_badarg();
  }
  std::string text = text_of_float(value.as_float(), how);
  if (text.size() > 255)  // OTP's buffer
    raise_badarg();
  return text;
}
term float_to_list(process&, const term* a) {
  return string(float_digits(a[0], {}));
}
term float_to_list_with(process&, const term* a) {
  return string(float_digits(a[0], a[1]));
}
term float_to_binary(process&, const term* a) {
  return binary(float_digits(a[0], {}));
}
term float_to_binary_with(process&, const term* a) {
  return binary(float_digits(a[0], a[1]));
}
term float_from(std::string_view text) {
  const std::optional<double> value = parse_float(text);
  if (!value)
    raise_badarg();
  return *value;
}
term list_to_float(process&, const term* a) {
  return float_from(take_string(a[0]));
}
term binary_to_float(process&, const term* a) {
  return float_from(take_binary(a[0]));
}

constexpr native functions[] = {
    {erlang, "atom_to_binary", 1, atom_to_binary, "atom_to_binary(Atom)", "An atom's text in UTF-8."},
    {erlang, "atom_to_binary", 2, atom_to_binary_as, "atom_to_binary(Atom, Encoding)", "In latin1, utf8 or unicode."},
    {erlang, "atom_to_list", 1, atom_to_list, "atom_to_list(Atom)", "An atom's text as a string."},
    {erlang, "binary_to_atom", 1, binary_to_atom, "binary_to_atom(Binary)", "The atom of that UTF-8 text."},
    {erlang, "binary_to_atom", 2, binary_to_atom_as, "binary_to_atom(Binary, Encoding)", "The atom of that text."},
    {erlang, "binary_to_existing_atom", 1, binary_to_existing_atom, "binary_to_existing_atom(Binary)",
     "As binary_to_atom/1; badarg if nobody used the atom before."},
    {erlang, "binary_to_existing_atom", 2, binary_to_existing_atom_as, "binary_to_existing_atom(Binary, Encoding)",
     "As binary_to_atom/2; badarg if nobody used the atom before."},
    {erlang, "list_to_atom", 1, list_to_atom, "list_to_atom(String)", "The atom of that text."},
    {erlang, "list_to_existing_atom", 1, list_to_existing_atom, "list_to_existing_atom(String)",
     "As list_to_atom/1; badarg if nobody used the atom before."},
    {erlang, "binary_to_float", 1, binary_to_float, "binary_to_float(Binary)", "<<\"1.5e3\">> as a float."},
    {erlang, "binary_to_integer", 1, binary_to_integer, "binary_to_integer(Binary)", "<<\"-12\">> as an integer."},
    {erlang, "binary_to_integer", 2, binary_to_integer_base, "binary_to_integer(Binary, Base)",
     "Digits of base 2..36."},
    {erlang, "float_to_binary", 1, float_to_binary, "float_to_binary(Float)", "With 20 decimals and an exponent."},
    {erlang, "float_to_binary", 2, float_to_binary_with, "float_to_binary(Float, Options)",
     "Options: {decimals, N}, compact, {scientific, N}, short."},
    {erlang, "float_to_list", 1, float_to_list, "float_to_list(Float)", "With 20 decimals and an exponent."},
    {erlang, "float_to_list", 2, float_to_list_with, "float_to_list(Float, Options)",
     "Options: {decimals, N}, compact, {scientific, N}, short."},
    {erlang, "integer_to_binary", 1, integer_to_binary, "integer_to_binary(Integer)", "Decimal digits."},
    {erlang, "integer_to_binary", 2, integer_to_binary_base, "integer_to_binary(Integer, Base)", "In base 2..36."},
    {erlang, "integer_to_list", 1, integer_to_list, "integer_to_list(Integer)", "Decimal digits as a string."},
    {erlang, "integer_to_list", 2, integer_to_list_base, "integer_to_list(Integer, Base)", "In base 2..36."},
    {erlang, "list_to_float", 1, list_to_float, "list_to_float(String)", "\"1.5e3\" as a float."},
    {erlang, "list_to_integer", 1, list_to_integer, "list_to_integer(String)", "\"-12\" as an integer."},
    {erlang, "list_to_integer", 2, list_to_integer_base, "list_to_integer(String, Base)", "Digits of base 2..36."},
};
}  // namespace

std::span<const native> erlang_text() {
  return functions;
}
}  // namespace twinslot::library
