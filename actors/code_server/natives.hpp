// actors/code_server/natives.hpp - module code, and what module erlang says about code.
//
//     load_natives     loading, one module or several in one step
//     module_natives   purging, deleting, and questions about modules; erlang:check_process_code/2,3 and its like
//     path_natives     the code path, sticky directories
//
// Results have Erlang's shapes; what is new beside them:
//     code:purge_report/1, soft_purge_report/1      what a purge did: purge.hpp (W04)
//     code:holders/1                                why a version is still here: holders.hpp
//     code:load_file/2, load_binary/4               with what to do about an old version that is in the way (W03)
#pragma once
#include "runtime/process/native.hpp"

#include <span>

namespace twinslot::code_server {
std::span<const native> load_natives();
std::span<const native> module_natives();
std::span<const native> path_natives();
}  // namespace twinslot::code_server
