// runtime/sdk/twinslot/layout.hpp - when may one version's code use an object that another version's code made?
//
//     The fingerprint of a type goes over all that the meaning of its bytes depends on: names, types, sizes, places,
//     enumerators. Equal fingerprints in two versions: the object is used as it is, in O(1).
//     A type for which the SDK can't prove that calls `differs()`: its fingerprint is this version's own, so its
//     objects go to another version as terms only (sys:change_code, upgrade/1).
//
// Proved are the types of the SDK, scalars, enums, the containers of <twinslot/std/...>, and structs whose every member
// is named. Not proved: an author's codec (unless it says `using layout_of = T;`), a container in an author's order,
// and a class with bytes that its inspect function does not name.
// Source: design 3.4; W01.
#pragma once
#include "runtime/sdk/twinslot/host.hpp"

#include <new>
#include <type_traits>

namespace twinslot {
template <class T>
struct codec;

namespace sdk {

/// T as the compiler spells it.
template <class T>
consteval std::string_view full_type_name() {
  std::string_view all = __PRETTY_FUNCTION__;
  all.remove_prefix(all.find("T = ") + 4);
  return all.substr(0, all.find_first_of(";]"));
}
/// Without its namespaces and template arguments: the record's name of a struct.
template <class T>
consteval std::string_view type_name() {
  std::string_view name = full_type_name<T>();
  name = name.substr(0, name.find('<'));
  const auto scope = name.rfind("::");
  return scope == name.npos ? name : name.substr(scope + 2);
}
template <class T>
inline constexpr bool is_std = full_type_name<T>().starts_with("std::");

/// A hash over what must be equal (FNV-1a, 64 bits).
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
  void add_bytes(std::size_t bytes, std::size_t alignment) noexcept {
    add(bytes);
    add(alignment);
  }
  /// A member, an element or a whole state of type T.
  template <class T>
  void add_type() {
    add_bytes(sizeof(T), alignof(T));
    if constexpr (!requires { requires std::is_same_v<typename codec<T>::layout_of, T>; })
      differs();
    codec<T>::layout(*this);
  }
  /// From here on it equals no other version's: the place of a variable of this one, which stays where it is as long
  /// as an object of its types lives.
  void differs() noexcept {
    is_own_ = true;
    add(reinterpret_cast<std::uintptr_t>(&host_table));
  }
  bool is_own() const noexcept { return is_own_; }
  /// Memory that one version takes the other one gives back: not where a plugin has an operator new of its own.
  void add_allocation() noexcept {
    add(reinterpret_cast<std::uintptr_t>(static_cast<void* (*)(std::size_t)>(&::operator new)));
    add(reinterpret_cast<std::uintptr_t>(static_cast<void (*)(void*) noexcept>(&::operator delete)));
  }
  /// A container of the standard library, whose objects another library lays out in another way.
  void add_standard(std::string_view container) noexcept {
#if defined(_LIBCPP_VERSION)
    add("libc++");
#elif defined(_GLIBCXX_USE_CXX11_ABI)
    add(_GLIBCXX_USE_CXX11_ABI ? "libstdc++11" : "libstdc++");
#endif
    add(container);
  }
  std::uint64_t value() const noexcept {
    return hash_;
  }

private:
  void mix(unsigned char byte) noexcept {
    hash_ = (hash_ ^ byte) * 0x100000001b3;
  }
  std::uint64_t hash_ = 0xcbf29ce484222325;
  bool is_own_ = false;
};

/// Types whose operator < is no author's code: a container in its order may change hands.
template <class Key>
inline constexpr bool has_own_order = std::is_arithmetic_v<Key> ||
                                      (std::is_enum_v<Key> && !requires(Key a) { operator<(a, a); });
template <kind Kind>
inline constexpr bool has_own_order<identity<Kind>> = true;

}  // namespace sdk
}  // namespace twinslot
