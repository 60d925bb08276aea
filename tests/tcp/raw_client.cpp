#include "tests/tcp/raw_client.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/un.h>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace twinslot {
namespace {
constexpr int patience_ms = 60'000;

[[noreturn]] void fail(const char* call) {
  throw std::runtime_error(std::string(call) + ": " + std::strerror(errno));
}

void await(int descriptor, short what) {
  pollfd one{descriptor, what, 0};
  int ready;
  do {
    ready = ::poll(&one, 1, patience_ms);
  } while (ready < 0 && errno == EINTR);
  if (ready == 0)
    throw std::runtime_error("the other side does nothing");
}

sockaddr_in loopback(std::uint16_t number) {
  sockaddr_in made{};
  made.sin_family = AF_INET;
  made.sin_port = htons(number);
  made.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return made;
}

std::uint16_t port_of(int descriptor) {
  sockaddr_in found{};
  socklen_t bytes = sizeof found;
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&found), &bytes);
  return ntohs(found.sin_port);
}

template <class Address>
os::descriptor connected(const Address& to, int receive_bytes = 0) {
  const auto* const raw = reinterpret_cast<const sockaddr*>(&to);
  os::descriptor made{::socket(raw->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (!made)
    fail("socket");
  if (receive_bytes != 0)
    ::setsockopt(made.get(), SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
  if (::connect(made.get(), raw, sizeof to) != 0)
    fail("connect");
  return made;
}
}  // namespace

raw_client::raw_client(std::uint16_t number, int receive_bytes) : socket_(connected(loopback(number), receive_bytes)) {}

raw_client raw_client::of(int descriptor) {
  raw_client made;
  made.socket_ = os::descriptor(descriptor);
  return made;
}

raw_client raw_client::version_6(std::uint16_t number) {
  sockaddr_in6 to{};
  to.sin6_family = AF_INET6;
  to.sin6_port = htons(number);
  to.sin6_addr = in6addr_loopback;
  return of(connected(to).release());
}

raw_client raw_client::local(const std::string& path) {
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  path.copy(to.sun_path, sizeof to.sun_path - 1);
  return of(connected(to).release());
}

void raw_client::send(std::string_view data) {
  while (!data.empty()) {
    const auto sent = ::send(socket_.get(), data.data(), data.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0)
      data.remove_prefix(static_cast<std::size_t>(sent));
    else if (errno == EAGAIN)
      await(socket_.get(), POLLOUT);
    else if (errno != EINTR)
      fail("send");
  }
}

std::string raw_client::receive(std::size_t count) {
  std::string all(count, '\0');
  std::size_t got = 0;
  while (got < count) {
    await(socket_.get(), POLLIN);
    const auto more = ::recv(socket_.get(), all.data() + got, count - got, MSG_DONTWAIT);
    if (more == 0 || (more < 0 && errno != EAGAIN && errno != EINTR))
      break;
    got += more > 0 ? static_cast<std::size_t>(more) : 0;
  }
  all.resize(got);
  return all;
}

std::string raw_client::receive_all() {
  std::string all;
  for (;;) {
    const std::string more = receive(1);
    if (more.empty())
      return all;
    all += more;
    char rest[4096];
    const auto got = ::recv(socket_.get(), rest, sizeof rest, MSG_DONTWAIT);
    if (got > 0)
      all.append(rest, static_cast<std::size_t>(got));
  }
}

bool raw_client::is_ended() {
  await(socket_.get(), POLLIN);
  char one;
  return ::recv(socket_.get(), &one, 1, 0) <= 0;
}

void raw_client::reset() {
  const linger at_once{1, 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  socket_.close();
}

std::uint16_t raw_client::own_port() const {
  return port_of(socket_.get());
}

raw_listener::raw_listener(int backlog) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const auto any = loopback(0);
  if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any) != 0 ||
      ::listen(socket_.get(), backlog) != 0)
    fail("listen");
  port_ = port_of(socket_.get());
}

raw_client raw_listener::accept() {
  await(socket_.get(), POLLIN);
  const int made = ::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC);
  if (made < 0)
    fail("accept");
  return raw_client::of(made);
}
}  // namespace twinslot
