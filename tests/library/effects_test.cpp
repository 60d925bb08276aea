// tests/library/effects_test.cpp - what natives do besides returning: print, send, spawn, write files.
#include "runtime/os/file.hpp"
#include "tests/catch.hpp"
#include "tests/library/world.hpp"

using namespace twinslot;
using namespace std::chrono_literals;

namespace {
/// Whatever arrives first, within a time that no correct run needs.
term next_message(world& in) {
  const auto message = in.self->receive([](const term&) { return true; }, clock::now() + 20s);
  REQUIRE(message);
  return *message;
}
term fun(const char* module, const char* name, int arity) {
  return external_fun(atom(module), atom(name), static_cast<std::uint64_t>(arity));
}
}  // namespace

TEST_CASE("io writes to the node's output") {
  world in;
  CHECK(in.call("io", "format", {string("~p and ~s~n"), list(tuple("a", 1), string("text"))}) == "ok");
  CHECK(in.call("io", "put_chars", {list(binary("b"), 'c')}) == "ok");
  CHECK(in.call("io", "nl", {}) == "ok");
  CHECK(in.call("io", "write", {string("a")}) == "ok");
  CHECK(in.printed == "{a,1} and text\nbc\n[97]");
}

TEST_CASE("a report is written as the logger's default handler does, and nothing below notice") {
  world in;
  in.call("logger", "error", {string("bad ~p"), list("thing")});
  CHECK(in.printed.starts_with("=ERROR REPORT==== "));
  CHECK(in.printed.ends_with(" ===\nbad thing\n"));
  in.printed.clear();
  in.call("logger", "info", {string("nothing")});
  CHECK(in.printed.empty());
  in.call("error_logger", "info_report", {list(tuple("a", 1), "b")});
  CHECK(in.printed.starts_with("=INFO REPORT==== "));
  CHECK(in.printed.ends_with("    a: 1\n    b\n"));
  in.printed.clear();
  in.call("logger", "warning", {string("~p ~p"), list("one")});
  CHECK(in.printed.ends_with("FORMAT ERROR: \"~p ~p\" - [one]\n"));
}

TEST_CASE("spawn_monitor tells how the process ended") {
  world in;
  const term made = in.call("erlang", "spawn_monitor", {"erlang", "exit", list("because")});
  REQUIRE(made.is_tuple(2));
  CHECK(next_message(in) == tuple("DOWN", made[1], "process", made[0], "because"));
}

TEST_CASE("spawn with a fun runs it in the new process") {
  world in;
  const term made = in.call("erlang", "spawn", {"erlang", "send", list(in.self->self(), "hello")});
  CHECK(made.is_pid());
  CHECK(next_message(in) == "hello"_atom);
  CHECK_THROWS_AS(in.call("erlang", "spawn", {list(1)}), raised);
}

TEST_CASE("a registered name finds its process until it is taken away") {
  world in;
  CHECK(in.call("erlang", "register", {"me", in.self->self()}) == "true");
  CHECK(in.call("erlang", "whereis", {"me"}) == term(in.self->self()));
  CHECK(in.call("erlang", "!", {"me", 5}) == term(5));
  CHECK(next_message(in) == term(5));
  CHECK_THROWS_AS(in.call("erlang", "register", {"me", in.self->self()}), raised);
  CHECK(in.call("erlang", "unregister", {"me"}) == "true");
  CHECK(in.call("erlang", "whereis", {"me"}) == "undefined");
}

TEST_CASE("the process dictionary keeps what is put") {
  world in;
  CHECK(in.call("erlang", "put", {"k", 1}) == "undefined");
  CHECK(in.call("erlang", "put", {"k", 2}) == term(1));
  CHECK(in.call("erlang", "get", {"k"}) == term(2));
  CHECK(in.call("erlang", "get", {}) == list(tuple("k", 2)));
  CHECK(in.call("erlang", "get_keys", {2}) == list("k"));
  CHECK(in.call("erlang", "erase", {"k"}) == term(2));
  CHECK(in.call("erlang", "erase", {}) == term());
}

TEST_CASE("process_info answers one item, several, or undefined") {
  world in;
  const term me = in.self->self();
  CHECK(in.call("erlang", "process_info", {me, "trap_exit"}) == tuple("trap_exit", false));
  CHECK(in.call("erlang", "process_info", {me, "registered_name"}) == term());
  CHECK(in.call("erlang", "process_info", {me, list("registered_name", "dictionary")}) ==
        list(tuple("registered_name", term()), tuple("dictionary", term())));
  CHECK_THROWS_AS(in.call("erlang", "process_info", {me, "there_is_no_such_item"}), raised);
  CHECK(in.call("erlang", "process_info", {pid{1234567, 0}, "links"}) == "undefined");
}

TEST_CASE("timers send, can be read and cancelled") {
  world in;
  const term me = in.self->self();
  const term soon = in.call("erlang", "start_timer", {1, me, "tick"});
  CHECK(next_message(in) == tuple("timeout", soon, "tick"));
  CHECK(in.call("erlang", "cancel_timer", {soon}) == "false");
  const term late = in.call("erlang", "send_after", {1'000'000, me, "never"});
  CHECK(in.call("erlang", "read_timer", {late}).as_int64() > 900'000);
  CHECK(in.call("erlang", "cancel_timer", {late}).as_int64() > 900'000);
  CHECK(in.call("erlang", "read_timer", {late}) == "false");
}

TEST_CASE("timer:apply_after and intervals run until they are cancelled") {
  world in;
  const term me = in.self->self();
  CHECK(in.call("timer", "apply_after", {1, "erlang", "send", list(me, "applied")})[0] == "ok");
  CHECK(next_message(in) == "applied"_atom);
  const term interval = in.call("timer", "send_interval", {1, "again"});
  CHECK(next_message(in) == "again"_atom);
  CHECK(next_message(in) == "again"_atom);
  CHECK(in.call("timer", "cancel", {interval[1]}) == tuple("ok", "cancel"));
  const term late = in.call("timer", "send_after", {1'000'000, "never"});
  CHECK(late[1][0] == "send_local");
  CHECK(in.call("timer", "cancel", {late[1]}) == tuple("ok", "cancel"));
}

TEST_CASE("timer:tc measures a call") {
  world in;
  const term timed = in.call("timer", "tc", {"lists", "seq", list(1, 3)});
  REQUIRE(timed.is_tuple(2));
  CHECK(timed[0].as_int64() >= 0);
  CHECK(timed[1] == list(1, 2, 3));
}

TEST_CASE("clocks move on, and unique things come once") {
  world in;
  for (const char* clock_name : {"monotonic_time", "now"}) {
    const term before = in.call("erlang", clock_name, {});
    CHECK(compare(before, in.call("erlang", clock_name, {})) < 0);
  }
  CHECK(in.call("erlang", "system_time", {"second"}).as_int64() > 1'600'000'000);
  const term first = in.call("erlang", "unique_integer", {list("positive", "monotonic")});
  CHECK(compare(first, 0) > 0);
  CHECK(compare(first, in.call("erlang", "unique_integer", {list("positive", "monotonic")})) < 0);
  CHECK_FALSE(in.call("erlang", "make_ref", {}) == in.call("erlang", "make_ref", {}));
  const term date = in.call("erlang", "date", {});
  REQUIRE(date.is_tuple(3));
  CHECK(date[0].as_int64() > 2020);
}

TEST_CASE("pids and references come back from their text") {
  world in;
  const term me = in.self->self();
  CHECK(in.call("erlang", "list_to_pid", {in.call("erlang", "pid_to_list", {me})}) == me);
  const term ref = in.call("erlang", "make_ref", {});
  CHECK(in.call("erlang", "list_to_ref", {in.call("erlang", "ref_to_list", {ref})}) == ref);
  const term port_id = port{7, 0};
  CHECK(in.call("erlang", "list_to_port", {in.call("erlang", "port_to_list", {port_id})}) == port_id);
}

TEST_CASE("the same seed gives OTP's numbers") {
  world in;
  in.call("rand", "seed", {"exsss", tuple(1, 2, 3)});
  for (int expected : {27, 41, 75, 39, 31, 74, 19, 24, 13, 39})
    CHECK(in.call("rand", "uniform", {100}) == term(expected));
  in.call("rand", "seed", {"exsss", 42});
  for (double expected : {0.3672301478324621, 0.899364294071664, 0.008882807305278462})
    CHECK(in.call("rand", "uniform", {}) == term(expected));
  in.call("rand", "seed", {"exsss", 42});
  for (std::int64_t expected : {547454484929406175, 835290116695713686, 739765337004171946})
    CHECK(in.call("rand", "uniform", {std::int64_t{1} << 60}) == term(expected));
  in.call("rand", "seed", {"exsss", 42});
  const unsigned char expected_bytes[] = {94, 2, 203, 131, 11, 177, 15, 152, 242, 244};
  CHECK(in.call("rand", "bytes", {10}) ==
        binary({reinterpret_cast<const char*>(expected_bytes), std::size(expected_bytes)}));
}

TEST_CASE("files are written, read, copied, listed and removed") {
  world in;
  const auto directory = os::make_temp_dir(os::temp_dir(), "library");
  REQUIRE(directory);
  const auto at = [&](const char* name) { return string(*directory + "/" + name); };
  CHECK(in.call("file", "write_file", {at("a"), list(string("text"), binary("!"))}) == "ok");
  CHECK(in.call("file", "write_file", {at("a"), string(" more"), list("append")}) == "ok");
  CHECK(in.call("file", "read_file", {at("a")}) == tuple("ok", binary("text! more")));
  CHECK(in.call("file", "copy", {at("a"), at("b")}) == tuple("ok", 10));
  CHECK(in.call("file", "copy", {at("a"), at("c"), 4}) == tuple("ok", 4));
  CHECK(in.call("file", "rename", {at("c"), at("d")}) == "ok");
  CHECK(in.call("file", "make_dir", {at("e")}) == "ok");
  CHECK(in.call("file", "list_dir", {string(*directory)}) ==
        tuple("ok", list(string("a"), string("b"), string("d"), string("e"))));
  CHECK(in.call("filelib", "wildcard", {string("[a-d]"), string(*directory)}) ==
        list(string("a"), string("b"), string("d")));
  CHECK(in.call("filelib", "file_size", {at("d")}) == term(4));
  CHECK(in.call("filelib", "is_dir", {at("e")}) == "true");
  CHECK(in.call("filelib", "ensure_dir", {at("x/y/z")}) == "ok");
  CHECK(in.call("filelib", "is_dir", {at("x/y")}) == "true");
  CHECK(in.call("filelib", "wildcard", {at("**/y")}) == list(at("x/y")));
  const term info = in.call("file", "read_file_info", {at("a")});
  REQUIRE(info.is_tagged("ok"_atom, 2));
  CHECK(info[1].is_tagged("file_info"_atom, 14));
  CHECK(info[1][1] == term(10));
  CHECK(in.call("file", "delete", {at("a")}) == "ok");
  CHECK(in.call("file", "del_dir", {string(*directory)}) == tuple("error", "eexist"));
  CHECK(in.call("file", "del_dir_r", {string(*directory)}) == "ok");
  CHECK(in.call("filelib", "is_file", {string(*directory)}) == "false");
}

TEST_CASE("file:consult reads terms, or says in which line it can't") {
  world in;
  const auto directory = os::make_temp_dir(os::temp_dir(), "library");
  REQUIRE(directory);
  const std::string path = *directory + "/terms";
  const auto consult = [&](std::string_view text) {
    REQUIRE(os::write_file(path, text));
    return in.call("file", "consult", {string(path)});
  };
  CHECK(consult("a. % one\n{b, [1, 2.5, \"x\"], <<1, 2:8>>, #{a => 1}}.\n-5. fun lists:map/2.\n") ==
        tuple("ok", list("a", tuple("b", list(1, 2.5, string("x")), binary("\x01\x02"), map({{"a", 1}})), -5,
                         fun("lists", "map", 2))));
  CHECK(consult("") == tuple("ok", term()));
  CHECK(consult("a.\nfoo(1).\n") == tuple("error", tuple(2, "erl_parse", string("bad term"))));
  CHECK(consult("a.\n\n{b,.\n") == tuple("error", tuple(3, "erl_parse", string("syntax error before: '.'"))));
  CHECK(consult("<<1:X>>.")[0] == "error");
  CHECK(consult("{a")[0] == "error");
  CHECK(consult("'a")[0] == "error");
  CHECK(in.call("file", "consult", {string("/there/is/no/such/file")}) == tuple("error", "enoent"));
  CHECK(os::remove_tree(*directory));
}

TEST_CASE("os:cmd is killed with the process that waits for it") {
  world in;
  const auto before = clock::now();
  const term made = in.call("erlang", "spawn_monitor", {"os", "cmd", list(string("sleep 1000"))});
  in.call("erlang", "exit", {made[0], "enough"});
  CHECK(next_message(in) == tuple("DOWN", made[1], "process", made[0], "enough"));
  CHECK(clock::now() - before < 60s);
}

TEST_CASE("sorting is stable and takes long lists") {
  world in;
  const term long_list = in.call("lists", "seq", {200'000, 1, -1});
  const term sorted = in.call("lists", "sort", {long_list});
  CHECK(sorted == in.call("lists", "seq", {1, 200'000}));
  CHECK(in.call("lists", "sort", {fun("erlang", ">=", 2), sorted}) == long_list);
  CHECK(in.call("lists", "foldl", {fun("erlang", "+", 2), 0, sorted}) == term(std::int64_t{200'000} * 200'001 / 2));
  CHECK(in.call("lists", "subtract", {sorted, long_list}) == term());
  CHECK(in.call("lists", "keysort", {1, list(tuple(1, "a"), tuple(1.0, "b"), tuple(0, "c"), tuple(1, "d"))}) ==
        list(tuple(0, "c"), tuple(1, "a"), tuple(1.0, "b"), tuple(1, "d")));
}

TEST_CASE("a result that no memory would hold is refused") {
  world in;
  const term huge = std::int64_t{1} << 50;
  for (const auto& [module, function, arguments] :
       {std::tuple("lists", "seq", list(1, huge)), std::tuple("lists", "duplicate", list(huge, "a")),
        std::tuple("string", "copies", list(string("ab"), huge)),
        std::tuple("binary", "copy", list(binary("ab"), huge)), std::tuple("string", "pad", list(string("ab"), huge)),
        std::tuple("string", "chars", list('a', huge))}) {
    INFO(module << ":" << function);
    std::vector<term> all;
    for (const term& argument : arguments.elements_of_list())
      all.push_back(argument);
    try {
      in.home.apply(*in.self, atom(module), atom(function), all.data(), all.size());
      CHECK(false);
    } catch (const raised& failed) {
      CHECK(failed.reason == "system_limit");
    }
  }
}

TEST_CASE("lists nested a hundred thousand deep are flattened and measured") {
  world in;
  term deep = list(1);
  for (int i = 0; i < 100'000; ++i)
    deep = list(deep, 2);
  CHECK(in.call("lists", "flatlength", {deep}) == term(100'001));
  CHECK(in.call("erlang", "length", {in.call("lists", "flatten", {deep})}) == term(100'001));
  CHECK(in.call("string", "is_empty", {deep}) == "false");
  CHECK(in.call("erlang", "phash2", {deep}).is_int64());
  CHECK(in.call("string", "length", {deep}) == term(100'001));
}
