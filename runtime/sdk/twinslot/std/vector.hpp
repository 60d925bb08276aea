// runtime/sdk/twinslot/std/vector.hpp - std::vector in clauses and states: a proper list.
//
// Schema type: {list,Element}. Mind that an Erlang string is a list of integers, and so a std::vector<int> too.
#pragma once
#include "runtime/sdk/twinslot/faults.hpp"

#include "runtime/sdk/twinslot/convert.hpp"

#include <vector>

namespace twinslot {
template <class Element>
struct codec<std::vector<Element>> {
  using layout_of = std::vector<Element>;
  using parts = sdk::first_unfit<Element>;
  static_assert(!std::is_same_v<Element, bool>,
                "twinslot: std::vector<bool> has no elements to refer to: write std::vector<std::uint8_t>");

  static term to(const std::vector<Element>& value) {
    std::vector<term> elements;
    elements.reserve(value.size());
    for (const Element& element : value)
      elements.push_back(to_term(element));
    return list_of(elements.data(), elements.size());
  }
  static bool from(const term& value, std::vector<Element>& result) {
    std::vector<Element> elements;
    auto at = value.elements_of_list().begin();
    for (; at != list_range::sentinel{}; ++at)
      if (!codec<Element>::from(*at, elements.emplace_back()))
        return false;
    if (!at.rest().is_nil())
      return false;
    result = std::move(elements);
    return true;
  }
  static term type() { return tuple("list", codec<Element>::type()); }
  static void layout(sdk::fingerprint& print) {
    print.add_standard("vector");
    print.add_type<Element>();
  }
};
}  // namespace twinslot
