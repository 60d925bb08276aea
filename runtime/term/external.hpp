// runtime/term/external.hpp - Erlang's external term format, version 131: what leaves this process as bytes.
// Source: OTP's "External Term Format"; checked against a real term_to_binary by tests/term.
#pragma once
#include "runtime/term/result.hpp"

#include <string>
#include <string_view>

namespace twinslot {
/// Bytes that binary_to_term of OTP 25 reads. Local funs: {badarg, Fun}.
result<std::string> term_to_bytes(const term& value);
/// Errors: badarg - truncated, unknown tag, trailing bytes, sizes beyond the input (checked before allocation).
result<term> bytes_to_term(std::string_view bytes);
/// As above, but bytes may follow the term: `used` is how many it took.
result<term> bytes_to_term(std::string_view bytes, std::size_t& used);
}  // namespace twinslot
