// runtime/code/host_table.cpp
#include "runtime/code/host_table.hpp"

#include "runtime/term/block_pool.hpp"
#include "runtime/term/term.hpp"

namespace twinslot::code {
abi::host_table term_functions() noexcept {
  abi::host_table table{};
  table.version = abi::version;
  table.bytes = sizeof table;
  table.make_cell = host::make_cell;
  table.free_cell = host::free_cell;
  table.atom_index = host::atom_index;
  table.atom_text = host::atom_text;
  table.compare = [](const raw_term* a, const raw_term* b, int exact) { return host::compare(*a, *b, exact != 0); };
  table.hash = [](const raw_term* value) { return host::hash(*value); };
  table.map_get = [](const raw_term* map, const raw_term* key) { return host::map_get(*map, *key); };
  table.map_with = [](const raw_term* map, const raw_term* key, const raw_term* value, raw_term* result) {
    *result = host::map_with(*map, *key, value);
  };
  table.map_empty = [](raw_term* result) { *result = host::map_empty(); };
  table.map_to_list = [](const raw_term* map, raw_term* result) { *result = host::map_to_list(*map); };
  table.print = [](const raw_term* value, int how, raw_term* result) { *result = host::print(*value, how); };
  table.self = [](abi::env*, raw_term* result) { *result = term().detach(); };
  table.apply = [](abi::env*, std::uint32_t, std::uint32_t, const raw_term*, std::size_t, raw_term* result) {
    *result = tuple("error", "no_process", term()).detach();
    return abi::status::raised;
  };
  table.make_fun = [](abi::env*, const abi::module_info*, std::uint32_t, std::uint32_t, const raw_term*, std::size_t,
                      raw_term* result) {
    *result = tuple("error", "no_process", term()).detach();
    return abi::status::raised;
  };
  table.send = [](abi::env*, const raw_term*, raw_term message, raw_term* result) {
    static_cast<void>(term::adopt(message));
    *result = tuple("error", "no_process", term()).detach();
    return abi::status::raised;
  };
  table.take_memory = take_memory;
  table.give_memory = give_memory;
  return table;
}
}  // namespace twinslot::code
