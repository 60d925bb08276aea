#include "tests/bench/echo_endpoint.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/un.h>
#include <charconv>
#include <cstring>

namespace twinslot::bench {
namespace {
std::optional<in_port_t> parse_port(std::string_view text) {
  in_port_t port = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (failed != std::errc{} || end != text.data() + text.size())
    return {};
  return htons(port);
}

template <class Address>
endpoint stored(const Address& address) {
  endpoint made;
  std::memcpy(&made.address, &address, sizeof address);
  made.address_bytes = sizeof address;
  return made;
}

std::optional<endpoint> parse_unix(std::string_view path) {
  ::sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path)
    return {};
  path.copy(address.sun_path, path.size());
  return stored(address);
}
}  // namespace

std::optional<endpoint> parse_endpoint(std::string_view text) {
  if (text.starts_with("unix:"))
    return parse_unix(text.substr(5));
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0)
    return {};
  const auto port = parse_port(text.substr(colon + 1));
  if (!port)
    return {};
  std::string host(text.substr(0, colon));
  if (host == "localhost")
    host = "127.0.0.1";
  if (host.front() == '[' && host.back() == ']') {
    ::sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = *port;
    if (::inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &address.sin6_addr) == 1)
      return stored(address);
    return {};
  }
  ::sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = *port;
  if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) == 1)
    return stored(address);
  return {};
}

int local_port(int descriptor) {
  ::sockaddr_storage address{};
  ::socklen_t bytes = sizeof address;
  if (::getsockname(descriptor, reinterpret_cast<::sockaddr*>(&address), &bytes) != 0)
    return 0;
  switch (address.ss_family) {
    case AF_INET: return ntohs(reinterpret_cast<const ::sockaddr_in*>(&address)->sin_port);
    case AF_INET6: return ntohs(reinterpret_cast<const ::sockaddr_in6*>(&address)->sin6_port);
    default: return 0;
  }
}

std::string allow_descriptors(std::size_t needed_count) {
  ::rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= needed_count)
    return {};
  ::rlimit wider{needed_count, limit.rlim_max < needed_count ? needed_count : limit.rlim_max};
  if (::setrlimit(RLIMIT_NOFILE, &wider) == 0)
    return {};
  wider = {limit.rlim_max, limit.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &wider);
  return fmt::format("{} descriptors are needed, and {} are allowed (ulimit -Hn)", needed_count,
                     static_cast<std::size_t>(limit.rlim_max));
}
}  // namespace twinslot::bench
