// Every form of clause: what it matches, what its lambda gets, and what becomes of the result.
#include "tests/catch.hpp"
#include "tests/sdk/open_here.hpp"

#include <chrono>

using namespace twinslot;
using namespace twinslot::test;

namespace {
struct state {
  std::int64_t count = 0;
  term last;
};
template <class Inspector>
bool inspect(Inspector& f, state& s) {
  return f.object(s).fields(f.field("count", s.count), f.field("last", s.last));
}
term last_of(const server_process& server) {
  return server.state()[2];
}
}  // namespace

TEST_CASE("a named clause takes the atom, or the tuple with its arguments") {
  const open_module module(open_here([]() -> sdk::built {
    return gen_server<state>("s")
        .call("get", [](const state& s) { return s.count; })
        .call("add", [](state& s, std::int64_t n) { return s.count += n; })
        .call("add", [](state& s, std::int64_t n, std::int64_t m) { return s.count += n * m; })
        .cast("set", [](state& s, std::int64_t n) { s.count = n; })
        .cast("clear", [](state& s) { s.count = 0; });
  }));
  server_process server(module);
  REQUIRE(server.init().is_noreply());
  CHECK(server.call("get").is_reply(0));
  CHECK(server.call(tuple("add", 2)).is_reply(2));
  CHECK(server.call(tuple("add", 2, 3)).is_reply(8));
  CHECK(server.cast(tuple("set", 5)).is_noreply());
  CHECK(server.call("get").is_reply(5));
  CHECK(server.cast("clear").is_noreply());
  CHECK(server.call("get").is_reply(0));
  for (const term& unknown : {term("add"), tuple("get"), tuple("add", "two"), tuple("add", 1, 2, 3), term("nobody"),
                              term(1), tuple(), list("get"), tuple("set", 5)})
    CHECK(server.call(unknown).status == abi::status::no_clause);
  CHECK(server.cast("get").status == abi::status::no_clause);
}

TEST_CASE("clauses are tried in order, and one that does not convert leaves nothing behind") {
  const open_module module(open_here([]() -> sdk::built {
    return gen_server<state>("s")
        .call("what", [](state& s, std::int64_t, std::int64_t) { return s.count = 1, "two integers"_atom; })
        .call("what", [](state&, text, term) { return "a string first"_atom; })
        .call("what", [](state&, is<"quit">, term) { return "quit first"_atom; })
        .call("what", [](state&, term, term) { return "anything"_atom; });
  }));
  server_process server(module);
  server.init();
  CHECK(server.call(tuple("what", 1, 2)).is_reply("two integers"));
  CHECK(server.call(tuple("what", string("a"), 2)).is_reply("a string first"));
  CHECK(server.call(tuple("what", "quit", 2)).is_reply("quit first"));
  server.cast(term());
  REQUIRE(server.import(tuple("state", 0, term())) == "ok");
  CHECK(server.call(tuple("what", 1, "b")).is_reply("anything"));
  CHECK(server.state() == tuple("state", 0, term()));
}

TEST_CASE("a lambda gets the process, the state and the caller where it asks for them") {
  const open_module module(open_here([]() -> sdk::built {
    return gen_server<state>("s")
        .call("all", [](self& me, state& s, from caller, std::int64_t n,
                        const term& any) { return s.count = n, tuple(me.pid(), caller.caller, any); })
        .call("none", [] { return 1; })
        .call("state_last", [](std::int64_t n, const state& s) { return s.count + n; })
        .call("moved", [](term&& given) { return given; })
        .call(
            "function_pointer", +[](const state& s) noexcept { return s.count; })
        .call("mutable", [seen = 0](const state&) mutable { return ++seen; });
  }));
  server_process server(module);
  server.init();
  CHECK(server.call(tuple("all", 4, "x")).is_reply(tuple(own_pid, server.caller, "x")));
  CHECK(server.call("none").is_reply(1));
  CHECK(server.call(tuple("state_last", 3)).is_reply(7));
  CHECK(server.call(tuple("moved", "m")).is_reply("m"));
  CHECK(server.call("function_pointer").is_reply(4));
  CHECK(server.call("mutable").is_reply(1));
  CHECK(server.call("mutable").is_reply(2));
}

TEST_CASE("a state that is a term or a number is told from arguments of its type") {
  {
    const open_module module(open_here([]() -> sdk::built {
      return gen_server<term>("s").init([](term whole) { return whole; }).call("swap", [](term& s, term given) {
        std::swap(s, given);
        return given;
      });
    }));
    server_process server(module);
    server.init(list("first"));
    CHECK(server.state() == list("first"));
    CHECK(server.call(tuple("swap", "second")).is_reply(list("first")));
    CHECK(server.state() == "second");
  }
  const open_module module(open_here([]() -> sdk::built {
    return gen_server<std::int64_t>("s").call(
        "add", [](std::int64_t& s, const std::int64_t& a, std::int64_t b) { return s += a + b; });
  }));
  server_process server(module);
  server.init();
  CHECK(server.call(tuple("add", 2, 3)).is_reply(5));
}

TEST_CASE("results other than a plain reply") {
  const open_module module(open_here([]() -> sdk::built {
    return gen_server<state>("s")
        .call("nothing", [](state&) {})
        .call("timeout", [](state&) { return reply(1).timeout(250); })
        .call("hibernate", [](state&) { return reply("r").hibernate(); })
        .call("continue", [](state&) { return reply("r").continue_with(tuple("load", 1)); })
        .call("later", [](state& s, from caller) { return s.last = caller.caller, noreply(); })
        .call("stop", [](state&) { return stop("shutdown"); })
        .call("stop_reply", [](state&) { return stop("shutdown", "bye"); })
        .cast("timeout", [](state&) { return timeout(10); })
        .cast("hibernate", [](state&) { return hibernate(); })
        .cast("continue", [](state&) { return continue_with("next"); })
        .cast("stop", [](state&) { return stop(tuple("bad", 1)); });
  }));
  server_process server(module);
  server.init();
  CHECK(server.call("nothing").is_reply("ok"));

  auto made = server.call("timeout");
  CHECK(made.is_reply(1));
  CHECK(made.next == abi::then::timeout);
  CHECK(made.timeout_ms == 250);
  CHECK(server.call("hibernate").next == abi::then::hibernate);
  made = server.call("continue");
  CHECK(made.next == abi::then::continue_);
  CHECK(made.argument == tuple("load", 1));
  CHECK(server.call("later").is_noreply());
  CHECK(last_of(server) == server.caller);

  made = server.call("stop");
  CHECK(made.what == abi::action::stop);
  CHECK(made.reason == "shutdown");
  made = server.call("stop_reply");
  CHECK(made.what == abi::action::stop_reply);
  CHECK(made.reason == "shutdown");
  CHECK(made.reply == "bye");

  CHECK(server.cast("timeout").timeout_ms == 10);
  CHECK(server.cast("hibernate").next == abi::then::hibernate);
  CHECK(server.cast("continue").argument == "next");
  CHECK(server.cast("stop").reason == tuple("bad", 1));
}

TEST_CASE("a span of time is milliseconds or a std::chrono::duration") {
  CHECK(duration(15).ms == 15);
  CHECK(duration(std::chrono::seconds(2)).ms == 2000);
  CHECK(duration(std::chrono::microseconds(2999)).ms == 2);
}

TEST_CASE("init takes [], a list's elements, or the whole argument") {
  const open_module module(open_here([]() -> sdk::built {
    return gen_server<state>("s")
        .init([] {
          return state{10, {}};
        })
        .init([](self& me, std::int64_t n, text name) {
          return state{n, tuple(me.pid(), to_term(name))};
        })
        .init([](std::int64_t n) {
          return state{n, "one"};
        })
        .init([](is<"ignore">) { return ignore(); })
        .init([](is<"stop">) { return stop("no_reason"); })
        .init([](is<"timeout">) {
          return started(state{1, {}}).timeout(5);
        })
        .init([](is<"hibernate">) {
          return started(state{2, {}}).hibernate();
        })
        .init([](is<"continue">) {
          return started(state{3, {}}).continue_with("more");
        })
        .init([](std::pair<is<"either">, bool> which) -> started<state> {
          if (which.second)
            return stop("said so");
          return state{4, {}};
        });
  }));
  server_process server(module);
  CHECK(server.init().is_noreply());
  CHECK(server.state() == tuple("state", 10, term()));
  CHECK(server.init(list(7, string("bo"))).is_noreply());
  CHECK(server.state() == tuple("state", 7, tuple(own_pid, string("bo"))));
  CHECK(server.init(list(8)).is_noreply());
  CHECK(server.state() == tuple("state", 8, "one"));
  CHECK(server.init(9).is_noreply());
  CHECK(server.state() == tuple("state", 9, "one"));

  CHECK(server.init("ignore").what == abi::action::ignore);
  CHECK_FALSE(server.has_state());
  CHECK(server.init(list("stop")).reason == "no_reason");
  CHECK_FALSE(server.has_state());
  CHECK(server.init("timeout").timeout_ms == 5);
  CHECK(server.init("hibernate").next == abi::then::hibernate);
  const auto continued = server.init("continue");
  CHECK(continued.next == abi::then::continue_);
  CHECK(continued.argument == "more");
  CHECK(server.init(tuple("either", true)).reason == "said so");
  CHECK(server.init(tuple("either", false)).is_noreply());

  for (const term& unknown : {term("anything"), list(1, 2), list(1, 2, 3), cons(1, 2), term(1.5)})
    CHECK(server.init(unknown).status == abi::status::no_clause);
}

TEST_CASE("without an init, a new server has a new state") {
  const open_module module(open_here([]() -> sdk::built { return gen_server<state>("s"); }));
  server_process server(module);
  CHECK(server.init().is_noreply());
  CHECK(server.state() == tuple("state", 0, term()));
  CHECK(server.init(list(1)).status == abi::status::no_clause);
  CHECK(module.info().behaviour->handle_info == nullptr);
  CHECK(module.info().behaviour->handle_continue == nullptr);
  CHECK(module.info().behaviour->terminate == nullptr);
  CHECK(module.info().behaviour->format_status == nullptr);
  CHECK(module.info().on_load == nullptr);
}

TEST_CASE("info, continue and terminate match names, tuples and anything") {
  const open_module module(open_here([]() -> sdk::built {
    return gen_server<state>("s")
        .info("timeout", [](state& s) { s.last = "timeout"; })
        .info("EXIT", [](state& s, pid from, term reason) { s.last = tuple("exit", from, reason); })
        .info([](state& s, is<"DOWN">, reference r, is<"process">, pid, term why) { s.last = tuple("down", r, why); })
        .info([](state& s, std::int64_t n) { s.last = tuple("number", n); })
        .info([](state& s) { s.last = "anything"; })
        .continue_("load", [](state& s, text name) { s.last = to_term(name); })
        .continue_([](state& s, term any) { return s.last = tuple("continue", any), timeout(1); })
        .terminate([](state& s, self& me, term why) { me.send("observer", tuple(why, s.count)); });
  }));
  server_process server(module);
  server.init();
  server.info("timeout");
  CHECK(last_of(server) == "timeout");
  server.info(tuple("EXIT", pid{3, 0}, "bye"));
  CHECK(last_of(server) == tuple("exit", pid{3, 0}, "bye"));
  server.info(tuple("DOWN", reference{5, 0}, "process", pid{3, 0}, "gone"));
  CHECK(last_of(server) == tuple("down", reference{5, 0}, "gone"));
  server.info(12);
  CHECK(last_of(server) == tuple("number", 12));
  CHECK(server.info(tuple("EXIT", "nobody", "bye")).is_noreply());
  CHECK(last_of(server) == "anything");

  server.continue_(tuple("load", string("file")));
  CHECK(last_of(server) == string("file"));
  CHECK(server.continue_(tuple("load", 1)).timeout_ms == 1);
  CHECK(last_of(server) == tuple("continue", tuple("load", 1)));

  CHECK(server.terminate("shutdown").status == abi::status::ok);
  REQUIRE(server.process.asked.size() == 1);
  CHECK(server.process.asked[0].arguments == std::vector<term>{"observer", tuple("shutdown", 0)});
}

TEST_CASE("raw callbacks get what the typed clauses before them did not take") {
  const open_module module(open_here([]() -> sdk::built {
    return gen_server<term>("s")
        .call("typed", [](const term&) { return "typed"_atom; })
        .handle_call([](self& me, const term& request, const term& caller, term& s) -> outcome {
          return reply(tuple(me.pid(), request, caller, s));
        })
        .handle_cast([](self&, const term& message, term& s) -> outcome {
          s = message;
          return hibernate();
        })
        .handle_info([](self&, const term& message, term& s) -> outcome {
          s = tuple("info", message);
          return noreply();
        })
        .handle_continue([](self&, const term& argument, term&) -> outcome { return stop(argument); });
  }));
  server_process server(module);
  server.init();
  CHECK(server.call("typed").is_reply("typed"));
  CHECK(server.cast(tuple(1, 2)).next == abi::then::hibernate);
  CHECK(server.call("other").is_reply(tuple(own_pid, "other", server.caller, tuple(1, 2))));
  CHECK(server.info("hello").is_noreply());
  CHECK(server.state() == tuple("info", "hello"));
  CHECK(server.continue_("end").reason == "end");
}

TEST_CASE("code_change goes by version, then by the type of the old state") {
  const open_module module(open_here([]() -> sdk::built {
    return gen_server<state>("s")
        .code_change("1",
                     [](std::int64_t n) {
                       return state{n, "number"};
                     })
        .code_change("1",
                     [](text t, term extra) {
                       return state{0, tuple(to_term(t), extra)};
                     })
        .code_change("2", [](self& me, term any) { return tuple("state", 1, tuple(me.pid(), any)); })
        .code_change("3", [](term any) { return any; })
        .code_change("4", [](term) { return stop("not_yet"); })
        .code_change(12,
                     [](std::pair<std::int64_t, std::int64_t> old) {
                       return state{old.first, old.second};
                     })
        .code_change_down("1", [](const state& s) { return s.count; })
        .code_change_down("1", [](term any, term extra) { return tuple(any, extra); });
  }));
  server_process server(module);
  CHECK(server.has_code_change(string("1")));
  CHECK(server.has_code_change(12));
  CHECK_FALSE(server.has_code_change(string("12")));
  CHECK_FALSE(server.has_code_change("undefined"));

  CHECK(server.code_change(string("1"), 5) == "ok");
  CHECK(server.state() == tuple("state", 5, "number"));
  CHECK(server.code_change(string("1"), string("five"), "extra") == "ok");
  CHECK(server.state() == tuple("state", 0, tuple(string("five"), "extra")));
  CHECK(server.code_change(string("2"), "old") == "ok");
  CHECK(server.state() == tuple("state", 1, tuple(own_pid, "old")));
  CHECK(server.code_change(12, tuple(3, 4)) == "ok");
  CHECK(server.state() == tuple("state", 3, 4));

  CHECK(server.code_change(string("9"), 5) == "no_clause");
  const term no_match = server.code_change(string("1"), 1.5, "x");
  CHECK(no_match[0] == "error");
  CHECK(no_match[1] == "function_clause");
  CHECK(no_match[2] == list(tuple("sample", "code_change", list(string("1"), 1.5, "x"), term())));
  CHECK(server.code_change(string("3"), tuple("state", "x", 1))[1] ==
        tuple("bad_state", tuple("state", "x", 1), tuple("bad_field", "count", "int64", "x")));
  CHECK(server.code_change(string("4"), 0)[1] == "not_yet");
  CHECK(server.state() == tuple("state", 3, 4));

  CHECK(server.code_change_down(string("1"), tuple("state", 6, "x")) == term(6));
  CHECK(server.code_change_down(string("1"), "odd", "extra") == tuple("odd", "extra"));
  CHECK(server.code_change_down(string("2"), "odd") == "no_clause");
}

TEST_CASE("a state goes out as a term and comes back from one that fits") {
  const open_module module(open_here([]() -> sdk::built { return gen_server<state>("s"); }));
  server_process server(module);
  CHECK(server.import(tuple("state", 3, "x")) == "ok");
  CHECK(server.state() == tuple("state", 3, "x"));
  const term refused = server.import(tuple("state", 3));
  CHECK(refused[0] == "error");
  CHECK(refused[1] == tuple("bad_state", tuple("state", 3), tuple("not_a_record", "state", 3)));
  CHECK(server.state() == tuple("state", 3, "x"));
  CHECK(server.schema() == tuple("state", list(tuple("count", "int64", 0), tuple("last", "term", term()))));
  CHECK(module.info().behaviour->layout == fingerprint_of<state>());
}

TEST_CASE("format_status takes the state, typed or as a term") {
  const open_module module(open_here([]() -> sdk::built {
    return gen_server<state>("s")
        .format_status([](const state& s) { return tuple("shown", s.count); })
        .format_status([](term odd) { return tuple("odd", odd); });
  }));
  server_process server(module);
  CHECK(server.format_status(tuple("state", 3, "secret")) == tuple("shown", 3));
  CHECK(server.format_status("broken") == tuple("odd", "broken"));
}

TEST_CASE("functions are exported once per name and arity, and matched by type") {
  const open_module module(open_here(
      []() -> sdk::built {
        return gen_server<state>("s")
            .init([](std::int64_t n) {
              return state{n, {}};
            })
            .call(
                "get", [](const state& s) { return s.count; }, "what there is")
            .call("get", [](const state& s, std::int64_t) { return s.count; })
            .call("get", [](const state& s, text) { return s.count; })
            .cast("get", [](state&) {})
            .cast("put", [](state&, term) {})
            .function(
                "put", [](self& me, std::int64_t n) { return tuple(me.pid(), n); }, "puts a number")
            .function("put", [](text t) { return t; })
            .function("nothing", [] {})
            .doc("a sample");
      },
      "sample", ""));
  CHECK(module.function_names() ==
        std::vector<std::string>{"get/0", "get/1", "nothing/0", "put/1", "start/1", "start_link/1"});
  CHECK(module.info().vsn == nullptr);
  CHECK(std::string_view(module.info().doc) == "a sample");
  CHECK(std::string_view(module.find("get", 0)->doc) == "what there is");
  CHECK(std::string_view(module.find("put", 1)->doc) == "puts a number");

  fake_process caller;
  CHECK(module.call(caller, "put", {3}).value == tuple(own_pid, 3));
  CHECK(module.call(caller, "put", {string("t")}).value == string("t"));
  CHECK(module.call(caller, "put", {"atom"}).status == abi::status::no_clause);
  CHECK(module.call(caller, "nothing").value == "ok");
  CHECK(caller.asked.empty());
  module.call(caller, "get");
  module.call(caller, "get", {1});
  module.call(caller, "start", {5});
  REQUIRE(caller.asked.size() == 3);
  CHECK(caller.asked[0].function == "call"_atom);  // the first that was written under that name and arity
  CHECK(caller.asked[0].arguments == std::vector<term>{"s", "get"});
  CHECK(caller.asked[1].arguments == std::vector<term>{"s", tuple("get", 1)});
  CHECK(caller.asked[2].function == "start"_atom);
  CHECK(caller.asked[2].arguments == std::vector<term>{tuple("local", "s"), "sample", list(5), term()});
}

TEST_CASE("without a registered name, the functions take the server first") {
  const open_module module(open_here([]() -> sdk::built {
    return gen_server<state>().call("get", [](const state& s) { return s.count; }).cast("put", [](state&, term, term) {
    });
  }));
  CHECK(module.info().behaviour->registered == nullptr);
  CHECK(module.function_names() == std::vector<std::string>{"get/1", "put/3", "start/0", "start_link/0"});
  fake_process caller;
  module.call(caller, "get", {pid{5, 0}});
  module.call(caller, "put", {"name", 1, 2});
  module.call(caller, "start_link");
  REQUIRE(caller.asked.size() == 3);
  CHECK(caller.asked[0].arguments == std::vector<term>{pid{5, 0}, "get"});
  CHECK(caller.asked[1].arguments == std::vector<term>{"name", tuple("put", 1, 2)});
  CHECK(caller.asked[2].arguments == std::vector<term>{"sample", term(), term()});
}

TEST_CASE("a module without a server has functions and a load hook") {
  const open_module module_(open_here([]() -> sdk::built {
    return module().function("twice", [](std::int64_t n) { return 2 * n; }).on_load([](self& me) {
      return tuple("loaded by", me.pid());
    });
  }));
  CHECK(module_.info().behaviour == nullptr);
  CHECK(module_.function_names() == std::vector<std::string>{"twice/1"});
  fake_process process;
  CHECK(module_.call(process, "twice", {21}).value == term(42));
  CHECK(module_.on_load(process).value == tuple("loaded by", own_pid));
}

TEST_CASE("what a module keeps is given back when it closes") {
  static int alive = 0;
  struct counted {
    counted() { ++alive; }
    counted(const counted&) { ++alive; }
    counted(counted&&) noexcept { ++alive; }
    ~counted() { --alive; }
  };
  {
    const open_module module(open_here([]() -> sdk::built {
      return gen_server<state>("s").init([kept = counted()] { return state{}; }).function("f", [kept = counted()] {});
    }));
    CHECK(alive == 2);
  }
  CHECK(alive == 0);
}

TEST_CASE("a host that is too old, or absent, gets no module") {
  const auto body = []() -> sdk::built { return module(); };
  abi::host_table table = fake_host_table();
  table.bytes -= 8;
  CHECK(sdk::enter(&table, "sample", "1", body) == nullptr);
  table = fake_host_table();
  table.version = 2;
  CHECK(sdk::enter(&table, "sample", "1", body) == nullptr);
  CHECK(sdk::enter(nullptr, "sample", "1", body) == nullptr);
}

TEST_CASE("a host's table may be longer than this SDK knows") {
  abi::host_table table = fake_host_table();
  table.bytes += 64;
  const auto* const info = sdk::enter(&table, "sample", "1", []() -> sdk::built { return module(); });
  REQUIRE(info != nullptr);
  CHECK(sdk::enter(&table, "sample", "1", []() -> sdk::built { return module(); }) == info);
  info->close(info->data);
}
