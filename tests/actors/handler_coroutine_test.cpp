// Handlers that wait: clauses of a server as coroutines (design 3.5).
#include "tests/actors/world.hpp"

using namespace twinslot;
using namespace std::chrono_literals;

namespace {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int crowd = 200;
constexpr auto patience = 60s;
#else
constexpr int crowd = 1000;
constexpr auto patience = 20s;
#endif

/// The fixture `waits`: its functions take the server first.
struct waiting_world : world {
  waiting_world() { CHECK(text(load("waits", "waits_v1")) == "{module,waits}"); }

  term start_result(const term& argument) { return call("gen_server", "start", "waits", argument, term{}); }
  pid start(const term& argument = term{}) {
    const term answer = start_result(argument);
    INFO(text(answer));
    REQUIRE(answer.is_tagged("ok"_atom, 2));
    return answer[1].as_pid();
  }
  term ask(pid server, const term& request) { return call("gen_server", "call", server, request, 20'000); }
  void cast(pid server, const term& message) { call("gen_server", "cast", server, message); }
  term mine() { return self().self(); }
  std::string events(pid server) { return text(ask(server, "events")); }
  /// The request is on its way; its answer comes later by `answer_of`.
  reference send_request(pid server, const term& request) {
    const reference tag = home().make_reference();
    self().send(server, tuple("$gen_call", tuple(self().self(), tag), request));
    return tag;
  }
  term answer_of(reference tag) {
    const auto answer =
        self().receive([&](const term& it) { return it.is_tuple(2) && it[0] == term(tag); }, clock::now() + patience);
    return answer ? (*answer)[1] : term("nothing");
  }
  /// Waits for this message.
  bool comes(const term& wanted) {
    return self().receive([&](const term& it) { return it == wanted; }, clock::now() + patience).has_value();
  }
  /// A server whose handler waits until {go,Value} comes.
  pid start_staying() {
    const pid made = start();
    cast(made, tuple("stay_until", mine()));
    CHECK(comes(tuple("staying", 1)));
    return made;
  }
};
}  // namespace

// ---- calls ---------------------------------------------------------------------------------------------------------

TEST_CASE("a handler asks another server, and its caller gets what that one said") {
  waiting_world w;
  const pid first = w.start(), second = w.start();
  CHECK(w.ask(first, tuple("ask", second, tuple("rest", 1), 5000)) == 1);
  CHECK(w.ask(first, "calls") == 1);
  CHECK(w.ask(second, "calls") == 1);
}

TEST_CASE("what a call in a handler raises is gen_server:call's own, and can be caught (G10)") {
  waiting_world w;
  const pid server = w.start(), busy = w.start_staying();
  const auto caught = [&](const term& target, int time_ms) {
    return text(w.ask(server, tuple("ask_and_catch", target, "calls", time_ms)));
  };
  CHECK(caught(busy, 10) == "{exit,{timeout,{gen_server,call,[" + text(busy) + ",calls,10]}}}");
  CHECK(caught(42, 10) ==
        "{exit,{{function_clause,[{gen_server,call,[42,calls,10],[]}]},{gen_server,call,[42,calls,10]}}}");
  CHECK(caught(tuple("global", "x"), 10) == "{exit,{noproc,{gen_server,call,[{global,x},calls,10]}}}");
  CHECK(caught("nobody", 10) == "{exit,{noproc,{gen_server,call,[nobody,calls,10]}}}");
  CHECK(caught(server, 10) == "{exit,{calling_self,{gen_server,call,[" + text(server) + ",calls,10]}}}");
  w.self().exit_signal(busy, "kill");
  CHECK(w.reason_of_end(busy) != term("alive"));
  CHECK(caught(busy, 10) == "{exit,{noproc,{gen_server,call,[" + text(busy) + ",calls,10]}}}");
  CHECK(w.ask(server, "calls") == 0);  // late answers have not become messages
  CHECK(w.events(server) == "[]");
}

TEST_CASE("a call in a handler that is not caught ends the server as in Erlang; its caller gets the reason") {
  waiting_world w;
  const pid server = w.start();
  const term caught = w.caught("gen_server", "call", server, tuple("ask", "nobody", "calls", 10), 5000);
  CHECK(caught[0] == "exit");
  CHECK(text(caught[1][0]) == "{noproc,{gen_server,call,[nobody,calls,10]}}");
  CHECK_FALSE(w.home().is_alive(server));
}

TEST_CASE("two servers that call each other come to a timeout, and live on") {
  waiting_world w;
  const pid first = w.start(), second = w.start();
  const term back = tuple("ask_and_catch", first, "calls", 50);
  const term answer = w.ask(first, tuple("ask_and_catch", second, back, 10'000));
  REQUIRE(answer.is_tagged("ok"_atom, 2));
  CHECK(text(answer[1][1][0]) == "timeout");
  CHECK(w.ask(first, "calls") == 0);
  CHECK(w.ask(second, "calls") == 0);
}

TEST_CASE("a chain of a hundred servers, each waiting for the next, needs no thread of its own for any") {
  waiting_world w;
  term rest;
  for (int i = 0; i < 100; ++i)
    rest = cons(w.start(), rest);
  CHECK(w.ask(rest.head().as_pid(), tuple("pass", 1, rest.tail())) == 100);
}

TEST_CASE("a From is answered by whoever has it, also while its handler still runs (G12)") {
  waiting_world w;
  const pid server = w.start();
  CHECK(w.ask(server, tuple("decide", "reply_early")) == "early");
  CHECK(w.events(server) == "[reply_early]");
}

TEST_CASE("a caller that died meanwhile takes nothing with it") {
  waiting_world w;
  const pid server = w.start();
  const pid caller = w.home()
                         .spawn_blocking([server](process& me) {
                           me.home().apply(me, "gen_server"_atom, "call"_atom,
                                           {server, tuple("ask", server, "calls", "infinity"), "infinity"});
                         })
                         .process;
  w.cast(server, tuple("stay_until", w.mine()));
  w.self().exit_signal(caller, "kill");
  CHECK(w.reason_of_end(caller) != term("alive"));
  w.self().send(server, tuple("go", 1));
  CHECK(w.ask(server, tuple("rest", 1)).is_int64());
}

// ---- order ---------------------------------------------------------------------------------------------------------

TEST_CASE("messages wait for the end of a handler, and come in their order (G09, P14)") {
  waiting_world w;
  const pid server = w.start_staying();
  w.self().send(server, "a");
  w.cast(server, tuple("note", "b"));
  w.self().send(server, tuple("slowly", "c"));  // waits in its turn
  const auto later = w.send_request(server, tuple("rest_and_note", "d"));
  w.cast(server, tuple("note", "e"));
  w.self().send(server, tuple("go", "now"));
  CHECK(w.answer_of(later) == "ok");
  CHECK(w.events(server) == "[e,d,c,b,a,{went,now,1}]");
}

TEST_CASE("a handler's receive takes what it asks for and leaves the rest where it is") {
  waiting_world w;
  const pid server = w.start();
  for (int i = 0; i < 3; ++i)
    w.self().send(server, tuple("slowly", i));
  w.cast(server, tuple("stay_until", w.mine()));
  w.self().send(server, "after");
  CHECK(w.comes(tuple("staying", 1)));
  w.self().send(server, tuple("go", "first"));
  w.self().send(server, tuple("go", "second"));  // nobody's any more: an info message
  CHECK(w.comes(tuple("went", 1)));
  CHECK(w.events(server) == "[{go,second},'after',{went,first,1},2,1,0]");
}

TEST_CASE("many messages that wait, each with a handler that waits, cost the same each") {
  waiting_world w;
  const pid server = w.start_staying();
  const int count = crowd * 10;
  for (int i = 0; i < count; ++i)
    w.cast(server, tuple("rest_later", 0));
  w.cast(server, tuple("pause_often", 1000));
  w.self().send(server, tuple("go", "now"));
  CHECK(w.ask(server, "calls") == count);
  CHECK(w.events(server) == "[paused,{went,now,1}]");
}

TEST_CASE("a thousand servers sleep at once") {
  waiting_world w;
  std::vector<pid> servers;
  for (int i = 0; i < crowd; ++i)
    servers.push_back(w.start());
  const auto began = clock::now();
  std::vector<reference> tags;
  for (pid each : servers)
    tags.push_back(w.send_request(each, tuple("rest", 300)));
  for (reference each : tags)
    CHECK(w.answer_of(each) == 1);
  CHECK(clock::now() - began < patience);
}

TEST_CASE("under load every request has its answer, once, and in the order of its sender") {
  waiting_world w;
  const pid target = w.start();
  std::vector<pid> servers;
  for (int i = 0; i < 8; ++i)
    servers.push_back(w.start());
  const int rounds = crowd / 4;
  std::vector<pid> clients;
  for (int i = 0; i < 4; ++i)
    clients.push_back(w.home()
                          .spawn_blocking([&, i](process& me) {
                            std::int64_t wrong = 0;
                            for (int round = 0; round < rounds; ++round) {
                              const pid server = servers[static_cast<std::size_t>(i + round) % servers.size()];
                              const term tag = tuple(i, round);
                              const term answer =
                                  me.home().apply(me, "gen_server"_atom, "call"_atom,
                                                  {server, tuple("ask", target, tuple("decide", tag), 20'000), 20'000});
                              wrong += !(answer == tag);
                            }
                            me.home().send(target, tuple("done", i, wrong));
                          })
                          .process);
  for (pid each : clients)
    CHECK(w.reason_of_end(each) != term("alive"));
  const term events = w.ask(target, "events");
  std::vector<std::int64_t> next(4, rounds);
  for (const term& each : events.elements_of_list()) {  // newest first
    if (each.is_tagged("done"_atom, 3)) {
      CHECK(each[2] == 0);
      continue;
    }
    const auto client = static_cast<std::size_t>(each[0].as_int64());
    CHECK(each[1] == --next[client]);
  }
  CHECK(next == std::vector<std::int64_t>(4, 0));
}

// ---- what a handler decides -----------------------------------------------------------------------------------------

TEST_CASE("a handler's outcome is as a plain clause's: timeout, hibernate, continue, stop (G13, G14)") {
  waiting_world w;
  const pid server = w.start();
  CHECK(w.ask(server, tuple("decide", "timeout")) == "soon");
  CHECK(w.eventually([&] { return text(w.call("sys", "get_state", server)[2]) == "[timeout,timeout]"; }));
  CHECK(w.ask(server, tuple("decide", "hibernate")) == "asleep");
  CHECK(w.ask(server, tuple("decide", "continue")) == "more");
  w.self().send(server, "later");
  CHECK(w.events(server) == "[later,last,continued,continue,hibernate,timeout,timeout]");
  CHECK(w.ask(server, tuple("decide", "stop")) == "bye");
  CHECK(w.reason_of_end(server) != term("alive"));

  const pid other = w.start();
  CHECK(text(w.caught("gen_server", "call", other, tuple("decide", "stop_silently"))[1][0]) == "because");
}

TEST_CASE("what is thrown out of a handler ends it as a plain one (G13, G24, G25)") {
  waiting_world w;
  const auto end_by = [&](const char* how) {
    const pid server = w.start();
    const term monitor = w.self().monitor(server);
    w.cast(server, tuple("fail_later", atom(std::string_view(how))));
    const term down = w.next();
    CHECK(down[1] == monitor);
    return term(down[4]);
  };
  CHECK(text(end_by("error")[0]) == "{bad,day}");
  CHECK(text(end_by("error")[1]) == "[{waits,handle_cast,2,[]}]");
  CHECK(end_by("cpp")[0][0] == "cpp_exception");
  CHECK(end_by("exit") == "leaving");
  CHECK(text(end_by("throw")) == "{bad_return_value,ball}");

  const pid thrower = w.start();
  CHECK(w.ask(thrower, tuple("fail", "throw_reply")) == "caught");
  CHECK(w.ask(thrower, "calls") == 7);
  const term failed = w.caught("gen_server", "call", thrower, tuple("fail", "error"));
  CHECK(text(failed[1][0][0]) == "{bad,day}");
  CHECK(w.output().find("Last message in was {fail,error}") != std::string::npos);
}

TEST_CASE("init may wait: start answers when it is done, messages wait (G01-G06)") {
  waiting_world w;
  const pid slow = w.start(list(5));
  CHECK(w.ask(slow, "calls") == 5);
  CHECK(w.start_result(list("ignore")) == "ignore");
  CHECK(text(w.start_result(list("stop", "why"))) == "{error,why}");
  CHECK(text(w.start_result(list("fail", "error"))[1][0]) == "{bad,day}");
  CHECK(text(w.start_result(list("fail", "exit"))) == "{error,leaving}");
  CHECK(text(w.start_result(list("fail", "throw"))) == "{error,{bad_return_value,ball}}");
  CHECK(w.events(w.start(list("fail", "not"))) == "['begin']");
  CHECK(text(w.call("gen_server", "start", "waits", list(60'000), list(tuple("timeout", 20)))) == "{error,timeout}");

  // A name is known before init ends: requests wait, of sys too.
  const pid starter = w.home()
                          .spawn_blocking([to = w.mine()](process& me) {
                            const term made =
                                me.home().apply(me, "gen_server"_atom, "start"_atom,
                                                {tuple("local", "early"), "waits", list("tell", to), term{}});
                            me.home().send(to.as_pid(), tuple("started", made));
                          })
                          .process;
  REQUIRE(w.eventually([&] { return w.home().whereis("early"_atom).has_value(); }));
  const pid early = *w.home().whereis("early"_atom);
  const auto request = w.send_request(early, "calls");
  CHECK(text(w.caught("sys", "get_state", early, 20)[1][0]) == "timeout");
  w.self().send(early, "begin");
  CHECK(w.comes("farewell"));
  CHECK(w.answer_of(request) == 0);
  CHECK(w.comes(tuple("started", tuple("ok", early))));
  CHECK(w.reason_of_end(starter) != term("alive"));
}

// ---- sys -----------------------------------------------------------------------------------------------------------

TEST_CASE("while a handler waits, requests that look are answered, the others wait for its end (S03, S11-S15)") {
  waiting_world w;
  const pid server = w.start_staying();
  CHECK(text(w.call("sys", "get_state", server)) == "{state,0,[]}");
  CHECK(w.call("sys", "get_status", server)[0] == "status");
  CHECK(w.call("sys", "statistics", server, "true") == "ok");
  CHECK(w.call("sys", "statistics", server, "get").is_tagged("ok"_atom, 2));
  CHECK(w.call("sys", "trace", server, "false") == "ok");
  CHECK(text(w.caught("sys", "suspend", server, 20)[1][0]) == "timeout");
  w.cast(server, tuple("note", "later"));
  w.self().send(server, tuple("go", "now"));
  // The suspend was not cancelled (S02): it takes effect in its turn.
  CHECK(w.comes(tuple("went", 1)));
  CHECK(w.eventually([&] { return w.call("sys", "get_status", server)[3].tail().head() == "suspended"; }));
  CHECK(text(w.call("sys", "get_state", server)) == "{state,0,[{went,now,1}]}");
  CHECK(w.call("sys", "resume", server) == "ok");
  CHECK(w.events(server) == "[later,{went,now,1}]");
}

TEST_CASE("a change of state or code waits for the handler's end, and is withdrawn when its time is over: busy") {
  waiting_world w;
  const pid server = w.start_staying();
  const term with_seven = external_fun("waits"_atom, "with_seven"_atom, 1);
  CHECK(text(w.caught("sys", "replace_state", server, with_seven, 1000)) == "{error,busy}");
  CHECK(text(w.call("sys", "change_code", server, "waits", "1", term{}, 1000)) == "{error,busy}");
  w.self().send(server, tuple("go", "now"));
  CHECK(w.comes(tuple("went", 1)));
  CHECK(w.ask(server, "calls") == 0);  // nothing happened later

  const auto rests = w.send_request(server, tuple("rest", 30));
  CHECK(text(w.call("sys", "replace_state", server, with_seven)) == "{state,7,[{went,now,1}]}");
  CHECK(w.answer_of(rests) == 1);
  CHECK(w.ask(server, "calls") == 7);
  // As to a server that is not in a handler.
  CHECK(text(w.call("sys", "change_code", server, "waits", "1", term{}, 1000)) ==
        "{error,{unknown_system_msg,{change_code,waits,'1',[]}}}");
}

TEST_CASE("suspend is acknowledged at the handler's end, if that comes in time (S03)") {
  waiting_world w;
  const pid server = w.start();
  const auto request = w.send_request(server, tuple("rest", 30));
  CHECK(w.call("sys", "suspend", server) == "ok");
  CHECK(w.answer_of(request) == 1);  // it was over before
  CHECK(w.call("sys", "resume", server) == "ok");
}

// ---- the end -------------------------------------------------------------------------------------------------------

TEST_CASE("a kill destroys the frame where it waits: its destructors run") {
  waiting_world w;
  const pid server = w.start();
  w.cast(server, tuple("stay", w.mine()));
  CHECK(w.comes("staying"));
  w.self().exit_signal(server, "kill");
  CHECK(w.comes("farewell"));
  CHECK(w.reason_of_end(server) != term("alive"));
}

TEST_CASE("terminate and the parent's exit end a handler, then the server by its terminate (S14, G23)") {
  waiting_world w;
  w.home().register_name("observer"_atom, w.self().self());
  const pid server = w.start();
  w.cast(server, tuple("stay", w.mine()));
  CHECK(w.comes("staying"));
  CHECK(w.call("gen_server", "stop", server, "normal", 5000) == "ok");
  CHECK(w.next() == "farewell");  // first the frame, then terminate
  CHECK(text(w.next()) == "{terminated,normal,[stays]}");

  w.self().trap_exit(true);
  const pid parent =
      w.home()
          .spawn_blocking([to = w.mine()](process& me) {
            const term made = me.home().apply(me, "gen_server"_atom, "start_link"_atom, {"waits", term{}, term{}});
            me.home().send(to.as_pid(), made);
            me.receive([](const term& it) { return it == "leave"; });
            raise_exit("gone");
          })
          .process;
  const pid child = w.next()[1].as_pid();
  w.cast(child, "trap_exit");
  w.cast(child, tuple("stay", w.mine()));
  CHECK(w.comes("staying"));
  w.self().send(parent, "leave");
  CHECK(w.next() == "farewell");
  CHECK(text(w.next()) == "{terminated,gone,[stays]}");
}

TEST_CASE("a destructor that throws deep in a handler's frame is logged; the server ends as it was told") {
  waiting_world w;
  const pid server = w.start();
  w.cast(server, tuple("stay_fragile", w.mine()));
  CHECK(w.comes("staying"));
  const term monitor = w.self().monitor(server);
  w.self().exit_signal(server, "kill");
  const term down = w.next();
  CHECK(down[1] == monitor);
  CHECK(down[4] == "killed");
  CHECK(w.output().find("from_destructor") != std::string::npos);
}

// ---- code ----------------------------------------------------------------------------------------------------------

TEST_CASE("a load meanwhile disturbs no handler; the next dispatch runs the new version (L04, L05)") {
  waiting_world w;
  const pid server = w.start_staying();
  CHECK(text(w.load("waits", "waits_v2")) == "{module,waits}");
  const auto vsn = w.send_request(server, "vsn");
  CHECK(w.home().lingering(w.home().code().old("waits"_atom)) == std::vector<pid>{server});
  w.self().send(server, tuple("go", "now"));
  CHECK(w.comes(tuple("went", 1)));
  CHECK(w.answer_of(vsn) == 2);
  CHECK(w.home().lingering(w.home().code().old("waits"_atom)).empty());
  CHECK(w.call("code", "soft_purge", "waits") == "true");
}

TEST_CASE("what a handler continues with runs in the version that is current then (L02)") {
  waiting_world w;
  const pid server = w.start();
  CHECK(w.ask(server, tuple("decide", "continue")) == "more");
  CHECK(text(w.load("waits", "waits_v2")) == "{module,waits}");
  CHECK(w.events(server) == "[last,continued,continue]");
  CHECK(w.ask(server, "vsn") == 2);
}

TEST_CASE("a purge sees who waits in a handler: refused if soft, killed if hard (C15, C18, C20)") {
  waiting_world w;
  const pid server = w.start();
  w.cast(server, tuple("stay", w.mine()));
  CHECK(w.comes("staying"));
  const pid idle = w.start();
  CHECK(text(w.load("waits", "waits_v2")) == "{module,waits}");
  CHECK(w.call("erlang", "check_process_code", server, "waits") == "true");
  CHECK(w.call("code", "soft_purge", "waits") == "false");
  CHECK(w.home().is_alive(server));
  CHECK(w.ask(idle, "vsn") == 2);
  const term monitor = w.self().monitor(server);
  CHECK(w.call("code", "purge", "waits") == "true");
  CHECK(w.next() == "farewell");
  const term down = w.next();
  CHECK(down[1] == monitor);
  CHECK(down[4] == "killed");
  CHECK(w.home().is_alive(idle));
}

TEST_CASE("an upgrade of the module waits for handlers under its timeout, and then says busy (design 3.5)") {
  waiting_world w;
  const pid server = w.start_staying();
  CHECK(text(w.load("waits", "waits_v2")) == "{module,waits}");
  CHECK(text(w.call("twinslot", "upgrade", "waits", list(tuple("timeout", 50)))) ==
        "{error,{busy,[" + text(server) + "]}}");
  w.self().send(server, tuple("go", "now"));
  CHECK(w.comes(tuple("went", 1)));
  CHECK(w.ask(server, "vsn") == 2);
}
