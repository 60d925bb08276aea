// actors/tcp/listing.hpp - inet:i(): all sockets of a node, a line each. Columns as OTP's.
#pragma once
#include "runtime/process/node.hpp"

#include <string>

namespace twinslot::tcp {
/// In the order of their ports. Any thread.
std::string listing(node& home);
}  // namespace twinslot::tcp
