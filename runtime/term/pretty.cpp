// runtime/term/pretty.cpp - breaks a written line into lines as Erlang's ~p does.
//
// The line is written first (line.cpp), so every part knows its width; here each part is put whole if it fits, else
// taken apart. What a part may use is described by where it stands:
//
//     column  1-based column of its first character       indent  spaces that a new line begins with
//     last    closing brackets that must follow it        used    characters of this line without its indentation
//
// Source: OTP 25's io_lib_pretty, whose every choice is to be met (tests/term compares thousands of random terms).
#include "runtime/term/line.hpp"
#include "runtime/term/print.hpp"

#include <algorithm>

namespace twinslot {
namespace {

using count = std::int64_t;

/// Brackets deeper than this are not broken: each level costs stack here, and columns on the screen.
constexpr int level_limit = 1000;

struct place {
  count column;
  count indent;
  count last;
  count used;
};

/// The parts of one compound that are still to be written.
struct siblings {
  std::uint64_t at;
  std::uint64_t end;
};

struct limits {
  count width;
  count characters;
};

class parted {
public:
  parted(const line& whole, limits most) : line_(whole), most_(most) {}

protected:
  const part& at(std::uint64_t index) const noexcept { return line_.parts[index]; }
  const part& first(const siblings& rest) const noexcept { return at(rest.at); }
  siblings inside(std::uint64_t index) const noexcept { return {index + 1, at(index).next}; }
  siblings after(const siblings& rest) const noexcept { return {first(rest).next, rest.end}; }

  static bool is_empty(const siblings& rest) noexcept { return rest.at == rest.end; }
  /// Neither the end, nor `...`, nor what follows a `|`.
  bool has_element(const siblings& rest) const noexcept {
    return !is_empty(rest) && first(rest).what != part::dots && !first(rest).is_tail;
  }
  /// The brackets to follow an element, if it is the last of its compound.
  count last_of(const siblings& rest, count last) const noexcept { return has_element(rest) ? 0 : last + 1; }

  static count width_of(const part& some) noexcept { return static_cast<count>(some.width); }
  bool fits(const part& some, const place& where) const noexcept {
    return width_of(some) < most_.width - where.column - where.last &&
           width_of(some) + where.used + where.last <= most_.characters;
  }
  /// Behind the name.
  std::uint64_t value_of_field(std::uint64_t field) const noexcept { return at(field + 1).next; }
  /// Of a field's name with ` = `.
  count name_width(std::uint64_t field) const noexcept { return width_of(at(field + 1)) + 3; }
  /// Numbers, atoms, strings: may share a line with others of their kind.
  bool is_plain(const part& some) const noexcept { return some.what == part::plain; }
  bool is_plain_entry(const part& entry) const noexcept {
    if (entry.what == part::field)
      return is_plain(at(value_of_field(static_cast<std::uint64_t>(&entry - line_.parts.data()))));
    if (entry.what != part::pair)
      return is_plain(entry);
    const std::uint64_t key = static_cast<std::uint64_t>(&entry - line_.parts.data()) + 1;
    return is_plain(at(key)) && is_plain(at(at(key).next));
  }
  /// Whether `,Element` goes on the line that ends at `column`.
  bool joins_line(const part& element, count column, count last, count used) const noexcept {
    const count width = 1 + width_of(element);
    const count brackets = last == 0 ? 1 : last;
    return width < most_.width - column - brackets && used + width + brackets <= most_.characters &&
           is_plain_entry(element);
  }
  /// Whether `|Tail]` does.
  bool tail_joins_line(const part& tail, count column, count last, count used) const noexcept {
    return width_of(tail) + 1 < most_.width - column - (last + 1) &&
           width_of(tail) + 1 + used + (last + 1) <= most_.characters && is_plain(tail);
  }

  const line& line_;
  const limits most_;
};

/// Tries an indentation of what follows a tuple's tag: -1 behind the tag, 4 four columns in.
class trial : public parted {
public:
  trial(const line& whole, limits most, count tag_indent) : parted(whole, most), tag_indent_(tag_indent) {}

  /// False if something would stand too far to the right.
  bool part_stands(std::uint64_t index, count column, count last, count used, int level) {
    const part& some = at(index);
    if (level > level_limit || fits(some, {column, 0, last, used}))
      return true;
    const siblings content = inside(index);
    switch (some.what) {
      case part::list:
      case part::tuple: return elements_stand(content, column + 1, last, used + 1, level);
      case part::tagged_tuple: return tagged_stand(content, column, last, used + 1, level);
      case part::map: return entries_stand(content, column + 2, last, used + 2, level);
      case part::record: return fields_stand(content, column, last, used, level);
      default: return true;
    }
  }

private:
  bool elements_stand(const siblings& all, count column, count last, count used, int level) {
    if (!has_element(all))
      return true;
    const siblings rest = after(all);
    count width = 0;
    return element_stands(all, column, last_of(rest, last), used, level, width) &&
           rest_stands(rest, column, column + width, last, used + width, level);
  }

  bool element_stands(const siblings& all, count column, count last, count used, int level, count& width) {
    const part& some = first(all);
    width = most_.width;
    if (fits(some, {column, 0, last, used}) && is_plain(some)) {
      width = width_of(some);
      return true;
    }
    return part_stands(all.at, column, last, used, level + 1);
  }

  bool rest_stands(siblings rest, count start, count column, count last, count used, int level) {
    for (; has_element(rest); rest = after(rest)) {
      const count closing = last_of(after(rest), last);
      count width = 1 + width_of(first(rest));
      if (joins_line(first(rest), column, closing, used)) {
        column += width;
        used += width;
        continue;
      }
      if (!element_stands(rest, start, closing, 0, level, width))
        return false;
      column = start + width;
      used = width;
    }
    if (is_empty(rest) || first(rest).what == part::dots || tail_joins_line(first(rest), column, last, used))
      return true;
    return part_stands(rest.at, column, last + 1, 0, level + 1);
  }

  bool tagged_stand(const siblings& all, count column, count last, count used, int level) {
    if (!has_element(all))
      return true;
    const count tag = width_of(first(all));
    const count behind_tag = column + tag + 2;
    if (tag_indent_ > 0 && tag + 2 > tag_indent_) {
      const count start = column + tag_indent_;
      return (most_.characters + start <= most_.width || start <= most_.width / 2) &&
             rest_stands(after(all), start, behind_tag, last, used + tag, level);
    }
    return (most_.characters + behind_tag < most_.width || behind_tag < most_.width / 2) &&
           elements_stand(after(all), behind_tag, last, used + tag + 1, level);
  }

  /// Where what follows `width` characters goes: behind them, or on a line of its own. False: too far to the right.
  bool indent_stands(count width, count& column, count& used) const {
    const bool breaks = tag_indent_ > 0 && width > tag_indent_;
    column += breaks ? tag_indent_ : width;
    if (breaks)
      used = 0;
    return most_.characters + column <= most_.width || column <= most_.width / 2;
  }

  bool fields_stand(const siblings& all, count column, count last, count used, int level) {
    siblings rest = after(all);
    if (!has_element(rest))
      return true;
    const count tag = width_of(first(all)) + 1;
    used += tag;
    if (!indent_stands(tag, column, used))
      return false;
    const count start = column;
    for (bool is_first = true; has_element(rest); rest = after(rest), is_first = false) {
      const count closing = last_of(after(rest), last);
      count width = 1 + width_of(first(rest));
      if (!is_first && joins_line(first(rest), column, closing, used)) {
        column += width;
        used += width;
        continue;
      }
      if (!field_stands(rest.at, start, closing, is_first ? used : 0, level, width))
        return false;
      column = start + width;
      used = is_first ? used + width : width;
    }
    return true;
  }

  bool field_stands(std::uint64_t field, count column, count last, count used, int level, count& width) {
    width = most_.width;
    if (fits(at(field), {column, 0, last, used})) {
      width = is_plain_entry(at(field)) ? width_of(at(field)) : most_.width;
      return true;
    }
    used += name_width(field);
    return indent_stands(name_width(field), column, used) &&
           part_stands(value_of_field(field), column, last, used, level + 1);
  }

  bool entries_stand(const siblings& all, count column, count last, count used, int level) {
    if (!has_element(all))
      return true;
    siblings rest = after(all);
    count width = 0;
    if (!entry_stands(all, column, last_of(rest, last), used, level, width))
      return false;
    count end = column + width;
    used += width;
    for (; has_element(rest); rest = after(rest)) {
      const count closing = last_of(after(rest), last);
      width = 1 + width_of(first(rest));
      if (joins_line(first(rest), end, closing, used)) {
        end += width;
        used += width;
        continue;
      }
      if (!entry_stands(rest, column, closing, 0, level, width))
        return false;
      end = column + width;
      used = width;
    }
    return true;
  }

  bool entry_stands(const siblings& all, count column, count last, count used, int level, count& width) {
    const part& entry = first(all);
    width = most_.width;
    if (fits(entry, {column, 0, last, used})) {
      width = is_plain_entry(entry) ? width_of(entry) : most_.width;
      return true;
    }
    const std::uint64_t key = all.at + 1;
    const count shift = tag_indent_ > 0 ? tag_indent_ : 4;
    return part_stands(key, column, last, used, level + 1) &&
           part_stands(at(key).next, column + shift, last, 0, level + 1);
  }

  const count tag_indent_;
};

class breaker : public parted {
public:
  breaker(const line& whole, limits most, count tag_indent) : parted(whole, most), tag_indent_(tag_indent) {}

  std::string broken(count column) {
    put_part(0, {column, column - 1, 0, 0}, 0);
    return std::move(out_);
  }

private:
  void put_part(std::uint64_t index, place where, int level) {
    const part& some = at(index);
    const siblings content = inside(index);
    if (level > level_limit || fits(some, where))
      return put_whole(some);
    switch (some.what) {
      case part::list:
      case part::tuple:
        out_ += some.what == part::list ? '[' : '{';
        put_elements(content, {where.column + 1, where.indent + 1, where.last, where.used + 1},
                     some.what == part::list ? '|' : ',', level);
        out_ += some.what == part::list ? ']' : '}';
        break;
      case part::tagged_tuple:
        out_ += '{';
        put_tagged(content, {where.column, where.indent, where.last, where.used + 1}, level);
        out_ += '}';
        break;
      case part::map:
        out_ += "#{";
        put_entries(content, {where.column + 2, where.indent + 2, where.last, where.used + 1}, level);
        out_ += '}';
        break;
      case part::record:
        put_record(content, where, level);
        out_ += '}';
        break;
      case part::numbers: put_numbers(some, {where.column + 2, where.indent + 2, where.last, where.used}); break;
      default: put_whole(some);
    }
  }

  void put_whole(const part& some) { out_ += line_.of(some); }
  void new_line(count indent) {
    out_ += '\n';
    out_.append(static_cast<std::size_t>(indent), ' ');
  }

  void put_elements(const siblings& all, const place& where, char before_tail, int level) {
    if (!has_element(all))
      return put_whole(first(all));
    const siblings rest = after(all);
    const count width = put_element(all, {where.column, where.indent, last_of(rest, where.last), where.used}, level);
    put_rest(rest, where, where.column + width, where.used + width, before_tail, level);
  }

  /// The width that it took, or the whole line's where nothing may follow on this line.
  count put_element(const siblings& all, const place& where, int level) {
    const part& some = first(all);
    if (fits(some, where) && is_plain(some)) {
      put_whole(some);
      return width_of(some);
    }
    put_part(all.at, where, level + 1);
    return most_.width;
  }

  /// `where` is the place of a new line's first element; the line goes on at `column`.
  void put_rest(siblings rest, const place& where, count column, count used, char before_tail, int level) {
    for (; has_element(rest); rest = after(rest)) {
      const count closing = last_of(after(rest), where.last);
      out_ += ',';
      if (joins_line(first(rest), column, closing, used)) {
        put_whole(first(rest));
        column += 1 + width_of(first(rest));
        used += 1 + width_of(first(rest));
        continue;
      }
      new_line(where.indent);
      const count width = put_element(rest, {where.column, where.indent, closing, 0}, level);
      column = where.column + width;
      used = width;
    }
    if (is_empty(rest))
      return;
    out_ += before_tail;
    if (first(rest).what == part::dots || tail_joins_line(first(rest), column, where.last, used))
      return put_whole(first(rest));
    new_line(where.indent);
    put_part(rest.at, {where.column, where.indent, where.last + 1, 0}, level + 1);
  }

  void put_tagged(const siblings& all, const place& where, int level) {
    put_whole(first(all));
    if (!has_element(all))
      return;
    const count tag = width_of(first(all));
    const count behind_tag = tag + 2;
    if (tag_indent_ > 0 && behind_tag > tag_indent_) {
      put_rest(after(all), {where.column + tag_indent_, where.indent + tag_indent_, where.last, 0},
               where.column + behind_tag, where.used + tag, ',', level);
    } else {
      out_ += ',';
      put_elements(after(all), {where.column + behind_tag, where.indent + behind_tag, where.last, where.used + tag + 1},
                   ',', level);
    }
  }

  /// The place of what follows `width` characters; on a new line, which is begun, where it is to be indented less.
  place indented(count width, const place& where, bool& breaks) {
    breaks = tag_indent_ > 0 && width > tag_indent_;
    const count shift = breaks ? tag_indent_ : width;
    return {where.column + shift, where.indent + shift, where.last, breaks ? 0 : where.used};
  }

  void put_record(const siblings& all, const place& where, int level) {
    put_whole(first(all));
    out_ += '{';
    siblings rest = after(all);
    if (!has_element(rest))
      return is_empty(rest) ? void() : put_whole(first(rest));
    const count tag = width_of(first(all)) + 1;
    bool breaks = false;
    const place start = indented(tag, {where.column, where.indent, where.last, where.used + tag}, breaks);
    if (breaks)
      new_line(start.indent);
    count width = put_field(rest.at, {start.column, start.indent, last_of(after(rest), where.last), start.used}, level);
    count column = start.column + width;
    count used = start.used + width;
    for (rest = after(rest); has_element(rest); rest = after(rest)) {
      const count closing = last_of(after(rest), where.last);
      out_ += ',';
      if (joins_line(first(rest), column, closing, used)) {
        put_whole(first(rest));
        width = 1 + width_of(first(rest));
        column += width;
        used += width;
        continue;
      }
      new_line(start.indent);
      used = put_field(rest.at, {start.column, start.indent, closing, 0}, level);
      column = start.column + used;
    }
    if (!is_empty(rest))
      out_ += ",...";
  }

  /// As put_element.
  count put_field(std::uint64_t field, const place& where, int level) {
    if (fits(at(field), where)) {
      put_whole(at(field));
      return is_plain_entry(at(field)) ? width_of(at(field)) : most_.width;
    }
    put_whole(at(field + 1));
    const count name = name_width(field);
    bool breaks = false;
    const place behind = indented(name, {where.column, where.indent, where.last, where.used + name}, breaks);
    out_ += breaks ? " =" : " = ";
    if (breaks)
      new_line(behind.indent);
    put_part(value_of_field(field), behind, level + 1);
    return most_.width;
  }

  void put_entries(const siblings& all, const place& where, int level) {
    if (!has_element(all))
      return put_whole(first(all));
    siblings rest = after(all);
    count used = put_entry(all, {where.column, where.indent, last_of(rest, where.last), where.used}, level);
    count column = where.column + used;
    for (; has_element(rest); rest = after(rest)) {
      const count closing = last_of(after(rest), where.last);
      out_ += ',';
      if (joins_line(first(rest), column, closing, used)) {
        put_whole(first(rest));
        column += 1 + width_of(first(rest));
        used += 1 + width_of(first(rest));
        continue;
      }
      new_line(where.indent);
      used = put_entry(rest, {where.column, where.indent, closing, 0}, level);
      column = where.column + used;
    }
    if (!is_empty(rest))
      out_ += ",...";
  }

  count put_entry(const siblings& all, const place& where, int level) {
    const part& entry = first(all);
    if (fits(entry, where)) {
      put_whole(entry);
      return is_plain_entry(entry) ? width_of(entry) : most_.width;
    }
    const std::uint64_t key = all.at + 1;
    const count shift = tag_indent_ > 0 ? tag_indent_ : 4;
    put_part(key, where, level + 1);
    out_ += " =>";
    new_line(where.indent + shift);
    put_part(at(key).next, {where.column + shift, where.indent + shift, where.last, 0}, level + 1);
    return most_.width;
  }

  /// <<1,2,3>>, a number at a time.
  void put_numbers(const part& some, const place& where) {
    const count room =
        std::max<count>(8, std::min(most_.width - where.column, most_.characters - 4 - where.used) - where.last);
    count left = room;
    std::string_view numbers = line_.of(some);
    numbers = numbers.substr(2, numbers.size() - 4);
    out_ += "<<";
    while (!numbers.empty()) {
      const std::size_t comma = numbers.find(',');
      const std::string_view next = numbers.substr(0, comma == numbers.npos ? comma : comma + 1);
      const auto width = static_cast<count>(next.size());
      if (width > left) {
        new_line(where.indent);
        left = room;
      }
      left -= width;
      out_ += next;
      numbers.remove_prefix(next.size());
    }
    out_ += ">>";
  }

  const count tag_indent_;
  std::string out_;
};

count tag_indent(const line& whole, limits most, count column) {
  for (const count indent : {-1, 4})
    if (trial{whole, most, indent}.part_stands(0, column, 0, 0, 0))
      return indent;
  return 1;
}
}  // namespace

std::string to_text_p(const term& value, print_layout layout) {
  if (layout.depth == 0)
    return "...";
  const bool atomic = !value.is_tuple() && !value.is_list() && !value.is_map() && !value.is_bitstring();
  line whole = write_line(value, {.depth = layout.depth,
                                  .text = layout.unicode ? encoding::unicode : encoding::latin1,
                                  .strings = layout.strings,
                                  .beyond_latin1 = layout.printable_unicode,
                                  .keep_parts = layout.width != 0 && !atomic,
                                  .records = layout.records});
  if (layout.width == 0 || atomic)
    return std::move(whole.text);
  const count column = std::max(layout.column, 0) + 1;
  const auto width = static_cast<count>(whole.parts[0].width);
  const limits most{layout.width, layout.line_characters < 0 ? width : layout.line_characters};
  if (width < most.width - column && width <= most.characters)
    return std::move(whole.text);
  return breaker{whole, most, tag_indent(whole, most, column)}.broken(column);
}
}  // namespace twinslot
