// runtime/term/spelling.hpp - atoms and strings as source text, and what counts as printable. For runtime/term alone.
// Source: OTP 25's io_lib (escapes, quoting) and io_lib_pretty (printable prefixes of binaries).
#pragma once
#include "runtime/term/term.hpp"

#include <string>
#include <string_view>

namespace twinslot {

/// Which characters stand for themselves: of Latin-1, or all.
enum class encoding { latin1, unicode };

void append_atom(std::string& out, atom name, encoding text);
/// As above, but a reserved word stands bare: as Erlang shows the names in `fun lists:map/2`.
void append_fun_name(std::string& out, atom name);
/// One character inside quotes, escaped if need be.
void append_quoted(std::string& out, char32_t code, char quote, encoding text);

bool is_printable_latin1(std::uint64_t code) noexcept;
bool is_printable(std::uint64_t code, bool beyond_latin1) noexcept;

/// Whether a list is a proper, printable string; such a list is not empty.
bool is_printable_list(const raw_term& list, bool beyond_latin1) noexcept;

/// How much of a binary is shown as characters.
struct printable_part {
  enum { none, all, prefix } what = none;
  std::uint64_t byte_count = 0;
  bool utf8 = false;  // the bytes are UTF-8 with characters above 127: shown as <<"..."/utf8>>
};
/// depth: how deep the binary may go, one less than its own; below 0 without limit.
printable_part printable_bytes(std::string_view bytes, std::int64_t depth, encoding text, bool beyond_latin1) noexcept;
}  // namespace twinslot
