// runtime/term/atom_table.hpp - what the host may ask of the atom table besides making atoms. Any thread.
#pragma once
#include "runtime/term/term.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace twinslot {
/// The atom with this text if somebody made it before; never makes one.
std::optional<atom> existing_atom(std::string_view text) noexcept;
std::size_t atom_count() noexcept;
}  // namespace twinslot
