// runtime/console/library/install.cpp
#include "runtime/console/library/install.hpp"

#include "runtime/console/library/tables.hpp"
#include "runtime/process/node.hpp"

namespace twinslot {

void install_library(node& home) {
  using namespace library;
  for (auto table :
       {erlang_binaries, erlang_operators, erlang_processes, erlang_system, erlang_text, erlang_time, erlang_types,
        lists_keys, lists_order, lists_parts, lists_walk, maps_functions, string_list, string_text})
    home.add_natives(table());
}
}  // namespace twinslot
