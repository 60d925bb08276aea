// runtime/term/line.hpp - a term on one line, and where its parts stand on it. For runtime/term alone.
//
// What breaks lines (pretty.cpp) needs the width of every part first, so the whole is written once, in one pass that
// keeps a stack of its own, and broken afterwards.
#pragma once
#include "runtime/term/print.hpp"
#include "runtime/term/spelling.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace twinslot {

/// One part: an element, an entry of a map, a field of a record, a key, a name, a value, or the `...` that stands for
/// the rest.
struct part {
  enum what_kind : std::uint8_t { plain, list, tuple, tagged_tuple, record, field, map, pair, numbers, dots };
  what_kind what;
  bool is_tail;         // what follows the `|` of an improper list
  std::uint64_t begin;  // bytes of the line
  std::uint64_t end;
  std::uint64_t width;  // in characters
  std::uint64_t next;   // index of the part after this one and all that is inside it
};

struct line_options {
  std::int64_t depth = -1;  // deeper parts become `...`; below 0 without limit
  encoding text = encoding::latin1;
  bool pretty = true;  // as ~p: strings as strings; false: as ~w
  bool strings = true;
  bool beyond_latin1 = false;
  bool keep_parts = true;
  const record_fields* records = nullptr;
};

struct line {
  std::string text;
  std::vector<part> parts;  // the whole is part 0; what is inside a part follows it
  std::string_view of(const part& some) const noexcept {
    return std::string_view{text}.substr(some.begin, some.end - some.begin);
  }
};

line write_line(const term& value, const line_options& options);
}  // namespace twinslot
