// runtime/sdk/twinslot/std/map.hpp - std::map in clauses and states: an Erlang map.
//
// Schema type: {map,Key,Value}. Keys are ordered by their own operator <; ts::term has `ts::term_less` for that.
#pragma once
#include "runtime/sdk/twinslot/convert.hpp"

#include <map>

namespace twinslot {
template <class Key, class Value, class Less>
struct codec<std::map<Key, Value, Less>> {
  static term to(const std::map<Key, Value, Less>& value) {
    term result = twinslot::map();
    for (const auto& [key, mapped] : value)
      result = result.with(to_term(key), to_term(mapped));
    return result;
  }
  static bool from(const term& value, std::map<Key, Value, Less>& result) {
    if (!value.is_map())
      return false;
    std::map<Key, Value, Less> entries;
    for (const term& entry : value.to_list().elements_of_list()) {
      Key key{};
      if (!codec<Key>::from(entry[0], key) || !codec<Value>::from(entry[1], entries[std::move(key)]))
        return false;
    }
    result = std::move(entries);
    return true;
  }
  static term type() { return tuple("map", codec<Key>::type(), codec<Value>::type()); }
  static void layout(sdk::fingerprint& print) {
    print.add("std::map");
    print.add(sizeof(Key));
    codec<Key>::layout(print);
    print.add(sizeof(Value));
    codec<Value>::layout(print);
  }
};
}  // namespace twinslot
