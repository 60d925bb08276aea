// Ten thousand connections at once, and what an idle one costs. The clients are in a process of their own: both sides
// have as many descriptors as a process may.
#include "tests/tcp/tcp_world.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <fstream>
#include <iostream>

using namespace twinslot;
using namespace std::chrono_literals;

namespace {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t wanted = 1000;
#else
constexpr std::size_t wanted = 10'000;
#endif

/// As far as the process may.
std::size_t allowed_connections() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return std::min<std::size_t>(wanted, limit.rlim_cur - 200);
}

std::size_t resident_bytes() {
  std::size_t all = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> all >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

void put(int to, char what) {
  if (::write(to, &what, 1) != 1)
    ::_exit(3);
}
char get(int from) {
  char what = 0;
  return ::read(from, &what, 1) == 1 ? what : '\0';
}

/// Runs after a fork, so it calls the system alone: connects, then with each word from the test sends a byte on every
/// connection and waits for it to come back, or ends.
[[noreturn]] void be_clients(int from, int to, std::size_t count) {
  std::uint16_t number = 0;
  if (::read(from, &number, sizeof number) != sizeof number)
    ::_exit(1);
  sockaddr_in there{};
  there.sin_family = AF_INET;
  there.sin_port = htons(number);
  there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  static int sockets[wanted];
  for (std::size_t i = 0; i < count; ++i) {
    sockets[i] = ::socket(AF_INET, SOCK_STREAM, 0);
    if (sockets[i] < 0 || ::connect(sockets[i], reinterpret_cast<sockaddr*>(&there), sizeof there) != 0)
      ::_exit(2);
    const linger at_once{1, 0};
    ::setsockopt(sockets[i], SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  put(to, 'c');
  while (get(from) == 'e') {
    for (std::size_t i = 0; i < count; ++i)
      put(sockets[i], static_cast<char>(i));
    for (std::size_t i = 0; i < count; ++i)
      if (get(sockets[i]) != static_cast<char>(i))
        ::_exit(4);
    put(to, 'e');
  }
  ::_exit(0);
}
}  // namespace

TEST_CASE("ten thousand connections at once, each of them served") {
  const std::size_t count = allowed_connections();
  int down[2], up[2];
  REQUIRE(::pipe(down) == 0);
  REQUIRE(::pipe(up) == 0);
  const auto child = ::fork();
  if (child == 0)
    be_clients(down[0], up[1], count);
  REQUIRE(child > 0);
  {
    tcp_world w;
    const term listener = w.listen(list("binary", option("backlog", 1024)));
    const pid me = w.self().self();
    const pid owner = w.home()
                          .spawn_blocking([listener, count, me](process& self) {
                            for (std::size_t i = 0; i < count; ++i)
                              self.home().apply(self, "gen_tcp"_atom, "accept"_atom, {listener});
                            self.send(me, "accepted");
                            for (;;) {
                              const term message = *self.receive([](const term&) { return true; });
                              if (message == "end")
                                return;
                              if (message.is_tagged("tcp"_atom, 3))
                                self.home().apply(self, "gen_tcp"_atom, "send"_atom, {message[1], message[2]});
                            }
                          })
                          .process;
    const auto before = resident_bytes();
    const std::uint16_t number = w.port_of(listener);
    REQUIRE(::write(down[1], &number, sizeof number) == sizeof number);
    CHECK(get(up[0]) == 'c');
    CHECK(w.next(120s) == "accepted");
    const auto idle = resident_bytes();
    CHECK(w.home().ports().size() == count + 1);
    for (int round = 0; round < 3; ++round) {
      put(down[1], 'e');
      CHECK(get(up[0]) == 'e');
    }
    const auto used = resident_bytes();
    std::cout << count << " connections: " << (idle - before) / count << " bytes of the node's memory each while idle, "
              << (used - before) / count << " after three echoes\n";
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    CHECK((used - before) / count < 8192);
#endif
    put(down[1], '.');
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(status == 0);
    CHECK(w.eventually([&] { return w.home().ports().size() == 1; }, 60s));
    w.self().send(owner, "end");
    CHECK(text(w.reason_of_end(owner)) != "alive");
  }
  for (const int each : {down[0], down[1], up[0], up[1]})
    ::close(each);
}
