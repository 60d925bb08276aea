// runtime/term/external_decode.cpp - bytes to terms. The bytes come from anywhere: nothing in them is believed.
//
// Decoded terms are pushed on a stack; a compound waits beside it until its contents are complete.
#include "runtime/term/external.hpp"

#include "runtime/term/arithmetic.hpp"
#include "runtime/term/atom_table.hpp"
#include "runtime/term/external_tags.hpp"
#include "runtime/term/identity_words.hpp"
#include "runtime/term/map_cells.hpp"
#include "runtime/term/raised.hpp"
#include "runtime/term/utf8.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

namespace twinslot {
namespace {

/// Thrown and caught in this file alone.
struct malformed {};

struct waiting {
  unsigned char tag;
  std::uint64_t missing;  // terms still to come
  std::size_t first;      // where its contents begin on the stack
};

class decoder {
public:
  decoder(std::string_view bytes, atoms_of_bytes which) : rest_(bytes), atoms_(which) {}

  std::size_t left() const noexcept { return rest_.size(); }

  term first() {
    if (take_byte() != external::version)
      throw malformed{};
    do {
      take_term();
      while (!waiting_.empty() && waiting_.back().missing == 0)
        complete();
    } while (!waiting_.empty());
    return std::move(terms_.back());
  }

private:
  std::string_view take(std::uint64_t size) {
    if (size > rest_.size())
      throw malformed{};
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  unsigned char take_byte() { return static_cast<unsigned char>(take(1)[0]); }
  std::uint64_t take_number(std::size_t byte_count) {
    std::uint64_t number = 0;
    for (char c : take(byte_count))
      number = number << 8 | static_cast<unsigned char>(c);
    return number;
  }

  /// Pushes a term, or a compound that waits for its contents.
  void take_term() {
    const unsigned char tag = take_byte();
    switch (tag) {
      case external::small_tuple: return wait_for(tag, take_number(1));
      case external::large_tuple: return wait_for(tag, take_number(4));
      case external::list: return wait_for(tag, take_number(4) + 1);
      case external::map: return wait_for(tag, 2 * take_number(4));
      default: push(simple_term(tag));
    }
  }

  void push(term value) {
    terms_.push_back(std::move(value));
    if (!waiting_.empty())
      --waiting_.back().missing;
  }

  void wait_for(unsigned char tag, std::uint64_t count) {
    if (count > rest_.size())  // each term takes a byte at least: checked before anything is allocated
      throw malformed{};
    waiting_.push_back({tag, count, terms_.size()});
  }

  void complete() {
    const waiting done = waiting_.back();
    waiting_.pop_back();
    const term* contents = terms_.data() + done.first;
    const std::size_t count = terms_.size() - done.first;
    term made;
    switch (done.tag) {
      case external::list: made = list_from(contents, count - 1); break;
      case external::map: made = map_from(contents, count / 2); break;
      default: made = tuple_of(contents, count);
    }
    terms_.resize(done.first);
    push(std::move(made));
  }

  /// `contents[count]` is the tail.
  static term list_from(const term* contents, std::size_t count) {
    const auto is_byte = [](const term& element) {
      return element.is_int64() && element.as_int64() >= 0 && element.as_int64() <= 255;
    };
    if (count == 0 || !contents[count].is_nil() || !std::all_of(contents, contents + count, is_byte))
      return list_of(contents, count, contents[count]);
    std::string text;
    for (std::size_t i = 0; i < count; ++i)
      text += static_cast<char>(contents[i].as_int64());
    return bytes_list(text);
  }

  static term map_from(const term* contents, std::size_t count) {
    std::vector<std::pair<term, term>> entries;
    entries.reserve(count);
    for (std::size_t i = 0; i < count; ++i)
      entries.emplace_back(contents[2 * i], contents[2 * i + 1]);
    term made = map_of(std::move(entries));
    if (made.size() != count)  // a key came twice
      throw malformed{};
    return made;
  }

  term simple_term(unsigned char tag) {
    switch (tag) {
      case external::small_integer: return take_byte();
      case external::integer: return static_cast<std::int32_t>(take_number(4));
      case external::small_big: return take_big(take_number(1));
      case external::large_big: return take_big(take_number(4));
      case external::new_float: return take_float();
      case external::old_float: return take_old_float();
      case external::nil: return {};
      case external::string: return bytes_list(take(take_number(2)));
      case external::binary: return binary(take(take_number(4)));
      case external::bit_binary: return take_bits();
      case external::new_pid:
      case external::old_pid: return take_pid(tag);
      case external::new_port:
      case external::old_port:
      case external::v4_port: return take_port(tag);
      case external::newer_reference:
      case external::new_reference:
      case external::old_reference: return take_reference(tag);
      case external::export_fun: return take_export();
      default: return take_atom(tag);
    }
  }

  term take_big(std::uint64_t size) {
    const bool negative = take_byte() != 0;
    try {
      return integer_from_bytes(take(size), negative);
    } catch (const raised&) {  // beyond every limit
      throw malformed{};
    }
  }

  static term finite(double value) {
    if (!std::isfinite(value))
      throw malformed{};
    return value;
  }

  term take_float() {
    const std::uint64_t bits = take_number(8);
    double value = 0;
    std::memcpy(&value, &bits, sizeof value);
    return finite(value);
  }

  /// 31 bytes of decimal text, as "%.20e" of C wrote it, and NULs.
  term take_old_float() {
    std::string_view text = take(31);
    text = text.substr(0, text.find('\0'));
    double value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc{} || end != text.data() + text.size())
      throw malformed{};
    return finite(value);
  }

  term take_bits() {
    const std::uint64_t size = take_number(4);
    const unsigned bit_count = take_byte();
    if (bit_count > 8 || (bit_count == 0) != (size == 0))
      throw malformed{};
    raw_term raw = binary(take(size)).detach();
    raw.aux = size ? 8 - bit_count : 0;
    return term::adopt(raw);
  }

  atom take_atom(unsigned char tag) {
    switch (tag) {
      case external::atom_latin1: return latin1_atom(take(take_number(2)));
      case external::small_atom_latin1: return latin1_atom(take(take_number(1)));
      case external::atom_utf8: return utf8_atom(take(take_number(2)));
      case external::small_atom_utf8: return utf8_atom(take(take_number(1)));
      default: throw malformed{};
    }
  }

  /// Raises system_limit.
  atom atom_of(std::string_view utf8) const {
    if (atoms_ == atoms_of_bytes::any)
      return make_atom(utf8);
    const auto known = existing_atom(utf8);
    if (!known)
      throw malformed{};
    return *known;
  }

  atom latin1_atom(std::string_view text) {
    if (text.size() > 255)
      throw malformed{};
    std::string utf8;
    for (char c : text)
      append_utf8(utf8, static_cast<unsigned char>(c));
    return atom_of(utf8);
  }

  atom utf8_atom(std::string_view text) {
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size(); ++count) {
      const std::size_t before = at;
      if (next_code_point(text, at) >= 128 && at - before == 1)
        throw malformed{};
    }
    if (count > 255)
      throw malformed{};
    return atom_of(text);
  }

  std::uint32_t take_node() {
    const atom name = take_atom(take_byte());
    return name == atom{external::local_node} ? 0 : name.index();
  }

  void skip_creation(bool is_wide) { take(is_wide ? 4 : 1); }

  term take_pid(unsigned char tag) {
    const std::uint32_t node = take_node();
    pid_words words{};
    words.number = static_cast<std::uint32_t>(take_number(4));
    words.serial = static_cast<std::uint32_t>(take_number(4));
    skip_creation(tag == external::new_pid);
    return pid{pid_id(words), node};
  }

  term take_port(unsigned char tag) {
    const std::uint32_t node = take_node();
    const std::uint64_t id = take_number(tag == external::v4_port ? 8 : 4);
    skip_creation(tag != external::old_port);
    return port{id, node};
  }

  term take_reference(unsigned char tag) {
    reference_words words{{}, 1};
    if (tag != external::old_reference)
      words.count = static_cast<std::uint32_t>(take_number(2));
    if (words.count < 1 || words.count > words.word.size())
      throw malformed{};
    const std::uint32_t node = take_node();
    if (tag != external::old_reference)
      skip_creation(tag == external::newer_reference);
    for (std::uint32_t i = 0; i < words.count; ++i)
      words.word[i] = static_cast<std::uint32_t>(take_number(4));
    if (tag == external::old_reference)
      skip_creation(false);
    return reference{reference_id(words), node};
  }

  term take_export() {
    const atom module = take_atom(take_byte());
    const atom name = take_atom(take_byte());
    if (take_byte() != external::small_integer)
      throw malformed{};
    return external_fun(module, name, take_byte());
  }

  std::string_view rest_;
  const atoms_of_bytes atoms_;
  std::vector<term> terms_;
  std::vector<waiting> waiting_;
};
}  // namespace

result<term> bytes_to_term(std::string_view bytes) {
  std::size_t used = 0;
  auto value = bytes_to_term(bytes, used);
  if (value && used != bytes.size())
    return error{"badarg"};
  return value;
}

result<term> bytes_to_term(std::string_view bytes, std::size_t& used, atoms_of_bytes which) {
  try {
    decoder input{bytes, which};
    term value = input.first();
    used = bytes.size() - input.left();
    return value;
  } catch (const malformed&) {
    return error{"badarg"};
  } catch (const raised& limit) {  // of atoms
    return error{limit.reason};
  }
}
}  // namespace twinslot
