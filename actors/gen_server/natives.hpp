// actors/gen_server/natives.hpp - module gen_server: start/3,4, start_link/3,4, call/2,3, cast/2, reply/2, stop/1,3.
#pragma once
#include "runtime/process/native.hpp"

#include <span>

namespace twinslot::gen_server {
std::span<const native> natives();
std::span<const native> request_natives();  // send_request/2,4 and its answers
}  // namespace twinslot::gen_server
