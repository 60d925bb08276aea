// tests/both_ends/client.hpp - a TCP client in the place of `nc`, and a port number for its server.
#pragma once
#include <string>

namespace both_ends {

/// A number that nobody else gets as long as this lives, while a server with {reuseaddr,true} can listen there.
class reserved_port {
public:
  reserved_port();
  ~reserved_port();
  reserved_port(const reserved_port&) = delete;
  int number() const { return number_; }

private:
  int socket_;
  int number_;
};

class client {
public:
  client() = default;
  ~client();
  client(const client&) = delete;

  /// To a port of this machine, as soon as somebody listens there. Errors, of all: failure.
  void connect(int port);
  void send(const std::string& bytes);
  /// Waits for exactly these as the next ones.
  void receive(const std::string& bytes);
  void receive_nothing();
  void receive_end();
  void end_input();
  void leave();

private:
  /// False: nothing in that time.
  bool read(int time_ms);
  int socket_ = -1;
  bool ended_ = false;
  std::string received_;
};
}  // namespace both_ends
