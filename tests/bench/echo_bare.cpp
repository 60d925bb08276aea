// tests/bench/echo_bare.cpp - what an echo costs with nothing around it: one thread, epoll, level-triggered.
//
//     echo_bare [--listen HOST:PORT] [--buffer BYTES]
//
// Prints `port N` once it listens, and ends with its standard input. The point of comparison for every other server.
#include "tests/bench/echo_endpoint.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <CLI/CLI.hpp>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <unordered_map>
#include <vector>

namespace {
using namespace twinslot::bench;

constexpr std::size_t descriptor_count = 20'000;
constexpr int backlog_count = 4096;

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "echo_bare: %s: %s\n", what, std::strerror(errno));
  std::exit(1);
}

class server {
public:
  server(const endpoint& at, std::size_t buffer_bytes) : buffer_(buffer_bytes) {
    listener_ = ::socket(at.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (listener_ < 0 || ::bind(listener_, at.raw(), at.address_bytes) != 0 || ::listen(listener_, backlog_count) != 0)
      fail("listen");
    watch(listener_, EPOLLIN, EPOLL_CTL_ADD);
    const ::epoll_event event{EPOLLIN, {.fd = STDIN_FILENO}};
    // A file or /dev/null can't be watched, and then the server runs until it is killed.
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, STDIN_FILENO, const_cast<::epoll_event*>(&event));
    std::printf("port %d\n", local_port(listener_));
    std::fflush(stdout);
  }

  void run() {
    std::array<::epoll_event, 512> events;
    while (!input_ended_) {
      const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i)
        handle(events[static_cast<std::size_t>(i)]);
    }
  }

private:
  void handle(const ::epoll_event& event) {
    const int fd = event.data.fd;
    if (fd == listener_)
      accept_all();
    else if (fd == STDIN_FILENO)
      input_ended_ = ::read(fd, buffer_.data(), buffer_.size()) <= 0;
    else if (event.events & EPOLLOUT)
      write_rest(fd);
    else
      echo(fd);
  }

  void accept_all() {
    for (;;) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0)
        return;
      const int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      watch(fd, EPOLLIN, EPOLL_CTL_ADD);
    }
  }

  void echo(int fd) {
    const ssize_t got = ::recv(fd, buffer_.data(), buffer_.size(), 0);
    if (got <= 0) {
      if (got == 0 || errno != EAGAIN)
        ::close(fd);
      return;
    }
    const ssize_t sent = ::send(fd, buffer_.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL);
    if (sent == got)
      return;
    if (sent < 0 && errno != EAGAIN) {
      ::close(fd);
      return;
    }
    // The peer is slow: nothing more is read from it until it took the rest.
    const std::size_t taken = sent < 0 ? 0 : static_cast<std::size_t>(sent);
    rest_[fd].assign(buffer_.data() + taken, static_cast<std::size_t>(got) - taken);
    watch(fd, EPOLLOUT, EPOLL_CTL_MOD);
  }

  void write_rest(int fd) {
    std::string& rest = rest_[fd];
    const ssize_t sent = ::send(fd, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EAGAIN)
      return;
    if (sent >= 0 && static_cast<std::size_t>(sent) < rest.size()) {
      rest.erase(0, static_cast<std::size_t>(sent));
      return;
    }
    rest_.erase(fd);
    if (sent < 0)
      ::close(fd);
    else
      watch(fd, EPOLLIN, EPOLL_CTL_MOD);
  }

  void watch(int fd, std::uint32_t what, int operation) {
    ::epoll_event event{what, {.fd = fd}};
    if (::epoll_ctl(epoll_, operation, fd, &event) != 0)
      fail("epoll_ctl");
  }

  int epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  int listener_ = -1;
  bool input_ended_ = false;
  std::vector<char> buffer_;
  std::unordered_map<int, std::string> rest_;  // by descriptor: what a slow peer has not taken yet
};
}  // namespace

int main(int argument_count, char** arguments) {
  CLI::App app("The bare echo server");
  std::string listen = "127.0.0.1:0";
  std::size_t buffer_bytes = 65536;
  app.add_option("--listen", listen, "HOST:PORT, port 0 for any, or unix:PATH");
  app.add_option("--buffer", buffer_bytes, "bytes that are read at once");
  CLI11_PARSE(app, argument_count, arguments);
  const auto at = parse_endpoint(listen);
  if (!at || buffer_bytes == 0) {
    std::fprintf(stderr, "echo_bare: bad address or buffer\n");
    return 2;
  }
  if (const std::string missing = allow_descriptors(descriptor_count); !missing.empty())
    std::fprintf(stderr, "echo_bare: %s\n", missing.c_str());
  server(*at, buffer_bytes).run();
  return 0;
}
