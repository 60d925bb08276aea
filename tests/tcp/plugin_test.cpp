// TCP from plugins: awaited in process functions and in handlers, waited for in plain functions, refused where neither
// may.
#include "tests/tcp/tcp_world.hpp"

#include <future>

using namespace twinslot;
using namespace std::chrono_literals;

namespace {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t much = 2'000'000;
#else
constexpr std::size_t much = 20'000'000;
#endif

struct talks_world : tcp_world {
  talks_world() { CHECK(text(load("talks", "talks")) == "{module,talks}"); }

  template <class... Arguments>
  pid spawn(const char* function, const Arguments&... arguments) {
    return home().spawn_function("talks"_atom, atom(std::string_view(function)), {term(arguments)...}).process;
  }
  pid start() { return ok(call("gen_server", "start", "talks", term{}, term{})).as_pid(); }
  template <class... Arguments>
  term ask(pid server, const Arguments&... request) {
    return call("gen_server", "call", server, tuple(request...), 60'000);
  }
  pid mine() { return self().self(); }
  /// A passive connection that belongs to `owner`; what it sends soon waits.
  pair given_to(pid owner, const term& options) {
    pair made = accepted(options, 4096);
    CHECK(tcp("controlling_process", made.socket, owner) == "ok");
    return made;
  }
};
term narrow() {
  return list("binary", passive(), option("sndbuf", 4096));
}
}  // namespace

TEST_CASE("a process function listens, accepts, receives and sends") {
  talks_world w;
  const pid server = w.spawn("serves", w.mine());
  const term number = w.next(30s);
  REQUIRE(number.is_tagged("port"_atom, 2));
  CHECK(text(w.next(30s)) == "{error,timeout}");
  raw_client client(static_cast<std::uint16_t>(number[1].as_int64()));
  for (const char* line : {"first", "second"}) {
    client.send(line);
    CHECK(client.receive(std::string_view(line).size()) == line);
  }
  client.close();
  CHECK(text(w.next(30s)) == "{ended,closed}");
  CHECK(text(w.reason_of_end(server)) != "alive");
  CHECK(w.call("erlang", "ports").is_nil());
}

TEST_CASE("a process function connects; what fails leaves no port") {
  talks_world w;
  raw_listener there;
  w.spawn("calls", w.mine(), tuple(127, 0, 0, 1), there.port(), 30'000);
  raw_client other = there.accept();
  CHECK(other.receive(5) == "hello");
  other.send("there");
  CHECK(shown(w.next(30s)) == "{ok,<<\"there\">>}");
  w.spawn("calls", w.mine(), tuple(127, 0, 0, 1), there.port(), 10);
  raw_client silent = there.accept();
  CHECK(text(w.next(30s)) == "{error,timeout}");
  w.spawn("calls", w.mine(), tuple("local", string("/no/such/socket")), 0, 10);
  CHECK(text(w.next(30s)) == "{error,enoent}");
  CHECK(w.eventually([&] { return w.home().ports().empty(); }, 30s));
}

TEST_CASE("a process function that sends faster than the other side reads waits") {
  talks_world w;
  auto [socket, client] = w.accepted(narrow(), 4096);
  const pid sender = w.spawn("floods", w.mine(), socket, static_cast<std::int64_t>(much));
  REQUIRE(w.eventually([&] { return w.info(sender, "status"_atom) == "waiting"; }, 30s));
  const auto pending = w.ok(w.inet("getstat", socket, list("send_pend"))).head()[1].as_int64();
  CHECK(pending < 8192 + 10'000);
  CHECK(w.is_quiet());
  CHECK(client.receive(much) == counted(0, much));
  CHECK(text(w.next(30s)) == "flooded");
  w.self().send(sender, "end");
  CHECK(text(w.reason_of_end(sender)) != "alive");
}

TEST_CASE("a sender that is held can be killed, and is told when the socket goes") {
  talks_world w;
  auto [socket, client] = w.accepted(narrow(), 4096);
  const pid sender = w.spawn("floods", w.mine(), socket, 100'000'000);
  REQUIRE(w.eventually([&] { return w.info(sender, "status"_atom) == "waiting"; }, 30s));
  w.self().exit_signal(sender, "kill");
  CHECK(text(w.reason_of_end(sender)) != "alive");
  const pid second = w.spawn("floods", w.mine(), socket, 100'000'000);
  REQUIRE(w.eventually([&] { return w.info(second, "status"_atom) == "waiting"; }, 30s));
  client.reset();
  CHECK(text(w.next(30s)) == "{error,closed}");
  auto [third, other] = w.accepted(narrow(), 4096);
  w.spawn("floods", w.mine(), third, 100'000'000);
  other.receive(10'000);
  w.tcp("close", third);
  CHECK(text(w.next(30s)) == "{error,closed}");
}

TEST_CASE("a process function's recv with a timeout loses nothing") {
  talks_world w;
  const term listener = w.listen(list("binary", passive()));
  raw_client client(w.port_of(listener));
  const term socket = w.ok(w.tcp("accept", listener));
  const std::size_t all = 20'000;
  w.spawn("collects", w.mine(), socket);
  auto sender = std::async(std::launch::async, [&] {
    for (std::size_t at = 0; at < all; at += 50) {
      client.send(counted(at, 50));
      if (at % 350 == 0)
        std::this_thread::sleep_for(std::chrono::microseconds(at % 2500));
    }
    client.shut_write();
  });
  CHECK(w.stream(socket, all) == counted(0, all));
  CHECK(text(w.next(30s)) == "{ended,closed}");
  sender.get();
}

TEST_CASE("a plain function waits where its caller may") {
  talks_world w;
  raw_listener there;
  auto other = std::async(std::launch::async, [&] {
    raw_client made = there.accept();
    const std::string said = made.receive(5);
    made.send("there");
    return said;
  });
  CHECK(shown(w.call("talks", "asks", "localhost", there.port())) == "{ok,<<\"there\">>}");
  CHECK(other.get() == "hello");
  CHECK(text(w.call("talks", "asks", tuple("local", string("/no/such/socket")), 0)) == "{error,enoent}");
  CHECK(w.call("erlang", "ports").is_nil());
}

TEST_CASE("a plain function that sends too much waits for the other side, when its caller may block") {
  talks_world w;
  auto [socket, client] = w.accepted(narrow(), 4096);
  const pid me = w.mine();
  const pid caller = w.home()
                         .spawn_blocking([socket = socket, me](process& self) {
                           self.send(me, self.home().apply(self, "talks"_atom, "pours"_atom, {socket, much}));
                         })
                         .process;
  REQUIRE(w.eventually([&] { return w.info(caller, "status"_atom) == "waiting"; }, 30s));
  CHECK(w.ok(w.inet("getstat", socket, list("send_pend"))).head()[1].as_int64() < 8192 + 10'000);
  CHECK(client.receive(much) == counted(0, much));
  CHECK(text(w.next(30s)) == "poured");
}

TEST_CASE("a server's plain handler may send, but neither accept nor receive") {
  talks_world w;
  const pid server = w.start();
  const term listener = w.listen(list());
  auto [socket, client] = w.given_to(server, list("binary", passive()));
  CHECK(text(w.ask(server, "pour", socket, 10)) == "poured");
  CHECK(client.receive(10'000) == counted(0, 10'000));
  const term caught = w.caught("gen_server", "call", server, tuple("accept", listener), 30'000);
  INFO(text(caught));
  CHECK(text(caught).find("{would_block,accept}") != std::string::npos);
  const pid second = w.start();
  const term of_recv = w.caught("gen_server", "call", second, tuple("recv", listener), 30'000);
  CHECK(text(of_recv).find("{would_block,recv}") != std::string::npos);
}

TEST_CASE("a server whose client never reads takes up nothing else until it does") {
  talks_world w;
  const pid server = w.start();
  auto [socket, client] = w.given_to(server, narrow());
  w.call("gen_server", "cast", server, tuple("pour_later", socket, 1'000'000));
  w.call("gen_server", "cast", server, tuple("pour_later", socket, 1'000'000));
  // The first goes to the socket at once; the second is not taken up, and so memory is bounded by one function's.
  REQUIRE(w.eventually(
      [&] { return w.info(server, "message_queue_len"_atom) == 1 && w.info(server, "status"_atom) == "waiting"; },
      30s));
  CHECK(w.ok(w.inet("getstat", socket, list("send_pend"))).head()[1].as_int64() < 1'000'000);
  CHECK(client.receive(1'000'000) == counted(0, 1'000'000));
  CHECK(client.receive(1'000'000) == counted(0, 1'000'000));
  CHECK(w.call("gen_server", "call", server, "calls", 30'000) == 2);
}

TEST_CASE("a suspended server's socket is not read on and on; resumed, it answers every byte in order") {
  talks_world w;
  const pid server = w.start();
  auto [socket, client] = w.given_to(server, list("binary"));
  CHECK(w.call("sys", "suspend", server) == "ok");
  auto sender = std::async(std::launch::async, [&c = client] {
    for (std::size_t at = 0; at < much; at += 10'000)
      c.send(counted(at, 10'000));
  });
  const auto was_read = [&, sock = socket] {
    return w.ok(w.inet("getstat", sock, list("recv_oct"))).head()[1].as_int64();
  };
  REQUIRE(w.eventually([&] { return was_read() > 400'000; }, 30s));
  for (int look = 0; look < 1000; ++look)
    REQUIRE(was_read() < 1'500'000);
  CHECK(w.call("sys", "resume", server) == "ok");
  CHECK(client.receive(much) == counted(0, much));
  sender.get();
}

TEST_CASE("a server that is held lives on when its client resets") {
  talks_world w;
  const pid server = w.start();
  auto [socket, client] = w.given_to(server, narrow());
  w.call("gen_server", "cast", server, tuple("pour_later", socket, 1'000'000));
  REQUIRE(w.eventually([&] { return w.info(server, "status"_atom) == "waiting"; }, 30s));
  client.reset();
  CHECK(w.call("gen_server", "call", server, "calls", 30'000) == 1);
}

TEST_CASE("a handler that waits receives; others wait for it") {
  talks_world w;
  const pid server = w.start();
  auto [socket, client] = w.given_to(server, list("binary", passive()));
  std::thread asker([&, number = server, sock = socket] {
    scoped_process me(w.home());
    const term got =
        w.home().apply(*me, "gen_server"_atom, "call"_atom, {number, tuple("await_recv", sock, 4), 60'000});
    me->send(w.mine(), got);
  });
  REQUIRE(w.eventually(
      [&] { return w.info(server, "status"_atom) == "waiting" && w.info(server, "reductions"_atom).as_int64() > 0; },
      30s));
  client.send("data");
  CHECK(shown(w.next(30s)) == "{ok,<<\"data\">>}");
  asker.join();
  CHECK(w.call("gen_server", "call", server, "calls", 30'000) == 1);
}

TEST_CASE("a port that is sent to a process of another module works there") {
  talks_world w;
  w.load("counter", "counter_v1");
  auto [socket, client] = w.accepted(list("binary"));
  const pid server = w.start();
  const pid relay = w.home()
                        .spawn_blocking([server](process& self) {
                          const term got = *self.receive([](const term& it) { return it.is_port(); });
                          self.send(server, tuple("tcp", got, binary("by way of another")));
                        })
                        .process;
  w.self().send(relay, socket);
  CHECK(client.receive(17) == "by way of another");
  w.tcp("close", socket);
  w.self().send(server, tuple("tcp", socket, binary("too late")));
  CHECK(w.call("gen_server", "call", server, "calls", 30'000) == 2);
}

TEST_CASE("an active server echoes, and closes with its end") {
  talks_world w;
  const pid server = w.start();
  auto [socket, client] = w.given_to(server, list("binary"));
  for (int i = 0; i < 100; ++i) {
    client.send("ping");
    REQUIRE(client.receive(4) == "ping");
  }
  w.self().exit_signal(server, "kill");
  CHECK(client.is_ended());
}
