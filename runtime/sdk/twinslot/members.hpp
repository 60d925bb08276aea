// runtime/sdk/twinslot/members.hpp - the members of an aggregate without an inspect function: how many, where, and
// their names. The SDK's inner part.
//
//     count_members<T>()                         as many as it can be initialised from
//     members<3>::visit(x, [](auto&... all) {})  the members themselves, by a structured binding
//     members<3>::names<T>()                     their names: the compiler writes pointers to them with them
//
// Not for aggregates with base classes (they are initialised as if they were members) nor with C arrays (as if each
// element were a member).
// Source: Boost.PFR (counting), reflect-cpp (names).
#pragma once
#include "runtime/sdk/twinslot/layout.hpp"

#include <utility>

namespace twinslot::sdk {

template <class Whole>
struct any_member {
  template <class T>
  requires(!std::is_same_v<T, Whole>) operator T() const;
};
template <class Whole>
struct any_base {
  template <class T>
  requires(std::is_base_of_v<T, Whole> && !std::is_same_v<T, Whole>) operator T() const;
};
template <class T, std::size_t>
using repeat = T;
template <class T, std::size_t... I>
consteval bool takes_values(std::index_sequence<I...>) {
  return requires {
    T{repeat<any_member<T>, I>{}...};
  };
}
template <class T, std::size_t... Before, std::size_t... After>
consteval bool takes_braces(std::index_sequence<Before...>, std::index_sequence<After...>) {
  return requires {
    T{repeat<any_member<T>, Before>{}..., {}, repeat<any_member<T>, After>{}...};
  };
}

/// An aggregate without base classes.
template <class T>
concept plain_aggregate = std::is_class_v<T> && std::is_aggregate_v<T> && !requires {
  T{any_base<T>{}};
};

inline constexpr std::size_t member_limit = 32;

/// One more than `member_limit` where there are more.
template <class T, std::size_t From = 0>
consteval std::size_t count_members() {
  if constexpr (From <= member_limit && takes_values<T>(std::make_index_sequence<From + 1>{}))
    return count_members<T, From + 1>();
  else
    return From;
}
/// True if T surely has more members than the `Count` that were inspected.
template <class T, std::size_t Count>
consteval bool leaves_out_members() {
  if constexpr (plain_aggregate<T>)
    return takes_values<T>(std::make_index_sequence<Count + 1>{});
  else
    return false;
}
/// True for an aggregate with a C array: `{}` stands for all of it.
template <class T, std::size_t Count, std::size_t... I>
consteval bool holds_array(std::index_sequence<I...>) {
  return !(takes_braces<T>(std::make_index_sequence<I>{}, std::make_index_sequence<Count - I - 1>{}) && ...);
}

/// True if the members of T have these types, in this order, and there are no others.
template <class Only>
struct exactly {
  template <class T>
  requires(std::is_same_v<T, Only>) operator T() const;
};
template <class T, class... Members>
consteval bool consists_of() {
  if constexpr (plain_aggregate<T> && !leaves_out_members<T, sizeof...(Members)>())
    return requires {
      T{exactly<Members>{}...};
    };
  else
    return false;
}

/// What it was called with, as the compiler writes it; the last word is the value's.
template <auto... Values>
consteval const char* spelling() {
  return __PRETTY_FUNCTION__;
}
constexpr bool in_word(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '$' ||
         static_cast<signed char>(c) < 0;
}
[[gnu::cold]] constexpr std::string_view last_word(std::string_view spelled) noexcept {
  std::size_t end = spelled.size();
  while (end > 0 && !in_word(spelled[end - 1]))
    --end;
  std::size_t begin = end;
  while (begin > 0 && in_word(spelled[begin - 1]))
    --begin;
  return spelled.substr(begin, end - begin);
}

#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-var-template"
#pragma clang diagnostic ignored "-Wundefined-internal"
#endif
/// An object that there is not: only the places of its members are named.
template <class T>
struct ghost {
  T value;
};
template <class T>
extern const ghost<T> ghost_of;
/// A pointer to a member as a template argument; by itself clang takes none.
template <class T>
struct place {
  const T* at;
};
template <class T>
place(const T*) -> place<T>;
template <std::size_t Count>
struct name_list {
  std::string_view all[Count];
};

template <std::size_t Count>
struct members;
template <>
struct members<0> {
  template <class T, class Use>
  static auto visit(T&, Use use) {
    return use();
  }
  template <class T>
  static consteval name_list<1> names() {
    return {};
  }
};

// clang-format off
#define TWINSLOT_NAME(member) member
#define TWINSLOT_PLACE(member) last_word(spelling<place{&member}>())
#define TWINSLOT_MEMBERS(count)                                  \
  template <>                                                    \
  struct members<count> {                                        \
    template <class T, class Use>                                \
    static auto visit(T& x, Use use) {                           \
      auto& [TWINSLOT_EACH_##count(TWINSLOT_NAME)] = x;          \
      return use(TWINSLOT_EACH_##count(TWINSLOT_NAME));          \
    }                                                            \
    template <class T>                                           \
    static consteval name_list<count> names() {                  \
      auto& [TWINSLOT_EACH_##count(TWINSLOT_NAME)] = ghost_of<T>.value; \
      return {{TWINSLOT_EACH_##count(TWINSLOT_PLACE)}};          \
    }                                                            \
  };
#define TWINSLOT_EACH_1(f) f(m1)
#define TWINSLOT_EACH_2(f) TWINSLOT_EACH_1(f), f(m2)
#define TWINSLOT_EACH_3(f) TWINSLOT_EACH_2(f), f(m3)
#define TWINSLOT_EACH_4(f) TWINSLOT_EACH_3(f), f(m4)
#define TWINSLOT_EACH_5(f) TWINSLOT_EACH_4(f), f(m5)
#define TWINSLOT_EACH_6(f) TWINSLOT_EACH_5(f), f(m6)
#define TWINSLOT_EACH_7(f) TWINSLOT_EACH_6(f), f(m7)
#define TWINSLOT_EACH_8(f) TWINSLOT_EACH_7(f), f(m8)
#define TWINSLOT_EACH_9(f) TWINSLOT_EACH_8(f), f(m9)
#define TWINSLOT_EACH_10(f) TWINSLOT_EACH_9(f), f(m10)
#define TWINSLOT_EACH_11(f) TWINSLOT_EACH_10(f), f(m11)
#define TWINSLOT_EACH_12(f) TWINSLOT_EACH_11(f), f(m12)
#define TWINSLOT_EACH_13(f) TWINSLOT_EACH_12(f), f(m13)
#define TWINSLOT_EACH_14(f) TWINSLOT_EACH_13(f), f(m14)
#define TWINSLOT_EACH_15(f) TWINSLOT_EACH_14(f), f(m15)
#define TWINSLOT_EACH_16(f) TWINSLOT_EACH_15(f), f(m16)
#define TWINSLOT_EACH_17(f) TWINSLOT_EACH_16(f), f(m17)
#define TWINSLOT_EACH_18(f) TWINSLOT_EACH_17(f), f(m18)
#define TWINSLOT_EACH_19(f) TWINSLOT_EACH_18(f), f(m19)
#define TWINSLOT_EACH_20(f) TWINSLOT_EACH_19(f), f(m20)
#define TWINSLOT_EACH_21(f) TWINSLOT_EACH_20(f), f(m21)
#define TWINSLOT_EACH_22(f) TWINSLOT_EACH_21(f), f(m22)
#define TWINSLOT_EACH_23(f) TWINSLOT_EACH_22(f), f(m23)
#define TWINSLOT_EACH_24(f) TWINSLOT_EACH_23(f), f(m24)
#define TWINSLOT_EACH_25(f) TWINSLOT_EACH_24(f), f(m25)
#define TWINSLOT_EACH_26(f) TWINSLOT_EACH_25(f), f(m26)
#define TWINSLOT_EACH_27(f) TWINSLOT_EACH_26(f), f(m27)
#define TWINSLOT_EACH_28(f) TWINSLOT_EACH_27(f), f(m28)
#define TWINSLOT_EACH_29(f) TWINSLOT_EACH_28(f), f(m29)
#define TWINSLOT_EACH_30(f) TWINSLOT_EACH_29(f), f(m30)
#define TWINSLOT_EACH_31(f) TWINSLOT_EACH_30(f), f(m31)
#define TWINSLOT_EACH_32(f) TWINSLOT_EACH_31(f), f(m32)
TWINSLOT_MEMBERS(1) TWINSLOT_MEMBERS(2) TWINSLOT_MEMBERS(3) TWINSLOT_MEMBERS(4)
TWINSLOT_MEMBERS(5) TWINSLOT_MEMBERS(6) TWINSLOT_MEMBERS(7) TWINSLOT_MEMBERS(8)
TWINSLOT_MEMBERS(9) TWINSLOT_MEMBERS(10) TWINSLOT_MEMBERS(11) TWINSLOT_MEMBERS(12)
TWINSLOT_MEMBERS(13) TWINSLOT_MEMBERS(14) TWINSLOT_MEMBERS(15) TWINSLOT_MEMBERS(16)
TWINSLOT_MEMBERS(17) TWINSLOT_MEMBERS(18) TWINSLOT_MEMBERS(19) TWINSLOT_MEMBERS(20)
TWINSLOT_MEMBERS(21) TWINSLOT_MEMBERS(22) TWINSLOT_MEMBERS(23) TWINSLOT_MEMBERS(24)
TWINSLOT_MEMBERS(25) TWINSLOT_MEMBERS(26) TWINSLOT_MEMBERS(27) TWINSLOT_MEMBERS(28)
TWINSLOT_MEMBERS(29) TWINSLOT_MEMBERS(30) TWINSLOT_MEMBERS(31) TWINSLOT_MEMBERS(32)
// clang-format on
#if defined(__clang__)
#pragma clang diagnostic pop
#endif
}  // namespace twinslot::sdk
