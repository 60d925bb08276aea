// runtime/sdk/twinslot/std/optional.hpp - std::optional in clauses and states: the value, or the atom undefined.
//
// Schema type: {optional,Value}. A value that is itself `undefined` could not be told from none, and has no term:
// {undefined_in,Type}.
#pragma once
#include "runtime/sdk/twinslot/faults.hpp"

#include "runtime/sdk/twinslot/convert.hpp"

#include <optional>

namespace twinslot {
template <class Value>
struct codec<std::optional<Value>> {
  using layout_of = std::optional<Value>;
  using parts = sdk::first_unfit<Value>;
  static term to(const std::optional<Value>& value) {
    if (!value)
      return "undefined";
    term inside = to_term(*value);
    if (inside == "undefined"_atom)
      raise_error(tuple("undefined_in", type()));
    return inside;
  }
  static bool from(const term& value, std::optional<Value>& result) {
    result.reset();
    return value == "undefined"_atom || codec<Value>::from(value, result.emplace());
  }
  static term type() { return tuple("optional", codec<Value>::type()); }
  static void layout(sdk::fingerprint& print) {
    print.add_standard("optional");
    print.add_type<Value>();
  }
};
}  // namespace twinslot
