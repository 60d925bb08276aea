// runtime/console/library/tables.hpp - the tables of natives, one per file of this folder; install.cpp adds them all.
#pragma once
#include "runtime/process/native.hpp"

#include <span>

namespace twinslot::library {
std::span<const native> binary_functions();
std::span<const native> calendar_functions();
std::span<const native> consult_functions();
std::span<const native> erlang_binaries();
std::span<const native> erlang_operators();
std::span<const native> erlang_processes();
std::span<const native> erlang_system();
std::span<const native> erlang_text();
std::span<const native> erlang_time();
std::span<const native> erlang_types();
std::span<const native> file_functions();
std::span<const native> filelib_functions();
std::span<const native> filename_functions();
std::span<const native> io_functions();
std::span<const native> io_lib_functions();
std::span<const native> lists_keys();
std::span<const native> lists_order();
std::span<const native> lists_parts();
std::span<const native> lists_walk();
std::span<const native> logger_functions();
std::span<const native> logger_settings();
std::span<const native> maps_functions();
std::span<const native> math_functions();
std::span<const native> memory_functions();
std::span<const native> ordered_functions();
std::span<const native> os_functions();
std::span<const native> proplists_functions();
std::span<const native> queue_functions();
std::span<const native> rand_functions();
std::span<const native> string_list();
std::span<const native> string_text();
std::span<const native> timer_functions();
std::span<const native> unicode_functions();
}  // namespace twinslot::library
