// tests/code/sdk_plugins_test.cpp - the loader with plugins as authors write them: tests/fixtures/plugins.
#include "tests/code/loader_world.hpp"

using namespace twinslot;
using namespace twinslot::code;

namespace {
std::string plugin(const std::string& name) {
  return std::string(TWINSLOT_FIXTURES) + "/" + name + ".so";
}

/// Why a plugin is refused under its own name, without the path.
term refusal(const std::string& name) {
  loader_world world({.trial_deadline = std::chrono::milliseconds(1'500)});
  const term reason = world.reason(plugin(name), name);
  INFO(name << ": " << to_text_w(reason));
  REQUIRE(reason.is_tuple());
  CHECK(reason[1] == string(plugin(name)));
  if (reason.size() == 2)
    return reason[0];
  return reason.size() == 3 ? tuple(reason[0], reason[2]) : tuple(reason[0], reason[2], reason[3]);
}
}  // namespace

TEST_CASE("the counter's two versions, one after the other and side by side") {
  loader_world world;
  CHECK(world.load_file(plugin("counter_v1"), "counter").value() == list(tuple("module", "counter", string("1.0.0"))));
  CHECK(world.load_file(plugin("counter_v2"), "counter").value() == list(tuple("module", "counter", string("2.0.0"))));
  const auto [current, old] = world.versions.slots_of("counter"_atom);
  REQUIRE(current->server());
  REQUIRE(old->server());
  CHECK(current->server()->layout != old->server()->layout);
  CHECK(current->find("get_count"_atom, 0) != nullptr);
  CHECK(current->find("get_count"_atom, 1) == nullptr);
  CHECK(current->find("get_count"_atom, 0) != old->find("get_count"_atom, 0));
  CHECK(world.versions.remove_old("counter"_atom).value() == "removed"_atom);
}

TEST_CASE("every sound plugin loads and leaves memory again") {
  for (const char* name : {"asks", "flow", "functions", "hidden_state", "nameless", "raw", "slow", "stops", "throws"}) {
    loader_world world;
    INFO(name);
    CHECK(world.reason(plugin(name), name) == "accepted"_atom);
    CHECK(world.versions.still_mapped().empty());
    CHECK(world.copy_count() == 0);
  }
}

TEST_CASE("a load hook does not run while a file is prepared") {
  loader_world world({.trial_deadline = std::chrono::milliseconds(1'500)});
  for (const char* name : {"on_load_ok", "on_load_throws", "on_load_exits", "on_load_hangs"}) {
    auto made = world.load.prepare("hook"_atom, plugin(name));
    REQUIRE(made);
    CHECK(made->version().info().on_load != nullptr);
  }
}

TEST_CASE("every broken plugin has its own refusal") {
  CHECK(refusal("absent") == "nofile"_atom);
  CHECK(refusal("constructor_throws")[1][0] == "threw"_atom);
  CHECK(refusal("constructor_aborts") == tuple("trial_failed", tuple("signal", "sigabrt")));
  CHECK(refusal("constructor_exits") == tuple("trial_failed", tuple("exit", 3)));
  CHECK(refusal("constructor_crashes")[1][0] == "signal"_atom);
  CHECK(refusal("constructor_hangs") == tuple("trial_failed", "timeout"));
  CHECK(refusal("wrong_abi") == tuple("bad_abi", 999, abi::version));
  CHECK(refusal("other_name") == tuple("badfile", tuple("module_name", string("somebody_else"))));
  CHECK(refusal("no_note") == tuple("badfile", "no_note"));
  CHECK(refusal("no_entry") == tuple("missing_symbol", string("twinslot_module")));
  CHECK(refusal("null_descriptor") == tuple("bad_descriptor", "host_too_old"));
  CHECK(refusal("body_throws") == tuple("bad_descriptor", "host_too_old"));
  CHECK(refusal("descriptor_differs")[0] == "bad_descriptor"_atom);
  CHECK(refusal("missing_library") == tuple("missing_library", string("libtwinslot_missing.so")));
  CHECK(refusal("missing_function") == tuple("missing_symbol", string("twinslot_nowhere_defined")));
  CHECK(refusal("thread_local_destructor") == tuple("unloadable", "thread_local_destructors"));
  CHECK(refusal("unique_symbol")[1][0] == "unique_symbols"_atom);
  CHECK(refusal("static_tls") == tuple("unloadable", "static_tls"));
  CHECK(refusal("no_delete") == tuple("unloadable", "nodelete"));
}
