// gen_server on real plugins: starting, requests, timeouts, the end. G01-G26.
#include "tests/actors/world.hpp"

using namespace twinslot;
using namespace std::chrono_literals;

namespace {
/// {ok,Pid}: the pid.
pid started(const term& answer) {
  INFO(text(answer));
  REQUIRE(answer.is_tagged("ok"_atom, 2));
  return answer[1].as_pid();
}
term local(const char* name) {
  return tuple("local", atom(std::string_view(name)));
}
/// A stack entry's module, function and arity, or its arguments' number.
bool names(const term& stack, const char* module, const char* function) {
  return stack.is_cons() && stack.head()[0] == atom(std::string_view(module)) &&
         stack.head()[1] == atom(std::string_view(function));
}
}  // namespace

// ---- start ---------------------------------------------------------------------------------------------------------

TEST_CASE("the counter counts: start_link, cast, call (G01, G10, G17)") {
  world w;
  CHECK(text(w.load("counter", "counter_v1")) == "{module,counter}");
  const pid counter = started(w.call("counter", "start_link"));
  CHECK(w.home().whereis("counter"_atom) == counter);
  CHECK(text(w.call("counter", "get_count")) == "0");
  CHECK(w.call("counter", "increment") == "ok");
  CHECK(text(w.call("counter", "get_count")) == "1");
  w.call("counter", "increment");
  w.call("counter", "increment");
  CHECK(text(w.call("counter", "get_count")) == "3");
}

TEST_CASE("start_link links before init, start does not (G01)") {
  world w;
  w.load("stops", "stops");
  w.self().trap_exit(true);
  const pid linked = started(w.call("gen_server", "start_link", "stops", list("a"), term{}));
  const pid alone = started(w.call("gen_server", "start", "stops", list("b"), term{}));
  w.self().exit_signal(linked, "kill");
  w.self().exit_signal(alone, "kill");
  CHECK(w.next() == tuple("EXIT", linked, "killed"));
  CHECK(w.reason_of_end(alone) != term("alive"));
  CHECK(w.next(50ms) == "undefined");
}

TEST_CASE("init may ask for a timeout, a continue or to hibernate (G02, G09)") {
  world w;
  w.load("flow", "flow");
  started(w.call("gen_server", "start", local("flow"), "flow", term{}, term{}));
  CHECK(text(w.call("flow", "events")) == "[{continue,'begin'}]");
  w.call("gen_server", "stop", "flow");

  started(w.call("gen_server", "start", local("flow"), "flow", list(20), term{}));
  CHECK(w.eventually([&] { return text(w.state("flow")[1]) == "[timeout]"; }));
  w.call("gen_server", "stop", "flow");

  const pid asleep = started(w.call("gen_server", "start", local("flow"), "flow", list("hibernate"), term{}));
  CHECK(text(w.call("flow", "events")) == "[]");
  CHECK(w.home().is_alive(asleep));
}

TEST_CASE("continue runs before any message that is there already (G09)") {
  world w;
  w.load("flow", "flow");
  started(w.call("flow", "start_link"));
  w.call("sys", "suspend", "flow");
  w.call("flow", "cast_continue", "first");
  w.self().send("flow", "second");
  w.call("sys", "resume", "flow");
  CHECK(text(w.call("flow", "events")) == "[{info,second},{continue,first},{continue,'begin'}]");
}

TEST_CASE("init that stops: start answers the reason, the process exits with it (G03)") {
  world w;
  w.load("stops", "stops");
  CHECK(text(w.call("gen_server", "start", "stops", list(tuple("stop", "why")), term{})) == "{error,why}");
  CHECK(text(w.call("gen_server", "start", "stops", list(tuple("stop", "normal")), term{})) == "{error,normal}");
  w.self().trap_exit(true);
  CHECK(text(w.call("gen_server", "start_link", "stops", list(tuple("stop", "why")), term{})) == "{error,why}");
  const term exit = w.next();
  CHECK(exit.is_tagged("EXIT"_atom, 3));
  CHECK(exit[2] == "why");
}

TEST_CASE("init that ignores: start answers ignore, the process exits normal (G04)") {
  world w;
  w.load("stops", "stops");
  w.self().trap_exit(true);
  CHECK(w.call("gen_server", "start_link", "stops", list("ignore"), term{}) == "ignore");
  CHECK(w.next()[2] == "normal");
}

TEST_CASE("init that raises: error with stack, exit bare, throw as returned (G05)") {
  world w;
  w.load("throws", "throws");
  const auto start = [&](const char* how) {
    return w.call("gen_server", "start", "throws", atom(std::string_view(how)), term{});
  };
  const term failed = start("error");
  REQUIRE(failed.is_tagged("error"_atom, 2));
  CHECK(text(failed[1][0]) == "{bad,day}");
  CHECK(names(failed[1][1], "throws", "init"));
  CHECK(text(start("exit")) == "{error,leaving}");
  CHECK(text(start("throw")) == "{error,{bad_return_value,ball}}");
  CHECK(start("cpp")[1][0][0] == "cpp_exception");
  CHECK(start("unknown").is_tagged("error"_atom, 2));
  started(start("nothing"));
}

TEST_CASE("init without a clause for its argument, and no such module (G05)") {
  world w;
  w.load("counter", "counter_v1");
  const term none = w.call("gen_server", "start", "counter", list(1, 2, 3), term{});
  CHECK(none[1][0] == "function_clause");
  const term missing = w.call("gen_server", "start", "no_such_module", list(1), term{});
  CHECK(missing[1][0] == "undef");
  CHECK(text(missing[1][1]) == "[{no_such_module,init,[[1]],[]}]");
  w.load("functions", "functions");
  CHECK(w.call("gen_server", "start", "functions", list(1), term{})[1][0] == "undef");
}

TEST_CASE("a start that takes longer than its timeout is killed (G06)") {
  world w;
  w.load("slow_start", "slow_start");
  const auto began = clock::now();
  CHECK(text(w.call("gen_server", "start", "slow_start", list(400), list(tuple("timeout", 30)))) == "{error,timeout}");
  CHECK(clock::now() - began < 5s);
  w.self().trap_exit(true);
  CHECK(text(w.call("gen_server", "start_link", local("slow_start"), "slow_start", list(400),
                    list(tuple("timeout", 30)))) == "{error,timeout}");
  CHECK(w.next(20ms) == "undefined");  // no exit message of a server that never was
  CHECK_FALSE(w.home().whereis("slow_start"_atom));
}

TEST_CASE("a taken name: already_started with its holder; free again after a failed start (G07)") {
  world w;
  w.load("stops", "stops");
  const pid first = started(w.call("gen_server", "start", local("stops"), "stops", list("x"), term{}));
  const term second = w.call("gen_server", "start", local("stops"), "stops", list("y"), term{});
  CHECK(second == tuple("error", tuple("already_started", first)));
  w.call("gen_server", "stop", "stops");
  for (const term& refuses : {tuple("stop", "why"), term("ignore")}) {
    w.call("gen_server", "start", local("stops"), "stops", list(refuses), term{});
    CHECK_FALSE(w.home().whereis("stops"_atom));
  }
  started(w.call("gen_server", "start", local("stops"), "stops", list("z"), term{}));
}

TEST_CASE("two starts of one name at once: one wins, the other hears of it (G07)") {
  world w;
  w.load("counter", "counter_v1");
  for (int round = 0; round < 20; ++round) {
    std::optional<term> other;
    std::thread rival([&] {
      scoped_process mine(w.home());
      other = w.home().apply(*mine, "counter"_atom, "start"_atom, {});
    });
    const term mine = w.call("counter", "start");
    rival.join();
    const term& won = mine[0] == "ok" ? mine : *other;
    const term& lost = mine[0] == "ok" ? *other : mine;
    CHECK(lost == tuple("error", tuple("already_started", won[1])));
    w.call("gen_server", "stop", "counter");
  }
}

TEST_CASE("names that only several nodes could know, and bad ones, are refused clearly (G08)") {
  world w;
  w.load("counter", "counter_v1");
  const auto start = [&](const term& name) { return w.caught("gen_server", "start", name, "counter", term{}, term{}); };
  CHECK(text(start(tuple("global", "x"))) == "{error,{not_supported,{global,x}}}");
  CHECK(text(start(tuple("via", "m", "x"))) == "{error,{not_supported,{via,m,x}}}");
  CHECK(text(start("x")) == "{error,function_clause}");
  CHECK(text(start(tuple("local", string("x")))) == "{error,badarg}");
  CHECK(text(w.caught("gen_server", "start", "counter", term{}, "options")) == "{error,badarg}");
}

// ---- requests ------------------------------------------------------------------------------------------------------

TEST_CASE("a call that fails exits and carries the call (G10)") {
  world w;
  w.load("counter", "counter_v1");
  CHECK(text(w.caught("counter", "get_count")) == "{exit,{noproc,{gen_server,call,[counter,get_count]}}}");
  CHECK(text(w.caught("gen_server", "call", "counter", "x", 10)) == "{exit,{noproc,{gen_server,call,[counter,x,10]}}}");
  CHECK(text(w.caught("gen_server", "call", tuple("global", "x"), "y")) ==
        "{exit,{noproc,{gen_server,call,[{global,x},y]}}}");
  CHECK(text(w.caught("gen_server", "call", tuple("x", "other@host"), "y")) ==
        "{exit,{{nodedown,other@host},{gen_server,call,[{x,other@host},y]}}}");
  w.call("counter", "start_link");
  CHECK(text(w.call("gen_server", "call", tuple("counter", "nonode@nohost"), "get_count")) == "0");
  CHECK(text(w.caught("gen_server", "call", "counter", "get_count", "soon")[1][0][0]) == "function_clause");
  CHECK(text(w.caught("gen_server", "call", string("counter"), "get_count")[1][0][0]) == "function_clause");
}

TEST_CASE("a call's timeout, and the late reply that nobody sees (G10, G11)") {
  world w;
  w.load("slow", "slow");
  w.call("slow", "start_link");
  CHECK(text(w.caught("gen_server", "call", "slow", tuple("busy", 60), 10)) ==
        "{exit,{timeout,{gen_server,call,[slow,{busy,60},10]}}}");
  CHECK(text(w.call("slow", "calls")) == "1");
  CHECK(w.next(20ms) == "undefined");
}

namespace {
std::int64_t waiting_messages(world& w, pid of) {
  for (const term& item : w.home().process_info(of).elements_of_list())
    if (item[0] == "message_queue_len")
      return item[1].as_int64();
  return 0;
}
}  // namespace

TEST_CASE("a server that dies: whoever waits for it gets the reason (G10)") {
  world w;
  w.load("slow", "slow");
  const pid slow = started(w.call("slow", "start"));
  w.call("sys", "suspend", "slow");
  std::thread killer([&] {
    w.eventually([&] { return waiting_messages(w, slow) == 1; });
    w.home().exit_signal(slow, "no_more");
  });
  CHECK(text(w.caught("slow", "calls")) == "{exit,{no_more,{gen_server,call,[slow,calls]}}}");
  killer.join();
}

TEST_CASE("a call may be answered later, from another callback (G12)") {
  world w;
  w.load("flow", "flow");
  w.call("flow", "start_link");
  std::thread answerer([&] {
    scoped_process me(w.home());
    while (!w.home().apply(*me, "sys"_atom, "get_state"_atom, {term("flow")})[2].is_tuple())
      std::this_thread::sleep_for(1ms);
    w.home().apply(*me, "flow"_atom, "answer"_atom, {term(42)});
  });
  CHECK(text(w.call("flow", "ask")) == "42");
  answerer.join();
  CHECK(w.call("gen_server", "reply", tuple(w.self().self(), "tag"), "value") == "ok");
  CHECK(text(w.next()) == "{tag,value}");
}

TEST_CASE("reply, noreply and stop with timeout, continue, hibernate (G13)") {
  world w;
  w.load("flow", "flow");
  w.call("gen_server", "start", local("flow"), "flow", list("hibernate"), term{});
  CHECK(w.call("flow", "reply_timeout", 10) == "ok");
  CHECK(w.eventually([&] { return text(w.state("flow")[1]) == "[timeout]"; }));
  CHECK(w.call("flow", "reply_continue", "on") == "ok");
  CHECK(text(w.call("flow", "events")) == "[{continue,on},timeout]");
  CHECK(w.call("flow", "reply_hibernate") == "ok");
  w.call("flow", "cast_continue", "more");
  w.call("flow", "cast_hibernate");
  CHECK(text(w.call("flow", "events")) == "[{continue,more},{continue,on},timeout]");
}

TEST_CASE("a value that was thrown counts as returned (G13, G15)") {
  world w;
  w.load("thrower", "thrower");
  w.call("gen_server", "start", local("thrower"), "thrower", tuple("ok", 1), term{});
  const auto call = [&](const term& value) { return w.caught("gen_server", "call", "thrower", value); };
  CHECK(text(call(tuple("reply", "hello", 2))) == "hello");
  CHECK(text(w.state("thrower")) == "2");
  w.call("gen_server", "cast", "thrower", tuple("noreply", 3));
  CHECK(text(w.state("thrower")) == "3");
  CHECK(text(call(tuple("stop", "normal", "bye", 4))) == "bye");
  CHECK(w.eventually([&] { return !w.home().whereis("thrower"_atom); }));

  w.call("gen_server", "start", local("thrower"), "thrower", tuple("ok", 1, 1000), term{});
  CHECK(text(call("ball")) == "{exit,{{bad_return_value,ball},{gen_server,call,[thrower,ball]}}}");
  CHECK(text(w.call("gen_server", "start", "thrower", "ball", term{})) == "{error,{bad_return_value,ball}}");
  CHECK(w.call("gen_server", "start", "thrower", "ignore", term{}) == "ignore");
  CHECK(text(w.call("gen_server", "start", "thrower", tuple("stop", "why"), term{})) == "{error,why}");
}

TEST_CASE("stop with a reply: terminate, the reply, then the end; without: the reason (G14)") {
  world w;
  w.load("stops", "stops");
  w.home().register_name("observer"_atom, w.self().self());
  const pid first = started(w.call("stops", "start", "x"));
  CHECK(w.call("stops", "stop_reply", "normal") == "bye");
  CHECK(text(w.next(0ms)) == "{terminated,normal,[x]}");  // before the reply
  CHECK(w.eventually([&] { return !w.home().is_alive(first); }));
  started(w.call("stops", "start", "y"));
  CHECK(text(w.caught("stops", "stop_silently", "why")) ==
        "{exit,{why,{gen_server,call,[stops,{stop_silently,why}]}}}");
  CHECK(text(w.next()) == "{terminated,why,[y]}");
}

TEST_CASE("a call to oneself fails at once (G16)") {
  world w;
  const term me = w.self().self();
  const term reason = w.caught("gen_server", "call", me, "x");
  CHECK(reason == tuple("exit", tuple("calling_self", tuple("gen_server", "call", list(me, "x")))));
}

TEST_CASE("a cast is always ok, whoever is addressed (G17)") {
  world w;
  for (const term& server : {term("nobody"), tuple("global", "x"), tuple("x", "other@host"), term(pid{99999, 0})})
    CHECK(w.call("gen_server", "cast", server, "hello") == "ok");
  CHECK(text(w.caught("gen_server", "cast", string("x"), "y")) == "{error,function_clause}");
}

TEST_CASE("messages that no clause takes: call refused, cast and info dropped with a warning (G18, design 4)") {
  world w;
  w.load("nameless", "nameless");
  const pid server = started(w.call("nameless", "start", 7));
  const term refused = w.caught("gen_server", "call", server, "nonsense");
  CHECK(refused[1][0][0] == "function_clause");
  CHECK(refused[1][0][1].head()[1] == "handle_call");
  CHECK(text(refused[1][1][1]) == "call");
  w.call("gen_server", "cast", server, "nonsense");
  w.self().send(server, "hello");
  CHECK(text(w.call("nameless", "get", server)) == "7");
  CHECK(w.reports() ==
        "=WARNING REPORT==== TIME ===\n** No clause of handle_cast in nameless\n** Unhandled message: nonsense\n\n"
        "=WARNING REPORT==== TIME ===\n** Undefined handle_info in nameless\n** Unhandled message: hello\n\n");
}

TEST_CASE("call latency does not depend on the caller's queue (G19)") {
  world w;
  w.load("counter", "counter_v1");
  w.call("counter", "start_link");
  const auto thousand_calls = [&] {
    const auto began = clock::now();
    for (int i = 0; i < 1000; ++i)
      w.call("counter", "get_count");
    return clock::now() - began;
  };
  const auto empty = thousand_calls();
  for (int i = 0; i < 200000; ++i)
    w.home().send(w.self().self(), i);
  CHECK(thousand_calls() < empty * 10 + 1s);
}

TEST_CASE("raw callbacks take every message (G12, G13)") {
  world w;
  w.load("raw", "raw");
  w.call("gen_server", "start", local("raw"), "raw", "first", term{});
  CHECK(w.call("raw", "typed") == "typed");
  CHECK(text(w.call("gen_server", "call", "raw", "anything")) == "{anything,first}");
  CHECK(w.call("gen_server", "call", "raw", "later") == "now");
  w.call("gen_server", "cast", "raw", "noted");
  CHECK(text(w.state("raw")) == "noted");
  w.self().send("raw", "hello");
  CHECK(text(w.state("raw")) == "{info,hello}");
  CHECK(text(w.call("gen_server", "call", "raw", "stop")) == "{info,hello}");
  CHECK(w.eventually([&] { return !w.home().whereis("raw"_atom); }));
}

// ---- timeouts ------------------------------------------------------------------------------------------------------

namespace {
void start_flow(world& w) {
  w.call("gen_server", "start", local("flow"), "flow", list("hibernate"), term{});
}
void restart_flow(world& w) {
  w.call("gen_server", "stop", "flow");
  start_flow(w);
}
}  // namespace

TEST_CASE("a timeout fires only if no message arrives within it (G21)") {
  world w;
  w.load("flow", "flow");
  start_flow(w);
  // The message must have come in time; on a machine that was busy meanwhile, once more.
  const auto message_in_time = [&] {
    const auto began = clock::now();
    w.call("flow", "reply_timeout", 40);
    w.self().send("flow", "hello");
    w.state("flow");  // it has the message
    return clock::now() - began < 40ms;
  };
  while (!message_in_time())
    restart_flow(w);
  std::this_thread::sleep_for(80ms);  // when the timeout would have come
  CHECK(text(w.call("flow", "events")) == "[{info,hello}]");
}

TEST_CASE("system messages do not restart a timeout: it is an absolute time (W24)") {
  world w;
  w.load("flow", "flow");
  start_flow(w);
  w.call("flow", "reply_timeout", 60);
  const auto fired = [&] { return text(w.state("flow")[1]) == "[timeout]"; };
  CHECK(w.eventually(fired, 1000ms));  // asked every millisecond: in Erlang it would never fire
}

TEST_CASE("a timeout that comes due while suspended fires once after resume (W24)") {
  world w;
  w.load("flow", "flow");
  start_flow(w);
  // Suspended before the timeout; on a machine that was busy meanwhile, once more.
  const auto suspended_in_time = [&] {
    const auto began = clock::now();
    w.call("flow", "reply_timeout", 20);
    w.call("sys", "suspend", "flow");
    return clock::now() - began < 20ms;
  };
  while (!suspended_in_time())
    restart_flow(w);
  std::this_thread::sleep_for(40ms);  // it comes due
  CHECK(text(w.state("flow")[1]) == "[]");
  w.self().send("flow", "later");
  w.call("sys", "resume", "flow");
  CHECK(text(w.call("flow", "events")) == "[{info,later},timeout]");

  w.call("flow", "reply_timeout", 60000);
  w.call("sys", "suspend", "flow");
  w.self().send("flow", "in_time");
  w.call("sys", "resume", "flow");
  CHECK(text(w.call("flow", "events")) == "[{info,in_time},{info,later},timeout]");
}

// ---- the end -------------------------------------------------------------------------------------------------------

TEST_CASE("exit of the parent while trapping ends through terminate; others go to info (G23)") {
  world w;
  w.load("stops", "stops");
  w.home().register_name("observer"_atom, w.self().self());
  std::optional<pid> server;
  const auto parent = w.home().spawn_blocking([&](process& self) {
    server = w.home()
                 .apply(self, "gen_server"_atom, "start_link"_atom, {local("stops"), "stops", list("x"), term{}})[1]
                 .as_pid();
    w.home().send(w.self().self(), "up");
    self.sleep_until({});
  });
  REQUIRE(w.next() == "up");
  w.call("stops", "trap_exit", true);
  w.self().exit_signal(*server, "from_elsewhere");
  const term noted = w.call("stops", "get");
  CHECK(noted == tuple("exit", w.self().self(), "from_elsewhere"));
  w.call("sys", "suspend", "stops");  // S08: also while suspended
  w.self().exit_signal(parent.process, "gone");
  const term last = w.next();
  CHECK(last == tuple("terminated", "gone", noted));
}

TEST_CASE("an exit signal without trapping, and kill, end without terminate (G23)") {
  world w;
  w.load("stops", "stops");
  w.home().register_name("observer"_atom, w.self().self());
  for (const char* reason : {"bad", "kill"}) {
    const pid server = started(w.call("stops", "start"));
    w.self().exit_signal(server, atom(std::string_view(reason)));
    w.reason_of_end(server);
    CHECK(w.next(20ms) == "undefined");
  }
}

TEST_CASE("terminate runs on stop results, callback errors and stop requests; its failure replaces the reason (G24)") {
  world w;
  w.load("stops", "stops");
  w.load("throws", "throws");
  w.home().register_name("observer"_atom, w.self().self());
  const auto gone = [&] { return !w.home().whereis("stops"_atom); };
  started(w.call("stops", "start", "s"));
  w.call("stops", "stop_later", "later");
  CHECK(text(w.next()) == "{terminated,later,[s]}");
  CHECK(w.eventually(gone));
  started(w.call("stops", "start", "s"));
  w.self().send("stops", tuple("stop", "by_info"));
  CHECK(text(w.next()) == "{terminated,by_info,[s]}");
  CHECK(w.eventually(gone));
  started(w.call("stops", "start", "s"));
  CHECK(w.call("gen_server", "stop", "stops") == "ok");
  CHECK(text(w.next()) == "{terminated,normal,[s]}");

  const pid failing = started(w.call("gen_server", "start", local("throws"), "throws", "no", term{}));
  const term monitor = w.self().monitor(failing);
  CHECK(w.call("throws", "fail_at_end") == "stopping");
  const term down = w.next();
  CHECK(down[1] == monitor);
  CHECK(down[4][0][0] == "cpp_exception");
  CHECK(names(down[4][1], "throws", "terminate"));
}

TEST_CASE("callbacks that raise end the server: error with stack, exit bare (G10, P11)") {
  world w;
  w.load("throws", "throws");
  const auto fail = [&](const char* how) {
    started(w.call("gen_server", "start", local("throws"), "throws", "no", term{}));
    const term reason = w.caught("throws", "fail", atom(std::string_view(how)));
    CHECK(reason[0] == "exit");
    CHECK(w.eventually([&] { return !w.home().whereis("throws"_atom); }));
    return term(reason[1][0]);
  };
  const term error = fail("error");
  CHECK(text(error[0]) == "{bad,day}");
  CHECK(names(error[1], "throws", "handle_call"));
  CHECK(fail("exit") == "leaving");
  CHECK(text(fail("throw")) == "{bad_return_value,ball}");
  CHECK(fail("cpp")[0][0] == "cpp_exception");
}

TEST_CASE("stop from outside: ok, noproc, another reason, a suspended server, oneself (G26)") {
  world w;
  w.load("stops", "stops");
  w.load("throws", "throws");
  CHECK(text(w.caught("gen_server", "stop", "stops")) == "{exit,noproc}");
  CHECK(text(w.caught("gen_server", "stop", "stops", "normal", 100)) == "{exit,noproc}");
  const pid server = started(w.call("stops", "start"));
  CHECK(w.call("gen_server", "stop", "stops", tuple("shutdown", "x"), 1000) == "ok");
  CHECK_FALSE(w.home().is_alive(server));
  started(w.call("stops", "start"));
  w.call("sys", "suspend", "stops");
  CHECK(w.call("gen_server", "stop", "stops") == "ok");
  const term me = w.self().self();
  CHECK(w.caught("gen_server", "stop", me) ==
        tuple("exit", tuple("calling_self", tuple("sys", "terminate", list(me, "normal", "infinity")))));
  // A busy one ends later, although nobody waits for it any more.
  w.load("slow", "slow");
  const pid slow = started(w.call("slow", "start"));
  w.call("gen_server", "cast", slow, tuple("busy_later", 200));
  CHECK(text(w.caught("gen_server", "stop", slow, "normal", 20)) == "{exit,timeout}");
  CHECK(w.reason_of_end(slow) == "normal");
}

TEST_CASE("the report of a crash is Erlang's, word for word (G25)") {
  world w;
  w.load("stops", "stops");
  started(w.call("stops", "start", "the_state"));
  w.call("stops", "stop_later", "why");
  CHECK(w.eventually([&] { return w.reports().find("neighbours") != std::string::npos; }));
  const std::string reports = w.reports();
  const std::string expected =
      "=ERROR REPORT==== TIME ===\n"
      "** Generic server stops terminating \n"
      "** Last message in was {'$gen_cast',{stop_later,why}}\n"
      "** When Server state == [the_state]\n"
      "** Reason for termination ==\n"
      "** why\n"
      "\n"
      "=CRASH REPORT==== TIME ===\n"
      "  crasher:\n"
      "    initial call: stops:init/1\n";
  CHECK(reports.substr(0, expected.size()) == expected);
  CHECK(reports.find("    exception exit: why\n") != std::string::npos);
}

TEST_CASE("the report of a failed call names its client; quiet reasons have no report (G25)") {
  world w;
  w.load("stops", "stops");
  for (const term& quiet : {term("normal"), term("shutdown"), tuple("shutdown", "x")}) {
    started(w.call("stops", "start"));
    w.caught("stops", "stop_silently", quiet);
    CHECK(w.eventually([&] { return !w.home().whereis("stops"_atom); }));
  }
  CHECK(w.output().empty());
  w.load("hidden_state", "hidden_state");
  started(w.call("hidden_state", "start"));
  w.caught("sys", "terminate", "hidden_state", "why");
  CHECK(
      w.eventually([&] { return w.reports().find("** When Server state == {vault,hidden,0}") != std::string::npos; }));
  CHECK(w.output().find("swordfish") == std::string::npos);
  w.forget();
  started(w.call("stops", "start"));
  w.caught("stops", "stop_silently", "why");
  CHECK(w.eventually([&] { return w.reports().find("neighbours") != std::string::npos; }));
  const std::string client = format("** Client ~p stacktrace\n", list(w.self().self()));
  CHECK(w.reports().find(client) != std::string::npos);
}

TEST_CASE("a starter that is killed meanwhile leaves no half-started, linked server (G01)") {
  world w;
  w.load("slow_start", "slow_start");
  const auto starter = w.home().spawn_blocking([&](process& self) {
    w.home().apply(self, "gen_server"_atom, "start_link"_atom, {local("slow_start"), "slow_start", list(100), term{}});
  });
  CHECK(w.eventually([&] { return w.home().whereis("slow_start"_atom).has_value(); }));
  w.self().exit_signal(starter.process, "kill");
  CHECK(w.eventually([&] { return !w.home().whereis("slow_start"_atom); }));
}
