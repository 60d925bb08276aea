// actors/tcp/system_options.hpp - the options that the system keeps: recbuf, sndbuf, nodelay, reuseaddr, reuseport,
// keepalive, linger, ipv6_v6only, priority, tos.
#pragma once
#include "actors/tcp/settings.hpp"

namespace twinslot::tcp {

/// Whether the option's name and value are of the right shape.
bool is_system_option(const term& option);
/// {Name, Value} on a descriptor of that family. What its kind of socket does not have (nodelay of a local one) counts
/// as set.
took set_on(int descriptor, int family, const term& option);
/// Its value; empty: unknown, or not of this kind of socket.
std::optional<term> get_from(int descriptor, atom name);
}  // namespace twinslot::tcp
