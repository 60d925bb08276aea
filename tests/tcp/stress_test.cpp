// Many connections, and several processes that close, give away, kill and change options at random: nothing is left
// over, no byte is lost or moved on a connection that lives, and nobody waits for ever. Made for ThreadSanitizer.
#include "tests/tcp/tcp_world.hpp"

#include <future>
#include <random>

using namespace twinslot;
using namespace std::chrono_literals;

namespace {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int connections = 150;
constexpr int echoes = 20;
#else
constexpr int connections = 1500;
constexpr int echoes = 50;
#endif

term apply(process& self, const char* module, const char* function, std::initializer_list<term> arguments) {
  return self.home().apply(self, atom(std::string_view(module)), atom(std::string_view(function)), arguments);
}

/// The next {tcp, Socket, Data}; empty: it is to end.
std::optional<term> next_data(process& self) {
  for (;;) {
    const term message = *self.receive([](const term&) { return true; });
    if (message == "end")
      return {};
    if (message.is_tagged("tcp"_atom, 3))
      return message;
  }
}

/// Sends back what comes, and does at random what an owner can do; the socket goes round among `others`.
void live_with(process& self, const std::vector<pid>& others, unsigned seed) {
  std::mt19937 random(seed);
  const auto one_of = [&](std::size_t count) { return random() % count; };
  while (const auto message = next_data(self)) {
    const term socket = (*message)[1];
    apply(self, "gen_tcp", "send", {socket, (*message)[2]});
    switch (one_of(12)) {
      case 0: apply(self, "gen_tcp", "controlling_process", {socket, others[one_of(others.size())]}); break;
      case 1:
        apply(self, "inet", "setopts", {socket, list(option("active", "once"))});
        apply(self, "inet", "setopts", {socket, list(option("active", "true"))});
        break;
      case 2: apply(self, "inet", "getopts", {socket, list("active", "sndbuf")}); break;
      case 3: apply(self, "inet", "getstat", {socket}); break;
      case 4: apply(self, "inet", "peername", {socket}); break;
      case 5:
        apply(self, "inet", "setopts", {socket, list(option("active", "false"))});
        apply(self, "gen_tcp", "recv", {socket, 0, 0});
        apply(self, "inet", "setopts", {socket, list(option("active", 5))});
        apply(self, "inet", "setopts", {socket, list(option("active", "true"))});
        break;
      default: break;
    }
  }
}

/// All that a client may do.
void visit(std::uint16_t number, unsigned seed) {
  std::mt19937 random(seed);
  raw_client client(number);
  try {
    std::size_t at = 0;
    for (int i = static_cast<int>(random() % echoes); i > 0; --i) {
      const std::size_t size = 1 + random() % 5000;
      client.send(counted(at, size));
      at += size;
    }
    switch (random() % 4) {
      case 0: client.reset(); break;
      case 1:
        client.shut_write();
        client.receive_all();
        break;
      case 2:
        client.receive(at / 2);
        client.close();
        break;
      default: client.close();
    }
  } catch (const std::runtime_error&) {  // the node has closed: its owner was killed
  }
}
}  // namespace

TEST_CASE("random closes, changes of owners, kills and options leave nothing over") {
  tcp_world w;
  const term listener = w.listen(list("binary", option("backlog", 200)));
  const auto number = w.port_of(listener);
  const pid me = w.self().self();
  std::vector<pid> owners;
  for (unsigned i = 0; i < 4; ++i)
    owners.push_back(w.home()
                         .spawn_blocking([i](process& self) {
                           std::vector<pid> others;
                           while (others.size() < 4)
                             others.push_back(self.receive([](const term& it) { return it.is_pid(); })->as_pid());
                           live_with(self, others, i);
                         })
                         .process);
  for (const pid to : owners)
    for (const pid each : owners)
      w.self().send(to, each);
  // Acceptors give each connection to one of the owners; some are killed in the middle of it.
  const auto accepts = [listener, owners](process& self) {
    for (std::size_t turn = 0;; ++turn) {
      const term made = apply(self, "gen_tcp", "accept", {listener, static_cast<std::int64_t>(turn % 5)});
      if (made.is_tagged("ok"_atom, 2))
        apply(self, "gen_tcp", "controlling_process", {made[1], owners[turn % owners.size()]});
      else if (!(made[1] == "timeout"))
        return;
    }
  };
  std::vector<pid> acceptors;
  for (int i = 0; i < 3; ++i)
    acceptors.push_back(w.home().spawn_blocking(accepts).process);
  std::atomic<int> to_go{connections};
  std::vector<std::future<void>> visitors;
  for (int i = 0; i < 4; ++i)
    visitors.push_back(std::async(std::launch::async, [&] {
      for (int left; (left = to_go.fetch_sub(1)) > 0;)
        visit(number, static_cast<unsigned>(left));
    }));
  auto observer = std::async(std::launch::async, [&] {
    const scoped_process watching(w.home());
    while (to_go.load() > 0)
      for (const port each : w.home().ports()) {
        apply(*watching, "erlang", "port_info", {each});
        apply(*watching, "inet", "getstat", {each});
        apply(*watching, "gen_tcp", "controlling_process", {each, me});
        apply(*watching, "gen_tcp", "recv", {each, 0, 0});
      }
  });
  while (to_go.load() > 0) {
    const std::size_t which = static_cast<std::size_t>(to_go.load()) % acceptors.size();
    w.self().exit_signal(acceptors[which], "kill");
    acceptors[which] = w.home().spawn_blocking(accepts).process;
    std::this_thread::sleep_for(5ms);
  }
  for (auto& each : visitors)
    each.get();
  observer.get();
  w.tcp("close", listener);
  for (const pid each : acceptors)
    CHECK(text(w.reason_of_end(each)) != "alive");
  // The clients are gone, so every socket sees its end.
  CHECK(w.eventually([&] { return w.home().ports().empty(); }, 60s));
  for (const pid each : owners) {
    w.self().send(each, "end");
    CHECK(text(w.reason_of_end(each)) != "alive");
  }
  CHECK(w.home().ports().empty());
}

TEST_CASE("echoes under options that change and owners that change come back whole") {
  tcp_world w;
  const term listener = w.listen(list("binary"));
  const auto number = w.port_of(listener);
  std::vector<pid> owners;
  for (unsigned i = 0; i < 3; ++i)
    owners.push_back(w.home()
                         .spawn_blocking([i](process& self) {
                           const pid next = self.receive([](const term& it) { return it.is_pid(); })->as_pid();
                           std::mt19937 random(i);
                           while (const auto message = next_data(self)) {
                             const term socket = (*message)[1];
                             apply(self, "gen_tcp", "send", {socket, (*message)[2]});
                             if (random() % 5 == 0)
                               apply(self, "gen_tcp", "controlling_process", {socket, next});
                           }
                         })
                         .process);
  for (std::size_t i = 0; i < owners.size(); ++i)
    w.self().send(owners[i], owners[(i + 1) % owners.size()]);
  std::vector<std::future<bool>> clients;
  for (int i = 0; i < 8; ++i) {
    auto client = std::make_shared<raw_client>(number);
    const term socket = w.ok(w.tcp("accept", listener));
    w.tcp("controlling_process", socket, owners[static_cast<std::size_t>(i) % owners.size()]);
    clients.push_back(std::async(std::launch::async, [client, i] {
      // One message at a time: what was forwarded to the next owner is answered before what comes later.
      std::mt19937 random(static_cast<unsigned>(i));
      std::size_t at = 0;
      for (int round = 0; round < echoes * 10; ++round) {
        const std::size_t size = 1 + random() % 3000;
        client->send(counted(at, size));
        if (client->receive(size) != counted(at, size))
          return false;
        at += size;
      }
      return true;
    }));
  }
  for (auto& each : clients)
    CHECK(each.get());
  for (const pid each : owners)
    w.self().send(each, "end");
}
