// tests/bench/echo_endpoint.hpp - where an echo server listens: 127.0.0.1:9000, [::1]:9000, unix:/run/echo.
//
// Used by the load client and the bare server. Addresses are numbers: nothing is looked up.
#pragma once
#include <sys/socket.h>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace twinslot::bench {
struct endpoint {
  ::sockaddr_storage address{};
  ::socklen_t address_bytes = 0;

  int family() const noexcept { return address.ss_family; }
  const ::sockaddr* raw() const noexcept { return reinterpret_cast<const ::sockaddr*>(&address); }
};

/// Shape: HOST:PORT with an IPv4 address or `localhost`, [HOST]:PORT with an IPv6 address, unix:PATH.
std::optional<endpoint> parse_endpoint(std::string_view text);

/// The port that a bound socket got; 0 for a Unix socket.
int local_port(int descriptor);

/// Raises the limit of descriptors to `needed_count`, or as far as the process may.
/// Returns what is wrong, for people; empty when there are enough.
std::string allow_descriptors(std::size_t needed_count);
}  // namespace twinslot::bench
