// runtime/sdk/twinslot/std/array.hpp - std::array in clauses and states: a tuple of as many elements.
//
// Schema type: {array,Size,Element}.
#pragma once
#include "runtime/sdk/twinslot/faults.hpp"

#include "runtime/sdk/twinslot/inspect.hpp"

#include <array>

namespace twinslot {
template <class Element, std::size_t Size>
struct codec<std::array<Element, Size>> {
  using layout_of = std::array<Element, Size>;
  using parts = sdk::first_unfit<Element>;
  static term to(const std::array<Element, Size>& value) {
    term result = sdk::new_tuple(Size);
    for (std::size_t i = 0; i < Size; ++i)
      sdk::set_element(result, i, to_term(value[i]));
    return result;
  }
  static bool from(const term& value, std::array<Element, Size>& result) {
    if (!value.is_tuple(Size))
      return false;
    for (std::size_t i = 0; i < Size; ++i)
      if (!codec<Element>::from(value[i], result[i]))
        return false;
    return true;
  }
  static term type() { return tuple("array", Size, codec<Element>::type()); }
  static void layout(sdk::fingerprint& print) {
    print.add_standard("array");
    print.add(Size);
    print.add_type<Element>();
  }
};
}  // namespace twinslot
