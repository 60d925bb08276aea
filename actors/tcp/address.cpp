#include "actors/tcp/address.hpp"

#include "runtime/os/posix.hpp"
#include "runtime/term/print.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>
#include <algorithm>
#include <cstring>

namespace twinslot::tcp {
namespace {
template <class System>
address made_of(const System& from, std::size_t bytes = sizeof(System)) {
  address made;
  std::memcpy(&made.storage, &from, bytes);
  made.bytes = static_cast<socklen_t>(bytes);
  return made;
}

address version_4(in_addr where, std::uint16_t number) {
  sockaddr_in made{};
  made.sin_family = AF_INET;
  made.sin_port = htons(number);
  made.sin_addr = where;
  return made_of(made);
}

address version_6(const in6_addr& where, std::uint16_t number) {
  sockaddr_in6 made{};
  made.sin6_family = AF_INET6;
  made.sin6_port = htons(number);
  made.sin6_addr = where;
  return made_of(made);
}

/// Elements from 0 to `most` each.
bool are_numbers(const term& all, std::int64_t most) {
  for (std::size_t i = 0; i < all.size(); ++i)
    if (!all[i].is_int64() || all[i].as_int64() < 0 || all[i].as_int64() > most)
      return false;
  return true;
}

result<std::optional<address>> local(const term& path) {
  std::string text;
  sockaddr_un made{};
  if (!chardata_to_utf8(path, text) || text.size() >= sizeof made.sun_path)
    return error{"einval"};
  made.sun_family = AF_UNIX;
  std::memcpy(made.sun_path, text.data(), text.size());
  return std::optional(made_of(made, offsetof(sockaddr_un, sun_path) + text.size() + (text.empty() ? 0 : 1)));
}

result<std::optional<address>> of_tuple(const term& what, std::uint16_t number) {
  if (what.is_tuple(4) && are_numbers(what, 255)) {
    in_addr where{};
    auto* const bytes = reinterpret_cast<unsigned char*>(&where);
    for (std::size_t i = 0; i < 4; ++i)
      bytes[i] = static_cast<unsigned char>(what[i].as_int64());
    return std::optional(version_4(where, number));
  }
  if (what.is_tuple(8) && are_numbers(what, 0xFFFF)) {
    in6_addr where{};
    for (std::size_t i = 0; i < 8; ++i) {
      where.s6_addr[2 * i] = static_cast<std::uint8_t>(what[i].as_int64() >> 8);
      where.s6_addr[2 * i + 1] = static_cast<std::uint8_t>(what[i].as_int64());
    }
    return std::optional(version_6(where, number));
  }
  if (what.is_tagged("local"_atom, 2))
    return local(what[1]);
  return error{"einval"};
}

/// The call that tells a descriptor's address.
using asks = int (*)(int, sockaddr*, socklen_t*);
result<address> asked(asks how, int descriptor) {
  address found;
  found.bytes = sizeof found.storage;
  if (how(descriptor, reinterpret_cast<sockaddr*>(&found.storage), &found.bytes) != 0)
    return os::last_error();
  return found;
}
}  // namespace

std::optional<std::string> host_name(const term& what) {
  if (what.is_atom())
    return std::string(what.as_atom().text());
  std::string text;
  if ((what.is_cons() || what.is_binary()) && chardata_to_utf8(what, text) && text.find('\0') == std::string::npos)
    return text;
  return {};
}

result<std::optional<address>> address_of(const term& what, std::uint16_t number, int family) {
  if (what.is_tuple())
    return of_tuple(what, number);
  const bool six = family == AF_INET6;
  if (what == "any")
    return std::optional(six ? version_6(in6addr_any, number) : version_4({INADDR_ANY}, number));
  if (what == "loopback")
    return std::optional(six ? version_6(in6addr_loopback, number) : version_4({htonl(INADDR_LOOPBACK)}, number));
  const auto text = host_name(what);
  if (!text)
    return error{"einval"};
  in_addr four{};
  if (::inet_pton(AF_INET, text->c_str(), &four) == 1)
    return std::optional(version_4(four, number));
  in6_addr sixth{};
  if (::inet_pton(AF_INET6, text->c_str(), &sixth) == 1)
    return std::optional(version_6(sixth, number));
  return std::optional<address>();
}

term term_of(const address& from) {
  if (from.family() == AF_INET) {
    sockaddr_in found;
    std::memcpy(&found, &from.storage, sizeof found);
    const auto* const bytes = reinterpret_cast<const unsigned char*>(&found.sin_addr);
    return tuple(tuple(bytes[0], bytes[1], bytes[2], bytes[3]), ntohs(found.sin_port));
  }
  if (from.family() == AF_INET6) {
    sockaddr_in6 found;
    std::memcpy(&found, &from.storage, sizeof found);
    term parts[8];
    for (std::size_t i = 0; i < 8; ++i)
      parts[i] = found.sin6_addr.s6_addr[2 * i] << 8 | found.sin6_addr.s6_addr[2 * i + 1];
    return tuple(tuple_of(parts, 8), ntohs(found.sin6_port));
  }
  sockaddr_un found{};
  std::memcpy(&found, &from.storage, std::min<std::size_t>(from.bytes, sizeof found));
  const std::size_t head = offsetof(sockaddr_un, sun_path);
  const std::size_t length = from.bytes > head ? ::strnlen(found.sun_path, from.bytes - head) : 0;
  return tuple("local", binary({found.sun_path, length}));
}

result<address> own_address(int descriptor) {
  return asked(::getsockname, descriptor);
}

result<address> peer_address(int descriptor) {
  return asked(::getpeername, descriptor);
}
}  // namespace twinslot::tcp
