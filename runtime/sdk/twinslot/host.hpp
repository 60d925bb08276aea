// runtime/sdk/twinslot/host.hpp - the plugin's side of `twinslot::host`: each call goes through the host's table.
//
// Included by every other SDK header; a plugin's author needs nothing of it. The table is set once, by twinslot_module,
// before any other code of the plugin runs (constructors of globals excepted: they must not make terms).
#pragma once
#include "runtime/sdk/twinslot/abi.hpp"
#include "runtime/term/raised.hpp"
#include "runtime/term/term.hpp"

namespace twinslot {

/// An exception of Erlang's kind, thrown and caught inside the plugin: class, reason, stack.
using exception = raised;

namespace sdk {
/// What the host offers; null until twinslot_module was called.
inline constinit const abi::host_table* host_table = nullptr;
/// The module that this plugin holds, once it was built.
inline constinit atom module_name{};
}  // namespace sdk

#ifdef TWINSLOT_PLUGIN
namespace host {
inline cell* make_cell(kind what, std::uint64_t size, std::size_t bytes) noexcept {
  return sdk::host_table->make_cell(what, size, bytes);
}
inline void free_cell(cell* dead) noexcept {
  sdk::host_table->free_cell(dead);
}
inline std::uint32_t atom_index(const char* text, std::size_t bytes) noexcept {
  return sdk::host_table->atom_index(text, bytes);
}
inline const char* atom_text(std::uint32_t index, std::size_t* bytes) noexcept {
  return sdk::host_table->atom_text(index, bytes);
}
inline int compare(const raw_term& a, const raw_term& b, bool exact) noexcept {
  return sdk::host_table->compare(&a, &b, exact ? 1 : 0);
}
inline std::uint64_t hash(const raw_term& value) noexcept {
  return sdk::host_table->hash(&value);
}
inline const raw_term* map_get(const raw_term& map, const raw_term& key) noexcept {
  return sdk::host_table->map_get(&map, &key);
}
inline raw_term map_with(const raw_term& map, const raw_term& key, const raw_term* value) noexcept {
  raw_term result;
  sdk::host_table->map_with(&map, &key, value, &result);
  return result;
}
inline raw_term map_empty() noexcept {
  raw_term result;
  sdk::host_table->map_empty(&result);
  return result;
}
inline raw_term map_to_list(const raw_term& map) noexcept {
  raw_term result;
  sdk::host_table->map_to_list(&map, &result);
  return result;
}
inline raw_term print(const raw_term& value, int how) noexcept {
  raw_term result;
  sdk::host_table->print(&value, how, &result);
  return result;
}
}  // namespace host
#endif
}  // namespace twinslot
