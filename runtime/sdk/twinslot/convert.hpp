// runtime/sdk/twinslot/convert.hpp - C++ values as terms and back: the types that clauses and states are made of.
//
//     C++                               term                       schema type
//     std::int8_t ... std::uint64_t     integer in that range      int8 ... uint64
//     double, float                     float, or an integer       double, float
//     bool                              true | false               bool
//     ts::atom, pid, reference, port    the same                   atom, pid, reference, port
//     ts::term                          any                        term
//     ts::text                          string (code points)       text
//     ts::bytes                         binary                     bytes
//     ts::is<"quit">                    the atom quit              {is,quit}
//     enum                              its number                 {enum,int32}
//     std::pair                         {A,B}                      {tuple,[A,B]}
//     a struct with inspect             {name,Field...}            {record,name,[{Field,Type,Default}]}
// More in <twinslot/std/...>: string, vector, array, optional, tuple, map.
//
// A type joins by specialising `codec`. Reading is strict: a term that does not fit makes a clause not match.
#pragma once
#include "runtime/sdk/twinslot/host.hpp"

#include <type_traits>

namespace twinslot {
namespace sdk {

/// T as the compiler spells it, without its namespaces and template arguments: the record's name of a struct.
template <class T>
consteval std::string_view full_type_name() {
  std::string_view all = __PRETTY_FUNCTION__;
  all.remove_prefix(all.find("T = ") + 4);
  return all.substr(0, all.find_first_of(";]"));
}
template <class T>
consteval std::string_view type_name() {
  std::string_view name = full_type_name<T>();
  name = name.substr(0, name.find('<'));
  const auto scope = name.rfind("::");
  return scope == name.npos ? name : name.substr(scope + 2);
}

/// A hash over what must be equal for an object of one version to be used by another (FNV-1a, 64 bits).
class fingerprint {
public:
  void add(std::string_view text) noexcept {
    for (char c : text)
      mix(static_cast<unsigned char>(c));
    mix(0);
  }
  void add(std::uint64_t number) noexcept {
    for (int shift = 0; shift < 64; shift += 8)
      mix(static_cast<unsigned char>(number >> shift));
  }
  std::uint64_t value() const noexcept { return hash_; }

private:
  void mix(unsigned char byte) noexcept { hash_ = (hash_ ^ byte) * 0x100000001b3; }
  std::uint64_t hash_ = 0xcbf29ce484222325;
};

/// True for types that point into code, or whose objects do, directly or through what they own.
template <class T>
consteval bool points_into_code() {
  if constexpr (std::is_pointer_v<T> || std::is_reference_v<T> || std::is_member_pointer_v<T> ||
                std::is_function_v<T> || std::is_polymorphic_v<T>) {
    return true;
  } else {
    for (std::string_view owner : {"::function<", "::move_only_function<", "::any", "::unique_ptr<", "::shared_ptr<",
                                   "::weak_ptr<", "::reference_wrapper<"}) {
      const std::string_view name = full_type_name<T>();
      const auto at = name.substr(0, name.find('<') + 1).find(owner);
      if (name.starts_with("std::") && at != name.npos)
        return true;
    }
    return false;
  }
}
}  // namespace sdk

/// The conversion of one type; the types without one end here.
/// A codec has: `term to(const T&)`, which may throw; `bool from(const term&, T&)`, false where the term does not fit;
/// `term type()`, the type in a schema; `void layout(sdk::fingerprint&)`.
template <class T>
struct codec {
  static_assert(!sdk::points_into_code<T>(),
                "twinslot: state may not hold code pointers (std::function, pointers, references, virtual functions, "
                "owners of such): the code behind them leaves memory with its version. Keep terms, atoms, pids.");
  static_assert(
      sdk::points_into_code<T>(),
      "twinslot: this type has no term form: give it an inspect(), or include its codec (<twinslot/std/...>)");
};

/// A codec whose schema type is one atom.
template <fixed_string Name>
struct plain_codec {
  static term type() { return atom(Name.view()); }
  static void layout(sdk::fingerprint& print) { print.add(Name.view()); }
};

template <class T>
using codec_of = codec<std::remove_cvref_t<T>>;

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
  static term to(const term& value) { return value; }
  static bool from(const term& value, term& result) {
    result = value;
    return true;
  }
};

template <>
struct codec<bool> : plain_codec<"bool"> {
  static term to(bool value) { return value; }
  static bool from(const term& value, bool& result) {
    result = value == "true"_atom;
    return value.is_bool();
  }
};

template <class Int>
requires(std::integral<Int> && !std::same_as<Int, bool>) struct codec<Int> {
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

/// Floats read integers too, so that 5 can be passed for 5.0; NaN and infinity have no term: {not_finite,Type}.
template <std::floating_point Float>
requires(sizeof(Float) <= sizeof(double)) struct codec<Float> {
  static term to(Float value) {
    if (value - value != 0)
      raise_error(tuple("not_finite", type()));
    return static_cast<double>(value);
  }
  static bool from(const term& value, Float& result) {
    if (value.is_int64())
      result = static_cast<Float>(value.as_int64());
    else if (value.is_float())
      result = static_cast<Float>(value.as_float());
    return (value.is_int64() || value.is_float()) && result - result == 0;
  }
  static term type() { return sizeof(Float) == sizeof(double) ? term("double") : term("float"); }
  static void layout(sdk::fingerprint& print) { print.add(sizeof(Float) == sizeof(double) ? "double" : "float"); }
};

template <>
struct codec<atom> : plain_codec<"atom"> {
  static term to(atom value) { return value; }
  static bool from(const term& value, atom& result) {
    if (value.is_atom())
      result = value.as_atom();
    return value.is_atom();
  }
};

template <kind Kind>
struct codec<identity<Kind>> {
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
  static term to(is<Text>) { return literals::operator""_atom<Text>(); }
  static bool from(const term& value, is<Text>&) { return value == literals::operator""_atom<Text>(); }
  static term type() { return tuple("is", literals::operator""_atom<Text>()); }
  static void layout(sdk::fingerprint& print) { print.add(Text.view()); }
};

template <class Enum>
requires std::is_enum_v<Enum>
struct codec<Enum> {
  using number = std::underlying_type_t<Enum>;
  static term to(Enum value) { return codec<number>::to(static_cast<number>(value)); }
  static bool from(const term& value, Enum& result) {
    number read{};
    const bool fits = codec<number>::from(value, read);
    result = static_cast<Enum>(read);
    return fits;
  }
  static term type() { return tuple("enum", codec<number>::type()); }
  static void layout(sdk::fingerprint& print) {
    print.add("enum");
    codec<number>::layout(print);
  }
};

template <class First, class Second>
struct codec<std::pair<First, Second>> {
  static term to(const std::pair<First, Second>& value) { return tuple(to_term(value.first), to_term(value.second)); }
  static bool from(const term& value, std::pair<First, Second>& result) {
    return value.is_tuple(2) && codec<First>::from(value[0], result.first) &&
           codec<Second>::from(value[1], result.second);
  }
  static term type() { return tuple("tuple", list(codec<First>::type(), codec<Second>::type())); }
  static void layout(sdk::fingerprint& print) {
    print.add("std::pair");
    codec<First>::layout(print);
    codec<Second>::layout(print);
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

/// Text, an Erlang string: a list of code points outside, UTF-8 inside.
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
  static term to(const text& value) { return string(value.view()); }
  static bool from(const term& value, text& result) {
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
template <>
struct codec<std::string_view> {  // one way only: a view has no owner
  static term to(std::string_view utf8) { return string(utf8); }
};
}  // namespace twinslot
