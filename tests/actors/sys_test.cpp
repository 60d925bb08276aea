// The system protocol on a gen_server: S01-S20.
#include <fstream>
#include <sstream>

#include "tests/actors/world.hpp"
#include "tests/os/temp_dir.hpp"

using namespace twinslot;
using namespace std::chrono_literals;

namespace {
/// A world with one counter of version 1, registered as counter.
struct counting : world {
  counting() {
    load("counter", "counter_v1");
    REQUIRE(call("counter", "start").is_tagged("ok"_atom, 2));
  }
  pid counter() { return *home().whereis("counter"_atom); }
  std::string count() { return text(call("counter", "get_count")); }
};

/// What a fun of the console would be, run by the node's interpreter: the atom in its environment says what it does.
term local_fun(const char* what, std::uint64_t arity) {
  auto* made = static_cast<fun_cell*>(host::make_cell(kind::fun, 0, sizeof(fun_cell)));
  made->module = term("erl_eval").detach();
  made->name = term().detach();
  made->environment = term(atom(std::string_view(what))).detach();
  made->arity = arity;
  made->unique = 0;
  raw_term bits = term::bits(kind::fun);
  bits.box = made;
  return term::adopt(bits);
}

term interpret(process& self, const term& fun, const term* arguments, std::size_t) {
  const auto& cell = *static_cast<const fun_cell*>(fun.raw().box);
  const term what = term::copy(cell.environment);
  if (what == "plus_ten")
    return arguments[0].as_int64() + 10;
  if (what == "raises")
    raise_error("boo");
  if (what == "exits")
    raise_exit("boo");
  if (what == "to_atom")
    return "no_number";
  if (what == "counts") {  // (State, Event, Name): done after two events
    self.home().put_chars(format("~w ~p ~p~n", list(arguments[0], arguments[1], arguments[2])));
    return arguments[0] == term(2) ? term("done") : term(arguments[0].as_int64() + 1);
  }
  raise_error("unknown_fun");
}
}  // namespace

TEST_CASE("sys requests that fail exit and carry the request (S01)") {
  world w;
  const auto caught = [&](const char* function, const auto&... arguments) {
    return text(w.caught("sys", function, "nobody", arguments...));
  };
  CHECK(caught("suspend") == "{exit,{noproc,{sys,suspend,[nobody]}}}");
  CHECK(caught("suspend", 100) == "{exit,{noproc,{sys,suspend,[nobody,100]}}}");
  CHECK(caught("resume") == "{exit,{noproc,{sys,resume,[nobody]}}}");
  CHECK(caught("change_code", "m", "v", "x") == "{exit,{noproc,{sys,change_code,[nobody,m,v,x]}}}");
  CHECK(caught("change_code", "m", "v", "x", 100) == "{exit,{noproc,{sys,change_code,[nobody,m,v,x,100]}}}");
  CHECK(caught("get_state", 10) == "{exit,{noproc,{sys,get_state,[nobody,10]}}}");
  CHECK(caught("get_status") == "{exit,{noproc,{sys,get_status,[nobody]}}}");
  CHECK(caught("statistics", "get") == "{exit,{noproc,{sys,statistics,[nobody,get]}}}");
  CHECK(caught("log", "get") == "{exit,{noproc,{sys,log,[nobody,get]}}}");
  CHECK(caught("trace", true) == "{exit,{noproc,{sys,trace,[nobody,true]}}}");
  CHECK(caught("terminate", "x") == "{exit,{noproc,{sys,terminate,[nobody,x]}}}");
  CHECK(caught("replace_state", "fun") == "{exit,{noproc,{sys,{replace_state,'fun'},[nobody]}}}");
  const term me = w.self().self();
  CHECK(w.caught("sys", "suspend", me) == tuple("exit", tuple("calling_self", tuple("sys", "suspend", list(me)))));
}

TEST_CASE("a request times out in the caller, and still takes effect (S01, S02)") {
  world w;
  w.load("slow", "slow");
  w.call("slow", "start");
  w.call("gen_server", "cast", "slow", tuple("busy_later", 150));
  CHECK(text(w.caught("sys", "suspend", "slow", 30)) == "{exit,{timeout,{sys,suspend,[slow,30]}}}");
  CHECK(w.eventually([&] { return w.call("sys", "get_status", "slow")[3].tail().head() == "suspended"; }));
}

TEST_CASE("suspended: only system requests; the rest waits in order (S03-S07)") {
  counting w;
  CHECK(w.call("sys", "suspend", "counter") == "ok");
  CHECK(w.call("sys", "suspend", "counter") == "ok");  // no nesting
  CHECK(text(w.caught("gen_server", "call", "counter", "get_count", 20)) ==
        "{exit,{timeout,{gen_server,call,[counter,get_count,20]}}}");
  for (int i = 0; i < 100; ++i)
    w.call("counter", "increment");
  CHECK(text(w.state("counter")) == "0");
  CHECK(w.call("sys", "resume", "counter") == "ok");
  CHECK(w.count() == "100");
  CHECK(w.call("sys", "resume", "counter") == "ok");  // twice is no error
  CHECK(w.next(20ms) == "undefined");
}

TEST_CASE("messages of a suspension are handled in the order they came (S07)") {
  world w;
  w.load("flow", "flow");
  w.call("gen_server", "start", tuple("local", "flow"), "flow", list("hibernate"), term{});
  w.call("sys", "suspend", "flow");
  for (int i = 0; i < 1000; ++i)
    w.self().send("flow", i);
  w.call("sys", "resume", "flow");
  for (int i = 1000; i < 1003; ++i)
    w.self().send("flow", i);
  term events = w.call("flow", "events");  // newest first
  int expected = 1003;
  for (const term& event : events.elements_of_list())
    CHECK(event == tuple("info", --expected));
  CHECK(expected == 0);
}

TEST_CASE("a caller that waits long enough is answered after resume (S05)") {
  counting w;
  w.call("sys", "suspend", "counter");
  const pid counter = w.counter();
  std::thread resumer([&] {
    scoped_process me(w.home());
    w.eventually([&] { return w.info(counter, "message_queue_len"_atom) != term(0); });
    w.home().apply(*me, "sys"_atom, "resume"_atom, {term("counter")});
  });
  CHECK(w.count() == "0");
  resumer.join();
}

TEST_CASE("change_code while running, and unknown requests, are refused (S09, S10)") {
  counting w;
  CHECK(text(w.call("sys", "change_code", "counter", "counter", "v", term{})) ==
        "{error,{unknown_system_msg,{change_code,counter,v,[]}}}");
  const auto answer = w.self().request("counter", "system"_atom, "nonsense", clock::now() + 1s);
  CHECK(text(answer.value) == "{error,{unknown_system_msg,nonsense}}");
}

TEST_CASE("get_state and replace_state, running and suspended (S11, S12)") {
  counting w;
  w.home().interpreter(interpret);
  const auto replace = [&](const char* fun) { return w.caught("sys", "replace_state", "counter", local_fun(fun, 1)); };
  CHECK(text(replace("plus_ten")) == "10");
  w.call("sys", "suspend", "counter");
  CHECK(text(replace("plus_ten")) == "20");
  CHECK(text(w.state("counter")) == "20");
  w.call("sys", "resume", "counter");
  CHECK(w.count() == "20");
  CHECK(text(replace("raises")) == "{error,{callback_failed,{gen_server,system_replace_state},{error,boo}}}");
  CHECK(text(replace("exits")) == "{error,{callback_failed,{gen_server,system_replace_state},{exit,boo}}}");
  const term unfit = replace("to_atom");
  CHECK(text(unfit[1][2][1][0]) == "bad_state");
  CHECK(w.count() == "20");
}

TEST_CASE("get_status shows what a process is, and hides what it wants hidden (S13)") {
  counting w;
  const term status = w.call("sys", "get_status", "counter");
  REQUIRE(status.is_tagged("status"_atom, 4));
  CHECK(status[1] == w.counter());
  CHECK(text(status[2]) == "{module,gen_server}");
  std::vector<term> parts;
  for (const term& part : status[3].elements_of_list())
    parts.push_back(part);
  REQUIRE(parts.size() == 5);
  CHECK(text(parts[0]).find("{'$initial_call',{counter,init,1}}") != std::string::npos);
  CHECK(parts[1] == "running");
  CHECK(parts[2] == w.counter());  // no parent: itself
  CHECK(text(parts[3]) == "[]");
  CHECK(parts[4] == list(tuple("header", string("Status for generic server counter")),
                         tuple("data", list(tuple(string("Status"), "running"), tuple(string("Parent"), w.counter()),
                                            tuple(string("Logged events"), term{}))),
                         tuple("data", list(tuple(string("State"), 0)))));
  w.load("hidden_state", "hidden_state");
  w.call("hidden_state", "start");
  const std::string shown = to_text_p(w.call("sys", "get_status", "hidden_state"));
  CHECK(shown.find("{vault,hidden,0}") != std::string::npos);
  CHECK(shown.find("swordfish") == std::string::npos);
}

TEST_CASE("terminate: acknowledged, then the end by way of terminate, suspended or not (S14)") {
  world w;
  w.load("stops", "stops");
  w.home().register_name("observer"_atom, w.self().self());
  for (bool suspended : {false, true}) {
    w.call("stops", "start", "s");
    const pid server = *w.home().whereis("stops"_atom);
    const term monitor = w.self().monitor(server);
    if (suspended)
      w.call("sys", "suspend", "stops");
    CHECK(w.call("sys", "terminate", "stops", "shutdown") == "ok");
    CHECK(text(w.next()) == "{terminated,shutdown,[s]}");
    CHECK(w.next()[4] == "shutdown");
  }
}

TEST_CASE("statistics: on, read, off (S15)") {
  counting w;
  const auto statistics = [&](const char* flag) {
    return w.call("sys", "statistics", "counter", atom(std::string_view(flag)));
  };
  CHECK(text(statistics("get")) == "{ok,no_statistics}");
  CHECK(statistics("true") == "ok");
  w.call("counter", "increment");
  CHECK(statistics("true") == "ok");  // keeps the running counters
  w.count();
  w.self().send("counter", "hello");
  w.count();
  const term counted = statistics("get");
  std::vector<term> entries;
  for (const term& entry : counted[1].elements_of_list())
    entries.push_back(entry);
  REQUIRE(entries.size() == 5);
  CHECK(entries[0][0] == "start_time");
  CHECK(entries[1][0] == "current_time");
  CHECK(entries[2][0] == "reductions");
  CHECK(text(entries[3]) == "{messages_in,4}");
  CHECK(text(entries[4]) == "{messages_out,2}");
  CHECK(statistics("false") == "ok");
  CHECK(text(statistics("get")) == "{ok,no_statistics}");
  CHECK(statistics("nonsense") == "unknown_debug");
}

TEST_CASE("log: the last events, resized, printed, off (S16)") {
  counting w;
  const auto log = [&](const term& flag) { return w.call("sys", "log", "counter", flag); };
  CHECK(text(log("get")) == "{ok,[]}");
  CHECK(log(true) == "ok");
  for (int i = 0; i < 7; ++i)
    w.call("counter", "increment");
  w.count();
  const term logged = log("get");
  std::size_t count = 0;
  for (const term& event : logged[1].elements_of_list())
    count += event.is_tuple();
  CHECK(count == 10);
  CHECK(log(tuple(true, 2)) == "ok");
  const std::string last = text(log("get"));
  CHECK(last.starts_with("{ok,[{in,{'$gen_call',"));  // the newest are kept
  CHECK(log("print") == "ok");
  CHECK(w.output() == format("*DBG* counter got call get_count from ~p\n*DBG* counter sent 7 to ~p, new state 7\n",
                             list(w.self().self(), w.self().self())));
  CHECK(log(false) == "ok");
  CHECK(text(log("get")) == "{ok,[]}");
  CHECK(log("nonsense") == "unknown_debug");
}

TEST_CASE("trace prints each event; a file gets the same lines (S17)") {
  world w;
  w.load("flow", "flow");
  w.call("gen_server", "start", tuple("local", "flow"), "flow", list("hibernate"), term{});
  const os::scoped_dir dir;
  const std::string file = dir / "trace.log";
  CHECK(text(w.call("sys", "log_to_file", "flow", string("/nonexistent/x"))) == "{error,open_file}");
  CHECK(w.call("sys", "log_to_file", "flow", string(file)) == "ok");
  CHECK(w.call("sys", "trace", "flow", true) == "ok");
  w.call("flow", "cast_continue", "on");
  w.self().send("flow", "hello");
  w.call("flow", "reply_hibernate");
  const std::string expected = format(
      "*DBG* flow got cast {cast_continue,on}\n"
      "*DBG* flow new state {state,[],[]}\n"
      "*DBG* flow dbg  {continue,on}\n"
      "*DBG* flow new state {state,[{continue,on}],[]}\n"
      "*DBG* flow got hello\n"
      "*DBG* flow new state {state,[{info,hello},{continue,on}],[]}\n"
      "*DBG* flow got call reply_hibernate from ~p\n"
      "*DBG* flow sent ok to ~p, new state ~p\n",
      list(w.self().self(), w.self().self(),
           tuple("state", list(tuple("info", "hello"), tuple("continue", "on")), term{})));
  CHECK(w.eventually([&] { return w.output() == expected; }));
  CHECK(w.output() == expected);
  CHECK(w.call("sys", "trace", "flow", false) == "ok");
  CHECK(w.call("sys", "trace", "flow", "nonsense") == "unknown_debug");
  CHECK(w.call("sys", "log_to_file", "flow", false) == "ok");
  std::stringstream written;
  written << std::ifstream(file).rdbuf();
  CHECK(written.str() == expected);
}

TEST_CASE("installed functions see events, go when they say done or fail, and are removed by id (S18)") {
  counting w;
  w.home().interpreter(interpret);
  CHECK(w.call("sys", "install", "counter", tuple("mine", local_fun("counts", 3), 0)) == "ok");
  CHECK(w.call("sys", "install", "counter", tuple("mine", local_fun("counts", 3), 7)) == "ok");  // ignored
  w.call("counter", "increment");
  w.call("counter", "increment");
  w.count();
  CHECK(w.output() ==
        "0 {in,{'$gen_cast',increment}} counter\n1 {noreply,1} counter\n2 {in,{'$gen_cast',increment}} counter\n");
  w.forget();
  CHECK(w.call("sys", "install", "counter", tuple(local_fun("raises", 3), 0)) == "ok");
  CHECK(w.call("sys", "install", "counter", tuple("other", local_fun("counts", 3), 0)) == "ok");
  CHECK(w.call("sys", "remove", "counter", "other") == "ok");
  CHECK(w.call("sys", "remove", "counter", "unknown") == "ok");
  CHECK(w.count() == "2");
  CHECK(w.output().empty());
  w.call("sys", "trace", "counter", true);
  CHECK(w.call("sys", "no_debug", "counter") == "ok");
  CHECK(w.count() == "2");
  CHECK(w.output().empty());
}

TEST_CASE("debug options survive suspend, code change and resume (S19)") {
  counting w;
  w.call("sys", "trace", "counter", true);
  w.load("counter", "counter_v2");
  CHECK(w.change_code("counter", string("1.0.0")) == "ok");
  w.call("counter", "get_info");
  w.forget();
  CHECK(w.count() == "0");
  CHECK(w.output().starts_with("*DBG* counter got call get_count from "));
}

TEST_CASE("a server starts with debug options") {
  world w;
  w.load("counter", "counter_v1");
  w.call("gen_server", "start", tuple("local", "counter"), "counter", term{},
         list(tuple("debug", list("statistics", tuple("log", 3), "trace"))));
  w.call("counter", "get_count");
  CHECK(w.output().starts_with("*DBG* counter got call get_count from "));
  const std::string status = text(w.call("sys", "get_status", "counter"));
  CHECK(status.find("{trace,true}") != std::string::npos);
  CHECK(status.find("{log,{3,") != std::string::npos);
  CHECK(status.find("{statistics,{") != std::string::npos);
}
