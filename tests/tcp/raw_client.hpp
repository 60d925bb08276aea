// tests/tcp/raw_client.hpp - the other side of a connection: plain system calls that wait, so that a test says exactly
// what goes over the wire. A call that waits longer than any machine needs throws.
#pragma once
#include "runtime/os/posix.hpp"

#include <sys/socket.h>
#include <cstdint>
#include <string>
#include <string_view>

namespace twinslot {

class raw_client {
public:
  raw_client() = default;
  /// Of 127.0.0.1. `receive_bytes`: the system's buffer; 0: its default.
  explicit raw_client(std::uint16_t number, int receive_bytes = 0);
  /// [::1] or a Unix socket's path.
  static raw_client version_6(std::uint16_t number);
  static raw_client local(const std::string& path);
  /// Takes over a descriptor.
  static raw_client of(int descriptor);

  void send(std::string_view data);
  /// One byte of urgent data, which the other side does not see, but has to read around.
  void send_urgent() { ::send(socket_.get(), "!", 1, MSG_OOB); }
  /// Exactly that many bytes; fewer where the other side ends or resets.
  std::string receive(std::size_t count);
  /// Up to the other side's end.
  std::string receive_all();
  /// Whether the other side has ended, or does within a while. False: something came, or nothing did.
  bool is_ended();
  void shut_write() { ::shutdown(socket_.get(), SHUT_WR); }
  void close() { socket_.close(); }
  /// Closes with a reset.
  void reset();
  std::uint16_t own_port() const;

private:
  os::descriptor socket_;
};

/// A socket that listens, for what connects from the node.
class raw_listener {
public:
  explicit raw_listener(int backlog = 16);
  std::uint16_t port() const noexcept { return port_; }
  raw_client accept();

private:
  os::descriptor socket_;
  std::uint16_t port_ = 0;
};
}  // namespace twinslot
