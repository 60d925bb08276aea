// runtime/console/library/unicode.cpp - unicode: chardata from one encoding to another.
//
// What can't be read ends the work: {error, Done, Rest}, or {incomplete, Done, Rest} where a binary at the very end
// stops in the middle of a character.
#include "runtime/console/library/arguments.hpp"
#include "runtime/console/library/tables.hpp"
#include "runtime/console/library/text.hpp"

namespace twinslot::library {
namespace {

constexpr auto unicode_module = "unicode";

struct encoding {
  enum { latin1, utf8, utf16, utf32 } what = utf8;
  bool little = false;
};
encoding take_encoding(const term& name) {
  if (name == "latin1"_atom)
    return {encoding::latin1, false};
  if (name == "unicode"_atom || name == "utf8"_atom)
    return {encoding::utf8, false};
  const bool pair = name.is_tuple(2) && (name[1] == "big"_atom || name[1] == "little"_atom);
  const term& base = pair ? name[0] : name;
  if (base != "utf16"_atom && base != "utf32"_atom)
    raise_badarg();
  return {base == "utf16"_atom ? encoding::utf16 : encoding::utf32, pair && name[1] == "little"_atom};
}

bool is_character(std::int64_t code) {
  return code >= 0 && code <= 0x10FFFF && !(code >= 0xD800 && code < 0xE000);
}

enum class reading { complete, bad, incomplete };

/// How many bytes of an unfinished UTF-8 character `bytes` consists of alone; false if it can't become one.
bool may_continue(std::string_view bytes) {
  const auto first = static_cast<unsigned char>(bytes[0]);
  const std::size_t wanted = first >= 0xF0 && first <= 0xF4  ? 4
                             : first >= 0xE0 && first < 0xF0 ? 3
                             : first >= 0xC2 && first < 0xE0 ? 2
                                                             : 0;
  if (bytes.size() >= wanted)
    return false;
  for (char c : bytes.substr(1))
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80)
      return false;
  return true;
}

reading read_utf8(std::u32string& out, std::string_view bytes, std::size_t& at) {
  while (at < bytes.size()) {
    const std::size_t before = at;
    const char32_t code = next_code_point(bytes, at);
    if (code < 0x80 || at > before + 1) {
      out.push_back(code);
      continue;
    }
    at = before;
    return may_continue(bytes.substr(at)) ? reading::incomplete : reading::bad;
  }
  return reading::complete;
}

reading read_wide(std::u32string& out, std::string_view bytes, std::size_t& at, encoding from) {
  const std::size_t unit = from.what == encoding::utf16 ? 2 : 4;
  const auto unit_at = [&](std::size_t position) {
    char32_t value = 0;
    for (std::size_t i = 0; i < unit; ++i)
      value = value << 8 | static_cast<unsigned char>(bytes[position + (from.little ? unit - 1 - i : i)]);
    return value;
  };
  while (at < bytes.size()) {
    if (bytes.size() - at < unit)
      return reading::incomplete;
    char32_t code = unit_at(at);
    std::size_t used = unit;
    if (unit == 2 && code >= 0xD800 && code < 0xDC00) {
      if (bytes.size() - at < 4)
        return reading::incomplete;
      const char32_t low = unit_at(at + 2);
      if (low < 0xDC00 || low > 0xDFFF)
        return reading::bad;
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
      used = 4;
    }
    if (!is_character(code))
      return reading::bad;
    out.push_back(code);
    at += used;
  }
  return reading::complete;
}

reading read_binary(std::u32string& out, std::string_view bytes, std::size_t& at, encoding from) {
  if (from.what == encoding::utf8)
    return read_utf8(out, bytes, at);
  if (from.what != encoding::latin1)
    return read_wide(out, bytes, at, from);
  for (; at < bytes.size(); ++at)
    out.push_back(static_cast<unsigned char>(bytes[at]));
  return reading::complete;
}

struct read_result {
  std::u32string codes;
  reading how = reading::complete;
  term rest;
};

/// What was not read: the rest of the innermost part, then of the lists around it.
term rest_of(term innermost, const terms& open) {
  for (std::size_t i = open.size(); i-- > 0;)
    if (!open[i].is_nil())
      innermost = list(innermost, open[i]);
  return innermost;
}

read_result read(const term& data, encoding from) {
  if (!data.is_list() && !data.is_binary())
    raise_badarg();
  read_result result;
  terms open{data};  // what is still to be read; the last is next
  while (!open.empty()) {
    const term next = std::move(open.back());
    open.pop_back();
    if (next.is_nil())
      continue;
    if (next.is_binary()) {
      std::size_t at = 0;
      result.how = read_binary(result.codes, next.bytes(), at, from);
      if (result.how == reading::complete)
        continue;
      for (const term& later : open)
        if (!later.is_nil())
          result.how = reading::bad;  // not at the very end
      result.rest = rest_of(binary(next.bytes().substr(at)), open);
      return result;
    }
    if (!next.is_cons())
      raise_badarg();
    const term head = next.head();
    if (head.is_int64()) {
      const std::int64_t limit = from.what == encoding::latin1 ? 255 : 0x10FFFF;
      if (!is_character(head.as_int64()) || head.as_int64() > limit) {
        result.how = reading::bad;
        result.rest = rest_of(next, open);
        return result;
      }
      result.codes.push_back(static_cast<char32_t>(head.as_int64()));
      open.push_back(next.tail());
    } else if (head.is_list() || head.is_binary()) {
      open.push_back(next.tail());
      open.push_back(head);
    } else {
      raise_badarg();
    }
  }
  return result;
}

void append_wide(std::string& out, char32_t code, encoding to) {
  const auto put = [&](char32_t unit, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i)
      out.push_back(static_cast<char>(unit >> 8 * (to.little ? i : size - 1 - i)));
  };
  if (to.what == encoding::utf32) {
    put(code, 4);
  } else if (code >= 0x10000) {
    put(0xD800 + ((code - 0x10000) >> 10), 2);
    put(0xDC00 + ((code - 0x10000) & 0x3FF), 2);
  } else {
    put(code, 2);
  }
}

/// The code points in an encoding; stops before the first that it has no place for.
std::string encode(std::u32string_view codes, encoding to, std::size_t& done) {
  std::string out;
  for (done = 0; done < codes.size(); ++done) {
    if (to.what == encoding::utf8)
      append_utf8(out, codes[done]);
    else if (to.what != encoding::latin1)
      append_wide(out, codes[done], to);
    else if (codes[done] < 256)
      out.push_back(static_cast<char>(codes[done]));
    else
      break;
  }
  return out;
}

term outcome(const read_result& result, term done) {
  if (result.how == reading::complete)
    return done;
  return tuple(result.how == reading::bad ? "error"_atom : "incomplete"_atom, done, result.rest);
}

term to_list(const term& data, encoding from) {
  const read_result result = read(data, from);
  return outcome(result, codes_list(result.codes));
}
term characters_to_list(process&, const term* a) {
  return to_list(a[0], {});
}
term characters_to_list_from(process&, const term* a) {
  return to_list(a[0], take_encoding(a[1]));
}
term to_binary(const term& data, encoding from, encoding to) {
  const read_result result = read(data, from);
  std::size_t done = 0;
  const term encoded = binary(encode(result.codes, to, done));
  if (done < result.codes.size())
    return tuple("error", encoded, list(codes_list(std::u32string_view(result.codes).substr(done))));
  return outcome(result, encoded);
}
term characters_to_binary(process&, const term* a) {
  return to_binary(a[0], {}, {});
}
term characters_to_binary_from(process&, const term* a) {
  return to_binary(a[0], take_encoding(a[1]), {});
}
term characters_to_binary_to(process&, const term* a) {
  return to_binary(a[0], take_encoding(a[1]), take_encoding(a[2]));
}

constexpr native functions[] = {
    {unicode_module, "characters_to_binary", 1, characters_to_binary, "characters_to_binary(Data)", "In UTF-8."},
    {unicode_module, "characters_to_binary", 2, characters_to_binary_from, "characters_to_binary(Data, InEncoding)",
     "Binaries in the data are in InEncoding: latin1, utf8, utf16, utf32 ..."},
    {unicode_module, "characters_to_binary", 3, characters_to_binary_to,
     "characters_to_binary(Data, InEncoding, OutEncoding)", "From one encoding to another."},
    {unicode_module, "characters_to_list", 1, characters_to_list, "characters_to_list(Data)",
     "The code points of chardata."},
    {unicode_module, "characters_to_list", 2, characters_to_list_from, "characters_to_list(Data, InEncoding)",
     "Binaries in the data are in InEncoding."},
};
}  // namespace

std::span<const native> unicode_functions() {
  return functions;
}
}  // namespace twinslot::library
