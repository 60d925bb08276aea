// runtime/sdk/twinslot/enumerators.hpp - an enum is the name of its enumerator, as an atom.
//
//     enum class policy { reject, delay };
//     to_term(policy::delay)                  delay
//     to_term(static_cast<policy>(7))         7: no enumerator is equal to it
//     codec<policy>::type()                   {enum,int32,[{reject,0},{delay,1}]}
//
// Both the name and the number are read. The numbers may change from version to version, the names say what is meant.
// Searched are -128..1023, every power of two, and all values of an enum of one byte; an enumerator beyond is a number.
// Source: magic_enum (names from the compiler's spelling).
#pragma once
#include "runtime/sdk/twinslot/convert.hpp"
#include "runtime/sdk/twinslot/members.hpp"

namespace twinslot {
namespace sdk {

struct enumerator {
  std::int64_t value;  // an unsigned one of 64 bits as if it were signed
  atom name;
};

/// The values that are searched for names, in the order of the spelling.
template <class Number>
struct searched {
  static constexpr std::int64_t first = std::is_signed_v<Number> ? -128 : 0;
  static constexpr bool is_byte = sizeof(Number) == 1;
  static constexpr std::size_t row = std::is_same_v<Number, bool> ? 2
                                     : is_byte                    ? 256
                                                                  : static_cast<std::size_t>(1024 - first);
  static constexpr std::size_t count = row + (is_byte ? 0 : sizeof(Number) * 8 - 10);  // and 2^10 ...
  static constexpr std::int64_t value(std::size_t index) noexcept {
    return index < row ? first + static_cast<std::int64_t>(index)
                       : static_cast<std::int64_t>(std::uint64_t{1} << (index - row + 10));
  }
};

#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wunknown-warning-option"
#pragma clang diagnostic ignored "-Wenum-constexpr-conversion"
#endif
template <class Enum, std::size_t... I>
consteval const char* spell_enumerators(std::index_sequence<I...>) {
  using number = std::underlying_type_t<Enum>;
  return spelling<__builtin_bit_cast(Enum, static_cast<number>(searched<number>::value(I)))...>();
}
#if defined(__clang__)
#pragma clang diagnostic pop
#endif

/// The next value of a spelling: its last word, empty where that is a number, as of (colour)3. `rest` is set behind
/// it; at first it is the whole spelling, ... V = {...}] by g++, ... V = <...>] by clang.
[[gnu::cold]] inline std::string_view next_name(std::string_view& rest) noexcept {
  if (rest.starts_with("const"))
    rest.remove_prefix(rest.find("= ") + 3);
  std::size_t end = 0;
  for (int depth = 0; end < rest.size(); ++end) {
    const char c = rest[end];
    if (depth == 0 && (c == ',' || c == '}' || c == '>'))
      break;
    depth += (c == '<' || c == '(' || c == '{') - (c == '>' || c == ')' || c == '}');
  }
  const std::string_view found = last_word(rest.substr(0, end));
  rest.remove_prefix(end < rest.size() ? end + 1 : end);
  return found.empty() || (found[0] >= '0' && found[0] <= '9') ? std::string_view{} : found;
}

/// The named values of one enum, in the order of the search.
class enumerators {
public:
  enumerators(std::string_view spelled, std::int64_t (*value)(std::size_t), std::size_t searched) {
    for (const bool counted : {false, true}) {
      if (counted)
        all_ = new enumerator[count_];
      count_ = 0;
      std::string_view rest = spelled;
      for (std::size_t i = 0; i < searched; ++i)
        if (const std::string_view name = next_name(rest); !name.empty()) {
          if (counted)
            all_[count_] = {value(i), atom(name)};
          ++count_;
        }
    }
  }
  enumerators(const enumerators&) = delete;
  enumerators& operator=(const enumerators&) = delete;
  ~enumerators() { delete[] all_; }

  const enumerator* begin() const noexcept { return all_; }
  const enumerator* end() const noexcept { return all_ + count_; }
  const enumerator* of(std::int64_t value) const noexcept {
    for (const enumerator& each : *this)
      if (each.value == value)
        return &each;
    return nullptr;
  }
  const enumerator* called(const term& name) const noexcept {
    for (const enumerator& each : *this)
      if (name.is_atom(each.name))
        return &each;
    return nullptr;
  }
  term list_all() const {
    term result;
    for (std::size_t i = count_; i-- > 0;)
      result = cons(tuple(all_[i].name, all_[i].value), std::move(result));
    return result;
  }
  void layout(fingerprint& print) const {
    if (count_ == 0)
      print.differs();
    for (const enumerator& each : *this) {
      print.add(each.name.text());
      print.add(static_cast<std::uint64_t>(each.value));
    }
  }

private:
  enumerator* all_ = nullptr;
  std::size_t count_ = 0;
};
template <class Enum>
[[gnu::cold]] const enumerators& enumerators_of() {
  using values = searched<std::underlying_type_t<Enum>>;
  static const enumerators all(spell_enumerators<Enum>(std::make_index_sequence<values::count>{}), values::value,
                               values::count);
  return all;
}
}  // namespace sdk

template <class Enum>
requires std::is_enum_v<Enum>
struct codec<Enum> {
  using layout_of = Enum;
  using number = std::underlying_type_t<Enum>;
  static term to(Enum value) {
    const auto* named = sdk::enumerators_of<Enum>().of(static_cast<std::int64_t>(value));
    return named != nullptr ? term(named->name) : codec<number>::to(static_cast<number>(value));
  }
  static bool from(const term& value, Enum& result) {
    if (value.is_atom()) {
      const auto* named = sdk::enumerators_of<Enum>().called(value);
      if (named != nullptr)
        result = static_cast<Enum>(named->value);
      return named != nullptr;
    }
    number read{};
    const bool fits = codec<number>::from(value, read);
    result = static_cast<Enum>(read);
    return fits;
  }
  static term type() { return tuple("enum", codec<number>::type(), sdk::enumerators_of<Enum>().list_all()); }
  static void layout(sdk::fingerprint& print) {
    print.add("enum");
    codec<number>::layout(print);
    sdk::enumerators_of<Enum>().layout(print);
  }
};
}  // namespace twinslot
