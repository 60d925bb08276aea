// actors/tcp/settings.hpp - the options of a socket that the node keeps itself, and their terms.
//
// What the system keeps (nodelay, recbuf, ...) is set on the descriptor: system_options.hpp.
// Source: inet:setopts/2 of OTP, with its defaults.
#pragma once
#include "actors/tcp/packet.hpp"

#include <cstdint>

namespace twinslot::tcp {

/// Who gets what comes in: who asks for it (recv), or the owner as messages, all or some.
struct activity {
  enum class mode : std::uint8_t { passive, always, once, counted };
  mode how = mode::always;
  std::int32_t left = 0;  // counted: messages until it is passive

  bool is_used_up() const noexcept { return how == mode::counted && left == 0; }
  bool delivers() const noexcept { return how != mode::passive; }
  term as_term() const;
};

struct settings {
  activity active;
  tcp::packet packet = packet::raw;
  bool binary = false;           // {mode,binary}; else lists
  bool exit_on_close = true;     // the other side's end is this side's
  bool show_econnreset = false;  // else a reset is told as closed
  bool send_timeout_close = false;
  std::int64_t buffer = 64 * 1024;     // bytes read at a time
  std::int64_t packet_size = 0;        // bytes; 0: packet_limit
  std::int64_t send_timeout_ms = -1;   // -1: infinity
  std::int64_t high_watermark = 8192;  // bytes that wait to be sent
  std::int64_t low_watermark = 4096;

  /// A packet, or line, without end would eat the node's memory. As OTP's inet_drv.
  static constexpr std::size_t packet_limit = 64 * 1024 * 1024;
  std::size_t longest_packet() const noexcept {
    return packet_size > 0 ? static_cast<std::size_t>(packet_size) : packet_limit;
  }
};

enum class took { yes, unknown, wrong };
/// Sets one option, {Name, Value}, binary or list. `unknown`: not one of these.
took set(settings& changed, const term& option);
/// {Name, Value}'s value; empty: not one of these.
std::optional<term> get(const settings& from, atom name);
}  // namespace twinslot::tcp
