// What a process asks of its node: each function of ts::self is an Erlang function with these arguments.
#include "tests/catch.hpp"
#include "tests/sdk/open_here.hpp"

using namespace twinslot;
using namespace twinslot::test;

namespace {
/// Runs the body as a function of a module; what it asked for last is in `process`.
struct caller {
  fake_process process;
  template <class Body>
  term ask(Body body) {
    sdk::host_table = &fake_host_table();
    self me(process.env());
    process.asked.clear();
    body(me);
    REQUIRE(process.asked.size() == 1);
    const auto& asked = process.asked[0];
    return tuple(asked.module, asked.function, list_of(asked.arguments.data(), asked.arguments.size()));
  }
};
const pid other{7, 0};
const reference ref{8, 0};
}  // namespace

TEST_CASE("a process knows its pid") {
  caller c;
  sdk::host_table = &fake_host_table();
  CHECK(self(c.process.env()).pid() == own_pid);
}

TEST_CASE("servers are called, cast to, answered, started and stopped through gen_server") {
  caller c;
  CHECK(c.ask([](self& me) { me.call("s", tuple("add", 1)).wait(); }) ==
        tuple("gen_server", "call", list("s", tuple("add", 1))));
  CHECK(c.ask([](self& me) { me.call(other, "get", 100).wait(); }) ==
        tuple("gen_server", "call", list(other, "get", 100)));
  CHECK(c.ask([](self& me) { me.call(other, "get", "infinity").wait(); }) ==
        tuple("gen_server", "call", list(other, "get", "infinity")));
  CHECK(c.ask([](self& me) { me.cast("s", "go"); }) == tuple("gen_server", "cast", list("s", "go")));
  CHECK(c.ask([](self& me) { me.reply(from{tuple(other, ref)}, 5); }) ==
        tuple("gen_server", "reply", list(tuple(other, ref), 5)));
  CHECK(c.ask([](self& me) { me.start("m"_atom, list(1)).wait(); }) ==
        tuple("gen_server", "start", list("m", list(1), term())));
  CHECK(c.ask([](self& me) { me.start_link("m"_atom, 1).wait(); }) ==
        tuple("gen_server", "start_link", list("m", 1, term())));
  CHECK(c.ask([](self& me) { me.start_link(tuple("local", "n"), "m"_atom, 1, term()).wait(); }) ==
        tuple("gen_server", "start_link", list(tuple("local", "n"), "m", 1, term())));
  CHECK(c.ask([](self& me) { me.stop("s"); }) == tuple("gen_server", "stop", list("s")));
}

TEST_CASE("messages, links, monitors and names go through erlang") {
  caller c;
  c.process.answer = [](const fake_process::request& asked) -> term {
    const auto name = asked.function.text();
    if (name == "spawn" || name == "spawn_link")
      return other;
    return name == "monitor" || name == "send_after" || name == "make_ref" ? term(ref) : term("true");
  };
  CHECK(c.ask([](self& me) { me.send("s", 1); }) == tuple("erlang", "send", list("s", 1)));
  CHECK(c.ask([](self& me) { CHECK(me.send_after(50, other, "tick") == ref); }) ==
        tuple("erlang", "send_after", list(50, other, "tick")));
  CHECK(c.ask([](self& me) { me.cancel_timer(ref); }) == tuple("erlang", "cancel_timer", list(ref)));
  CHECK(c.ask([](self& me) { me.link(other); }) == tuple("erlang", "link", list(other)));
  CHECK(c.ask([](self& me) { me.unlink(other); }) == tuple("erlang", "unlink", list(other)));
  CHECK(c.ask([](self& me) { CHECK(me.monitor("s") == ref); }) == tuple("erlang", "monitor", list("process", "s")));
  CHECK(c.ask([](self& me) { me.demonitor(ref); }) == tuple("erlang", "demonitor", list(ref)));
  CHECK(c.ask([](self& me) { me.exit(other, "kill"); }) == tuple("erlang", "exit", list(other, "kill")));
  CHECK(c.ask([](self& me) { me.whereis("s"_atom); }) == tuple("erlang", "whereis", list("s")));
  CHECK(c.ask([](self& me) { me.register_name("s"_atom, other); }) == tuple("erlang", "register", list("s", other)));
  CHECK(c.ask([](self& me) { me.unregister("s"_atom); }) == tuple("erlang", "unregister", list("s")));
  CHECK(c.ask([](self& me) { CHECK(me.is_process_alive(other)); }) == tuple("erlang", "is_process_alive", list(other)));
  CHECK(c.ask([](self& me) { CHECK(me.spawn("m"_atom, "f"_atom, list(1)) == other); }) ==
        tuple("erlang", "spawn", list("m", "f", list(1))));
  CHECK(c.ask([](self& me) { me.spawn_link("m"_atom, "f"_atom, {}); }) ==
        tuple("erlang", "spawn_link", list("m", "f", term())));
  CHECK(c.ask([](self& me) { me.process_flag("trap_exit"_atom, true); }) ==
        tuple("erlang", "process_flag", list("trap_exit", "true")));
  CHECK(c.ask([](self& me) { CHECK(me.make_ref() == ref); }) == tuple("erlang", "make_ref", term()));
  CHECK(c.ask([](self& me) { me.sleep(20).wait(); }) == tuple("timer", "sleep", list(20)));
  CHECK(c.ask([](self& me) { me.sleep("infinity").wait(); }) == tuple("timer", "sleep", list("infinity")));
}

TEST_CASE("system messages go through sys") {
  caller c;
  CHECK(c.ask([](self& me) { me.sys_get_state("s").wait(); }) == tuple("sys", "get_state", list("s")));
  CHECK(c.ask([](self& me) { me.sys_get_status("s").wait(); }) == tuple("sys", "get_status", list("s")));
  CHECK(c.ask([](self& me) { me.sys_suspend("s").wait(); }) == tuple("sys", "suspend", list("s")));
  CHECK(c.ask([](self& me) { me.sys_resume("s").wait(); }) == tuple("sys", "resume", list("s")));
  CHECK(c.ask([](self& me) { me.sys_change_code("s", "m"_atom, text("1.0.0"), term()).wait(); }) ==
        tuple("sys", "change_code", list("s", "m", string("1.0.0"), term())));
  CHECK(c.ask([](self& me) { me.sys_terminate("s", "shutdown").wait(); }) ==
        tuple("sys", "terminate", list("s", "shutdown")));
  CHECK(c.ask([](self& me) { me.sys_suspend("s", 100).wait(); }) == tuple("sys", "suspend", list("s", 100)));
  CHECK(c.ask([](self& me) { me.sys_terminate("s", "shutdown", "infinity").wait(); }) ==
        tuple("sys", "terminate", list("s", "shutdown", "infinity")));
}

TEST_CASE("output has a format and values") {
  caller c;
  CHECK(c.ask([](self& me) { me.print("hello\n"); }) == tuple("twinslot", "print", list(binary("hello\n"), term())));
  CHECK(c.ask([](self& me) { me.print("{}: {s} {w} {{}}\n", 1, text("a"), tuple("b", 2)); }) ==
        tuple("twinslot", "print", list(binary("{}: {s} {w} {{}}\n"), list(1, string("a"), tuple("b", 2)))));
  CHECK(c.ask([](self& me) { me.log("error"_atom, "lost {}", other); }) ==
        tuple("twinslot", "log", list("error", binary("lost {}"), list(other))));
}

TEST_CASE("any function can be applied by its name") {
  caller c;
  c.process.answer = [](const fake_process::request&) { return term(6); };
  CHECK(c.ask([](self& me) { CHECK(me.apply("lists", "sum", list(1, 2, 3)) == term(6)); }) ==
        tuple("lists", "sum", list(list(1, 2, 3))));
  CHECK(c.ask([](self& me) { me.apply("m", "f"); }) == tuple("m", "f", term()));
}

TEST_CASE("a process that exits raises the exit in itself") {
  caller c;
  sdk::host_table = &fake_host_table();
  self me(c.process.env());
  try {
    me.exit(tuple("bad", 1));
  } catch (const exception& e) {
    CHECK(e.what == "exit"_atom);
    CHECK(e.reason == tuple("bad", 1));
  }
  CHECK(c.process.asked.empty());
}
