// runtime/term/term.hpp - an Erlang value: immutable, 16 bytes, cheap to copy, safe to send anywhere.
//
//     term t = tuple("ok", 42, string("abc"));   // {ok,42,"abc"}: a literal makes an atom
//     if (t.is_tuple(2) && t[0] == "ok"_atom) ...
//
// The same header serves the host and plugins; what needs the host goes through `twinslot::host` (cell.hpp).
// It includes little on purpose: plugins are compiled at the console.
// Thread rule: const use from any thread; one term object is assigned by one thread at a time.
// Source: design 3.1, Erlang's reference manual on data types and term order.
#pragma once
#include "runtime/term/cell.hpp"

#include <compare>
#include <concepts>
#include <cstring>
#include <initializer_list>
#include <string_view>
#include <utility>

namespace twinslot {

/// An interned name. Comparing two is comparing two numbers.
class atom {
public:
  constexpr atom() noexcept = default;  // the atom '' (index 0)
  explicit atom(std::string_view text) noexcept : index_(host::atom_index(text.data(), text.size())) {}
  static constexpr atom from_index(std::uint32_t index) noexcept {
    atom result;
    result.index_ = index;
    return result;
  }
  std::string_view text() const noexcept {
    std::size_t bytes = 0;
    const char* data = host::atom_text(index_, &bytes);
    return {data, bytes};
  }
  constexpr std::uint32_t index() const noexcept { return index_; }
  friend constexpr bool operator==(atom a, atom b) noexcept { return a.index_ == b.index_; }

private:
  std::uint32_t index_ = 0;
};

/// The text of a string literal as a template argument.
template <std::size_t N>
struct fixed_string {
  char data[N]{};
  consteval fixed_string(const char (&text)[N]) {
    for (std::size_t i = 0; i < N; ++i)
      data[i] = text[i];
  }
  constexpr std::string_view view() const { return {data, N - 1}; }
};

inline namespace literals {
/// "ok"_atom: interned at its first use.
template <fixed_string Text>
atom operator""_atom() noexcept {
  static const atom value{Text.view()};
  return value;
}
}  // namespace literals

class term;

/// What a pid, a reference and a port have in common: an id on a node.
template <kind Kind>
struct identity {
  std::uint64_t id = 0;
  std::uint32_t node = 0;  // atom index of the node's name; 0: this node
  friend constexpr auto operator<=>(const identity&, const identity&) noexcept = default;
};
using pid = identity<kind::pid>;
using reference = identity<kind::reference>;
using port = identity<kind::port>;

class list_range;

class term {
public:
  /// [] - the empty list.
  term() noexcept : raw_{.what = kind::nil, .spare8 = 0, .spare16 = 0, .aux = 0, .integer = 0} {}
  term(const term& other) noexcept {
    set(other.raw_);
    retain();
  }
  term(term&& other) noexcept {
    set(other.raw_);
    other.set_nil();
  }
  term& operator=(const term& other) noexcept {
    return *this = term(other);  // which may be inside what this one lets go
  }
  term& operator=(term&& other) noexcept {
    const words mine = words_of(raw_);
    set(other.raw_);
    put(other.raw_, mine);
    return *this;
  }
  ~term() { release(); }

  /// true and false are atoms.
  term(std::same_as<bool> auto value) noexcept
      : term(value ? literals::operator""_atom<"true">() : literals::operator""_atom<"false">()) {}
  template <std::integral Int>
  requires(!std::same_as<Int, bool> && (sizeof(Int) < 8 || std::signed_integral<Int>)) term(Int value)
  noexcept : raw_(bits(kind::integer)) { raw_.integer = value; }
  /// Values above 2^63 - 1 become bignums.
  template <std::unsigned_integral Int>
  requires(sizeof(Int) == 8) term(Int value)
  noexcept : raw_(bits(kind::integer)) {
    raw_.integer = static_cast<std::int64_t>(value);
    if (raw_.integer < 0) {
      auto* big = static_cast<bignum_cell*>(host::make_cell(kind::bignum, 1, sizeof(bignum_cell)));
      big->limbs[0] = value;
      raw_ = bits(kind::bignum);
      raw_.box = big;
    }
  }
  /// Must be finite: Erlang has no NaN and no infinity.
  term(double value) noexcept : raw_(bits(kind::floating)) { raw_.floating = value; }
  term(atom name) noexcept : raw_(bits(kind::atom)) { raw_.id = name.index(); }
  /// A string literal is an atom, as an Erlang reader expects of `tuple("ok", ...)`. Text is `string(...)`.
  template <std::size_t N>
  term(const char (&name)[N]) noexcept : term(atom(std::string_view{name, N - 1})) {}
  template <kind Kind>
  term(const identity<Kind>& value) noexcept : raw_(bits(Kind)) {
    raw_.aux = value.node;
    raw_.id = value.id;
  }

  // What it is. `is_list` is true for [], lists and text; improper lists too (is_list/1 of Erlang).
  kind what() const noexcept { return raw_.what; }
  bool is_integer() const noexcept { return raw_.what == kind::integer || raw_.what == kind::bignum; }
  bool is_int64() const noexcept { return raw_.what == kind::integer; }
  bool is_float() const noexcept { return raw_.what == kind::floating; }
  bool is_number() const noexcept { return raw_.what <= kind::floating; }
  bool is_atom() const noexcept { return raw_.what == kind::atom; }
  bool is_atom(atom name) const noexcept { return is_atom() && raw_.id == name.index(); }
  bool is_bool() const noexcept { return is_atom("true"_atom) || is_atom("false"_atom); }
  bool is_reference() const noexcept { return raw_.what == kind::reference; }
  bool is_fun() const noexcept { return raw_.what == kind::fun; }
  bool is_port() const noexcept { return raw_.what == kind::port; }
  bool is_pid() const noexcept { return raw_.what == kind::pid; }
  bool is_tuple() const noexcept { return raw_.what == kind::tuple; }
  bool is_tuple(std::size_t arity) const noexcept { return is_tuple() && raw_.box->size == arity; }
  /// {Tag, ...} of this arity.
  bool is_tagged(atom tag, std::size_t arity) const noexcept { return is_tuple(arity) && (*this)[0].is_atom(tag); }
  bool is_map() const noexcept { return raw_.what == kind::map; }
  bool is_nil() const noexcept { return raw_.what == kind::nil; }
  bool is_cons() const noexcept { return raw_.what == kind::list || raw_.what == kind::text; }
  bool is_list() const noexcept { return is_nil() || is_cons(); }
  bool is_binary() const noexcept { return raw_.what == kind::binary && raw_.aux == 0; }
  bool is_bitstring() const noexcept { return raw_.what == kind::binary; }

  // Values. The caller has checked `what()`; a wrong kind is undefined behaviour.
  std::int64_t as_int64() const noexcept { return raw_.integer; }
  double as_float() const noexcept { return raw_.floating; }
  atom as_atom() const noexcept { return atom::from_index(static_cast<std::uint32_t>(raw_.id)); }
  pid as_pid() const noexcept { return {raw_.id, raw_.aux}; }
  reference as_reference() const noexcept { return {raw_.id, raw_.aux}; }
  port as_port() const noexcept { return {raw_.id, raw_.aux}; }
  /// Elements of a tuple, bytes of a binary, entries of a map.
  std::size_t size() const noexcept { return raw_.box->size; }
  /// Element of a tuple, from 0.
  const term& operator[](std::size_t index) const noexcept {
    return as_term(static_cast<const tuple_cell*>(raw_.box)->elements[index]);
  }
  const term* elements() const noexcept { return &as_term(static_cast<const tuple_cell*>(raw_.box)->elements[0]); }
  /// Bytes of a binary; valid while a term refers to it.
  std::string_view bytes() const noexcept { return {static_cast<const binary_cell*>(raw_.box)->data, raw_.box->size}; }
  /// First element and rest of a list that is not empty. O(1), no allocation.
  term head() const noexcept;
  term tail() const noexcept;
  /// Elements of a list one after another, up to an improper tail (`list_range::rest`).
  list_range elements_of_list() const noexcept;
  /// Value of a map's key, null if absent; lives as long as the map.
  const term* get(const term& key) const noexcept {
    const raw_term* found = host::map_get(raw_, key.raw_);
    return found ? &as_term(*found) : nullptr;
  }
  /// A new map with the key set, or without it.
  term with(const term& key, const term& value) const noexcept {
    return adopt(host::map_with(raw_, key.raw_, &value.raw_));
  }
  term without(const term& key) const noexcept { return adopt(host::map_with(raw_, key.raw_, nullptr)); }
  /// [{Key, Value}] in key order.
  term to_list() const noexcept { return adopt(host::map_to_list(raw_)); }

  /// `=:=`: same kind and value. (`==`, where 1 == 1.0, is `compare(a, b) == 0`.)
  friend bool operator==(const term& a, const term& b) noexcept {
    if (a.raw_.what != b.raw_.what && !(a.is_cons() && b.is_cons()))
      return false;
    if (a.is_float())
      return a.raw_.floating == b.raw_.floating;  // 0.0 =:= -0.0
    if (a.in_place())
      return a.raw_.id == b.raw_.id && a.raw_.aux == b.raw_.aux;
    return (a.raw_.box == b.raw_.box && a.raw_.aux == b.raw_.aux) || host::compare(a.raw_, b.raw_, true) == 0;
  }
  friend bool operator==(const term& a, atom b) noexcept { return a.is_atom(b); }
  template <std::size_t N>
  friend bool operator==(const term& a, const char (&b)[N]) noexcept {
    return a.is_atom() && a.as_atom().text() == std::string_view{b, N - 1};
  }

  // For the boundary: the bits, owned by the term, or given to a new owner.
  const raw_term& raw() const noexcept { return raw_; }
  raw_term detach() noexcept {
    raw_term given;
    put(given, words_of(raw_));
    set_nil();
    return given;
  }
  /// Takes over a reference that the bits own.
  static term adopt(const raw_term& owned) noexcept {
    term result;
    result.set(owned);
    return result;
  }
  static term adopt(kind what, cell* owned) noexcept {
    raw_term made = bits(what);
    made.box = owned;
    return adopt(made);
  }
  /// Adds a reference of its own.
  static term copy(const raw_term& borrowed) noexcept {
    term result;
    result.set(borrowed);
    result.retain();
    return result;
  }
  static const term& as_term(const raw_term& bits) noexcept { return reinterpret_cast<const term&>(bits); }
  static raw_term bits(kind what) noexcept { return {.what = what, .spare8 = 0, .spare16 = 0, .aux = 0, .integer = 0}; }
  bool in_place() const noexcept {
    switch (raw_.what) {
      case kind::bignum:
      case kind::fun:
      case kind::tuple:
      case kind::map:
      case kind::list:
      case kind::text:
      case kind::binary: return false;
      default: return true;
    }
  }

private:
  friend class list_range;
  /// To its own tail.
  void advance() noexcept {
    if (raw_.aux + 1 < raw_.box->size)
      ++raw_.aux;
    else
      *this = tail();
  }
  // Bits move as two words, not as sixteen bytes at once: a processor makes who loads sixteen wait until two stores of
  // eight have left its store buffer, and most terms are made of two. AddressSanitizer, did it look on, would give each
  // move a place of its own on the caller's stack: recursions would be a fifth less deep.
  struct words {
    std::uint64_t first, second;
  };
  __attribute__((no_sanitize("address"))) static words words_of(const raw_term& from) noexcept {
    words found;
    std::memcpy(&found.first, &from, sizeof found.first);
    std::memcpy(&found.second, &from.id, sizeof found.second);
    return found;
  }
  // g++ 12 sees two words written to arrays that have no element, where nothing is.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpragmas"
#pragma GCC diagnostic ignored "-Wunknown-warning-option"
#pragma GCC diagnostic ignored "-Wstringop-overflow"
  __attribute__((no_sanitize("address"))) static void put(raw_term& to, words bits) noexcept {
    std::memcpy(&to, &bits.first, sizeof bits.first);
    std::memcpy(&to.id, &bits.second, sizeof bits.second);
  }
#pragma GCC diagnostic pop
  void set(const raw_term& from) noexcept {
    put(raw_, words_of(from));
  }
  void set_nil() noexcept {
    put(raw_, {static_cast<std::uint64_t>(kind::nil), 0});
  }
  void retain() const noexcept {
    if (!in_place())
      raw_.box->count.fetch_add(1, std::memory_order_relaxed);
  }
  // Whether there is something to give back is asked in place; the rest is a call, as most terms have no cell.
  void release() noexcept {
    if (!in_place())
      release_cell(*raw_.box);
  }
  [[gnu::noinline]] static void release_cell(cell& shared) noexcept {
    if (drop_reference(shared))
      host::free_cell(&shared);
  }
  raw_term raw_;
};
static_assert(sizeof(term) == 16);

/// Erlang's `==`, `<`, `>`: -1, 0, 1; 1 and 1.0 are equal.
inline int compare(const term& a, const term& b) noexcept {
  return host::compare(a.raw(), b.raw(), false);
}
/// Total order that tells 1 from 1.0: for sorted containers keyed by terms.
inline int compare_exact(const term& a, const term& b) noexcept {
  return host::compare(a.raw(), b.raw(), true);
}
struct term_less {
  bool operator()(const term& a, const term& b) const noexcept { return compare_exact(a, b) < 0; }
};
struct term_hash {
  std::size_t operator()(const term& value) const noexcept { return host::hash(value.raw()); }
};

inline term term::head() const noexcept {
  if (raw_.what == kind::text)
    return static_cast<unsigned char>(static_cast<const text_cell*>(raw_.box)->bytes[raw_.aux]);
  return as_term(static_cast<const list_cell*>(raw_.box)->elements[raw_.aux]);
}

inline term term::tail() const noexcept {
  if (raw_.aux + 1 < raw_.box->size) {
    term rest = *this;
    ++rest.raw_.aux;
    return rest;
  }
  return raw_.what == kind::text ? term{} : as_term(static_cast<const list_cell*>(raw_.box)->tail);
}

/// for (term element : value.elements_of_list()) ...
class list_range {
public:
  explicit list_range(term list) noexcept : list_(std::move(list)) {}
  struct sentinel {};
  class iterator {
  public:
    explicit iterator(term rest) noexcept : rest_(std::move(rest)) {}
    term operator*() const noexcept { return rest_.head(); }
    iterator& operator++() noexcept {
      rest_.advance();
      return *this;
    }
    friend bool operator==(const iterator& it, sentinel) noexcept { return !it.rest_.is_cons(); }
    /// What is left: [] at the end of a proper list.
    const term& rest() const noexcept { return rest_; }

  private:
    term rest_;
  };
  iterator begin() const noexcept { return iterator{list_}; }
  sentinel end() const noexcept { return {}; }

private:
  term list_;
};
inline list_range term::elements_of_list() const noexcept {
  return list_range{*this};
}

/// A cell that nobody else has seen yet. Its maker writes every element before it becomes a term.
inline tuple_cell* new_tuple_cell(std::size_t size) noexcept {
  return static_cast<tuple_cell*>(
      host::make_cell(kind::tuple, size, sizeof(cell) + (size ? size : 1) * sizeof(raw_term)));
}
inline list_cell* new_list_cell(std::size_t size) noexcept {  // size >= 1
  return static_cast<list_cell*>(host::make_cell(kind::list, size, sizeof(cell) + (size + 1) * sizeof(raw_term)));
}

/// A tuple of `size` terms copied from `from`.
inline term tuple_of(const term* from, std::size_t size) noexcept {
  auto* made = new_tuple_cell(size);
  for (std::size_t i = 0; i < size; ++i)
    made->elements[i] = term(from[i]).detach();
  return term::adopt(kind::tuple, made);
}

/// tuple("ok", 1): {ok,1}.
template <class... Elements>
term tuple(Elements&&... elements) noexcept {
  auto* made = new_tuple_cell(sizeof...(Elements));
  [[maybe_unused]] raw_term* next = made->elements;
  ((*next++ = term(std::forward<Elements>(elements)).detach()), ...);
  return term::adopt(kind::tuple, made);
}

/// A list of `size` terms in one cell, ending in `tail`.
inline term list_of(const term* from, std::size_t size, term tail = {}) noexcept {
  if (size == 0)
    return tail;
  auto* made = new_list_cell(size);
  made->tail = tail.detach();
  for (std::size_t i = 0; i < size; ++i)
    made->elements[i] = term(from[i]).detach();
  return term::adopt(kind::list, made);
}

/// list(1, 2, 3): [1,2,3].
template <class... Elements>
term list(Elements&&... elements) noexcept {
  if constexpr (sizeof...(Elements) == 0) {
    return {};
  } else {
    auto* made = new_list_cell(sizeof...(Elements));
    made->tail = term().detach();
    raw_term* next = made->elements;
    ((*next++ = term(std::forward<Elements>(elements)).detach()), ...);
    return term::adopt(kind::list, made);
  }
}

/// [Head | Tail].
inline term cons(const term& head, term tail) noexcept {
  return list_of(&head, 1, std::move(tail));
}

/// <<"bytes">>, copied.
inline term binary(std::string_view bytes) noexcept {
  auto* made = static_cast<binary_cell*>(host::make_cell(
      kind::binary, bytes.size(), sizeof(cell) + 2 * sizeof(void*) + (bytes.size() ? bytes.size() : 1)));
  made->data = made->bytes;
  made->parent = nullptr;
  if (!bytes.empty())
    std::memcpy(made->bytes, bytes.data(), bytes.size());
  return term::adopt(kind::binary, made);
}

/// A binary of at most `room` bytes: `fill(char* bytes)` writes them and returns how many. The room stays allocated.
template <class Fill>
term binary_filled(std::size_t room, Fill fill) {
  auto* made =
      static_cast<binary_cell*>(host::make_cell(kind::binary, 0, sizeof(cell) + 2 * sizeof(void*) + (room ? room : 1)));
  made->data = made->bytes;
  made->parent = nullptr;
  raw_term bits = term::bits(kind::binary);
  bits.box = made;
  term result = term::adopt(bits);
  made->size = fill(made->bytes);
  return result;
}

/// A list of bytes as it is: "abc" is [97,98,99]; each byte is one element (Latin-1). UTF-8 text: `string`.
inline term bytes_list(std::string_view bytes) noexcept {
  if (bytes.empty())
    return {};
  auto* made = static_cast<text_cell*>(host::make_cell(kind::text, bytes.size(), sizeof(cell) + bytes.size()));
  std::memcpy(made->bytes, bytes.data(), bytes.size());
  return term::adopt(kind::text, made);
}

/// An Erlang string of UTF-8 text: the list of its code points. A byte that is no valid UTF-8 counts as itself.
inline term string(std::string_view utf8) noexcept;

/// An empty map, #{}.
inline term map() noexcept {
  return term::adopt(host::map_empty());
}
/// map({{"a", 1}, {"b", 2}}): #{a => 1,b => 2}.
inline term map(std::initializer_list<std::pair<term, term>> entries) noexcept {
  term result = map();
  for (const auto& [key, value] : entries)
    result = result.with(key, value);
  return result;
}

/// fun M:F/A.
inline term external_fun(atom module, atom name, std::uint64_t arity) noexcept {
  auto* made = static_cast<fun_cell*>(host::make_cell(kind::fun, 0, sizeof(fun_cell)));
  made->flags = 1;
  made->module = term(module).detach();
  made->name = term(name).detach();
  made->environment = term().detach();
  made->arity = arity;
  made->unique = 0;
  raw_term bits = term::bits(kind::fun);
  bits.box = made;
  return term::adopt(bits);
}

/// One code point of UTF-8 text; moves `at` past it. An invalid byte is taken as itself.
inline char32_t next_code_point(std::string_view text, std::size_t& at) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at++);
  const int more = first >= 0xF0 && first <= 0xF4  ? 3
                   : first >= 0xE0 && first < 0xF0 ? 2
                   : first >= 0xC2 && first < 0xE0 ? 1
                                                   : 0;
  if (more == 0 || at + more > text.size())
    return first;
  char32_t code = first & (0x3F >> more);
  for (int i = 0; i < more; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80)
      return first;
    code = code << 6 | (byte(at + i) & 0x3F);
  }
  const bool overlong = (more == 2 && code < 0x800) || (more == 3 && (code < 0x10000 || code > 0x10FFFF));
  if (overlong || (code >= 0xD800 && code < 0xE000))
    return first;
  at += more;
  return code;
}

inline term string(std::string_view utf8) noexcept {
  bool ascii = true;
  for (char c : utf8)
    ascii = ascii && static_cast<unsigned char>(c) < 128;
  if (ascii)
    return bytes_list(utf8);
  std::size_t count = 0;
  bool latin1 = true;
  for (std::size_t at = 0; at < utf8.size(); ++count)
    latin1 = (next_code_point(utf8, at) < 256) && latin1;
  if (latin1) {
    auto* made = static_cast<text_cell*>(host::make_cell(kind::text, count, sizeof(cell) + count));
    for (std::size_t at = 0, i = 0; at < utf8.size(); ++i)
      made->bytes[i] = static_cast<char>(next_code_point(utf8, at));
    raw_term bits = term::bits(kind::text);
    bits.box = made;
    return term::adopt(bits);
  }
  auto* made =
      static_cast<list_cell*>(host::make_cell(kind::list, count, sizeof(cell) + (count + 1) * sizeof(raw_term)));
  made->tail = term().detach();
  for (std::size_t at = 0, i = 0; at < utf8.size(); ++i)
    made->elements[i] = term(static_cast<std::int64_t>(next_code_point(utf8, at))).detach();
  raw_term bits = term::bits(kind::list);
  bits.box = made;
  return term::adopt(bits);
}
}  // namespace twinslot
