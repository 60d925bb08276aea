// runtime/console/library/format_pieces.cpp
#include "runtime/console/library/format_pieces.hpp"

#include "runtime/console/library/arguments.hpp"
#include "runtime/console/library/text.hpp"

namespace twinslot::library {
namespace {

/// Arguments that a control sequence takes, besides one for each `*`; -1: there is no such control.
int arguments_of(char control) {
  switch (control) {
    case '~':
    case 'n': return 0;
    case 'W':
    case 'P':
    case 'X':
    case 'x': return 2;
    case 'c':
    case 'f':
    case 'e':
    case 'g':
    case 's':
    case 'w':
    case 'p':
    case 'B':
    case 'b':
    case '#':
    case '+':
    case 'i': return 1;
    default: return -1;
  }
}

struct control_sequence {
  std::size_t end;  // in the format, after it
  int arguments;
  char control;
};
/// ~F.P.PadModC from its tilde on.
control_sequence scan(std::string_view format, std::size_t at) {
  control_sequence found{at + 1, 0, 0};
  const auto look = [&] { return found.end < format.size() ? format[found.end] : '\0'; };
  const auto skip_number = [&] {
    if (look() == '*') {
      ++found.arguments;
      ++found.end;
      return;
    }
    found.end += look() == '-';
    while (look() >= '0' && look() <= '9')
      ++found.end;
  };
  skip_number();
  if (look() == '.') {
    ++found.end;
    skip_number();
    if (look() == '.') {
      ++found.end;
      if (look() == '*') {
        ++found.arguments;
        ++found.end;
      } else if (found.end < format.size()) {
        next_code_point(format, found.end);
      }
    }
  }
  while (look() == 't' || look() == 'l' || look() == 'k' || look() == 'K')
    ++found.end;
  found.control = look();
  const int own = arguments_of(found.control);
  if (own < 0)
    raise_badarg();
  found.arguments += own;
  ++found.end;
  return found;
}

/// Column after this text, where `before` was the one before it.
int column_after(std::string_view text, int before) {
  const std::size_t line_end = text.rfind('\n');
  if (line_end != std::string_view::npos)
    text.remove_prefix(line_end + 1);
  int count = line_end == std::string_view::npos ? before : 0;
  for (std::size_t at = 0; at < text.size(); ++count)
    next_code_point(text, at);
  return count;
}
}  // namespace

std::string take_format(const term& format) {
  if (format.is_atom())
    return std::string(format.as_atom().text());
  std::string text;
  if (!(format.is_list() || format.is_binary()))
    raise_badarg();
  if (!chardata_to_utf8(format, text)) {
    // Latin-1 in a binary, as OTP's older programs have it.
    if (!format.is_binary())
      raise_badarg();
    text.clear();
    for (char c : format.bytes())
      append_utf8(text, static_cast<unsigned char>(c));
  }
  return text;
}

term format_pieces(std::string_view format, const term& arguments) {
  terms left = proper(arguments);
  std::size_t used = 0;
  terms made;
  int column = 0;
  for (std::size_t at = 0; at < format.size();) {
    if (format[at] != '~') {
      const std::size_t before = at;
      made.push_back(static_cast<std::int64_t>(next_code_point(format, at)));
      column = column_after(format.substr(before, at - before), column);
      continue;
    }
    const control_sequence next = scan(format, at);
    if (left.size() - used < static_cast<std::size_t>(next.arguments))
      raise_badarg();
    const term own = list_of(left.data() + used, static_cast<std::size_t>(next.arguments));
    const std::string piece = twinslot::format(format.substr(at, next.end - at), own, column);
    const bool is_atom = next.arguments > 0 && left[used + static_cast<std::size_t>(next.arguments) - 1].is_atom();
    const bool nested =
        std::string_view("pPwW").find(next.control) != std::string_view::npos || (next.control == 's' && !is_atom);
    const term characters = string(piece);
    if (nested)
      made.push_back(characters);
    else
      for (const term& character : characters.elements_of_list())
        made.push_back(character);
    column = column_after(piece, column);
    used += static_cast<std::size_t>(next.arguments);
    at = next.end;
  }
  if (used != left.size())
    raise_badarg();
  return list_from(made);
}
}  // namespace twinslot::library
