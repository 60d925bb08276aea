// Ports of a process that ends. The ports here are no sockets; those are in tests/tcp.
#include "tests/process/support.hpp"

#include <algorithm>
#include <atomic>

using namespace twinslot;

namespace {
/// A port that notes whether its owner was still to be found when it was told of the owner's end.
struct noting_port final : port_object {
  explicit noting_port(node& where) : home(where) {}
  void request(const term&, atom, const term&) override {}
  bool withdraw(reference) override { return true; }
  void owner_ended(pid owner) override {
    const auto all = home.processes();
    was_found = std::find(all.begin(), all.end(), owner) != all.end();
    home.close_port(self);
  }
  void taken(const term&) override {}
  void shut() override {}
  term info() const override { return {}; }

  node& home;
  port self;
  std::atomic<bool> was_found{false};
};

std::shared_ptr<noting_port> opened(node& home) {
  auto made = std::make_shared<noting_port>(home);
  made->self = home.open_port(made);
  return made;
}
}  // namespace

TEST_CASE("who does not find a process any more finds its ports closed") {
  world w;
  const auto port = opened(w.home);
  const pid owner = w.watched([](process& self) { any_message(self); });
  w.home.own_port(owner, port->self);
  w.me->send(owner, "go");
  CHECK(w.end_of(owner) == "normal");
  CHECK(port->was_found);
  CHECK(w.home.ports().empty());
}

TEST_CASE("a port that a process opens as the last thing it does is closed before its end is told") {
  world w;
  for (int i = 0; i < 100; ++i) {
    const auto port = opened(w.home);
    const pid owner = w.watched([&](process& self) { self.home().own_port(self.self(), port->self); });
    REQUIRE(w.end_of(owner) == "normal");
    REQUIRE(w.home.ports().empty());
    REQUIRE(port->was_found);
  }
}
