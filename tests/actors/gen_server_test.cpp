// gen_server on real plugins: G01-G26.
#include "tests/actors/world.hpp"

using namespace twinslot;
using namespace std::chrono_literals;

TEST_CASE("the counter counts: start_link, cast, call") {
  world w;
  CHECK(text(w.load("counter", "counter_v1")) == "{module,counter}");
  const term started = w.call("counter", "start_link");
  REQUIRE(started.is_tagged("ok"_atom, 2));
  CHECK(w.home().whereis("counter"_atom) == started[1].as_pid());
  CHECK(text(w.call("counter", "get_count")) == "0");
  CHECK(w.call("counter", "increment") == "ok");
  CHECK(text(w.call("counter", "get_count")) == "1");
  w.call("counter", "increment");
  w.call("counter", "increment");
  CHECK(text(w.call("counter", "get_count")) == "3");
}

TEST_CASE("the counter is upgraded from version 1 to version 2") {
  world w;
  w.load("counter", "counter_v1");
  w.call("counter", "start_link");
  w.call("counter", "increment");
  w.call("counter", "increment");
  CHECK(text(w.call("counter", "get_count")) == "2");
  CHECK(text(w.load("counter", "counter_v2")) == "{module,counter}");
  CHECK(text(w.call("counter", "get_info")) == "2");
  CHECK(w.call("sys", "suspend", "counter") == "ok");
  CHECK(w.call("sys", "change_code", "counter", "counter", string("1.0.0"), term{}) == "ok");
  CHECK(w.call("sys", "resume", "counter") == "ok");
  const term info = w.call("counter", "get_info");
  REQUIRE(info.is_tagged("state"_atom, 4));
  CHECK(text(info[1]) == "2");
  CHECK(text(info[2]) == "2");
  w.call("counter", "increment");
  CHECK(text(w.call("counter", "get_info")[2]) == "1");
  CHECK(text(w.call("counter", "get_count")) == "3");
}
