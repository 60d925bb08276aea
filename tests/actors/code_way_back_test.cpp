// The way back to an older version that is current again, while the newer one leaves: only the newer one knows it, so
// it is asked before it goes (M10, C18, W05), and what it refuses to give up is not lost.
#include <random>

#include "runtime/os/file.hpp"
#include "tests/actors/world.hpp"

using namespace twinslot;
using namespace std::chrono_literals;

namespace {
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr int steps = 400;
#else
constexpr int steps = 2000;
#endif

/// On one line, with text as text.
std::string shown(const term& value) {
  return to_text_p(value, {.width = 100000});
}

/// Servers that run lines 2; `back` makes lines 1 current.
struct lines_world : world {
  lines_world() : world({.load_hook_deadline = 20s, .purge_grace = 20ms, .kill_patience = 20s}) {
    load_lines("lines_v2");
  }
  void load_lines(const char* file) { REQUIRE(text(load("lines", file)) == "{module,lines}"); }
  void back() { load_lines("lines_v1"); }
  pid start() { return call("gen_server", "start", "lines", term{}, term{})[1].as_pid(); }
  pid start_with(const char* data) {
    const pid made = start();
    take(made, data);
    return made;
  }
  void take(pid who, const char* data) {
    REQUIRE(call("gen_server", "call", who, tuple("take", binary(data))) == "ok");
  }
  std::string state_of(pid who) { return shown(call("sys", "get_state", who)); }
  term version_of(pid who) { return call("gen_server", "call", who, "version"); }
  bool is_suspended(pid who) { return call("sys", "get_status", who)[3].tail().head() == "suspended"; }
  bool has_old() { return home().code().has_old("lines"_atom); }
};

const char* const begun = "{code_change,{'EXIT',{{line_has_begun,<<\"half\">>},";
}  // namespace

TEST_CASE("a newer version makes the older one's states before it leaves (M10)") {
  lines_world w;
  const pid idle = w.start_with("whole\n");
  w.back();
  const term report = w.call("code", "soft_purge_report", "lines");
  CHECK(*report.get("purged") == "true");
  CHECK(*report.get("moved") == list(idle));
  CHECK(w.state_of(idle) == "{state,6}");
  CHECK(w.info(idle, "vsn"_atom) == string("1"));
  CHECK(w.version_of(idle) == 1);
  CHECK(w.state_of(idle) == "{state,6}");
  CHECK(w.output().empty());  // no schema had to guess
}

TEST_CASE("a suspended server goes the way back as well, and stays suspended") {
  lines_world w;
  const pid idle = w.start_with("whole\n");
  w.back();
  w.call("sys", "suspend", idle);
  CHECK(w.call("code", "soft_purge", "lines") == "true");
  CHECK(w.state_of(idle) == "{state,6}");
  CHECK(w.is_suspended(idle));
  CHECK(w.info(idle, "vsn"_atom) == string("1"));
  CHECK(w.call("sys", "resume", idle) == "ok");
  CHECK(w.version_of(idle) == 1);
}

TEST_CASE("where the newer version refuses the way back, a soft purge is refused and says why (C18)") {
  lines_world w;
  const pid idle = w.start_with("whole\nhalf");
  w.back();
  const term upgraded = w.call("twinslot", "upgrade", "lines");
  CHECK(shown(upgraded).starts_with("{error,{code_change,[{" + text(idle) + ",{'EXIT',{{line_has_begun,"));
  CHECK(w.call("code", "soft_purge", "lines") == "false");
  const term report = w.call("code", "soft_purge_report", "lines");
  CHECK(*report.get("purged") == "false");
  CHECK(report.get("moved")->is_nil());
  REQUIRE(report.get("blocked_by")->is_cons());
  CHECK(report.get("blocked_by")->tail().is_nil());
  CHECK(report.get("blocked_by")->head()[0] == term(idle));
  CHECK(shown(report.get("blocked_by")->head()[1]).starts_with(begun));
  CHECK(w.state_of(idle) == "{state,6,<<\"half\">>}");
  CHECK(w.version_of(idle) == 2);
  // Who holds it: the state.
  const term holders = w.call("code", "holders", "lines");
  REQUIRE(holders.is_cons());
  CHECK(*holders.head().get("pid") == term(idle));
  CHECK(*holders.head().get("kind") == "state");
  // Once the line has ended nothing is in the way.
  w.take(idle, "\n");
  CHECK(w.call("code", "soft_purge", "lines") == "true");
  CHECK(w.state_of(idle) == "{state,11}");
  CHECK(w.output().empty());
}

TEST_CASE("one server that cannot go keeps all others where they are (C18, W05)") {
  lines_world w;
  const pid before = w.start_with("one\n"), half = w.start_with("half"), after = w.start_with("two\n");
  w.back();
  CHECK(w.call("code", "soft_purge", "lines") == "false");
  for (pid each : {before, half, after})
    CHECK(w.version_of(each) == 2);
  CHECK(w.state_of(before) == "{state,4,<<>>}");
  CHECK(w.state_of(after) == "{state,4,<<>>}");
  CHECK(w.home().code().old("lines"_atom)->bound().size() == 3);
  w.self().exit_signal(half, "kill");
  REQUIRE(w.eventually([&] { return !w.home().is_alive(half); }));
  CHECK(w.call("code", "soft_purge", "lines") == "true");
  CHECK(w.state_of(before) == "{state,4}");
  CHECK(w.state_of(after) == "{state,4}");
}

TEST_CASE("a state that the older version does not take is refused like one that the newer one does not give") {
  lines_world w;
  const pid odd = w.start_with("odd");
  w.back();
  const term report = w.call("code", "soft_purge_report", "lines");
  CHECK(*report.get("purged") == "false");
  CHECK(shown(report.get("blocked_by")->head()[1]).starts_with("{code_change,{'EXIT',{{bad_state,{something,"));
  CHECK(w.version_of(odd) == 2);
}

TEST_CASE("a load that makes room is refused, and says nothing was purged (W02)") {
  lines_world w;
  const pid idle = w.start_with("half");
  w.back();
  const std::string file = std::string(TWINSLOT_FIXTURES) + "/lines_v1.so";
  const term image = binary(*os::read_file(file));
  CHECK(text(w.call("code", "load_binary", "lines", string(file), image)) == "{error,not_purged}");
  CHECK(w.version_of(idle) == 2);
  w.take(idle, "\n");
  CHECK(text(w.call("code", "load_binary", "lines", string(file), image)) == "{module,lines}");
  CHECK(w.version_of(idle) == 1);
  CHECK(w.state_of(idle) == "{state,5}");
}

TEST_CASE("a hard purge kills nobody who only waits: the state is kept until a version takes it (C17, C20, W02)") {
  lines_world w;
  const pid half = w.start_with("half"), whole = w.start_with("whole\n");
  w.back();
  const term report = w.call("code", "purge_report", "lines");
  CHECK(*report.get("purged") == "true");
  CHECK(report.get("killed")->is_nil());
  CHECK(report.get("blocked_by")->is_nil());
  REQUIRE(report.get("waiting")->is_cons());
  CHECK(report.get("waiting")->tail().is_nil());
  CHECK(report.get("waiting")->head()[0] == term(half));
  CHECK(shown(report.get("waiting")->head()[1]).starts_with(begun));
  CHECK_FALSE(w.has_old());
  CHECK(w.version_of(whole) == 1);
  CHECK(w.state_of(half) == "{state,0,<<\"half\">>}");

  // Version 1 does not get it: not by a message, an upgrade or a change_code.
  w.home().send(half, tuple("$gen_call", tuple(w.self().self(), "a"), tuple("take", binary("way\n"))));
  CHECK(w.eventually([&] { return w.is_suspended(half); }));
  CHECK(w.output().find("waits for a version: its state of version \"2\" fits no loaded version of lines") !=
        std::string::npos);
  CHECK(w.output().find("line_has_begun") != std::string::npos);
  CHECK(w.call("twinslot", "upgrade", "lines")[0] == "error");
  const term changed = w.call("sys", "change_code", half, "lines", string("2"), term{});
  CHECK(shown(changed[1][1][1].head()[3]).starts_with("[{schema,{refused,{'EXIT',{{line_has_begun,"));
  CHECK(w.state_of(half) == "{state,0,<<\"half\">>}");

  // Version 2 does, and the message that waited.
  w.load_lines("lines_v2");
  CHECK(w.next() == tuple("a", "ok"));
  CHECK(w.state_of(half) == "{state,8,<<>>}");
}

TEST_CASE("a state that waits is edited by hand, and then goes") {
  lines_world w;
  const pid half = w.start_with("half");
  w.back();
  CHECK(w.call("code", "purge", "lines") == "false");
  CHECK(w.output().find("** " + text(half) + " of lines waits for a version that takes its state") !=
        std::string::npos);
  constexpr native edits[] = {{"lines_edit", "emptied", 1,
                               [](process&, const term* a) { return tuple("state", a[0][1], binary("")); },
                               "emptied(State)", ""}};
  w.home().add_natives(edits);
  w.call("sys", "replace_state", half, external_fun("lines_edit"_atom, "emptied"_atom, 1));
  CHECK(w.version_of(half) == 1);
  CHECK(w.state_of(half) == "{state,0}");
}

TEST_CASE("with nobody to ask for, a state drops nothing by its fields alone (W20)") {
  lines_world w;
  const pid half = w.start_with("half"), whole = w.start_with("whole\n");
  CHECK(w.call("code", "delete", "lines") == "true");
  CHECK(w.call("code", "soft_purge", "lines") == "true");
  w.back();
  CHECK(w.version_of(whole) == 1);
  CHECK(w.state_of(whole) == "{state,6}");
  w.home().send(half, tuple("$gen_call", tuple(w.self().self(), "a"), "version"));
  CHECK(w.eventually([&] { return w.is_suspended(half); }));
  std::string report = w.output();
  std::erase_if(report, [](unsigned char c) { return c == ' ' || c == '\n'; });
  CHECK(report.find("[{schema,{lost,buffer,<<\"half\">>}}]") != std::string::npos);
  w.load_lines("lines_v2");
  CHECK(w.call("sys", "resume", half) == "ok");
  CHECK(w.next() == tuple("a", 2));
  CHECK(w.state_of(half) == "{state,0,<<\"half\">>}");
}

TEST_CASE("fields that mean something else are not taken over on the way back either (design 3.4, M10)") {
  world w;
  w.load("counter", "counter_v1_clause");  // counts in thousandths
  REQUIRE(w.call("counter", "start").is_tagged("ok"_atom, 2));
  w.call("counter", "increment");
  w.load("counter", "counter_v1");
  SECTION("a message is still the newer version's") {
    CHECK(w.call("counter", "get_count") == 1);
    CHECK(w.state("counter") == 1000);
  }
  SECTION("a purge converts") {
    CHECK(w.call("code", "soft_purge", "counter") == "true");
    CHECK(w.state("counter") == 1);
    CHECK(w.call("counter", "get_count") == 1);
  }
  SECTION("an upgrade converts") {
    CHECK(w.call("twinslot", "upgrade", "counter")[0] == "ok");
    CHECK(w.state("counter") == 1);
    CHECK(w.call("counter", "get_count") == 1);
  }
}

// ---- against a model -----------------------------------------------------------------------------------------------

namespace {
/// A few servers, and how much each has got. Whatever is loaded, purged and changed around them: it is all in the
/// state.
class player {
public:
  explicit player(std::uint32_t seed) : dice_(seed) {
    for (auto& each : servers_)
      each.who = w_.start();
  }

  void play() {
    using step = void (player::*)();
    constexpr step all[] = {&player::send,       &player::send,  &player::load,    &player::load,   &player::soft_purge,
                            &player::soft_purge, &player::purge, &player::upgrade, &player::change, &player::remove};
    for (int i = 0; i < steps; ++i) {
      (this->*all[dice_() % std::size(all)])();
      for (const server& each : servers_)
        look(each);
    }
  }

private:
  struct server {
    pid who;
    std::int64_t sent = 0;
  };

  server& any() { return servers_[dice_() % std::size(servers_)]; }
  term ask_code(const char* function) { return w_.call("code", function, "lines"); }
  void did(const std::string& what) { history_ += "\n  " + what; }

  // A server that waits for a version takes no message before it is helped: then this is a cast, so to say.
  void send() {
    server& to = any();
    constexpr std::string_view pieces[] = {"a", "bc", "d\n", "\n", "odd"};
    const std::string_view piece = pieces[dice_() % std::size(pieces)];
    did("send " + text(to.who) + " " + text(binary(piece)));
    w_.home().send(to.who, tuple("$gen_call", tuple(w_.self().self(), "taken"), tuple("take", binary(piece))));
    // Served now, or kept: get_state comes after it in either case.
    w_.call("sys", "get_state", to.who);
    if (w_.is_suspended(to.who)) {
      w_.call("code", "soft_purge", "lines");
      w_.load("lines", "lines_v2");
      if (!w_.home().code().is_loaded("lines"_atom) || w_.home().code().current("lines"_atom)->vsn() == string("1")) {
        w_.call("code", "purge", "lines");
        w_.load("lines", "lines_v2");
      }
      REQUIRE(w_.call("sys", "resume", to.who) == "ok");
    }
    INFO(history_);
    REQUIRE(w_.next() == tuple("taken", "ok"));
    to.sent += static_cast<std::int64_t>(piece.size());
  }
  void load() {
    const char* const file = dice_() % 2 ? "lines_v1" : "lines_v2";
    did(std::string("load ") + file + " " + text(w_.load("lines", file)));
  }
  void soft_purge() {
    const term report = ask_code("soft_purge_report");
    did("soft_purge " + text(report));
    // Refused: for a reason that is its own.
    const bool refused = *report.get("purged") == "false";
    CHECK(report.get("blocked_by")->is_cons() == refused);
    for (const term& each : report.get("blocked_by")->elements_of_list())
      CHECK(each[1][0] == "code_change");
    CHECK(w_.has_old() == refused);
  }
  void purge() {
    const term report = ask_code("purge_report");
    did("purge " + text(report));
    CHECK(report.get("killed")->is_nil());
    CHECK_FALSE(w_.has_old());
  }
  void upgrade() { did("upgrade " + text(w_.call("twinslot", "upgrade", "lines"))); }
  void change() {
    const server& it = any();
    w_.call("sys", "suspend", it.who);
    did("change_code " + text(it.who) + " " + text(w_.call("sys", "change_code", it.who, "lines", term{}, term{})));
    w_.call("sys", "resume", it.who);
  }
  void remove() { did("delete " + text(ask_code("delete"))); }

  void look(const server& at) {
    const term state = w_.call("sys", "get_state", at.who);
    const auto kept = state.size() == 3 ? static_cast<std::int64_t>(state[2].bytes().size()) : 0;
    if (state[1].as_int64() + kept == at.sent)
      return;
    INFO(history_);
    REQUIRE(text(state) == std::to_string(at.sent) + " bytes");
  }

  lines_world w_;
  std::minstd_rand dice_;
  server servers_[3];
  std::string history_;
};
}  // namespace

TEST_CASE("whatever is loaded, purged, deleted and changed: no byte of a server's is lost, and none is killed") {
  const std::uint32_t seed = std::random_device{}();
  INFO("seed " << seed);
  player(seed).play();
}
