// runtime/sdk/twinslot/convert.hpp - C++ values as terms and back: the types
// that clauses and states are made of.
//
//     C++                               term                       schema type
//     std::int8_t ... std::uint64_t     integer in that range      int8 ...
//     uint64 double, float                     float, or an integer double,
//     float bool                              true | false               bool
//     ts::atom, pid, reference, port    the same                   atom, pid,
//     reference, port ts::term                          any term ts::text
//     string (code points)       text ts::bytes                         binary
//     bytes ts::is<"quit">                    the atom quit {is,quit} enum its
//     enumerator's name      {enum,int32,[{Name,Number}]} std::pair {A,B}
//     {tuple,[A,B]} a struct with inspect             {name,Field...}
//     {record,name,[{Field,Type,Default}]}
// More in <twinslot/std/...>: string, vector, array, optional, tuple, map.
//
// A type joins by specialising `codec`. Reading is strict: a term that does not
// fit makes a clause not match.
#pragma once
#include "runtime/sdk/twinslot/faults.hpp"
#include "runtime/sdk/twinslot/layout.hpp"

namespace twinslot {
namespace sdk {

template <class T>
consteval bool is_named_std(std::initializer_list<std::string_view> names) {
  const std::string_view full = full_type_name<T>();
  const std::string_view name = full.substr(0, full.find('<'));
  for (const std::string_view each : names)
    if (full.starts_with("std::") && name.ends_with(each) && name[name.size() - each.size() - 1] == ':')
      return true;
  return false;
}
template <class T>
consteval unfit why_unfit() {
  if constexpr (std::is_same_v<std::remove_cv_t<T>, const char*> || std::is_same_v<std::remove_cv_t<T>, char*>)
    return unfit::view;
  else if constexpr (std::is_const_v<T> || std::is_volatile_v<T>)
    return unfit::constant;
  else if constexpr (std::is_member_pointer_v<T> || std::is_function_v<std::remove_pointer_t<T>> ||
                     std::is_polymorphic_v<T>)
    return unfit::code;
  else if constexpr (std::is_pointer_v<T> || std::is_reference_v<T> || std::is_null_pointer_v<T>)
    return unfit::pointer;
  else if constexpr (std::is_array_v<T>)
    return unfit::array;
  else if constexpr (is_named_std<T>({"basic_string_view", "span"}))
    return unfit::view;
  else if constexpr (is_named_std<T>({"function", "move_only_function", "any", "coroutine_handle", "future", "thread"}))
    return unfit::code;
  else if constexpr (is_named_std<T>({"unique_ptr", "shared_ptr", "weak_ptr", "reference_wrapper"}))
    return unfit::pointer;
  else
    return unfit::unknown;
}
}  // namespace sdk

namespace sdk {
template <class T, unfit Why>
struct formless;
}

/// The conversion of one type; the types without one end here. A codec has: `term to(const T&)`, which may throw;
/// `bool from(const term&, T&)`, false where the term does not fit; `term type()`, the type in a schema; `void
/// layout(sdk::fingerprint&)`; and `using layout_of = T;` where layout() adds everything that the meaning of the bytes
/// depends on (layout.hpp).
template <class T>
struct codec : sdk::formless<T, sdk::why_unfit<T>()> {};

namespace sdk {
/// Used all the same, the compiler says why not, and no more than that.
template <class T, unfit Why>
struct formless {
  static constexpr unfit why = Why;
  using layout_of = T;
  static term to(const std::remove_reference_t<T>&) { return refused<T, Why>::told; }
  static bool from(const term&, std::remove_reference_t<T>&) { return refused<T, Why>::told; }
  static term type() { return refused<T, Why>::told; }
  static void layout(fingerprint& print) { print.add(refused<T, Why>::told); }
};

/// Why T has no term form, or what it consists of has none; `none` where it has both ways.
template <class T>
consteval unfit judge();
/// The first type without a term form among some, or void.
template <class... Types>
struct first_unfit {
  using type = void;
  static constexpr unfit why = unfit::none;
};
template <class First, class... Rest>
struct first_unfit<First, Rest...> {
  static constexpr unfit own = judge<First>();
  using rest = first_unfit<Rest...>;
  using type = std::conditional_t<own != unfit::none, First, typename rest::type>;
  static constexpr unfit why = own != unfit::none ? own : rest::why;
};
/// The innermost type that is said to be wrong.
template <class T>
struct unfit_type {
  using type = T;
};
template <class T>
requires requires {
  requires codec<T>::parts::why != unfit::none && !std::is_same_v<typename codec<T>::parts::type, T>;
}
struct unfit_type<T> : unfit_type<typename codec<T>::parts::type> {};
template <class T>
using unfit_in = typename unfit_type<T>::type;

template <class T>
consteval unfit judge() {
  if constexpr (std::is_const_v<T>)
    return unfit::constant;
  else if constexpr (requires { codec<T>::why; })
    return codec<T>::why;
  else if constexpr (requires { typename codec<T>::parts; })
    return codec<T>::parts::why;
  else
    return std::is_same_v<T, std::string_view> ? unfit::view : unfit::none;
}
}  // namespace sdk

/// A codec whose schema type is one atom.
template <fixed_string Name>
struct plain_codec {
  static term type() { return atom(Name.view()); }
  static void layout(sdk::fingerprint& print) { print.add(Name.view()); }
};

template <class T>
using codec_of = codec<std::remove_cvref_t<T>>;

namespace sdk {
[[gnu::noinline]] inline bool is_utf8(std::string_view text) noexcept {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    if (next_code_point(text, at) >= 0x80 && at == begin + 1)
      return false;
  }
  return true;
}
/// An Erlang string; of bytes that are no UTF-8 a binary, so that they stay what they are.
[[gnu::noinline]] inline term text_term(std::string_view text) noexcept {
  return is_utf8(text) ? string(text) : binary(text);
}
inline bool is_raw_text(const term& value) noexcept {
  return value.is_binary() && !is_utf8(value.bytes());
}
}  // namespace sdk

/// A value as a term. A literal is an atom, as everywhere: to_term("ok").
template <class T>
term to_term(const T& value) {
  return codec<T>::to(value);
}
template <std::size_t N>
term to_term(const char (&name)[N]) {
  return term(name);
}
inline term to_term(term value) {
  return value;
}

template <>
struct codec<term> : plain_codec<"term"> {
  using layout_of = term;
  static term to(const term& value) { return value; }
  static bool from(const term& value, term& result) {
    result = value;
    return true;
  }
};

template <>
struct codec<bool> : plain_codec<"bool"> {
  using layout_of = bool;
  static term to(bool value) { return value; }
  static bool from(const term& value, bool& result) {
    result = value == "true"_atom;
    return value.is_bool();
  }
};

template <class Int>
requires(std::integral<Int> && !std::same_as<Int, bool> && sizeof(Int) <= 8) struct codec<Int> {
  using layout_of = Int;
  static term to(Int value) {
    if constexpr (sizeof(Int) == 8 && std::is_unsigned_v<Int>)
      return static_cast<std::uint64_t>(value);
    else
      return static_cast<std::int64_t>(value);
  }
  static bool from(const term& value, Int& result) {
    if (!value.is_int64())
      return from_bignum(value, result);
    result = static_cast<Int>(value.as_int64());
    return static_cast<std::int64_t>(result) == value.as_int64() && (result < Int{}) == (value.as_int64() < 0);
  }
  static constexpr std::string_view name() {
    constexpr std::string_view names[] = {"int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"};
    constexpr int power = sizeof(Int) == 1 ? 0 : sizeof(Int) == 2 ? 1 : sizeof(Int) == 4 ? 2 : 3;
    return names[power + (std::is_signed_v<Int> ? 0 : 4)];
  }
  static term type() { return atom(name()); }
  static void layout(sdk::fingerprint& print) { print.add(name()); }

private:
  // Only an unsigned type of 64 bits holds a number beyond int64.
  static bool from_bignum([[maybe_unused]] const term& value, [[maybe_unused]] Int& result) {
    if constexpr (sizeof(Int) == 8 && std::is_unsigned_v<Int>) {
      if (value.what() != kind::bignum || value.size() != 1 || value.raw().box->flags != 0)
        return false;
      result = static_cast<const bignum_cell*>(value.raw().box)->limbs[0];
      return true;
    } else {
      return false;
    }
  }
};

/// Floats read integers too, so that 5 can be passed for 5.0, if they are equal to one; NaN and infinity have no term:
/// {not_finite,Type}.
template <std::floating_point Float>
requires(sizeof(Float) <= sizeof(double)) struct codec<Float> {
  using layout_of = Float;
  static term to(Float value) {
    if (value - value != 0)
      raise_error(tuple("not_finite", type()));
    return static_cast<double>(value);
  }
  static bool from(const term& value, Float& result) {
    if (value.is_int64()) {
      result = static_cast<Float>(value.as_int64());
      return result < 0x1p63 && static_cast<std::int64_t>(result) == value.as_int64();
    }
    if (value.is_float())
      result = static_cast<Float>(value.as_float());
    return value.is_float() && result - result == 0;
  }
  static term type() { return sizeof(Float) == sizeof(double) ? term("double") : term("float"); }
  static void layout(sdk::fingerprint& print) { print.add(sizeof(Float) == sizeof(double) ? "double" : "float"); }
};

template <>
struct codec<atom> : plain_codec<"atom"> {
  using layout_of = atom;
  static term to(atom value) { return value; }
  static bool from(const term& value, atom& result) {
    if (value.is_atom())
      result = value.as_atom();
    return value.is_atom();
  }
};

template <kind Kind>
struct codec<identity<Kind>> {
  using layout_of = identity<Kind>;
  static term to(const identity<Kind>& value) { return value; }
  static bool from(const term& value, identity<Kind>& result) {
    if (value.what() == Kind)
      result = {value.raw().id, value.raw().aux};
    return value.what() == Kind;
  }
  static constexpr std::string_view name() {
    return Kind == kind::pid ? "pid" : Kind == kind::port ? "port" : "reference";
  }
  static term type() { return atom(name()); }
  static void layout(sdk::fingerprint& print) { print.add(name()); }
};

/// A literal as a pattern: `[](state&, ts::is<"quit">) {...}` takes the atom quit only.
template <fixed_string Text>
struct is {};
template <fixed_string Text>
struct codec<is<Text>> {
  using layout_of = is<Text>;
  static term to(is<Text>) { return literals::operator""_atom<Text>(); }
  static bool from(const term& value, is<Text>&) { return value == literals::operator""_atom<Text>(); }
  static term type() { return tuple("is", literals::operator""_atom<Text>()); }
  static void layout(sdk::fingerprint& print) { print.add(Text.view()); }
};

template <class First, class Second>
struct codec<std::pair<First, Second>> {
  using layout_of = std::pair<First, Second>;
  using parts = sdk::first_unfit<First, Second>;
  static term to(const std::pair<First, Second>& value) { return tuple(to_term(value.first), to_term(value.second)); }
  static bool from(const term& value, std::pair<First, Second>& result) {
    return value.is_tuple(2) && codec<First>::from(value[0], result.first) &&
           codec<Second>::from(value[1], result.second);
  }
  static term type() { return tuple("tuple", list(codec<First>::type(), codec<Second>::type())); }
  static void layout(sdk::fingerprint& print) {
    print.add_standard("pair");
    print.add_type<First>();
    print.add_type<Second>();
  }
};

/// Bytes, an Erlang binary. Copies share the bytes; nobody changes them.
class bytes {
public:
  bytes() noexcept : binary_(twinslot::binary({})) {}
  bytes(std::string_view value) noexcept : binary_(twinslot::binary(value)) {}
  bytes(const char* value) noexcept : bytes(std::string_view(value)) {}
  std::string_view view() const noexcept { return binary_.bytes(); }
  operator std::string_view() const noexcept { return view(); }
  std::size_t size() const noexcept { return binary_.size(); }
  bool empty() const noexcept { return size() == 0; }
  friend bool operator==(const bytes& a, const bytes& b) noexcept { return a.view() == b.view(); }

private:
  friend struct codec<bytes>;
  term binary_;
};
template <>
struct codec<bytes> : plain_codec<"bytes"> {
  using layout_of = bytes;
  static term to(const bytes& value) { return value.binary_; }
  static bool from(const term& value, bytes& result) {
    if (value.is_binary())
      result.binary_ = value;
    return value.is_binary();
  }
};

namespace sdk {
/// One code point of an Erlang string as UTF-8: how many bytes, written to `to` unless it is null. 0: none.
inline std::size_t put_utf8(const term& code_point, char* to) noexcept {
  const std::int64_t code = code_point.is_int64() ? code_point.as_int64() : -1;
  if (code < 0 || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000))
    return 0;
  const std::size_t length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  if (to == nullptr)
    return length;
  static constexpr unsigned char first_bits[] = {0, 0, 0xC0, 0xE0, 0xF0};
  for (std::size_t i = length; i-- > 1;)
    to[i] = static_cast<char>(0x80 | (code >> (6 * (length - 1 - i)) & 0x3F));
  to[0] = static_cast<char>(first_bits[length] | code >> (6 * (length - 1)));
  return length;
}

/// Bytes of a string term as UTF-8; `npos` where it is none. Written to `to` unless it is null.
inline constexpr std::size_t npos = static_cast<std::size_t>(-1);
inline std::size_t string_to_utf8(const term& string, char* to) noexcept {
  std::size_t bytes = 0;
  auto at = string.elements_of_list().begin();
  for (; at != list_range::sentinel{}; ++at) {
    const std::size_t length = put_utf8(*at, to ? to + bytes : nullptr);
    if (length == 0)
      return npos;
    bytes += length;
  }
  return at.rest().is_nil() ? bytes : npos;
}
}  // namespace sdk

/// Text, an Erlang string: a list of code points outside, UTF-8 inside. Bytes that are no UTF-8 are kept as they are:
/// a binary outside. Such binaries are read, too, and no others: data is a ts::bytes.
class text {
public:
  text() noexcept = default;
  text(std::string_view utf8) noexcept : utf8_(utf8) {}
  text(const char* utf8) noexcept : utf8_(utf8) {}
  std::string_view view() const noexcept { return utf8_.view(); }
  operator std::string_view() const noexcept { return view(); }
  std::size_t size() const noexcept { return utf8_.size(); }
  bool empty() const noexcept { return utf8_.empty(); }
  friend bool operator==(const text& a, const text& b) noexcept { return a.view() == b.view(); }

private:
  bytes utf8_;
};
template <>
struct codec<text> : plain_codec<"text"> {
  using layout_of = text;
  static term to(const text& value) { return sdk::text_term(value.view()); }
  static bool from(const term& value, text& result) {
    if (sdk::is_raw_text(value)) {
      result = value.bytes();
      return true;
    }
    const std::size_t size = sdk::string_to_utf8(value, nullptr);
    if (size == sdk::npos)
      return false;
    char* const utf8 = new char[size + 1];
    sdk::string_to_utf8(value, utf8);
    result = std::string_view(utf8, size);
    delete[] utf8;
    return true;
  }
};
/// One way only: a view does not own what it shows.
template <>
struct codec<std::string_view> : plain_codec<"text"> {
  static term to(std::string_view utf8) { return sdk::text_term(utf8); }
  template <class View>
  static bool from(const term&, View&) {
    return sdk::refused<View, sdk::unfit::view>::told;
  }
};

/// tuple("ok", std::string("a")) and list(...) with elements that have a codec; it may throw.
template <class T>
term element(T&& value) {
  if constexpr (std::is_constructible_v<term, T>)
    return term(std::forward<T>(value));
  else
    return to_term<std::remove_cvref_t<T>>(value);
}
template <class... Elements>
requires(!(std::is_constructible_v<term, Elements> && ...)) term tuple(Elements&&... elements) {
  const term made[] = {element(std::forward<Elements>(elements))...};
  return tuple_of(made, sizeof...(Elements));
}
template <class... Elements>
requires(!(std::is_constructible_v<term, Elements> && ...)) term list(Elements&&... elements) {
  const term made[] = {element(std::forward<Elements>(elements))...};
  return list_of(made, sizeof...(Elements));
}
}  // namespace twinslot
