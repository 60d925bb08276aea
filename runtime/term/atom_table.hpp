// runtime/term/atom_table.hpp - what the host may ask of the atom table besides making atoms. Any thread.
//
// An atom is never removed, so there is a limit. What comes from outside (binary_to_term, list_to_atom, the console's
// scanner) makes its atoms by atom_within_limit or make_atom, which refuse one atom more. What `atom{text}` makes,
// as literals of code do, has a reserve of as many atoms again. From its middle on the watchers hear of each
// (atom_watcher::over); where it is used up, the program ends and says why, as Erlang does at its limit.
// Source: Erlang's +t; erts/emulator/beam/atom.c.
#pragma once
#include "runtime/term/term.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace twinslot {
/// The atom with this text if there is one already; never makes one.
std::optional<atom> existing_atom(std::string_view text) noexcept;
/// Nothing: it would be a new atom, and there are as many as there may be.
std::optional<atom> atom_within_limit(std::string_view text) noexcept;
/// As above. Raises system_limit.
atom make_atom(std::string_view text);

std::size_t atom_count() noexcept;
/// How many atoms there may be; at first 1,048,576, as in Erlang.
std::size_t atom_limit() noexcept;
/// At most 2^30.
void limit_atoms(std::size_t count) noexcept;

/// Called by the thread that made the atom; it may make atoms itself, of which it is not told.
class atom_watcher {
public:
  atom_watcher();
  virtual ~atom_watcher();
  atom_watcher(const atom_watcher&) = delete;
  atom_watcher& operator=(const atom_watcher&) = delete;
  /// The table is half full, then at three quarters, then at seven eighths; then full.
  virtual void filling(std::size_t count, std::size_t limit) = 0;
  /// The caller made an atom out of the second half of the reserve.
  virtual void over(std::size_t limit) = 0;

protected:
  void end() noexcept;  // in the destructor of what overrides these
};
}  // namespace twinslot
