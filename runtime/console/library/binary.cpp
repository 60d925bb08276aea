// runtime/console/library/binary.cpp - binary: searching, splitting, replacing and copying bytes.
#include "runtime/console/library/arguments.hpp"
#include "runtime/console/library/bits.hpp"
#include "runtime/console/library/tables.hpp"
#include "runtime/term/list_limit.hpp"

#include <algorithm>

namespace twinslot::library {
namespace {

constexpr auto binary_module = "binary";

struct found_part {
  std::size_t from = 0;
  std::size_t count = 0;
};

/// What is searched for: one binary or several, none of them empty.
std::vector<std::string_view> take_patterns(const term& pattern) {
  std::vector<std::string_view> patterns;
  if (pattern.is_binary()) {
    patterns.push_back(pattern.bytes());
  } else {
    for (const term& each : proper(pattern))
      patterns.push_back(take_binary(each));  // the list keeps the bytes
  }
  for (std::string_view each : patterns)
    if (each.empty())
      raise_badarg();
  if (patterns.empty())
    raise_badarg();
  return patterns;
}

/// The part {Start, Length}; a negative length reaches back.
found_part take_part(const term& start, const term& length, std::size_t limit) {
  const auto most = static_cast<std::int64_t>(limit);
  std::int64_t from = take_integer(start, 0, most);
  std::int64_t count = take_integer(length, -most, most);
  if (count < 0) {
    from += count;
    count = -count;
  }
  if (from < 0 || from + count > most)
    raise_badarg();
  return {static_cast<std::size_t>(from), static_cast<std::size_t>(count)};
}

struct search_options {
  found_part scope;
  bool global = false;
  bool trim = false;
  bool trim_all = false;
  std::vector<std::size_t> insert_replaced;
};
search_options take_options(const term& options, std::size_t size, bool splits, bool replaces) {
  search_options how;
  how.scope.count = size;
  for (const term& option : proper(options)) {
    if (option.is_tagged("scope"_atom, 2) && option[1].is_tuple(2))
      how.scope = take_part(option[1][0], option[1][1], size);
    else if ((splits || replaces) && option == "global"_atom)
      how.global = true;
    else if (splits && option == "trim"_atom)
      how.trim = true;
    else if (splits && option == "trim_all"_atom)
      how.trim_all = true;
    else if (replaces && option.is_tagged("insert_replaced"_atom, 2))
      for (const term& at : option[1].is_list() ? proper(option[1]) : terms{option[1]})
        how.insert_replaced.push_back(static_cast<std::size_t>(take_integer(at, 0, bytes_limit)));
    else
      raise_badarg();
  }
  return how;
}

/// The first match at or after `from` and before `end`; of several at one place the longest.
std::optional<found_part> find_first(std::string_view bytes, const std::vector<std::string_view>& patterns,
                                     std::size_t from, std::size_t end) {
  std::optional<found_part> best;
  const std::string_view until = bytes.substr(0, end);
  for (std::string_view pattern : patterns) {
    const std::size_t at = until.find(pattern, from);
    if (at == std::string_view::npos)
      continue;
    if (!best || at < best->from || (at == best->from && pattern.size() > best->count))
      best = found_part{at, pattern.size()};
  }
  return best;
}
std::vector<found_part> find_all(std::string_view bytes, const std::vector<std::string_view>& patterns,
                                 const search_options& how, bool only_first) {
  std::vector<found_part> all;
  const std::size_t end = how.scope.from + how.scope.count;
  for (std::size_t from = how.scope.from;;) {
    const auto found = find_first(bytes, patterns, from, end);
    if (!found)
      return all;
    all.push_back(*found);
    if (only_first)
      return all;
    from = found->from + found->count;
  }
}
term part_term(const found_part& part) {
  return tuple(part.from, part.count);
}

term match_with(const term& subject, const term& pattern, const term& options) {
  const auto bytes = take_binary(subject);
  const auto patterns = take_patterns(pattern);
  const auto found = find_all(bytes, patterns, take_options(options, bytes.size(), false, false), true);
  return found.empty() ? term("nomatch") : part_term(found[0]);
}
term match(process&, const term* a) {
  return match_with(a[0], a[1], {});
}
term match_options(process&, const term* a) {
  return match_with(a[0], a[1], a[2]);
}
term matches_with(const term& subject, const term& pattern, const term& options) {
  const auto bytes = take_binary(subject);
  const auto patterns = take_patterns(pattern);
  terms made;
  for (const found_part& part : find_all(bytes, patterns, take_options(options, bytes.size(), false, false), false))
    made.push_back(part_term(part));
  return list_from(made);
}
term matches(process&, const term* a) {
  return matches_with(a[0], a[1], {});
}
term matches_options(process&, const term* a) {
  return matches_with(a[0], a[1], a[2]);
}

term split_with(const term& subject, const term& pattern, const term& options) {
  const auto bytes = take_binary(subject);
  const auto patterns = take_patterns(pattern);
  const search_options how = take_options(options, bytes.size(), true, false);
  terms parts;
  std::size_t from = 0;
  for (const found_part& found : find_all(bytes, patterns, how, !how.global)) {
    parts.push_back(part_of(subject, from, found.from - from));
    from = found.from + found.count;
  }
  parts.push_back(part_of(subject, from, bytes.size() - from));
  const auto is_empty = [](const term& part) { return part.size() == 0; };
  if (how.trim_all)
    parts.erase(std::remove_if(parts.begin(), parts.end(), is_empty), parts.end());
  while (how.trim && !parts.empty() && is_empty(parts.back()))
    parts.pop_back();
  return list_from(parts);
}
term split(process&, const term* a) {
  return split_with(a[0], a[1], {});
}
term split_options(process&, const term* a) {
  return split_with(a[0], a[1], a[2]);
}

term replace_with(const term& subject, const term& pattern, const term& by, const term& options) {
  const auto bytes = take_binary(subject);
  const auto patterns = take_patterns(pattern);
  const std::string_view replacement = take_binary(by);
  search_options how = take_options(options, bytes.size(), false, true);
  std::sort(how.insert_replaced.begin(), how.insert_replaced.end());
  if (!how.insert_replaced.empty() && how.insert_replaced.back() > replacement.size())
    raise_badarg();
  std::string made;
  std::size_t from = 0;
  for (const found_part& found : find_all(bytes, patterns, how, !how.global)) {
    made += bytes.substr(from, found.from - from);
    std::size_t written = 0;
    for (std::size_t at : how.insert_replaced) {
      made += replacement.substr(written, at - written);
      made += bytes.substr(found.from, found.count);
      written = at;
    }
    made += replacement.substr(written);
    from = found.from + found.count;
  }
  return binary(made.append(bytes.substr(from)));
}
term replace(process&, const term* a) {
  return replace_with(a[0], a[1], a[2], {});
}
term replace_options(process&, const term* a) {
  return replace_with(a[0], a[1], a[2], a[3]);
}

term part(process&, const term* a) {
  const found_part wanted = take_part(a[1], a[2], take_binary(a[0]).size());
  return part_of(a[0], wanted.from, wanted.count);
}
term part_pair(process&, const term* a) {
  if (!a[1].is_tuple(2))
    raise_badarg();
  const found_part wanted = take_part(a[1][0], a[1][1], take_binary(a[0]).size());
  return part_of(a[0], wanted.from, wanted.count);
}

term byte_at(const term& subject, std::int64_t position) {
  const auto bytes = take_binary(subject);
  if (position < 0 || position >= static_cast<std::int64_t>(bytes.size()))
    raise_badarg();
  return static_cast<unsigned char>(bytes[static_cast<std::size_t>(position)]);
}
term at(process&, const term* a) {
  return byte_at(a[0], take_integer(a[1]));
}
term first(process&, const term* a) {
  return byte_at(a[0], 0);
}
term last(process&, const term* a) {
  return byte_at(a[0], static_cast<std::int64_t>(take_binary(a[0]).size()) - 1);
}

term copies(const term& subject, std::int64_t count) {
  const auto bytes = take_binary(subject);
  if (!bytes.empty() && count > bytes_limit / static_cast<std::int64_t>(bytes.size()))
    raise_error("system_limit");
  std::string made;
  if (!bytes.empty())
    made.reserve(bytes.size() * static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count && !bytes.empty(); ++i)
    made += bytes;
  return binary(made);
}
term copy(process&, const term* a) {
  return copies(a[0], 1);
}
term copy_times(process&, const term* a) {
  return copies(a[0], take_integer(a[1], 0, INT64_MAX));
}
term referenced_byte_size(process&, const term* a) {
  take_binary(a[0]);
  const auto* cell = static_cast<const binary_cell*>(a[0].raw().box);
  return cell->parent ? cell->parent->size : cell->size;
}

term bin_to_list(process&, const term* a) {
  return list_of_bytes(take_binary(a[0]));
}
term bin_to_list_part(process&, const term* a) {
  const auto bytes = take_binary(a[0]);
  const found_part wanted = take_part(a[1], a[2], bytes.size());
  return list_of_bytes(bytes.substr(wanted.from, wanted.count));
}
term bin_to_list_pair(process& self, const term* a) {
  if (!a[1].is_tuple(2))
    raise_badarg();
  const term apart[] = {a[0], a[1][0], a[1][1]};
  return bin_to_list_part(self, apart);
}
term list_to_bin(process&, const term* a) {
  if (!a[0].is_list())
    raise_badarg();
  return binary(take_bytes(a[0]));
}

term encode_hex(process&, const term* a) {
  constexpr char digits[] = "0123456789ABCDEF";
  std::string made;
  for (char c : take_binary(a[0])) {
    made.push_back(digits[static_cast<unsigned char>(c) >> 4]);
    made.push_back(digits[static_cast<unsigned char>(c) & 15]);
  }
  return binary(made);
}
term decode_hex(process&, const term* a) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9')
      return c - '0';
    const char small = static_cast<char>(c | 0x20);
    return small >= 'a' && small <= 'f' ? small - 'a' + 10 : (raise_badarg(), 0);
  };
  const auto text = take_binary(a[0]);
  if (text.size() % 2 != 0)
    raise_badarg();
  std::string made;
  for (std::size_t i = 0; i < text.size(); i += 2)
    made.push_back(static_cast<char>(digit(text[i]) << 4 | digit(text[i + 1])));
  return binary(made);
}

/// How many bytes all of the binaries have in common at one end.
std::size_t common(const term& binaries, bool at_front) {
  const terms all = proper(binaries);
  if (all.empty())
    raise_badarg();
  std::size_t length = SIZE_MAX;
  const std::string_view one = take_binary(all[0]);
  for (const term& each : all) {
    const std::string_view other = take_binary(each);
    std::size_t same = 0;
    while (same < one.size() && same < other.size() &&
           (at_front ? one[same] == other[same] : one[one.size() - 1 - same] == other[other.size() - 1 - same]))
      ++same;
    length = std::min(length, same);
  }
  return length;
}
term longest_common_prefix(process&, const term* a) {
  return common(a[0], true);
}
term longest_common_suffix(process&, const term* a) {
  return common(a[0], false);
}

bool is_little(const term& order) {
  if (order != "little"_atom && order != "big"_atom)
    raise_badarg();
  return order == "little"_atom;
}
term encoded(const term& number, bool little) {
  if (!number.is_integer() || less(number, 0))
    raise_badarg();
  bool negative = false;
  std::string bytes = integer_magnitude(number, negative);
  if (bytes.empty())
    bytes.push_back('\0');
  if (!little)
    std::reverse(bytes.begin(), bytes.end());
  return binary(bytes);
}
term encode_unsigned(process&, const term* a) {
  return encoded(a[0], false);
}
term encode_unsigned_as(process&, const term* a) {
  return encoded(a[0], is_little(a[1]));
}
term decoded(const term& subject, bool little) {
  std::string bytes(take_binary(subject));
  if (!little)
    std::reverse(bytes.begin(), bytes.end());
  return integer_from_bytes(bytes, false);
}
term decode_unsigned(process&, const term* a) {
  return decoded(a[0], false);
}
term decode_unsigned_as(process&, const term* a) {
  return decoded(a[0], is_little(a[1]));
}

constexpr native functions[] = {
    {binary_module, "at", 2, at, "at(Subject, Pos)", "The byte at a position, from 0."},
    {binary_module, "bin_to_list", 1, bin_to_list, "bin_to_list(Subject)", "The bytes as a list."},
    {binary_module, "bin_to_list", 2, bin_to_list_pair, "bin_to_list(Subject, {Pos, Len})", "The bytes of a part."},
    {binary_module, "bin_to_list", 3, bin_to_list_part, "bin_to_list(Subject, Pos, Len)", "The bytes of a part."},
    {binary_module, "copy", 1, copy, "copy(Subject)", "A copy that shares no bytes."},
    {binary_module, "copy", 2, copy_times, "copy(Subject, N)", "The bytes N times."},
    {binary_module, "decode_hex", 1, decode_hex, "decode_hex(Bin)", "The bytes of pairs of hexadecimal digits."},
    {binary_module, "decode_unsigned", 1, decode_unsigned, "decode_unsigned(Subject)", "The bytes as one integer."},
    {binary_module, "decode_unsigned", 2, decode_unsigned_as, "decode_unsigned(Subject, Endianness)",
     "Endianness: big, little."},
    {binary_module, "encode_hex", 1, encode_hex, "encode_hex(Bin)", "Two hexadecimal digits for each byte."},
    {binary_module, "encode_unsigned", 1, encode_unsigned, "encode_unsigned(Unsigned)", "An integer as bytes."},
    {binary_module, "encode_unsigned", 2, encode_unsigned_as, "encode_unsigned(Unsigned, Endianness)",
     "Endianness: big, little."},
    {binary_module, "first", 1, first, "first(Subject)", "The first byte."},
    {binary_module, "last", 1, last, "last(Subject)", "The last byte."},
    {binary_module, "list_to_bin", 1, list_to_bin, "list_to_bin(ByteList)", "The bytes of a list."},
    {binary_module, "longest_common_prefix", 1, longest_common_prefix, "longest_common_prefix(Binaries)",
     "How many bytes they all start with."},
    {binary_module, "longest_common_suffix", 1, longest_common_suffix, "longest_common_suffix(Binaries)",
     "How many bytes they all end with."},
    {binary_module, "match", 2, match, "match(Subject, Pattern)", "{Pos, Length} of the first match, or nomatch."},
    {binary_module, "match", 3, match_options, "match(Subject, Pattern, Options)",
     "Options: {scope, {Start, Length}}."},
    {binary_module, "matches", 2, matches, "matches(Subject, Pattern)", "[{Pos, Length}] of every match."},
    {binary_module, "matches", 3, matches_options, "matches(Subject, Pattern, Options)",
     "Options: {scope, {Start, Length}}."},
    {binary_module, "part", 2, part_pair, "part(Subject, {Pos, Len})", "A part; a negative Len reaches back from Pos."},
    {binary_module, "part", 3, part, "part(Subject, Pos, Len)", "A part; a negative Len reaches back from Pos."},
    {binary_module, "referenced_byte_size", 1, referenced_byte_size, "referenced_byte_size(Binary)",
     "Bytes that it keeps in memory, also as a part of another."},
    {binary_module, "replace", 3, replace, "replace(Subject, Pattern, Replacement)", "The first match replaced."},
    {binary_module, "replace", 4, replace_options, "replace(Subject, Pattern, Replacement, Options)",
     "Options: global, {scope, Part}, {insert_replaced, Pos}."},
    {binary_module, "split", 2, split, "split(Subject, Pattern)", "What is before and after the first match."},
    {binary_module, "split", 3, split_options, "split(Subject, Pattern, Options)",
     "Options: global, trim, trim_all, {scope, Part}."},
};
}  // namespace

std::span<const native> binary_functions() {
  return functions;
}
}  // namespace twinslot::library
