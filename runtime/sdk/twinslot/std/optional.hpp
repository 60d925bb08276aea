// runtime/sdk/twinslot/std/optional.hpp - std::optional in clauses and states: the value, or the atom undefined.
//
// Schema type: {optional,Value}. An optional whose value may itself be `undefined` can't tell the two apart.
#pragma once
#include "runtime/sdk/twinslot/convert.hpp"

#include <optional>

namespace twinslot {
template <class Value>
struct codec<std::optional<Value>> {
  static term to(const std::optional<Value>& value) { return value ? to_term(*value) : term("undefined"); }
  static bool from(const term& value, std::optional<Value>& result) {
    result.reset();
    return value == "undefined"_atom || codec<Value>::from(value, result.emplace());
  }
  static term type() { return tuple("optional", codec<Value>::type()); }
  static void layout(sdk::fingerprint& print) {
    print.add("std::optional");
    codec<Value>::layout(print);
  }
};
}  // namespace twinslot
