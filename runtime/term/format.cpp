// runtime/term/format.cpp - io_lib:format/2.
// Source: OTP 25's io and io_lib_format: their documentation, and their answers where it is silent (tests/term).
#include "runtime/term/arithmetic.hpp"
#include "runtime/term/chardata.hpp"
#include "runtime/term/float_format.hpp"
#include "runtime/term/line.hpp"
#include "runtime/term/print.hpp"
#include "runtime/term/raised.hpp"
#include "runtime/term/utf8.hpp"

#include <algorithm>
#include <optional>

namespace twinslot {
namespace {

constexpr std::int64_t widest = 1 << 26;  // a field of more characters is a mistake, not a wish

/// One control sequence: ~F.P.PadModC
struct sequence {
  std::optional<std::int64_t> width;
  std::optional<std::int64_t> precision;
  bool left = false;
  char32_t pad = ' ';
  bool unicode = false;
  bool strings = true;
};

std::int64_t character_count(std::string_view utf8) noexcept {
  return static_cast<std::int64_t>(count_characters(utf8));
}

std::string repeated(char32_t code, std::int64_t times) {
  if (times < 0 || times > widest)
    raise_badarg();
  std::string one;
  append_utf8(one, code);
  std::string all;
  all.reserve(one.size() * static_cast<std::size_t>(times));
  for (std::int64_t i = 0; i < times; ++i)
    all += one;
  return all;
}

std::string first_characters(std::string_view utf8, std::int64_t count) {
  std::size_t at = 0;
  while (count-- > 0 && at < utf8.size())
    next_code_point(utf8, at);
  return std::string{utf8.substr(0, at)};
}

std::string adjusted(std::string text, std::int64_t padding, const sequence& how) {
  return how.left ? text + repeated(how.pad, padding) : repeated(how.pad, padding) + text;
}

/// What doesn't fit a term's field becomes asterisks.
std::string term_field(std::string text, const sequence& how, std::optional<std::int64_t> precision) {
  if (!how.width && !precision)
    return text;
  const std::int64_t width = how.width.value_or(precision.value_or(0));
  const std::int64_t size = character_count(text);
  const std::int64_t room = std::min(size, std::min(width, precision.value_or(width)));
  if (size > room)
    return adjusted(repeated('*', room), width - room, how);
  return adjusted(std::move(text), width - size, how);
}

/// Text is cut to its field, or padded.
std::string cut_or_padded(std::string text, std::int64_t width, const sequence& how) {
  const std::int64_t size = character_count(text);
  return size > width ? first_characters(text, width) : adjusted(std::move(text), width - size, how);
}

std::string text_field(std::string text, const sequence& how) {
  if (!how.width && !how.precision)
    return text;
  sequence inner = how;
  if (!how.width) {
    inner.left = true;
    return cut_or_padded(std::move(text), *how.precision, inner);
  }
  if (!how.precision || *how.precision == *how.width)
    return cut_or_padded(std::move(text), *how.width, how);
  if (*how.precision > *how.width)
    raise_badarg();
  inner.left = true;
  return adjusted(cut_or_padded(std::move(text), *how.precision, inner), *how.width - *how.precision, how);
}

class formatter {
public:
  formatter(std::string_view format, const term& arguments, int column)
      : format_(format), arguments_(arguments), start_column_(column) {}

  std::string whole() {
    if (!arguments_.is_list())
      raise_badarg();
    while (at_ < format_.size()) {
      const std::size_t tilde = std::min(format_.find('~', at_), format_.size());
      out_ += format_.substr(at_, tilde - at_);
      at_ = tilde + 1;
      if (tilde < format_.size())
        control();
    }
    if (!arguments_.is_nil())
      raise_badarg();
    return std::move(out_);
  }

private:
  char32_t next_character() {
    if (at_ >= format_.size())
      raise_badarg();
    return next_code_point(format_, at_);
  }
  bool accept(char wanted) {
    if (at_ >= format_.size() || format_[at_] != wanted)
      return false;
    ++at_;
    return true;
  }
  term argument() {
    if (!arguments_.is_cons())
      raise_badarg();
    term first = arguments_.head();
    arguments_ = arguments_.tail();
    return first;
  }
  static std::int64_t small(const term& number) {
    if (!number.is_int64() || number.as_int64() > widest || number.as_int64() < -widest)
      raise_badarg();
    return number.as_int64();
  }

  std::optional<std::int64_t> number() {
    if (accept('*'))
      return small(argument());
    std::optional<std::int64_t> value;
    while (at_ < format_.size() && format_[at_] >= '0' && format_[at_] <= '9') {
      value = value.value_or(0) * 10 + (format_[at_++] - '0');
      if (*value > widest)
        raise_badarg();
    }
    return value;
  }

  sequence read_sequence() {
    sequence how;
    how.left = accept('-');
    how.width = number();
    if (how.left && !how.width)
      raise_badarg();
    if (how.width && *how.width < 0) {
      how.left = true;
      how.width = -*how.width;
    } else if (how.left && *how.width == 0) {
      how.left = false;  // -0 is 0
    }
    if (accept('.'))
      how.precision = number();
    if (accept('.')) {
      const bool given = accept('*');
      how.pad = given ? static_cast<char32_t>(small(argument())) : next_character();
    }
    for (;;) {
      if (accept('t'))
        how.unicode = true;
      else if (accept('l'))
        how.strings = false;
      else
        return how;
    }
  }

  void control() {
    const sequence how = read_sequence();
    switch (next_character()) {
      case 'p': return print(argument(), -1, how);
      case 'P': {
        const term value = argument();
        return print(value, depth(), how);
      }
      case 'w': return write(argument(), -1, how);
      case 'W': {
        const term value = argument();
        return write(value, depth(), how);
      }
      case 's': return text(argument(), how);
      case 'e': return floating(argument(), how, float_e);
      case 'f': return floating(argument(), how, float_f);
      case 'g': return floating(argument(), how, float_g);
      case 'b': return integer(argument(), how, {}, true);
      case 'B': return integer(argument(), how, {}, false);
      case 'x': return prefixed_integer(how, true);
      case 'X': return prefixed_integer(how, false);
      case '+': return integer(argument(), how, base_prefix(how), true);
      case '#': return integer(argument(), how, base_prefix(how), false);
      case 'c': return character(argument(), how);
      case '~': return repeat('~', how);
      case 'n': return new_lines(how);
      case 'i': static_cast<void>(argument()); return;
      default: raise_badarg();
    }
  }

  std::int64_t depth() {
    const term limit = argument();
    if (!limit.is_integer())
      raise_badarg();
    return limit.is_int64() ? limit.as_int64() : -1;
  }

  /// The column that the next character will have, from 0.
  int column() const {
    const std::size_t line_start = out_.rfind('\n');
    int column = line_start == out_.npos ? start_column_ : 0;
    for (std::size_t at = line_start == out_.npos ? 0 : line_start + 1; at < out_.size(); ++column)
      if (next_code_point(out_, at) == '\t')
        column = (column + 8) / 8 * 8 - 1;
    return column;
  }

  void print(const term& value, std::int64_t depth, const sequence& how) {
    if (how.left || (how.precision && *how.precision < 0))
      raise_badarg();
    print_layout layout;
    layout.width = static_cast<int>(how.width.value_or(80));
    layout.column = how.precision ? static_cast<int>(std::max<std::int64_t>(*how.precision - 1, 0)) : column();
    layout.depth = static_cast<int>(std::clamp<std::int64_t>(depth, -1, 1 << 30));
    layout.strings = how.strings;
    layout.unicode = how.unicode;
    out_ += to_text_p(value, layout);
  }

  void write(const term& value, std::int64_t depth, const sequence& how) {
    std::string text = "...";
    if (depth != 0)
      text = write_line(value, {.depth = depth,
                                .text = how.unicode ? encoding::unicode : encoding::latin1,
                                .pretty = false,
                                .keep_parts = false})
                 .text;
    out_ += term_field(std::move(text), how, how.precision);
  }

  void text(const term& value, const sequence& how) {
    std::string utf8;
    if (value.is_atom())
      utf8 = atom_characters(value.as_atom(), how.unicode);
    else if (!append_chardata(utf8, value, how.unicode ? chars::unicode : chars::latin1))
      raise_badarg();
    out_ += text_field(std::move(utf8), how);
  }

  static std::string atom_characters(atom name, bool unicode) {
    const std::string_view characters = name.text();
    for (std::size_t at = 0; !unicode && at < characters.size();)
      if (next_code_point(characters, at) > 255)
        raise_badarg();
    return std::string{characters};
  }

  void floating(const term& value, const sequence& how, std::string (*digits)(double, std::int64_t)) {
    if (!value.is_float())
      raise_badarg();
    const std::string text = digits(value.as_float(), how.precision.value_or(6));
    if (text.empty())
      raise_badarg();
    out_ += how.width ? term_field(text, how, how.width) : text;
  }

  static int base(const sequence& how) {
    const std::int64_t given = how.precision.value_or(10);
    if (given < 2 || given > 36)
      raise_badarg();
    return static_cast<int>(given);
  }
  static std::string base_prefix(const sequence& how) { return std::to_string(base(how)) + "#"; }

  void integer(const term& value, const sequence& how, const std::string& prefix, bool lower_case) {
    if (!value.is_integer())
      raise_badarg();
    std::string digits = integer_text(value, base(how));
    if (!lower_case)
      for (char& c : digits)
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    const bool negative = digits[0] == '-';
    out_ += term_field((negative ? "-" : "") + prefix + digits.substr(negative), how, {});
  }

  void prefixed_integer(const sequence& how, bool lower_case) {
    const term value = argument();
    const term prefix = argument();
    std::string characters;
    if (prefix.is_atom())
      characters = std::string{prefix.as_atom().text()};
    else if (!prefix.is_list() || !append_chardata(characters, prefix, chars::unicode))
      raise_badarg();
    integer(value, how, characters, lower_case);
  }

  void character(const term& value, const sequence& how) {
    if (!value.is_integer())
      raise_badarg();
    const std::int64_t code = how.unicode ? (value.is_int64() ? value.as_int64() : -1) : bit_and(value, 255).as_int64();
    if (code < 0 || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
      raise_badarg();
    repeat(static_cast<char32_t>(code), how);
  }

  void repeat(char32_t code, const sequence& how) {
    const std::int64_t times = how.precision.value_or(how.width.value_or(1));
    if (how.width && how.precision && *how.width < *how.precision)
      raise_badarg();
    std::string text = repeated(code, times);
    out_ += how.width ? adjusted(std::move(text), *how.width - times, how) : text;
  }

  void new_lines(const sequence& how) {
    if (how.left)
      raise_badarg();
    out_ += repeated('\n', how.width.value_or(1));
  }

  const std::string_view format_;
  term arguments_;
  const int start_column_;
  std::size_t at_ = 0;
  std::string out_;
};
}  // namespace

std::string format(std::string_view format, const term& arguments, int column) {
  return formatter{format, arguments, column}.whole();
}
}  // namespace twinslot
