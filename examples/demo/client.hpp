// examples/demo/client.hpp - the other end of a TCP connection, as nc is one: what it sent and what came back.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace twinslot::demo {

/// `wanted` if a server can listen there now, else a port of the system's choice where one can.
int free_port(int wanted);

class client {
public:
  client() = default;
  ~client();
  client(const client&) = delete;

  /// To a port of this machine. Errors: failure - nobody listens there.
  void connect(int port);
  void send(std::string_view text);
  void close();

  int descriptor() const { return socket_; }  // -1: not connected
  /// Takes in what has come. Errors: failure - the connection is gone.
  void read();
  /// What has come and was not taken yet.
  const std::string& received() const { return received_; }
  void take(std::size_t bytes) { received_.erase(0, bytes); }
  /// For the screen: sent      "hello\n"
  std::vector<std::string> lines() const;

private:
  struct event {
    std::string what;
    std::string text{};
  };
  void note_received(std::string_view text);

  int socket_ = -1;
  std::string received_;
  std::vector<event> events_;
};
}  // namespace twinslot::demo
