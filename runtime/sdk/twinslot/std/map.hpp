// runtime/sdk/twinslot/std/map.hpp - std::map in clauses and states: an Erlang map.
//
// Schema type: {map,Key,Value}. Keys are ordered by std::less or std::greater, or by a class of the author's without
// members. In an author's order, also an operator < of the keys, a map goes to another version as a term only: there it
// may mean another order. ts::term has `ts::term_less`.
// Keys that become equal on the way have no other side: {equal_keys,Type} as a term, no match as a map.
#pragma once
#include "runtime/sdk/twinslot/faults.hpp"

#include "runtime/sdk/twinslot/convert.hpp"

#include <map>

namespace twinslot {
template <class Key, class Value, class Less>
requires(!(std::is_empty_v<Less> && std::is_default_constructible_v<Less>)) struct codec<std::map<Key, Value, Less>>
    : sdk::formless<std::map<Key, Value, Less>, sdk::unfit::comparator> {
};
template <class Key, class Value, class Less>
requires(std::is_empty_v<Less>&& std::is_default_constructible_v<Less>) struct codec<std::map<Key, Value, Less>> {
  using layout_of = std::map<Key, Value, Less>;
  using parts = sdk::first_unfit<Key, Value>;
  static term to(const std::map<Key, Value, Less>& value) {
    term result = twinslot::map();
    for (const auto& [key, mapped] : value)
      result = result.with(to_term(key), to_term(mapped));
    if (result.size() != value.size())
      raise_error(tuple("equal_keys", type()));
    return result;
  }
  static bool from(const term& value, std::map<Key, Value, Less>& result) {
    if (!value.is_map())
      return false;
    std::map<Key, Value, Less> entries;
    for (const term& entry : value.to_list().elements_of_list()) {
      Key key{};
      if (!codec<Key>::from(entry[0], key))
        return false;
      const auto [place, is_new] = entries.try_emplace(std::move(key));
      if (!is_new || !codec<Value>::from(entry[1], place->second))
        return false;
    }
    result = std::move(entries);
    return true;
  }
  static term type() { return tuple("map", codec<Key>::type(), codec<Value>::type()); }
  static void layout(sdk::fingerprint& print) {
    print.add_standard("map");
    print.add(sdk::full_type_name<Less>());
    print.add_type<Key>();
    print.add_type<Value>();
    if (!has_own_order)
      print.differs();
  }

private:
  static constexpr bool is_standard = std::is_same_v<Less, std::less<Key>> || std::is_same_v<Less, std::less<>> ||
                                      std::is_same_v<Less, std::greater<Key>> || std::is_same_v<Less, std::greater<>>;
  static constexpr bool has_own_order =
      (is_standard && sdk::has_own_order<Key>) || (std::is_same_v<Key, term> && std::is_same_v<Less, term_less>);
};
}  // namespace twinslot
