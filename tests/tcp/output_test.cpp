// What the system does not take at once keeps its order.
#include "actors/tcp/output.hpp"

#include "runtime/os/posix.hpp"
#include "tests/tcp/tcp_world.hpp"

#include <sys/socket.h>
#include <random>

using namespace twinslot;

namespace {
struct socket_pair {
  socket_pair() {
    int both[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, both) == 0);
    ours = os::descriptor(both[0]);
    theirs = os::descriptor(both[1]);
  }
  std::string read() {
    std::string all(1 << 16, '\0');
    const auto got = ::recv(theirs.get(), all.data(), all.size(), 0);
    all.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return all;
  }
  os::descriptor ours, theirs;
};
}  // namespace

TEST_CASE("pieces of every length go out whole and in order, however little the system takes") {
  std::mt19937 random(7);
  socket_pair sockets;
  tcp::output out;
  std::string got;
  std::size_t sent = 0;
  for (int round = 0; round < 2000; ++round) {
    const std::size_t size = random() % (round % 50 == 0 ? 300'000 : 3000);
    const std::string data = counted(sent, size);
    sent += size;
    if (round % 2 == 0)
      out.add({binary(data), {}, 0});
    else
      out.add({{}, data, 0});
    REQUIRE(out.write_to(sockets.ours.get()));
    for (int reads = static_cast<int>(random() % 8); reads > 0; --reads)
      got += sockets.read();
    REQUIRE(got.size() + out.bytes() <= sent);
  }
  while (!out.empty()) {
    got += sockets.read();
    REQUIRE(out.write_to(sockets.ours.get()));
  }
  for (std::string more; !(more = sockets.read()).empty();)
    got += more;
  CHECK(out.bytes() == 0);
  CHECK(got.size() == sent);
  CHECK(got == counted(0, sent));
}

TEST_CASE("a piece of nothing is none") {
  tcp::output out;
  out.add({{}, "", 0});
  out.add({binary(""), {}, 0});
  CHECK(out.empty());
  out.add({{}, "abc", 3});
  CHECK(out.empty());
}

TEST_CASE("a broken connection is an error, and no signal ends the program") {
  socket_pair sockets;
  sockets.theirs.close();
  tcp::output out;
  out.add({{}, "data", 0});
  CHECK(out.write_to(sockets.ours.get()).reason() == "epipe");
  out.clear();
  CHECK(out.empty());
  CHECK(out.bytes() == 0);
}
