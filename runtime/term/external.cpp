// runtime/term/external.cpp - terms to bytes, with a stack of its own: a term may nest a million levels deep.
#include "runtime/term/external.hpp"

#include "runtime/term/arithmetic.hpp"
#include "runtime/term/external_tags.hpp"
#include "runtime/term/identity_words.hpp"
#include "runtime/term/map_cells.hpp"

#include <limits>
#include <vector>

namespace twinslot {
namespace {

constexpr std::uint64_t largest_u32 = std::numeric_limits<std::uint32_t>::max();

/// A compound whose contents are still to be written.
struct open_term {
  kind what;         // of the compound: a list's `rest` may be of any kind once its elements are written
  raw_term rest;     // list: what is left of it, at the end its tail; else the tuple or map
  std::uint64_t at;  // tuple: next element; map: next key or value
};

class encoder {
public:
  result<std::string> of(const raw_term& value) {
    put_byte(external::version);
    put(value);
    while (!open_.empty() && failure_.is_nil())
      advance();
    if (!failure_.is_nil())
      return error{failure_};
    return std::move(out_);
  }

private:
  void put_byte(unsigned value) { out_ += static_cast<char>(value); }
  void put_big_endian(std::uint64_t value, int byte_count) {
    for (int i = byte_count - 1; i >= 0; --i)
      put_byte(static_cast<unsigned>(value >> (8 * i)) & 0xFF);
  }

  void put(const raw_term& value) {
    const term& as_is = term::as_term(value);
    switch (value.what) {
      case kind::integer: return put_integer(as_is);
      case kind::bignum: return put_big(as_is);
      case kind::floating: {
        std::uint64_t bits = 0;
        std::memcpy(&bits, &value.floating, sizeof bits);
        put_byte(external::new_float);
        return put_big_endian(bits, 8);
      }
      case kind::atom: return put_atom(as_is.as_atom());
      case kind::nil: return put_byte(external::nil);
      case kind::pid:
        put_byte(external::new_pid);
        put_node(value.aux);
        put_big_endian(words_of_pid(value.id).number, 4);
        put_big_endian(words_of_pid(value.id).serial, 4);
        return put_big_endian(0, 4);
      case kind::port: return put_port(value);
      case kind::reference: return put_reference(value);
      case kind::fun: return put_fun(as_is);
      case kind::binary: return put_binary(value);
      case kind::tuple: return open_tuple(value);
      case kind::map: return open_map(value);
      case kind::list:
      case kind::text: return open_list(value);
    }
  }

  void put_integer(const term& value) {
    const std::int64_t number = value.as_int64();
    if (number >= 0 && number <= 255) {
      put_byte(external::small_integer);
      put_byte(static_cast<unsigned>(number));
    } else if (number >= std::numeric_limits<std::int32_t>::min() &&
               number <= std::numeric_limits<std::int32_t>::max()) {
      put_byte(external::integer);
      put_big_endian(static_cast<std::uint64_t>(number), 4);
    } else {
      put_big(value);
    }
  }

  void put_big(const term& value) {
    bool negative = false;
    const std::string magnitude = integer_magnitude(value, negative);
    if (magnitude.size() <= 255) {
      put_byte(external::small_big);
      put_big_endian(magnitude.size(), 1);
    } else {
      put_byte(external::large_big);
      put_big_endian(magnitude.size(), 4);
    }
    put_byte(negative);
    out_ += magnitude;
  }

  void put_atom(atom name) {
    const std::string_view text = name.text();
    const bool is_short = text.size() <= 255;
    put_byte(is_short ? external::small_atom_utf8 : external::atom_utf8);
    put_big_endian(text.size(), is_short ? 1 : 2);
    out_ += text;
  }

  void put_node(std::uint32_t node) { put_atom(node ? atom::from_index(node) : atom{external::local_node}); }

  void put_port(const raw_term& value) {
    const bool is_wide = value.id > largest_u32;
    put_byte(is_wide ? external::v4_port : external::new_port);
    put_node(value.aux);
    put_big_endian(value.id, is_wide ? 8 : 4);
    put_big_endian(0, 4);
  }

  void put_reference(const raw_term& value) {
    const reference_words words = words_of_reference(value.id);
    put_byte(external::newer_reference);
    put_big_endian(words.count, 2);
    put_node(value.aux);
    put_big_endian(0, 4);
    for (std::uint32_t i = 0; i < words.count; ++i)
      put_big_endian(words.word[i], 4);
  }

  void put_fun(const term& value) {
    const auto* fun = static_cast<const fun_cell*>(value.raw().box);
    if (!(fun->flags & 1) || fun->arity > 255)
      return fail(value);
    put_byte(external::export_fun);
    put_atom(term::as_term(fun->module).as_atom());
    put_atom(term::as_term(fun->name).as_atom());
    put_integer(static_cast<std::int64_t>(fun->arity));
  }

  void put_binary(const raw_term& value) {
    const std::string_view bytes = term::as_term(value).bytes();
    if (bytes.size() > largest_u32)
      return fail(term::as_term(value));
    put_byte(value.aux ? external::bit_binary : external::binary);
    put_big_endian(bytes.size(), 4);
    if (value.aux)
      put_byte(8 - value.aux);
    out_ += bytes;
    if (value.aux)
      out_.back() = static_cast<char>(static_cast<unsigned char>(out_.back()) >> value.aux << value.aux);
  }

  void open_tuple(const raw_term& value) {
    const std::uint64_t size = value.box->size;
    if (size > largest_u32)
      return fail(term::as_term(value));
    put_byte(size <= 255 ? external::small_tuple : external::large_tuple);
    put_big_endian(size, size <= 255 ? 1 : 4);
    open_.push_back({value.what, value, 0});
  }

  void open_map(const raw_term& value) {
    if (value.box->size > largest_u32)
      return fail(term::as_term(value));
    put_byte(external::map);
    put_big_endian(value.box->size, 4);
    open_.push_back({value.what, value, 0});
  }

  static bool is_cons(const raw_term& value) noexcept { return value.what == kind::list || value.what == kind::text; }
  static raw_term rest_of(raw_term list) noexcept {
    if (list.aux + 1 < list.box->size) {
      ++list.aux;
      return list;
    }
    return list.what == kind::text ? term::bits(kind::nil) : static_cast<const list_cell*>(list.box)->tail;
  }

  void open_list(const raw_term& value) {
    std::uint64_t count = 0;
    bool are_bytes = true;
    raw_term rest = value;
    for (; is_cons(rest); rest = rest_of(rest), ++count) {
      if (rest.what == kind::list) {
        const raw_term& element = static_cast<const list_cell*>(rest.box)->elements[rest.aux];
        are_bytes = are_bytes && element.what == kind::integer && element.integer >= 0 && element.integer <= 255;
      }
    }
    if (count > largest_u32)
      return fail(term::as_term(value));
    if (are_bytes && rest.what == kind::nil && count <= 65535) {
      put_byte(external::string);
      put_big_endian(count, 2);
      for (rest = value; is_cons(rest); rest = rest_of(rest))
        put_byte(static_cast<unsigned>(term::as_term(rest).head().as_int64()));
      return;
    }
    put_byte(external::list);
    put_big_endian(count, 4);
    open_.push_back({value.what, value, 0});
  }

  void advance() {
    open_term& front = open_.back();
    if (front.what == kind::tuple) {
      if (front.at == front.rest.box->size)
        return open_.pop_back();
      return put(static_cast<const tuple_cell*>(front.rest.box)->elements[front.at++]);
    }
    if (front.what == kind::map) {
      if (front.at == 2 * front.rest.box->size)
        return open_.pop_back();
      const map_entry& entry = map_at(front.rest.box, front.at / 2);
      return put(front.at++ % 2 ? entry.value : entry.key);
    }
    const raw_term list = front.rest;
    if (!is_cons(list)) {
      open_.pop_back();
      return put(list);  // the tail
    }
    front.rest = rest_of(list);
    if (list.what == kind::text)
      return put_integer(term::as_term(list).head());
    put(static_cast<const list_cell*>(list.box)->elements[list.aux]);
  }

  void fail(const term& value) { failure_ = tuple("badarg", value); }

  std::string out_;
  std::vector<open_term> open_;
  term failure_;
};
}  // namespace

result<std::string> term_to_bytes(const term& value) {
  return encoder{}.of(value.raw());
}
}  // namespace twinslot
