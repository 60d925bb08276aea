// What goes wrong on a network, and what a node does about it: nothing is lost, nothing grows, nothing waits for ever.
#include "tests/tcp/tcp_world.hpp"

#include <sys/resource.h>
#include <future>

using namespace twinslot;
using namespace std::chrono_literals;

namespace {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int rounds = 300;
constexpr std::size_t bulk_bytes = 4 << 20;
#else
constexpr int rounds = 3000;
constexpr std::size_t bulk_bytes = 32 << 20;
#endif

term apply(process& self, const char* function, std::initializer_list<term> arguments) {
  return self.home().apply(self, "gen_tcp"_atom, atom(std::string_view(function)), arguments);
}

/// Another process that blocks: it does what it is told, and its end can be waited for.
struct other {
  other(tcp_world& at, std::function<void(process&)> what)
      : world(at), who(at.home().spawn_blocking(std::move(what)).process) {}
  bool waits() {
    return world.eventually([&] { return world.info(who, "status"_atom) == "waiting"; }, 30s);
  }
  tcp_world& world;
  pid who;
};

/// {send_pend, Bytes}: what waits in the node.
std::int64_t unsent(tcp_world& w, const term& socket) {
  return w.ok(w.inet("getstat", socket, list("send_pend"))).head()[1].as_int64();
}
}  // namespace

// ---- who sends

TEST_CASE("a client that never reads makes the sender wait, and nothing grows") {
  tcp_world w;
  auto [socket, client] = w.accepted(list("binary", passive(), option("sndbuf", 4096)), 4096);
  const pid me = w.self().self();
  other sender(w, [socket = socket, me](process& self) {
    for (std::size_t at = 0; at < 4'000'000; at += 10'000)
      if (const term said = apply(self, "send", {socket, binary(counted(at, 10'000))}); !(said == "ok"))
        return self.send(me, said);
    self.send(me, "sent");
  });
  REQUIRE(sender.waits());
  CHECK(unsent(w, socket) < 8192 + 10'000);
  CHECK(client.receive(4'000'000) == counted(0, 4'000'000));
  CHECK(text(w.next(30s)) == "sent");
  CHECK(unsent(w, socket) == 0);
}

TEST_CASE("a sender that waits is told of the reset that ends its wait") {
  tcp_world w;
  auto [socket, client] = w.accepted(list("binary", passive(), option("sndbuf", 4096)), 4096);
  const pid me = w.self().self();
  other sender(w, [socket = socket, me](process& self) {
    term said = "ok";
    while (said == "ok")
      said = apply(self, "send", {socket, binary(std::string(100'000, 'x'))});
    self.send(me, said);
  });
  REQUIRE(sender.waits());
  client.reset();
  CHECK(text(w.next(30s)) == "{error,closed}");
  CHECK(text(w.tcp("send", socket, bytes("x"))) == "{error,closed}");
}

TEST_CASE("send_timeout ends the wait, and the socket stays as it is") {
  tcp_world w;
  auto [socket, client] =
      w.accepted(list("binary", passive(), option("sndbuf", 4096), option("send_timeout", 20)), 4096);
  std::size_t sent = 0;
  term said = "ok";
  while (said == "ok") {
    said = w.tcp("send", socket, bytes(counted(sent, 100'000)));
    sent += 100'000;
  }
  CHECK(text(said) == "{error,timeout}");
  CHECK(text(w.tcp("send", socket, bytes("x"))) == "{error,timeout}");
  CHECK(client.receive(sent) == counted(0, sent));  // what was taken is sent all the same
  CHECK(w.eventually([&, sock = socket] { return unsent(w, sock) == 0; }, 30s));
  CHECK(w.tcp("send", socket, bytes("more")) == "ok");
  CHECK(client.receive(4) == "more");
}

TEST_CASE("what comes behind urgent data comes without more behind it") {
  tcp_world w;
  auto [socket, client] = w.accepted(list("binary", passive()));
  for (int i = 0; i < 20; ++i) {
    client.send("one");
    client.send_urgent();
    client.send("two");
    CHECK(shown(w.tcp("recv", socket, 6, 30'000)) == "{ok,<<\"onetwo\">>}");
  }
}

TEST_CASE("send_timeout_close closes with what was not sent") {
  tcp_world w;
  auto [socket, client] = w.accepted(list("binary", passive(), option("sndbuf", 4096), option("send_timeout", 20),
                                          option("send_timeout_close", "true")),
                                     4096);
  term said = "ok";
  while (said == "ok")
    said = w.tcp("send", socket, bytes(std::string(100'000, 'x')));
  CHECK(text(said) == "{error,timeout}");
  CHECK(text(w.tcp("send", socket, bytes("x"))) == "{error,closed}");
  client.receive_all();
}

TEST_CASE("a wait for room that comes and goes is no timeout") {
  // The timer of an earlier wait must not end a later one.
  tcp_world w;
  auto [socket, client] =
      w.accepted(list("binary", passive(), option("sndbuf", 4096), option("send_timeout", 30'000)), 4096);
  auto reader = std::async(std::launch::async, [&c = client] { return c.receive(bulk_bytes); });
  std::size_t sent = 0;
  while (sent < bulk_bytes) {
    REQUIRE(w.tcp("send", socket, bytes(counted(sent, 64 * 1024))) == "ok");
    sent += 64 * 1024;
  }
  CHECK(reader.get() == counted(0, bulk_bytes));
}

TEST_CASE("what was sent before a close arrives, also when nobody reads yet") {
  tcp_world w;
  auto [socket, client] =
      w.accepted(list("binary", passive(), option("sndbuf", 4096), option("high_watermark", 10'000'000)), 4096);
  REQUIRE(w.tcp("send", socket, bytes(counted(0, 1'000'000))) == "ok");
  CHECK(unsent(w, socket) > 0);
  CHECK(w.tcp("close", socket) == "ok");
  CHECK(w.call("erlang", "ports").is_nil());
  CHECK(client.receive_all() == counted(0, 1'000'000));
}

TEST_CASE("what waits to be sent when the other side half closes arrives, too (Erlang throws it away)") {
  tcp_world w;
  for (const bool is_active : {true, false}) {
    auto [socket, client] = w.accepted(
        list("binary", option("active", is_active), option("sndbuf", 4096), option("high_watermark", 10'000'000)),
        4096);
    REQUIRE(w.tcp("send", socket, bytes(counted(0, 1'000'000))) == "ok");
    client.shut_write();
    if (is_active)
      CHECK(w.told(socket) == "{tcp_closed}");
    else
      CHECK(text(w.tcp("recv", socket, 0)) == "{error,closed}");
    CHECK(text(w.tcp("send", socket, bytes("x"))) == "{error,closed}");
    CHECK(client.receive_all() == counted(0, 1'000'000));
    w.tcp("close", socket);
  }
  CHECK(w.call("erlang", "ports").is_nil());
}

TEST_CASE("what was sent before a shutdown arrives, then the end") {
  tcp_world w;
  auto [socket, client] =
      w.accepted(list("binary", passive(), option("sndbuf", 4096), option("high_watermark", 10'000'000)), 4096);
  REQUIRE(w.tcp("send", socket, bytes(counted(0, 1'000'000))) == "ok");
  CHECK(w.tcp("shutdown", socket, "write") == "ok");
  CHECK(text(w.tcp("send", socket, bytes("x"))) == "{error,closed}");
  CHECK(client.receive_all() == counted(0, 1'000'000));
  client.send("answer");
  CHECK(shown(w.tcp("recv", socket, 6)) == "{ok,<<\"answer\">>}");
}

TEST_CASE("a sender that is killed while it waits takes nothing with it") {
  tcp_world w;
  auto [socket, client] = w.accepted(list("binary", passive(), option("sndbuf", 4096)), 4096);
  other sender(w, [socket = socket](process& self) {
    while (apply(self, "send", {socket, binary(std::string(100'000, 'x'))}) == "ok") {
    }
  });
  REQUIRE(sender.waits());
  w.self().exit_signal(sender.who, "kill");
  CHECK(text(w.reason_of_end(sender.who)) != "alive");
  CHECK(w.call("erlang", "port_info", socket, "connected") == tuple("connected", w.self().self()));
  w.tcp("close", socket);
  CHECK(client.receive_all().size() >= 100'000);
}

// ---- what comes

TEST_CASE("a client that sends one byte at a time") {
  tcp_world w;
  auto [lines, client] = w.accepted(list("binary", option("packet", "line")));
  for (const char each : std::string("one line\nanother\n")) {
    client.send({&each, 1});
    CHECK(unsent(w, lines) == 0);
  }
  CHECK(w.told(lines) == "{tcp,<<\"one line\\n\">>}");
  CHECK(w.told(lines) == "{tcp,<<\"another\\n\">>}");
  auto [packets, other_client] = w.accepted(list("binary", option("packet", 4)));
  for (const char each : std::string("\0\0\0\2ab\0\0\0\0\0\0\0\1c", 15))
    other_client.send({&each, 1});
  CHECK(w.told(packets) == "{tcp,<<\"ab\">>}");
  CHECK(w.told(packets) == "{tcp,<<>>}");
  CHECK(w.told(packets) == "{tcp,<<\"c\">>}");
}

TEST_CASE("a line of 100 MB ends the connection at the limit; one below it comes whole") {
  tcp_world w;
  const std::string part(1 << 20, 'x');
  const auto send_line = [&](raw_client& to, int parts) {
    try {
      for (int i = 0; i < parts; ++i)
        to.send(part);
      to.send("\n");
    } catch (const std::runtime_error&) {  // the node has closed
    }
  };
  auto [socket, client] = w.accepted(list("binary", option("packet", "line")));
  auto sender = std::async(std::launch::async, [&, &c = client] { send_line(c, 100); });
  CHECK(w.told(socket) == "{tcp_error,emsgsize}");
  CHECK(w.told(socket) == "{tcp_closed}");
  sender.get();
  auto [whole, other_client] = w.accepted(list("binary", option("packet", "line"), option("packet_size", 70 << 20)));
  sender = std::async(std::launch::async, [&, &c = other_client] { send_line(c, 69); });
  const term message = w.next(120s);
  REQUIRE(message.is_tagged("tcp"_atom, 3));
  CHECK(message[2].bytes().size() == (std::size_t{69} << 20) + 1);
  sender.get();
}

TEST_CASE("a wrong length of {packet,4} ends the connection before anything is kept for it") {
  tcp_world w;
  auto [socket, client] = w.accepted(list("binary", option("packet", 4)));
  client.send("\xFF\xFF\xFF\xFFrest");
  CHECK(w.told(socket) == "{tcp_error,emsgsize}");
  CHECK(w.told(socket) == "{tcp_closed}");
  CHECK(client.is_ended());
}

TEST_CASE("an owner that takes nothing stops its client; then all comes in order") {
  tcp_world w;
  auto [socket, client] = w.accepted(list("binary"));
  std::atomic<std::size_t> sent{0};
  const std::size_t all = 64 << 20;
  auto sender = std::async(std::launch::async, [&, &c = client] {
    for (std::size_t at = 0; at < all; at += 64 * 1024) {
      c.send(counted(at, 64 * 1024));
      sent = at + 64 * 1024;
    }
    c.shut_write();
  });
  // It stops by itself when the node reads no more: what waits is the node's bound and the system's buffers.
  std::size_t before = 1;
  REQUIRE(w.eventually(
      [&] {
        return std::exchange(before, sent.load()) == sent && w.self().message_queue_length() > 0 &&
               (std::this_thread::sleep_for(100ms), before == sent);
      },
      60s));
  CHECK(sent < all);
  std::size_t queued = 0;
  const auto count = w.self().message_queue_length();
  CHECK(count * 64 <= 1 << 20);
  std::size_t at = 0;
  bool in_order = true;
  while (at < all) {
    const term message = w.next(60s);
    REQUIRE(message.is_tagged("tcp"_atom, 3));
    const auto data = message[2].bytes();
    in_order = in_order && data == counted(at, data.size());
    at += data.size();
    if (queued < count && ++queued == count)
      CHECK(at <= 2 << 20);  // all that had waited in the process
  }
  CHECK(in_order);
  CHECK(w.told(socket) == "{tcp_closed}");
  sender.get();
}

TEST_CASE("recv with a timeout loses nothing, whenever the data comes") {
  tcp_world w;
  auto [socket, client] = w.accepted(list("binary", passive()));
  const std::size_t all = static_cast<std::size_t>(rounds) * 10;
  auto sender = std::async(std::launch::async, [&, &c = client] {
    for (std::size_t at = 0; at < all; at += 5) {
      c.send(counted(at, 5));
      if (at % 35 == 0)
        std::this_thread::sleep_for(std::chrono::microseconds(at % 1500));
    }
  });
  std::string got;
  int timeouts = 0;
  while (got.size() < all) {
    const term said = w.tcp("recv", socket, 0, static_cast<std::int64_t>(got.size() % 3));
    if (said.is_tagged("ok"_atom, 2))
      got += said[1].bytes();
    else if (text(said) == "{error,timeout}")
      ++timeouts;
    else
      FAIL(text(said));
  }
  CHECK(got == counted(0, all));
  CHECK(timeouts > 0);
  sender.get();
}

TEST_CASE("accept with a timeout loses no connection") {
  tcp_world w;
  const term listener = w.listen(list("binary", passive()));
  const auto number = w.port_of(listener);
  const int count = 200;
  auto clients = std::async(std::launch::async, [&] {
    std::vector<raw_client> all;
    for (int i = 0; i < count; ++i) {
      all.emplace_back(number);
      std::this_thread::sleep_for(std::chrono::microseconds(i % 7 * 200));
    }
    return all;
  });
  for (int accepted = 0; accepted < count;) {
    const term said = w.tcp("accept", listener, accepted % 2);
    if (said.is_tagged("ok"_atom, 2))
      ++accepted;
    else
      REQUIRE(text(said) == "{error,timeout}");
  }
  const auto all = clients.get();
  CHECK(w.ok(tuple("ok", w.call("erlang", "ports"))).is_cons());
  CHECK(text(w.tcp("accept", listener, 0)) == "{error,timeout}");
}

// ---- owners

TEST_CASE("a socket closes with its owner, however that ends") {
  tcp_world w;
  const term listener = w.listen(list("binary"));
  const auto number = w.port_of(listener);
  const pid me = w.self().self();
  for (const bool killed : {false, true}) {
    raw_client client(number);
    other owner(w, [listener, me](process& self) {
      self.send(me, apply(self, "accept", {listener}));
      self.receive([](const term& it) { return it == "end"; });
    });
    const term socket = w.ok(w.next(30s));
    CHECK(w.call("erlang", "port_info", socket, "connected") == tuple("connected", owner.who));
    if (killed)
      w.self().exit_signal(owner.who, "kill");
    else
      w.self().send(owner.who, "end");
    CHECK(client.is_ended());
    CHECK(text(w.reason_of_end(owner.who)) != "alive");
    CHECK(w.call("erlang", "port_info", socket) == "undefined");
  }
}

TEST_CASE("a socket that is given to a process which has just ended is closed") {
  tcp_world w;
  for (int i = 0; i < rounds / 30; ++i) {
    auto [socket, client] = w.accepted(list("binary"));
    const pid brief = w.home().spawn_blocking([](process&) {}).process;
    const term said = w.tcp("controlling_process", socket, brief);
    if (said == "ok")
      CHECK(client.is_ended());
    else
      CHECK(text(said) == "{error,badarg}");
    w.tcp("close", socket);
    w.reason_of_end(brief);
  }
  CHECK(w.call("erlang", "ports").is_nil());
}

TEST_CASE("a socket is given away while data streams in: every byte comes, in order, to one of the two") {
  tcp_world w;
  for (const char* active : {"true", "once"}) {
    const bool once = active == std::string("once");
    tcp_world::pair both = w.accepted(list("binary", option("active", term(atom(std::string_view(active))))));
    const term socket = both.socket;
    const std::size_t all = bulk_bytes / 4;
    auto sender = std::async(std::launch::async, [&, &c = both.client] {
      for (std::size_t at = 0; at < all; at += 1000)
        c.send(counted(at, std::min<std::size_t>(1000, all - at)));
    });
    const pid me = w.self().self();
    // Two processes that hand it to each other after every few messages, and pass on what they get: by the order in
    // which they are told, so all of it comes here in order.
    const auto hand_over = [socket, me, once](process& self) {
      const pid peer = self.receive([](const term& it) { return it.is_pid(); })->as_pid();
      int left_to_take = -1;  // negative: it is the peer's
      for (;;) {
        const term message = *self.receive([](const term&) { return true; });
        if (message == "end")
          return;
        if (message == "yours") {
          left_to_take = 5;
          continue;
        }
        self.send(me, message);
        if (once)
          self.home().apply(self, "inet"_atom, "setopts"_atom, {socket, list(option("active", "once"))});
        if (--left_to_take == 0) {
          apply(self, "controlling_process", {socket, peer});
          self.send(peer, "yours");
        }
      }
    };
    other left(w, hand_over), right(w, hand_over);
    w.self().send(left.who, right.who);
    w.self().send(right.who, left.who);
    CHECK(w.tcp("controlling_process", socket, left.who) == "ok");
    w.self().send(left.who, "yours");
    CHECK(w.stream(socket, all) == counted(0, all));
    sender.get();
    w.self().send(left.who, "end");
    w.self().send(right.who, "end");
    CHECK(text(w.reason_of_end(left.who)) != "alive");
    CHECK(text(w.reason_of_end(right.who)) != "alive");
  }
}

TEST_CASE("what waits at the giver goes with the socket, before what comes later") {
  tcp_world w;
  for (int i = 0; i < rounds / 30; ++i) {
    auto [socket, client] = w.accepted(list("binary"));
    const std::size_t all = 200'000;
    auto sender = std::async(std::launch::async, [&, &c = client] {
      for (std::size_t at = 0; at < all; at += 100)
        c.send(counted(at, 100));
    });
    REQUIRE(w.eventually([&] { return w.self().message_queue_length() > 3; }, 30s));
    const pid me = w.self().self();
    other taker(w, [socket = socket, me](process& self) {
      std::string got;
      for (;;) {
        const term message = *self.receive([](const term&) { return true; });
        if (!message.is_tagged("tcp"_atom, 3))
          return self.send(me, tuple(message[0], binary(got)));
        got += message[2].bytes();
      }
    });
    CHECK(w.tcp("controlling_process", socket, taker.who) == "ok");
    sender.get();
    client.shut_write();
    const term all_of_it = w.next(30s);
    REQUIRE(all_of_it.is_tagged("tcp_closed"_atom, 2));
    CHECK(all_of_it[1].bytes() == counted(0, all));
  }
}

// ---- listeners

TEST_CASE("a listener that closes tells who waits for it") {
  tcp_world w;
  const term listener = w.listen(list());
  const pid me = w.self().self();
  std::vector<other> waiting;
  for (int i = 0; i < 3; ++i) {
    waiting.emplace_back(w, [listener, me](process& self) { self.send(me, apply(self, "accept", {listener})); });
    REQUIRE(waiting.back().waits());
  }
  w.tcp("close", listener);
  for (int i = 0; i < 3; ++i)
    CHECK(text(w.next(30s)) == "{error,closed}");
}

TEST_CASE("a listener closes with its owner, its connections do not") {
  tcp_world w;
  const pid me = w.self().self();
  other owner(w, [me](process& self) {
    self.send(me, apply(self, "listen", {0, list("binary", passive())}));
    self.receive([](const term&) { return false; });
  });
  const term listener = w.ok(w.next(30s));
  raw_client client(w.port_of(listener));
  const term socket = w.ok(w.tcp("accept", listener));
  w.self().exit_signal(owner.who, "kill");
  CHECK(text(w.reason_of_end(owner.who)) != "alive");
  CHECK(text(w.tcp("accept", listener)) == "{error,closed}");
  client.send("here");
  CHECK(shown(w.tcp("recv", socket, 4)) == "{ok,<<\"here\">>}");
}

TEST_CASE("who waits in accept and is killed takes no connection with it") {
  tcp_world w;
  const term listener = w.listen(list("binary", passive()));
  for (int i = 0; i < rounds / 30; ++i) {
    other killed(w, [listener](process& self) { apply(self, "accept", {listener}); });
    if (i % 2 == 0)
      REQUIRE(killed.waits());
    w.self().exit_signal(killed.who, "kill");
    w.reason_of_end(killed.who);
    raw_client client(w.port_of(listener));
    const term socket = w.ok(w.tcp("accept", listener, 30'000));
    client.send("x");
    CHECK(shown(w.tcp("recv", socket, 1)) == "{ok,<<\"x\">>}");
    w.tcp("close", socket);
  }
}

TEST_CASE("descriptors used up: accept waits, tells so once, and goes on by itself") {
  tcp_world w;
  const term listener = w.listen(list("binary", passive()));
  raw_client client(w.port_of(listener));
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const int next = ::dup(0);
  ::close(next);
  const rlimit none_left{static_cast<rlim_t>(next), before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &none_left);
  CHECK(text(w.tcp("accept", listener, 50)) == "{error,timeout}");
  CHECK(text(w.tcp("accept", listener, 50)) == "{error,timeout}");
  CHECK(text(w.tcp("connect", tuple(127, 0, 0, 1), w.port_of(listener), list())) == "{error,emfile}");
  CHECK(text(w.tcp("listen", 0, list())) == "{error,emfile}");
  ::setrlimit(RLIMIT_NOFILE, &before);
  const term socket = w.ok(w.tcp("accept", listener, 30'000));
  client.send("there");
  CHECK(shown(w.tcp("recv", socket, 5)) == "{ok,<<\"there\">>}");
  const std::string told = w.output();
  const std::string warning = "can't accept";
  REQUIRE(told.find(warning) != std::string::npos);
  CHECK(told.find(warning, told.find(warning) + 1) == std::string::npos);
  CHECK(told.find("accepts connections again") != std::string::npos);
}

// ---- the node's end

TEST_CASE("a node stops with open sockets, and traffic on them") {
  for (int i = 0; i < 10; ++i) {
    std::vector<raw_client> clients;
    std::vector<std::future<void>> talking;
    {
      tcp_world w;
      const term listener = w.listen(list("binary"));
      const pid me = w.self().self();
      for (int each = 0; each < 8; ++each) {
        clients.emplace_back(w.port_of(listener));
        other owner(w, [listener, me](process& self) {
          const term socket = apply(self, "accept", {listener})[1];
          self.send(me, "accepted");
          for (;;) {
            const term message = *self.receive([](const term&) { return true; });
            if (!message.is_tagged("tcp"_atom, 3) || !(apply(self, "send", {socket, message[2]}) == "ok"))
              return;
          }
        });
      }
      for (auto& each : clients)
        talking.push_back(std::async(std::launch::async, [&each] {
          try {
            while (each.receive(100).size() == 100)
              each.send(std::string(100, 'y'));
          } catch (const std::runtime_error&) {  // reset
          }
        }));
      for (auto& each : clients)
        each.send(std::string(1000, 'x'));
      for (std::size_t each = 0; each < clients.size(); ++each)
        REQUIRE(w.next(30s) == "accepted");
      other waits(w, [listener](process& self) { apply(self, "accept", {listener}); });
      REQUIRE(waits.waits());
    }
    for (auto& each : talking)
      each.get();
  }
}
