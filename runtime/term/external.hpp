// runtime/term/external.hpp - Erlang's external term format, version 131: what leaves this process as bytes.
// Source: OTP's "External Term Format"; checked against a real term_to_binary by tests/term.
#pragma once
#include "runtime/term/result.hpp"

#include <string>
#include <string_view>

namespace twinslot {
/// Bytes that binary_to_term of OTP 25 reads. Local funs: {badarg, Fun}.
result<std::string> term_to_bytes(const term& value);
/// Errors: badarg - truncated, unknown tag, trailing bytes, sizes beyond the input (checked before allocation);
/// system_limit - new atoms, and there are as many as there may be (atom_table.hpp).
result<term> bytes_to_term(std::string_view bytes);
/// Which atoms bytes may name.
enum class atoms_of_bytes {
  any,
  known,  // a new one is badarg: the option `safe` of binary_to_term
};
/// As above, but bytes may follow the term: `used` is how many it took.
result<term> bytes_to_term(std::string_view bytes, std::size_t& used, atoms_of_bytes which = atoms_of_bytes::any);
}  // namespace twinslot
