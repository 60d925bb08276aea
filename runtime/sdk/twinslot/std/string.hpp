// runtime/sdk/twinslot/std/string.hpp - std::string in clauses and states: an Erlang string, UTF-8 inside.
//
// Schema type: text, as ts::text, whose term form is the same. A binary is a ts::bytes.
#pragma once
#include "runtime/sdk/twinslot/convert.hpp"

#include <string>

namespace twinslot {
template <>
struct codec<std::string> {
  static term to(const std::string& value) { return string(value); }
  static bool from(const term& value, std::string& result) {
    const std::size_t bytes = sdk::string_to_utf8(value, nullptr);
    if (bytes == sdk::npos)
      return false;
    result.resize(bytes);
    sdk::string_to_utf8(value, result.data());
    return true;
  }
  static term type() { return "text"; }
  static void layout(sdk::fingerprint& print) { print.add("std::string"); }
};
}  // namespace twinslot
