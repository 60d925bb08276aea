// actors/tcp/opening.hpp - the options of gen_tcp:listen and gen_tcp:connect, taken apart, and a descriptor with them.
#pragma once
#include "actors/tcp/address.hpp"
#include "actors/tcp/settings.hpp"
#include "runtime/os/posix.hpp"

#include <vector>

namespace twinslot::tcp {

struct opening {
  settings how;
  int family;
  term ip;                  // where it is bound; nil: anywhere
  std::uint16_t from_port;  // connect
  int backlog;              // listen
  std::vector<term> system;
};
/// Errors: badarg - a term that is no option, or not with that value.
result<opening> opening_from(const term& options);
/// A descriptor that never blocks, with the system's options set. Errors: posix atoms; einval.
result<os::descriptor> open_descriptor(int family, const opening& how);
/// Binds it to the address, unless there is none to bind it to. Errors: posix atoms; einval.
result<void> bind_to(int descriptor, const opening& how, std::uint16_t number, bool listens);
}  // namespace twinslot::tcp
