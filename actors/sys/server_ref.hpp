// actors/sys/server_ref.hpp - what may stand where a request names its server, and its timeout.
//
//     Pid   Name   {Name, Node}   {global, Name}   {via, Module, Name}
//
// For the natives of gen_server, sys and gen_tcp. Any thread. Source: gen:do_for_proc/2 of OTP 25; G08.
#pragma once
#include "runtime/term/term.hpp"

namespace twinslot::sys {

inline bool is_server_ref(const term& server) noexcept {
  const bool is_pair = server.is_tuple(2) && server[0].is_atom();
  return server.is_pid() || server.is_atom() || server.is_tagged("via"_atom, 3) ||
         (is_pair && (server[0] == "global" || server[1].is_atom()));
}

/// A name that only a registry of several nodes could know: nobody has it here.
inline bool is_elsewhere(const term& server) noexcept {
  return server.is_tagged("global"_atom, 2) || server.is_tagged("via"_atom, 3);
}

/// Milliseconds, or infinity.
inline bool is_timeout(const term& value) noexcept {
  return value == "infinity" || (value.is_int64() && value.as_int64() >= 0);
}
}  // namespace twinslot::sys
