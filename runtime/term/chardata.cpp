// runtime/term/chardata.cpp - deep lists of characters and binaries, flattened without recursion.
#include "runtime/term/chardata.hpp"

#include "runtime/term/print.hpp"
#include "runtime/term/utf8.hpp"

#include <vector>

namespace twinslot {
namespace {

bool is_valid_utf8(std::string_view bytes) noexcept {
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t before = at;
    if (next_code_point(bytes, at) >= 128 && at - before == 1)
      return false;
  }
  return true;
}

void append_latin1(std::string& out, std::string_view bytes) {
  for (char c : bytes)
    append_utf8(out, static_cast<unsigned char>(c));
}

void append_binary(std::string& out, std::string_view bytes, chars from) {
  if (from == chars::bytes || (from == chars::unicode && is_valid_utf8(bytes)))
    out += bytes;
  else
    append_latin1(out, bytes);
}

bool append_character(std::string& out, const raw_term& element, chars from) {
  if (element.what != kind::integer || element.integer < 0 ||
      element.integer > (from == chars::unicode ? 0x10FFFF : 255))
    return false;
  const auto code = static_cast<char32_t>(element.integer);
  if (code >= 0xD800 && code <= 0xDFFF)
    return false;
  if (from == chars::bytes)
    out += static_cast<char>(code);
  else
    append_utf8(out, code);
  return true;
}
}  // namespace

bool append_chardata(std::string& out, const term& data, chars from) {
  if (data.is_binary()) {
    append_binary(out, data.bytes(), from);
    return true;
  }
  if (!data.is_list())
    return false;
  std::vector<raw_term> open{data.raw()};  // lists of which a rest is still to come, the innermost last
  while (!open.empty()) {
    raw_term& rest = open.back();
    if (rest.what == kind::nil) {
      open.pop_back();
    } else if (rest.what == kind::text) {
      const auto* text = static_cast<const text_cell*>(rest.box);
      const std::string_view bytes{text->bytes + rest.aux, text->size - rest.aux};
      if (from == chars::bytes)
        out += bytes;
      else
        append_latin1(out, bytes);
      open.pop_back();
    } else if (rest.what == kind::list) {
      const auto* cells = static_cast<const list_cell*>(rest.box);
      const raw_term& element = cells->elements[rest.aux];
      if (rest.aux + 1 < cells->size)
        ++rest.aux;
      else
        rest = cells->tail;
      if (element.what == kind::list || element.what == kind::text)
        open.push_back(element);
      else if (element.what == kind::binary && element.aux == 0)
        append_binary(out, term::as_term(element).bytes(), from);
      else if (element.what != kind::nil && !append_character(out, element, from))
        return false;
    } else if (rest.what == kind::binary && rest.aux == 0) {
      append_binary(out, term::as_term(rest).bytes(), from);  // a binary may be the tail
      open.pop_back();
    } else {
      return false;
    }
  }
  return true;
}

bool chardata_to_utf8(const term& data, std::string& out) {
  return append_chardata(out, data, chars::unicode);
}

bool iodata_to_bytes(const term& data, std::string& out) {
  return append_chardata(out, data, chars::bytes);
}
}  // namespace twinslot
