// runtime/sdk/twinslot/std/string.hpp - std::string in clauses and states: an Erlang string, UTF-8 inside.
//
// Schema type: text, as ts::text, whose term form is the same: bytes that are no UTF-8 are kept, as a binary. Data
// whose form should not depend on what is in it is a ts::bytes.
#pragma once
#include "runtime/sdk/twinslot/faults.hpp"

#include "runtime/sdk/twinslot/convert.hpp"

#include <string>

namespace twinslot {
template <>
struct codec<std::string> {
  using layout_of = std::string;
  static term to(const std::string& value) { return sdk::text_term(value); }
  static bool from(const term& value, std::string& result) {
    if (sdk::is_raw_text(value)) {
      result = value.bytes();
      return true;
    }
    const std::size_t bytes = sdk::string_to_utf8(value, nullptr);
    if (bytes == sdk::npos)
      return false;
    result.resize(bytes);
    sdk::string_to_utf8(value, result.data());
    return true;
  }
  static term type() { return "text"; }
  static void layout(sdk::fingerprint& print) { print.add_standard("string"); }
};
template <>
inline constexpr bool sdk::has_own_order<std::string> = true;
}  // namespace twinslot
