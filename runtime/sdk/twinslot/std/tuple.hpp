// runtime/sdk/twinslot/std/tuple.hpp - std::tuple in clauses and states: a tuple of these types.
//
// Schema type: {tuple,[Type...]}.
#pragma once
#include "runtime/sdk/twinslot/faults.hpp"

#include "runtime/sdk/twinslot/inspect.hpp"

#include <tuple>

namespace twinslot {
template <class... Elements>
struct codec<std::tuple<Elements...>> {
  using value_type = std::tuple<Elements...>;
  using layout_of = value_type;
  using parts = sdk::first_unfit<Elements...>;
  static term to(const value_type& value) {
    return std::apply([](const Elements&... elements) { return tuple(to_term(elements)...); }, value);
  }
  static bool from(const term& value, value_type& result) {
    return value.is_tuple(sizeof...(Elements)) && std::apply(
                                                      [&](Elements&... elements) {
                                                        [[maybe_unused]] std::size_t i = 0;
                                                        return (codec<Elements>::from(value[i++], elements) && ...);
                                                      },
                                                      result);
  }
  static term type() { return tuple("tuple", list(codec<Elements>::type()...)); }
  static void layout(sdk::fingerprint& print) {
    print.add_standard("tuple");
    (print.add_type<Elements>(), ...);
  }
};
}  // namespace twinslot
