// actors/tcp/address.hpp - {127,0,0,1}, "localhost", {local,"/run/x"}: terms and the system's addresses.
#pragma once
#include "runtime/term/result.hpp"

#include <sys/socket.h>
#include <optional>
#include <string>

namespace twinslot::tcp {

struct address {
  sockaddr_storage storage{};
  socklen_t bytes = 0;
  int family() const noexcept { return storage.ss_family; }
  const sockaddr* raw() const noexcept { return reinterpret_cast<const sockaddr*>(&storage); }
};

/// {A,B,C,D}, {A,...,H}, any, loopback, {local,Path} or the text of one of the first two. Empty: none of these, perhaps
/// a name. Errors: einval - numbers out of range, a path that is too long.
result<std::optional<address>> address_of(const term& what, std::uint16_t number, int family);
/// {{A,B,C,D},Port}, {local,Path}.
term term_of(const address& from);
/// The name in a term: text, atom, binary. Empty: it is none.
std::optional<std::string> host_name(const term& what);
/// Of a descriptor. Errors: posix atoms.
result<address> own_address(int descriptor);
result<address> peer_address(int descriptor);
}  // namespace twinslot::tcp
