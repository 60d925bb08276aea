// runtime/term/list_limit.hpp - how long a list may be in one piece. For the host.
#pragma once
#include "runtime/term/raised.hpp"

#include <cstdint>
#include <string_view>

namespace twinslot {

/// Elements of one list cell or text cell. A term keeps its place in the cell in 32 bits, and the place after the last
/// must fit, too. A list of several cells may be longer; a text is one cell.
inline constexpr std::uint64_t longest_cell = 0xFFFFFFFF;

/// As bytes_list, of text that may be as long as a binary. Raises system_limit.
inline term list_of_bytes(std::string_view bytes) {
  if (bytes.size() > longest_cell)
    raise_error("system_limit");
  return bytes_list(bytes);
}
}  // namespace twinslot
