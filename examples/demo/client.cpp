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
constexpr std::string_view received_mark = "received  ";

sockaddr_in local_address(int port, std::uint32_t host) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(host);
  return address;
}
}  // namespace

bool is_free(int port) {
  const int tried = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  setsockopt(tried, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  const sockaddr_in address = local_address(port, INADDR_ANY);
  const bool bound = bind(tried, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(tried);
  return bound;
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
  lines_.push_back("connected to port " + std::to_string(port));
}

void client::send(std::string_view text) {
  if (::send(socket_, text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size()))
    throw failure("the client cannot send: " + std::string(std::strerror(errno)));
  lines_.push_back("sent      " + without_line_ends(text));
}

void client::close() {
  ::close(socket_);
  socket_ = -1;
  lines_.emplace_back("closed");
}

void client::read() {
  char bytes[4096];
  const ssize_t got = recv(socket_, bytes, sizeof bytes, 0);
  if (got < 0 && errno == EINTR)
    return;
  if (got <= 0)
    throw failure("the client's connection is gone: " + std::string(got == 0 ? "closed" : std::strerror(errno)));
  received_.append(bytes, static_cast<std::size_t>(got));
  show_received({bytes, static_cast<std::size_t>(got)});
}

// A line each, however the bytes came.
void client::show_received(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    const bool goes_on = lines_.back().starts_with(received_mark) && !lines_.back().ends_with("\\n");
    if (!goes_on)
      lines_.emplace_back(received_mark);
    lines_.back() += without_line_ends(text.substr(0, end));
    text.remove_prefix(end);
  }
}
}  // namespace twinslot::demo
