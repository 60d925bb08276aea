// actors/tcp/natives.hpp - modules gen_tcp, inet and prim_inet, erlang's ports; and the threads behind them.
#pragma once
#include "runtime/process/native.hpp"
#include "runtime/process/node.hpp"

#include <span>

namespace twinslot::tcp {
/// Adds them to the node and starts its I/O threads. Once per node, before its processes run.
void start(node& home);
}  // namespace twinslot::tcp
