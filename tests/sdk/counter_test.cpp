// The two counters as their files stand, each compiled here as a module of its own namespace.
#include "tests/catch.hpp"
#include "tests/sdk/open_here.hpp"

using namespace twinslot;
using namespace twinslot::test;

// The plugin's source itself; its entry symbol gets a name of its own here.
namespace first {
#define twinslot_module twinslot_module_v1
#include "plugins/counter/counter_v1.cpp"
#undef twinslot_module
}  // namespace first
namespace second {
#define twinslot_module twinslot_module_v2
#include "plugins/counter/counter_v2.cpp"
#undef twinslot_module
}  // namespace second

TEST_CASE("counter 1.0.0 counts from 0") {
  const open_module counter(first::twinslot_module_v1(&fake_host_table()));
  CHECK(std::string_view(counter.info().name) == "counter");
  CHECK(std::string_view(counter.info().vsn) == "1.0.0");
  CHECK(counter.function_names() == std::vector<std::string>{"get_count/0", "increment/0", "start/0", "start_link/0"});
  server_process server(counter);
  REQUIRE(server.init().is_noreply());
  CHECK(server.call("get_count").is_reply(0));
  CHECK(server.cast("increment").is_noreply());
  CHECK(server.call("get_count").is_reply(1));
  CHECK(server.state() == term(1));
  CHECK(server.info("anything").is_noreply());
  CHECK(server.call("unknown").status == abi::status::no_clause);
}

TEST_CASE("counter 2.0.0 makes its record of the number of 1.0.0, and back") {
  const open_module counter(second::twinslot_module_v2(&fake_host_table()));
  server_process server(counter);
  REQUIRE(server.has_code_change(string("1.0.0")));
  REQUIRE(server.code_change(string("1.0.0"), 2) == "ok");
  const term changed = server.state();
  REQUIRE(changed.is_tagged("state"_atom, 4));
  CHECK(changed[1] == term(2));
  CHECK(changed[2] == term(2));
  CHECK(changed[3].is_tuple(3));

  CHECK(server.cast("increment").is_noreply());
  CHECK(server.state()[1] == term(3));
  CHECK(server.state()[2] == term(1));  // the seed's way of counting increments
  CHECK(server.call("get_count").is_reply(3));
  CHECK(server.code_change_down(string("1.0.0"), server.state()) == term(3));
  CHECK(server.code_change_down(string("0.9"), server.state()) == "no_clause");
}

TEST_CASE("a new counter 2.0.0 has never been updated") {
  const open_module counter(second::twinslot_module_v2(&fake_host_table()));
  server_process server(counter);
  REQUIRE(server.init().is_noreply());
  CHECK(server.state() == tuple("state", 0, 0, "undefined"));
}

TEST_CASE("the counter's functions speak to the registered server") {
  const open_module counter(second::twinslot_module_v2(&fake_host_table()));
  fake_process caller;
  caller.answer = [](const fake_process::request&) { return term(42); };
  CHECK(counter.call(caller, "get_count").value == term(42));
  CHECK(counter.call(caller, "get_info").value == term(42));
  counter.call(caller, "increment");
  counter.call(caller, "start_link");
  REQUIRE(caller.asked.size() == 4);
  const auto asked = [&](std::size_t i) {
    const auto& one = caller.asked[i];
    return tuple(one.module, one.function, list_of(one.arguments.data(), one.arguments.size()));
  };
  CHECK(asked(0) == tuple("gen_server", "call", list("counter", "get_count")));
  CHECK(asked(1) == tuple("sys", "get_state", list("counter")));
  CHECK(asked(2) == tuple("gen_server", "cast", list("counter", "increment")));
  CHECK(asked(3) == tuple("gen_server", "start_link", list(tuple("local", "counter"), "counter", term(), term())));
}
