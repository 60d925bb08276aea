#include "examples/demo/client.hpp"

#include "examples/demo/failure.hpp"
#include "examples/demo/script.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace twinslot::demo {
namespace {
const std::string sent = "sent      ", come = "received  ";

sockaddr_in local_address(int port, std::uint32_t host) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(host);
  return address;
}
}  // namespace

int free_port(int wanted) {
  const int tried = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  setsockopt(tried, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address = local_address(wanted, INADDR_ANY);
  socklen_t size = sizeof address;
  auto* plain = reinterpret_cast<sockaddr*>(&address);
  if (bind(tried, plain, size) != 0) {
    address.sin_port = 0;
    if (bind(tried, plain, size) == 0 && getsockname(tried, plain, &size) == 0)
      wanted = ntohs(address.sin_port);
  }
  ::close(tried);
  return wanted;
}

client::~client() {
  if (socket_ >= 0)
    ::close(socket_);
}

void client::connect(int port) {
  socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = local_address(port, INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw failure("the client cannot connect to port " + std::to_string(port) + ": " + std::strerror(errno));
  events_.push_back({"connected to port " + std::to_string(port)});
}

void client::send(std::string_view text) {
  if (::send(socket_, text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size()))
    throw failure("the client cannot send: " + std::string(std::strerror(errno)));
  events_.push_back({sent, std::string(text)});
}

void client::close() {
  ::close(socket_);
  socket_ = -1;
  events_.push_back({"closed"});
}

void client::read() {
  char bytes[4096];
  const ssize_t got = recv(socket_, bytes, sizeof bytes, 0);
  if (got < 0 && errno == EINTR)
    return;
  if (got <= 0)
    throw failure("the client's connection is gone: " + std::string(got == 0 ? "closed" : std::strerror(errno)));
  received_.append(bytes, static_cast<std::size_t>(got));
  note_received({bytes, static_cast<std::size_t>(got)});
}

// A line each, however the bytes came.
void client::note_received(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    const event& last = events_.back();
    if (last.what != come || last.text.ends_with('\n'))
      events_.push_back({come});
    events_.back().text += text.substr(0, end);
    text.remove_prefix(end);
  }
}

std::vector<std::string> client::lines() const {
  std::vector<std::string> all;
  for (const event& one : events_)
    all.push_back(one.text.empty() ? one.what : one.what + '"' + without_line_ends(one.text) + '"');
  return all;
}
}  // namespace twinslot::demo
