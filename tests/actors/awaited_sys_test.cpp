// co_await self.sys_suspend(...) and its like: sys where no thread may be occupied. What comes of a request is what
// comes of the function of sys itself, in a process that may block.
#include "tests/actors/world.hpp"

using namespace twinslot;
using namespace std::chrono_literals;

namespace {
struct operator_world : world {
  operator_world() {
    load("asks_sys", "asks_sys");
    load("counter", "counter_v1");
    load("waits", "waits_v1");
    asker_ = home().spawn_function("asks_sys"_atom, "serve"_atom, {self().self()}, {}).process;
  }
  std::string ask(const term& what, const term& server) {
    self().send(asker_, tuple(what, server));
    return text(next(20s));
  }
  pid asker() const { return asker_; }
  pid start(const char* module) {
    return call("gen_server", "start", atom(std::string_view(module)), term{}, term{})[1].as_pid();
  }

private:
  pid asker_;
};
}  // namespace

TEST_CASE("a process function takes a server to the next version: suspend, change_code, resume") {
  operator_world w;
  const term server = w.start("counter");
  w.call("gen_server", "call", server, "get_count");
  w.replace("counter", "counter_v2");
  CHECK(w.ask("suspend", server) == "ok");
  CHECK(w.ask(tuple("change_code", "counter", string("1.0.0"), term{}), server) == "ok");
  CHECK(w.ask("resume", server) == "ok");
  CHECK(text(w.call("erlang", "check_process_code", server, "counter")) == "false");
  CHECK(w.ask("get_state", server) == text(w.call("sys", "get_state", server)));
  CHECK(w.ask("get_status", server) == text(w.call("sys", "get_status", server)));
  CHECK(w.ask(tuple("terminate", "shutdown"), server) == "ok");
  CHECK(w.eventually([&] { return !w.home().is_alive(server.as_pid()); }));
}

TEST_CASE("a request that fails raises what the function of sys raises") {
  operator_world w;
  const pid gone = w.start("counter");
  w.self().exit_signal(gone, "kill");
  w.reason_of_end(gone);
  for (const term& server :
       {term(gone), term("nobody"), term(42), term(tuple("global", "x")), term(tuple("nobody", "elsewhere@nohost"))}) {
    CHECK(w.ask("suspend", server) == text(w.caught("sys", "suspend", server)));
    CHECK(w.ask(tuple("suspend", 100), server) == text(w.caught("sys", "suspend", server, 100)));
  }
  const pid server = w.start("counter");
  const term changed = tuple("change_code", "counter", string("1.0.0"), term{});
  CHECK(w.ask(changed, server) ==
        text(w.caught("sys", "change_code", server, "counter", string("1.0.0"), term{})));  // it is not suspended
  CHECK(w.ask("suspend", w.asker()) == "{exit,{calling_self,{sys,suspend,[" + text(w.asker()) + "]}}}");
}

TEST_CASE("a server whose handler waits: a request has its time, and a change of code is withdrawn") {
  operator_world w;
  const pid server = w.start("waits");
  w.call("gen_server", "cast", server, tuple("stay_until", w.self().self()));
  CHECK(text(w.next()) == "{staying,1}");
  CHECK(w.ask(tuple("change_code", "waits", "1", term{}, 1000), server) == "{error,busy}");
  w.self().send(server, tuple("go", "now"));
  CHECK(text(w.next()) == "{went,1}");
  CHECK(w.call("gen_server", "call", server, "calls") == 0);  // nothing happened later

  w.call("gen_server", "cast", server, tuple("stay_until", w.self().self()));
  CHECK(text(w.next()) == "{staying,1}");
  CHECK(w.ask(tuple("suspend", 20), server) == "{exit,{timeout,{sys,suspend,[" + text(server) + ",20]}}}");
  w.self().send(server, tuple("go", "now"));
}
