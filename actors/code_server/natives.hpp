// actors/code_server/natives.hpp - module code, and erlang:check_old_code/1, check_process_code/2.
#pragma once
#include "runtime/process/native.hpp"

#include <span>

namespace twinslot::code_server {
std::span<const native> natives();
}  // namespace twinslot::code_server
