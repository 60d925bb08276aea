// actors/install.hpp - gives a node its servers: gen_server, sys, the code server, upgrades, TCP.
#pragma once
#include "actors/code_server/code_server.hpp"

namespace twinslot {
/// Adds the natives of modules gen_server, sys, code, gen_tcp, inet and twinslot, and starts the code server. Once per
/// node, before its other processes run.
void install_actors(node& home, const code_server::options& chosen = {});
}  // namespace twinslot
