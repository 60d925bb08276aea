// Calls into plugins: results, exceptions, lingering (C20-C22), death in the middle of one.
#include "tests/process/support.hpp"

using namespace twinslot;
using namespace std::chrono_literals;

namespace {
constexpr const char* file = TWINSLOT_FIXTURES "/functions.so";

/// functions:send/2 calls this in the process it runs in. To: depth of more calls through the plugin; Message: what to
/// do at the bottom.
term erlang_send(process& self, const term* arguments) {
  if (arguments[0].is_int64() && arguments[0].as_int64() > 0)
    return self.home().apply(self, "functions"_atom, "send"_atom, {arguments[0].as_int64() - 1, arguments[1]});
  if (arguments[1] == "wait"_atom)
    any_message(self);
  else
    throw raised{"throw"_atom, arguments[1], list("stack")};
  return arguments[1];
}
constexpr native natives[] = {{"erlang", "send", 2, erlang_send, "", ""}};

struct plugin_world : world {
  const atom module = "functions"_atom;

  plugin_world() {
    home.add_natives(natives);
    std::vector<code::prepared> batch;
    auto ready = home.loader().prepare(module, file);
    REQUIRE(ready);
    batch.push_back(std::move(ready).value());
    REQUIRE(home.code().finish(std::move(batch)));
  }
  term apply(atom function, std::initializer_list<term> arguments) {
    return home.apply(*me, module, function, arguments);
  }
  raised failure(atom function, std::initializer_list<term> arguments) {
    try {
      apply(function, arguments);
    } catch (raised& thrown) {
      return thrown;
    }
    return {};
  }
};
}  // namespace

TEST_CASE("a plugin's function runs in the calling process") {
  plugin_world w;
  CHECK(w.apply("add"_atom, {2, 3}) == term(5));
  CHECK(w.apply("self"_atom, {}) == term(w.me->self()));
  CHECK(w.home.code().current(w.module)->pin_count() == 0);
  CHECK(w.home.lingering(w.home.code().current(w.module)).empty());
}

TEST_CASE("undef, function_clause and what a plugin lets pass are exceptions of the caller") {
  plugin_world w;
  auto thrown = w.failure("missing"_atom, {1});
  CHECK(thrown.reason == "undef");
  CHECK(thrown.stack == list(tuple(w.module, "missing", list(1), term())));
  thrown = w.failure("add"_atom, {"no", "numbers"});
  CHECK(thrown.what == "error"_atom);
  CHECK(thrown.reason == "function_clause");
  CHECK(thrown.stack.head() == tuple(w.module, "add", list("no", "numbers"), term()));
  thrown = w.failure("send"_atom, {0, tuple("ball", 1)});
  CHECK(thrown.what == "throw"_atom);
  CHECK(thrown.reason == tuple("ball", 1));
}

TEST_CASE("C22: a process with a frame in the version lingers, however deep; one that returned does not") {
  plugin_world w;
  auto* version = w.home.code().current(w.module);
  for (int depth : {0, 20}) {
    const auto inside = w.watched([&](process& self) {
      self.home().apply(self, w.module, "send"_atom, {depth, "wait"});
      raise_exit("returned");
    });
    CHECK(eventually([&] { return version->pin_count() == static_cast<std::uint64_t>(depth) + 1; }));
    // The pin is counted first, then its frame is noted.
    CHECK(eventually([&] { return w.home.lingering(version) == std::vector<pid>{inside}; }));
    w.me->send(inside, "go_on");
    CHECK(w.end_of(inside) == "returned");
    CHECK(version->pin_count() == 0);
    CHECK(w.home.lingering(version).empty());
  }
}

TEST_CASE("L05: kill unwinds a process out of the plugin, and its pins are back when DOWN arrives") {
  plugin_world w;
  auto* version = w.home.code().current(w.module);
  for (int i = 0; i < 20; ++i) {
    const auto inside = w.watched([&](process& self) {
      self.home().apply(self, w.module, "send"_atom, {3, "wait"});
      raise_exit("not_reached");
    });
    CHECK(eventually([&] { return version->pin_count() == 4; }));
    w.me->exit_signal(inside, "kill");
    REQUIRE(w.end_of(inside) == "killed");
    REQUIRE(version->pin_count() == 0);
  }
}

TEST_CASE("a scheduled process says which version's callback runs now") {
  plugin_world w;
  auto* version = w.home.code().current(w.module);
  std::atomic<bool> inside{false}, go{false};
  const auto server = w.watched(scheduled({.take = [&](process& self, term&) {
    self.dispatching(version, {w.module, "handle_call"_atom, 3, 0});
    inside = true;
    while (!go)
      std::this_thread::yield();
    self.dispatching(nullptr, {});
    self.stop("done");
    return body::verdict::taken;
  }}));
  CHECK(w.home.lingering(version).empty());
  w.me->send(server, "go");
  CHECK(eventually([&] { return inside.load(); }));
  CHECK(w.home.lingering(version) == std::vector<pid>{server});
  go = true;
  CHECK(w.end_of(server) == "done");
}

TEST_CASE("autoload is asked once nothing else is there") {
  plugin_world w;
  static int asked;
  asked = 0;
  w.home.autoload([](process&, atom module) { return ++asked, module == "never"_atom; });
  try {
    w.home.apply(*w.me, "absent"_atom, "f"_atom, {});
    FAIL("no exception");
  } catch (raised& undef) {
    CHECK(undef.reason == "undef");
  }
  CHECK(asked == 1);
  CHECK(w.apply("add"_atom, {1, 1}) == term(2));
  CHECK(asked == 1);
}
