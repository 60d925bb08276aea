// runtime/console/library/install.cpp
#include "runtime/console/library/install.hpp"

#include "runtime/console/library/tables.hpp"
#include "runtime/process/node.hpp"

namespace twinslot {

void install_library(node& home) {
  using namespace library;
  for (auto table : {binary_functions, calendar_functions,  consult_functions,  erlang_binaries,  erlang_operators,
                     erlang_processes, erlang_system,       erlang_text,        erlang_time,      erlang_types,
                     file_functions,   filelib_functions,   filename_functions, io_functions,     io_lib_functions,
                     lists_keys,       lists_order,         lists_parts,        lists_walk,       logger_functions,
                     logger_settings,  maps_functions,      math_functions,     memory_functions, ordered_functions,
                     os_functions,     proplists_functions, queue_functions,    rand_functions,   string_list,
                     string_text,      timer_functions,     unicode_functions})
    home.add_natives(table());
}
}  // namespace twinslot
