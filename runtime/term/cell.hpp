// runtime/term/cell.hpp - what a term is made of: 16 bytes in place, and counted cells for the rest.
//
// The layout is part of the plugin ABI (runtime/sdk/twinslot/abi.hpp): host and plugins read cells directly,
// but only the host allocates and frees them. A cell is plain data: no vtable, no deleter, no pointer into a
// plugin, so a term made by a plugin outlives the plugin.
//
// Thread rule: a cell is immutable once a second term refers to it; its count is atomic.
// Source: design 3.1; the idea of boxed cells from the BEAM's erl_term.h.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace twinslot {

/// Kinds in Erlang's standard order, so that kinds of different rank compare as numbers do.
/// Numbers share one rank, and so do the list kinds (`nil` < `list`; `text` is a list).
enum class kind : std::uint8_t {
  integer,    // in place: int64
  bignum,     // cell: sign and magnitude, never one that fits an int64
  floating,   // in place: double, never NaN or infinity
  atom,       // in place: index into the atom table
  reference,  // in place: id; aux is the node's atom index, 0 for this node
  fun,        // cell: local fun (shell closure) or external fun M:F/A
  port,       // in place as reference
  pid,        // in place as reference
  tuple,      // cell: elements
  map,        // cell: see map.cpp
  nil,        // in place: []
  list,       // cell: elements and a tail; aux is the offset of the first element
  text,       // cell: a proper list of integers 0..255, one byte each; aux is the offset
  binary,     // cell: bytes, own or a slice of a parent; aux is the unused bits of the last byte (0..7)
};

/// The header of every cell.
struct alignas(16) cell {
  std::atomic<std::uint32_t> count;  // references; who gives up the last one frees it through `free_cell`
  kind what;
  std::uint8_t flags;  // kind-specific: fun: 1 external; bignum: 1 negative; map: see map.cpp
  std::uint16_t spare;
  std::uint64_t size;  // elements, bytes or limbs, by kind
};

/// Gives one reference up. True: it was the last one, and the cell is the caller's to free.
/// Who is alone needs no atomic subtraction: only an owner could add another reference. Either way whoever frees the
/// cell sees every use that other owners made of it before.
inline bool drop_reference(cell& shared) noexcept {
  return shared.count.load(std::memory_order_acquire) == 1 || shared.count.fetch_sub(1, std::memory_order_acq_rel) == 1;
}

/// A term's bits, as they cross the plugin boundary: a C struct passed by pointer.
struct raw_term {
  kind what;
  std::uint8_t spare8;
  std::uint16_t spare16;
  std::uint32_t aux;
  union {
    std::int64_t integer;
    double floating;
    std::uint64_t id;
    cell* box;
  };
};
static_assert(sizeof(raw_term) == 16 && sizeof(cell) == 16);

struct tuple_cell : cell {
  raw_term elements[1];  // `size` of them
};
struct list_cell : cell {
  raw_term tail;         // any term; nil for a proper list
  raw_term elements[1];  // `size` >= 1 of them: one for a cons, many for a list made at once
};
struct text_cell : cell {
  char bytes[16];  // `size` >= 1 of them
};
struct binary_cell : cell {
  const char* data;  // own bytes, or inside the parent's
  cell* parent;      // counted; null if the bytes are the cell's own
  char bytes[16];    // `size` of them where parent is null
};
inline constexpr std::size_t binary_head_bytes = sizeof(binary_cell) - sizeof(binary_cell::bytes);  // before its own
inline constexpr std::uint8_t binary_is_counted = 1;  // a binary's flag: it is in memory.hpp's binary_bytes
// A fun's flags.
inline constexpr std::uint8_t fun_is_external = 1;
inline constexpr std::uint8_t fun_is_of_plugin = 2;  // a local one whose code is a plugin's
struct fun_cell : cell {
  raw_term module;       // atom
  raw_term name;         // external: the function's atom; local: nil, or its own atom where it is named
  raw_term environment;  // local: what the fun's interpreter needs, as terms (of a plugin: the first arguments)
  std::uint64_t arity;
  std::uint64_t unique;  // local: number of the fun's creation; of a plugin: its fun_keeper
};
struct bignum_cell : cell {
  std::uint64_t limbs[2];  // `size` of them, least significant first; flags 1: negative
};

// The host's part of every term operation. In the host these are ordinary functions; in a plugin the SDK defines
// them as calls through the host's table. All are thread-safe.
#ifdef TWINSLOT_PLUGIN
#define TWINSLOT_HOST inline
#else
#define TWINSLOT_HOST
#endif
namespace host {
/// A cell of `bytes` bytes in all, count 1, `what` and `size` set, `flags` 0, the rest uninitialised.
/// Running out of memory ends the node.
TWINSLOT_HOST cell* make_cell(kind what, std::uint64_t size, std::size_t bytes) noexcept;
/// Frees a cell whose last reference was given up, and what it alone refers to, without recursion.
TWINSLOT_HOST void free_cell(cell* dead) noexcept;
/// Index of the atom with this UTF-8 text. At most 255 characters; more is cut by the caller's check.
TWINSLOT_HOST std::uint32_t atom_index(const char* text, std::size_t bytes) noexcept;
/// Text of an atom, valid for ever.
TWINSLOT_HOST const char* atom_text(std::uint32_t index, std::size_t* bytes) noexcept;
/// -1, 0, 1 in Erlang's order. exact: 1 and 1.0 differ (as `=:=` and map keys do).
TWINSLOT_HOST int compare(const raw_term& a, const raw_term& b, bool exact) noexcept;
TWINSLOT_HOST std::uint64_t hash(const raw_term& value) noexcept;
/// Value of a key; null if absent. The pointer lives as long as the map.
TWINSLOT_HOST const raw_term* map_get(const raw_term& map, const raw_term& key) noexcept;
/// New map (owned by the caller) with the key set; `value` null removes it.
TWINSLOT_HOST raw_term map_with(const raw_term& map, const raw_term& key, const raw_term* value) noexcept;
TWINSLOT_HOST raw_term map_empty() noexcept;
/// The map as a list of {Key, Value} in key order (owned by the caller).
TWINSLOT_HOST raw_term map_to_list(const raw_term& map) noexcept;
/// The term as `~p` on one line (how 0) or `~w` (how 1), as a binary (owned by the caller).
TWINSLOT_HOST raw_term print(const raw_term& value, int how) noexcept;
}  // namespace host
}  // namespace twinslot
