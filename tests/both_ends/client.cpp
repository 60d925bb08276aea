#include "tests/both_ends/client.hpp"

#include "tests/both_ends/failure.hpp"

#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace both_ends {
namespace {
using std::chrono::steady_clock;

sockaddr_in address_of(int port, std::uint32_t host) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(host);
  return address;
}
[[noreturn]] void failed(const std::string& what) {
  throw failure(what + ": " + std::strerror(errno));
}
std::string shown(const std::string& bytes) {
  std::string result;
  for (const char c : bytes)
    result += c == '\n' ? "\\n" : std::string(1, c);
  return "\"" + result + "\"";
}
}  // namespace

// Bound, but not listening: the system gives the number to nobody, and refuses nobody who asks for it with
// SO_REUSEADDR.
reserved_port::reserved_port() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const int yes = 1;
  setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address = address_of(0, INADDR_ANY);
  socklen_t bytes = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (bind(socket_, any, bytes) != 0 || getsockname(socket_, any, &bytes) != 0)
    failed("no free port");
  number_ = ntohs(address.sin_port);
}
reserved_port::~reserved_port() {
  close(socket_);
}

client::~client() {
  if (socket_ >= 0)
    close(socket_);
}

void client::connect(int port) {
  const sockaddr_in address = address_of(port, INADDR_LOOPBACK);
  for (const auto until = limit();;) {
    leave();
    socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
      break;
    if (errno != ECONNREFUSED || steady_clock::now() > until)
      failed("the client can't connect");
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  ended_ = false;
  received_.clear();
}

void client::send(const std::string& bytes) {
  if (::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size()))
    failed("the client can't send");
}

bool client::read(int time_ms) {
  pollfd ready{socket_, POLLIN, 0};
  if (poll(&ready, 1, time_ms) <= 0)
    return false;
  char bytes[4096];
  const ssize_t got = recv(socket_, bytes, sizeof bytes, 0);
  if (got > 0)
    received_.append(bytes, static_cast<std::size_t>(got));
  else
    ended_ = true;
  return true;
}

void client::receive(const std::string& bytes) {
  const auto until = limit();
  while (received_.size() < bytes.size() && bytes.starts_with(received_) && !ended_ && steady_clock::now() < until)
    read(1000);
  if (!received_.starts_with(bytes))
    throw failure("the client received " + shown(received_) + (ended_ ? " and the end" : "") + ", not " + shown(bytes));
  received_.erase(0, bytes.size());
}

// What comes later is found by the next `receive`, which takes the next bytes only.
void client::receive_nothing() {
  read(20);
  if (!received_.empty() || ended_)
    throw failure("the client received " + shown(received_) + (ended_ ? " and the end" : ""));
}

void client::receive_end() {
  for (const auto until = limit(); !ended_ && steady_clock::now() < until;)
    read(1000);
  if (!ended_ || !received_.empty())
    throw failure("the client received " + shown(received_) + (ended_ ? "" : " and no end"));
}

void client::end_input() {
  shutdown(socket_, SHUT_WR);
}

void client::leave() {
  if (socket_ >= 0)
    close(std::exchange(socket_, -1));
}
}  // namespace both_ends
