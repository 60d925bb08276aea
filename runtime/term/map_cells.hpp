// runtime/term/map_cells.hpp - what a map's cell holds. For runtime/term alone: others use term::get, with, to_list.
//
//     flat (flags 0):  up to 32 entries, one array in key order
//     node (flags 1):  a node of a persistent weight-balanced tree; the root is the map, `size` counts its subtree
//
// Keys are in the order of compare_exact, which is Erlang's order of map keys: every integer before every float.
// Source: OTP's two kinds of maps; Hirai and Yamamoto, "Balancing weight-balanced trees" (delta 3, gamma 2).
#pragma once
#include "runtime/term/term.hpp"

#include <vector>

namespace twinslot {
enum : std::uint8_t { map_is_flat = 0, map_is_node = 1 };
inline constexpr std::uint64_t map_flat_limit = 32;  // as OTP's MAP_SMALL_MAP_LIMIT

struct map_entry {
  raw_term key;
  raw_term value;
};
struct map_flat : cell {
  map_entry entries[1];  // `size` of them
};
struct map_node : cell {
  map_node* left;   // counted; null if empty
  map_node* right;  // counted; null if empty
  map_entry entry;
};

/// Entry number `index` in key order: O(1) for a flat map, O(log n) for a tree. It lives as long as the map.
const map_entry& map_at(const cell* map, std::uint64_t index) noexcept;

/// A map of these entries; the last of equal keys wins. O(n log n).
term map_of(std::vector<std::pair<term, term>> entries);
}  // namespace twinslot
