// State and code move together: design 3.4, M01-M11, W01, W16, W17.
#include "runtime/os/file.hpp"
#include "tests/actors/world.hpp"

using namespace twinslot;
using namespace std::chrono_literals;

namespace {
/// On one line, with text as text.
std::string shown(const term& value) {
  return to_text_p(value, {.width = 100000});
}

const term v1 = string("1.0.0");
const term v2 = string("2.0.0");

/// A counter that runs `file` and has counted to two.
struct counting : world {
  explicit counting(const char* file = "counter_v1", const code_server::options& limits = {}) : world(limits) {
    load("counter", file);
    REQUIRE(call("counter", "start").is_tagged("ok"_atom, 2));
    call("counter", "increment");
    call("counter", "increment");
    REQUIRE(count() == "2");
  }
  pid counter() { return *home().whereis("counter"_atom); }
  std::string count() { return text(call("counter", "get_count")); }
  term vsn() {
    const term info = home().process_info(counter());
    for (const term& entry : info.elements_of_list())
      if (entry[0] == "vsn")
        return entry[1];
    return "none";
  }
  bool is_suspended() { return call("sys", "get_status", "counter")[3].tail().head() == "suspended"; }
  term change(const term& old_vsn, const term& extra = {}) {
    return call("sys", "change_code", "counter", "counter", old_vsn, extra);
  }
};
}  // namespace

// ---- adoption ------------------------------------------------------------------------------------------------------

TEST_CASE("a fix with the same state is live with the next message (design 3.4)") {
  counting w;
  w.load("counter", "counter_v1_fix");
  w.call("counter", "increment");
  CHECK(w.count() == "12");
  CHECK(w.vsn() == string("1.0.1"));
  CHECK(w.home().code().old("counter"_atom)->bound().empty());
  CHECK(w.call("code", "soft_purge", "counter") == "true");
}

TEST_CASE("a clause for the old version says that the meaning changed: nothing is adopted (design 3.4)") {
  counting w;
  w.load("counter", "counter_v1_clause");
  w.call("counter", "increment");
  CHECK(w.count() == "3");
  CHECK(text(w.state("counter")) == "3");
  CHECK(w.change_code("counter", v1) == "ok");
  CHECK(text(w.state("counter")) == "3000");
  CHECK(w.count() == "3");
}

TEST_CASE("until change_code, the old version answers on the old state (W01)") {
  counting w;
  w.load("counter", "counter_v2");
  w.call("counter", "increment");
  CHECK(w.count() == "3");
  CHECK(text(w.state("counter")) == "3");
  CHECK(w.vsn() == v1);
  CHECK(text(w.call("counter", "get_info")) == "3");  // an exported function: the current version's (C13)
}

// ---- change_code ---------------------------------------------------------------------------------------------------

TEST_CASE("load, suspend, change_code, resume (M01, M02)") {
  counting w;
  w.load("counter", "counter_v2");
  CHECK(w.change_code("counter", v1) == "ok");
  const term state = w.state("counter");
  REQUIRE(state.is_tagged("state"_atom, 4));
  CHECK(state[1] == term(2));
  CHECK(state[2] == term(2));
  CHECK(w.vsn() == v2);
  CHECK(w.count() == "2");
  CHECK(w.call("code", "soft_purge", "counter") == "true");
}

TEST_CASE("the old version is the state's own, whatever is passed (W17, M03)") {
  counting w;
  w.load("counter", "counter_v2");
  CHECK(w.change_code("counter", string("0.9")) == tuple("error", tuple("vsn_mismatch", string("0.9"), v1)));
  CHECK(text(w.state("counter")) == "2");
  CHECK(w.change_code("counter", "undefined") == "ok");  // unknown to the requester: the tag decides
  CHECK(w.state("counter").is_tuple());
  // Twice is refused: the state is of 2.0.0 now.
  CHECK(w.change_code("counter", v1) == tuple("error", tuple("vsn_mismatch", v1, v2)));
}

TEST_CASE("change_code on the current version has nothing to do, and says so where it was asked for more") {
  counting w;
  CHECK(w.change_code("counter", v1) == "ok");
  CHECK(w.change_code("counter", term{}) == "ok");
  CHECK(w.change_code("counter", tuple("down", v1)) == tuple("error", tuple("vsn_mismatch", tuple("down", v1), v1)));
  const term refused = w.change_code("counter", v1, tuple("add", 5));  // which no clause takes
  CHECK(refused[1][1] == tuple("undef", list(tuple("counter", "code_change", list(v1, 2, tuple("add", 5)), term{}))));
  CHECK(text(w.state("counter")) == "2");
}

TEST_CASE("change_code on a state of the current version runs the version's clause for itself (M02)") {
  world w;
  w.load("picky", "picky_v2_again");
  const pid who = w.call("gen_server", "start", "picky", list(7), term{})[1].as_pid();
  w.call("sys", "suspend", who);
  CHECK(w.call("sys", "change_code", who, "picky", string("2"), "again") == "ok");
  w.call("sys", "resume", who);
  CHECK(text(w.call("sys", "get_state", who)) == "{picky,7,{again,again}}");
}

TEST_CASE("down to the version that the state is of is refused, whatever is loaded (W17, W18)") {
  counting w;
  w.load("counter", "counter_v2");
  for (int i = 0; i < 2; ++i) {
    CHECK(w.change_code("counter", tuple("down", v1)) == tuple("error", tuple("vsn_mismatch", tuple("down", v1), v1)));
    CHECK(text(w.state("counter")) == "2");
    CHECK(w.vsn() == v1);
  }
}

TEST_CASE("Extra is passed through; the module named in the request does not matter (M04, M05)") {
  world w;
  w.load("picky", "picky_v1");
  w.call("picky", "start", 1);
  w.load("picky", "picky_v2");
  w.call("sys", "suspend", "picky");
  CHECK(w.call("sys", "change_code", "picky", "quite_another", string("1"), tuple("note", "hello")) == "ok");
  w.call("sys", "resume", "picky");
  CHECK(text(w.state("picky")) == "{picky,1,{note,hello}}");
}

TEST_CASE("every way to fail answers an error and leaves state, code and suspension as they were (M06-M09)") {
  struct attempt {
    const char* file;
    const char* reason;  // the answer begins so
  };
  const attempt attempts[] = {
      {"counter_change_throws", "{error,{'EXIT',{{cpp_exception,"},
      {"counter_change_raises", "{error,{'EXIT',not_today}}"},
      {"counter_change_refuses", "{error,{'EXIT',{not_yet,"},
      {"counter_change_wrong_state", "{error,{'EXIT',{{bad_state,{state,2,many,undefined},"},
      {"counter_change_no_match", "{error,{'EXIT',{function_clause,[{counter,code_change,[\"1.0.0\",2,"},
      {"counter_change_missing", "{error,{'EXIT',{undef,[{counter,code_change,[\"1.0.0\",2,"},
  };
  for (const attempt& each : attempts) {
    CAPTURE(each.file);
    counting w;
    w.load("counter", each.file);
    w.call("sys", "suspend", "counter");
    const term answer = w.change(v1, "extra");
    const std::string shown = to_text_p(answer, {.width = 100000});
    CAPTURE(shown);
    CHECK(shown.starts_with(each.reason));
    CHECK(w.is_suspended());
    CHECK(text(w.state("counter")) == "2");
    CHECK(w.vsn() == v1);
    CHECK(w.home().code().current("counter"_atom)->vsn() != v1);  // M09
    w.call("sys", "resume", "counter");
    w.call("counter", "increment");
    CHECK(w.count() == "3");
  }
}

TEST_CASE("a thrown success counts as success, a thrown value is the reason (M06, M07)") {
  world w;
  w.load("picky", "picky_v1");
  w.call("picky", "start", 1);
  w.load("picky", "picky_v2");
  CHECK(text(w.change_code("picky", string("1"), tuple("throw", tuple("error", "nope")))) == "{error,{error,nope}}");
  CHECK(text(w.change_code("picky", string("1"), tuple("throw", "weird"))) == "{error,weird}");
  CHECK(w.change_code("picky", string("1"), tuple("throw", tuple("ok", tuple("picky", 5, "thrown")))) == "ok");
  CHECK(text(w.state("picky")) == "{picky,5,thrown}");
}

// ---- the schema decides (W16) --------------------------------------------------------------------------------------

TEST_CASE("fields that were added get their defaults, and it is said (design 3.4, W16)") {
  counting w("counter_v2");
  w.load("counter", "counter_v2_added_field");
  CHECK(w.count() == "2");  // not without change_code: the layout is another
  CHECK(w.vsn() == v2);
  CHECK(w.change_code("counter", v2) == "ok");
  CHECK(text(w.call("counter", "get_step")) == "5");
  CHECK(w.count() == "2");
  std::string report = w.reports();
  CHECK(report.starts_with("=NOTICE REPORT==== TIME ===\n** Generic server counter: {state_adapted,"));
  std::erase_if(report, [](unsigned char c) { return c == ' ' || c == '\n'; });
  CHECK(report.find(R"({state_adapted,counter,"2.0.0","2.1.0",[{added,step,5}]})") != std::string::npos);
}

TEST_CASE("fields that are gone are dropped where they have their default, and it is said") {
  world w;
  w.load("counter", "counter_v2");
  REQUIRE(w.call("counter", "start").is_tagged("ok"_atom, 2));
  w.load("counter", "counter_v2_removed_field");
  w.call("sys", "suspend", "counter");
  CHECK(w.call("sys", "change_code", "counter", "counter", v2, term{}) == "ok");
  w.call("sys", "resume", "counter");
  CHECK(w.state("counter").size() == 3);
  CHECK(w.reports().find("[{removed,increment_count}]") != std::string::npos);
}

namespace {
/// {schema,Why} and {advice,Text} of {error,{'EXIT',{undef,[{Module,code_change,Arguments,Info}]}}}.
term why_refused(const term& answer) {
  REQUIRE(answer.is_tagged("error"_atom, 2));
  return answer[1][1][1].head()[3].head()[1];
}
std::string advice(const term& answer) {
  return to_text_p(answer[1][1][1].head()[3].tail().head()[1], {.width = 1000});
}

/// A ledger of version 1 with ann in it.
struct keeping : world {
  keeping() {
    load("ledger", "ledger_v1");
    REQUIRE(call("ledger", "start").is_tagged("ok"_atom, 2));
    REQUIRE(call("ledger", "fill", string("ann"), "delay") == "ok");
  }
  term change() {
    call("sys", "suspend", "ledger");
    const term answer = call("sys", "change_code", "ledger", "ledger", term{}, term{});
    call("sys", "resume", "ledger");
    return answer;
  }
};
}  // namespace

TEST_CASE("a value that no field of the new version takes is not thrown away: refused, with the field and the value") {
  counting w("counter_v2");
  w.load("counter", "counter_v2_removed_field");
  const term answer = w.change_code("counter", v2);
  CHECK(why_refused(answer) == tuple("lost", "increment_count", 1));
  CHECK(advice(answer) == "\"record state: increment_count is gone; write .code_change(\\\"2.0.0\\\", ...)\"");
  CHECK(w.count() == "2");
  CHECK(w.vsn() == v2);
  // An upgrade of the whole module, too.
  CHECK(text(w.call("twinslot", "upgrade", "counter")).find("{lost,increment_count,1}") != std::string::npos);
  CHECK(w.vsn() == v2);
}

TEST_CASE("what is added inside a nested record takes its default; enumerators keep their names") {
  keeping w;
  w.load("ledger", "ledger_v2");
  CHECK(w.call("ledger", "version") == 1);  // a mere load changes nothing
  CHECK(w.call("ledger", "mode") == "delay");
  CHECK(w.change() == "ok");
  CHECK(w.call("ledger", "version") == 2);
  CHECK(w.call("ledger", "mode") == "delay");
  CHECK(w.call("ledger", "is_delay") == "true");
  const term state = w.state("ledger");
  CHECK(state[1] == binary("\x01\xff\xfe"));
  CHECK(shown(state[2]) == "{login,\"ann\",delay,3}");
  CHECK(shown(state[3]) == "[{login,\"ann\",delay,3},{login,\"ann\",delay,3}]");
  CHECK(shown(state[4]) == "#{\"ann\" => {login,\"ann\",delay,3}}");
  std::string report = w.reports();
  std::erase_if(report, [](unsigned char c) { return c == ' ' || c == '\n'; });
  CHECK(
      report.find("{added,'first.tries',3},{added,'others.tries',3},{added,'by_name.tries',3},{added,is_open,true}") !=
      std::string::npos);
}

TEST_CASE("a field renamed inside a nested record is refused, in one line; a clause says what becomes of it") {
  keeping w;
  w.load("ledger", "ledger_v3");
  const term answer = w.change();
  CHECK(shown(why_refused(answer)) == "{lost,'first.user',\"ann\"}");
  CHECK(advice(answer) == "\"record login: user is gone, owner is new; write .code_change(\\\"1\\\", ...)\"");
  CHECK(w.call("ledger", "version") == 1);
  CHECK(shown(w.state("ledger")[2]) == "{login,\"ann\",delay}");
  // A load that makes room finds the only version that takes the state.
  const std::string file = std::string(TWINSLOT_FIXTURES) + "/ledger_v4";
  REQUIRE(w.call("code", "load_with_report", "ledger", string(file), "make_room").is_tagged("module"_atom, 3));
  CHECK(w.call("ledger", "version") == 4);
  CHECK(shown(w.state("ledger")[2]) == "{login,\"moved\",reject}");
}

TEST_CASE("an enumerator that is gone takes its value with it: refused") {
  world w;
  w.load("ledger", "ledger_v2");
  REQUIRE(w.call("ledger", "start").is_tagged("ok"_atom, 2));
  w.call("ledger", "fill", string("nobody"), "warn");
  w.load("ledger", "ledger_v1");
  w.call("sys", "suspend", "ledger");
  const term answer = w.call("sys", "change_code", "ledger", "ledger", tuple("down", string("1")), term{});
  CHECK(why_refused(answer) == tuple("lost", "first.mode", "warn"));
  w.call("sys", "resume", "ledger");
  CHECK(w.call("ledger", "version") == 2);
}

TEST_CASE("bytes of a string that are no UTF-8 come back as they were: call, reply, state") {
  keeping w;
  const term data = binary("\xff\xfe\x80");
  CHECK(w.call("ledger", "digest") == binary("\x01\xff\xfe"));
  CHECK(w.call("ledger", "set_digest", data) == "ok");
  CHECK(w.call("ledger", "digest") == data);
  CHECK(w.call("ledger", "digest_size") == 3);
  w.load("ledger", "ledger_v2");
  CHECK(w.change() == "ok");
  CHECK(w.call("ledger", "digest") == data);
  CHECK(w.call("ledger", "digest_size") == 3);
}

// ---- what is not known of an object
// ------------------------------------------------------------------------------------

TEST_CASE("new code never gets an object whose bytes are not all known by name (W01)") {
  world w;
  w.load("cached", "cached_v1");
  REQUIRE(w.call("cached", "start").is_tagged("ok"_atom, 2));
  CHECK(w.call("cached", "count") == 1);
  CHECK(w.call("cached", "cached") == 255);
  w.load("cached", "cached_v2");
  CHECK(w.call("cached", "cached") == 255);  // version 1 goes on
  CHECK(w.call("twinslot", "upgrade", "cached")[0] == "ok");
  CHECK(w.call("cached", "cached") == 6);
  CHECK(w.call("cached", "count") == 2);
  CHECK(w.call("code", "soft_purge", "cached") == "true");
  CHECK(w.call("cached", "count") == 3);
}

TEST_CASE("new code never gets memory that it can't give back: a plugin's own operator new (W01)") {
  world w;
  w.load("pooled", "pooled_v1");
  REQUIRE(w.call("pooled", "start").is_tagged("ok"_atom, 2));
  for (int i = 1; i < 100; ++i)
    CHECK(w.call("pooled", "add", i) == i);
  w.load("pooled", "pooled_v2");
  CHECK(w.call("pooled", "version") == 1);
  CHECK(w.call("twinslot", "upgrade", "pooled")[0] == "ok");
  CHECK(w.call("pooled", "version") == 2);
  CHECK(w.call("pooled", "add", 100) == 100);
  CHECK(w.call("code", "soft_purge", "pooled") == "true");
  for (int i = 101; i < 300; ++i)
    CHECK(w.call("pooled", "add", i) == i);
}

TEST_CASE("a field of another type is no matter for the schema: the reason says so") {
  counting w("counter_v2");
  w.load("counter", "counter_v2_other_type");
  const term answer = w.change_code("counter", v2);
  REQUIRE(answer.is_tagged("error"_atom, 2));
  const term entry = answer[1][1][1].head();  // {error,{'EXIT',{undef,[Entry]}}}
  CHECK(entry[3].head()[0] == "schema");
  CHECK(entry[3].head()[1][0] == "type_changed");
  CHECK(entry[3].head()[1][1] == "count");
  CHECK(w.count() == "2");
}

// ---- down ----------------------------------------------------------------------------------------------------------

TEST_CASE("down after the older version was loaded again (M10, design 3.4)") {
  counting w;
  w.load("counter", "counter_v2");
  w.change_code("counter", v1);
  w.replace("counter", "counter_v1");
  CHECK(w.count() == "2");
  CHECK(w.vsn() == v2);  // still: nobody asked
  CHECK(w.change_code("counter", tuple("down", v1)) == "ok");
  CHECK(text(w.state("counter")) == "2");
  CHECK(w.vsn() == v1);
  w.call("counter", "increment");
  CHECK(w.count() == "3");
}

TEST_CASE("down before the older version is loaded: the state waits for it (M10)") {
  counting w;
  w.load("counter", "counter_v2");
  w.change_code("counter", v1);
  w.call("code", "soft_purge", "counter");
  w.call("sys", "suspend", "counter");
  CHECK(w.change(tuple("down", v1)) == "ok");
  CHECK(text(w.state("counter")) == "2");
  w.load("counter", "counter_v1");
  w.call("sys", "resume", "counter");
  w.call("counter", "increment");
  CHECK(w.count() == "3");
  CHECK(w.vsn() == v1);
}

TEST_CASE("down into the old slot, and up again") {
  counting w;
  w.load("counter", "counter_v2");
  w.change_code("counter", v1);
  CHECK(w.change_code("counter", tuple("down", v1)) == "ok");
  CHECK(text(w.state("counter")) == "2");
  CHECK(w.vsn() == v1);
  CHECK(w.count() == "2");
  CHECK(w.change_code("counter", v1) == "ok");
  CHECK(w.vsn() == v2);
  CHECK(w.count() == "2");
}

TEST_CASE("down without a way is refused, and nothing changes (W18)") {
  counting w("counter_v2");
  const term none = w.change_code("counter", tuple("down", string("0.1")));
  CHECK(none[1][1][0] == "undef");
  counting y("counter_change_throws");
  const term thrown = y.change_code("counter", tuple("down", v1));
  CHECK(text(thrown[1][1][0][0]) == "cpp_exception");
  CHECK(y.count() == "2");
}

TEST_CASE("an additive change goes down by schema, without a clause (design 3.4)") {
  counting w("counter_v2");
  w.load("counter", "counter_v2_added_field");
  w.change_code("counter", v2);
  CHECK(w.change_code("counter", tuple("down", v2)) == "ok");
  CHECK(w.state("counter").size() == 4);
  CHECK(w.vsn() == v2);
}

// ---- purge ---------------------------------------------------------------------------------------------------------

TEST_CASE("a purge of the version takes nothing from its servers: it moves them to the current one (design 3.4)") {
  counting w;
  w.load("counter", "counter_v2");
  w.call("counter", "increment");
  CHECK(w.count() == "3");
  CHECK(w.vsn() == v1);
  CHECK(w.call("code", "soft_purge", "counter") == "true");
  CHECK(w.vsn() == v2);
  CHECK(w.state("counter").is_tuple());
  CHECK(w.count() == "3");
}

TEST_CASE("a purge moves a suspended server, too, and leaves it suspended") {
  counting w;
  w.load("counter", "counter_v2");
  w.call("sys", "suspend", "counter");
  CHECK(w.call("code", "soft_purge", "counter") == "true");
  CHECK(w.state("counter").is_tuple());
  CHECK(w.is_suspended());
  w.call("sys", "resume", "counter");
  CHECK(w.count() == "2");
}

TEST_CASE("a state that is a term can be looked at and replaced (S11, S12)") {
  counting w;
  CHECK(w.call("code", "delete", "counter") == "true");
  CHECK(w.call("code", "soft_purge", "counter") == "true");
  CHECK(w.vsn() == "none");
  CHECK(text(w.state("counter")) == "2");
  constexpr native edits[] = {
      {"counter_edit", "add", 1, [](process&, const term* a) { return term(a[0].as_int64() + 40); }, "add(State)", ""}};
  w.home().add_natives(edits);
  CHECK(w.call("sys", "replace_state", "counter", external_fun("counter_edit"_atom, "add"_atom, 1)) == 42);
  w.load("counter", "counter_v1");
  CHECK(w.count() == "42");
}

TEST_CASE("a purge that would take away the only version that fits a server is refused, and the server goes on (W02)") {
  counting w;
  w.load("counter", "counter_change_missing");
  for (int i = 0; i < 2; ++i) {
    const term report = w.call("code", "soft_purge_report", "counter");
    CHECK(*report.get("purged") == "false");
    CHECK(report.get("moved")->is_nil());
    REQUIRE(report.get("blocked_by")->is_cons());
    CHECK(report.get("blocked_by")->head()[0] == term(w.counter()));
    CHECK(report.get("blocked_by")->head()[1][0] == "code_change");
    w.call("counter", "increment");
    CHECK(w.count() == std::to_string(3 + i));
    CHECK_FALSE(w.is_suspended());
  }
  CHECK(w.vsn() == v1);
  CHECK(w.output().empty());
}

TEST_CASE("a load makes room by taking the states that only the new version takes (W02, M10)") {
  counting w;
  w.load("counter", "counter_change_missing");
  const std::string file = std::string(TWINSLOT_FIXTURES) + "/counter_v2";
  SECTION("through code:load_binary/3") {
    const term image = binary(*os::read_file(file + ".so"));
    CHECK(text(w.call("code", "load_binary", "counter", string(file), image)) == "{module,counter}");
  }
  SECTION("as c/1 does") {
    const term done = w.call("code", "load_with_report", "counter", string(file), "make_room");
    REQUIRE(done.is_tagged("module"_atom, 3));
    CHECK(*done[2].get("moved") == list(w.counter()));
    CHECK(done[2].get("waiting")->is_nil());
  }
  CHECK(w.vsn() == v2);
  CHECK(w.count() == "2");
  CHECK_FALSE(w.is_suspended());
}

TEST_CASE("a load that no version can make room for is refused with the report, and nothing changes (W02)") {
  counting w;
  w.load("counter", "counter_change_missing");
  const std::string file = std::string(TWINSLOT_FIXTURES) + "/counter_change_missing";
  const term done = w.call("code", "load_with_report", "counter", string(file), "make_room");
  REQUIRE(done.is_tagged("error"_atom, 2));
  CHECK(done[1][0] == "not_purged");
  CHECK(done[1][1].get("blocked_by")->head()[0] == term(w.counter()));
  CHECK(w.count() == "2");
  CHECK(w.vsn() == v1);
}

TEST_CASE("a state that no loaded version takes parks its server; nothing is lost (design 3.4)") {
  counting w;
  w.load("counter", "counter_change_missing");
  CHECK(w.call("code", "purge", "counter") == "false");  // asked for: it kills nothing, and keeps the state
  w.call("counter", "increment");
  CHECK(w.eventually([&] { return w.home().standing_of(w.counter()) == body::standing::parked; }));
  CHECK(w.is_suspended());
  CHECK(text(w.caught("gen_server", "call", "counter", "get_count", 20)[1][0]) == "timeout");
  const std::string report = w.reports();
  CHECK(report.find("** Generic server counter waits for a version: its state of version \"1.0.0\" fits no loaded "
                    "version of counter\n") != std::string::npos);
  CHECK(text(w.state("counter")) == "2");
  const term holders = w.call("code", "holders", "counter");
  REQUIRE(holders.is_cons());
  CHECK(*holders.head().get("kind") == "waiting");
  CHECK(*holders.head().get("pid") == term(w.counter()));
  CHECK(*holders.head().get("vsn") == v1);
  // A resume without help: parked again.
  w.call("sys", "resume", "counter");
  CHECK(w.eventually([&] { return w.is_suspended(); }));
  // A version that takes the state: it goes on by itself, with the messages that waited.
  w.replace("counter", "counter_v2");
  CHECK(w.count() == "3");
  CHECK_FALSE(w.is_suspended());
  CHECK(w.call("code", "holders", "counter").tail().is_nil());
}

TEST_CASE("a server of a deleted module lives on, is parked by the purge, and comes back with the module (W20)") {
  counting w;
  CHECK(w.call("code", "delete", "counter") == "true");
  const auto direct = [&](const char* request) {
    return text(w.caught("gen_server", "call", "counter", atom(std::string_view(request)), 50));
  };
  CHECK(direct("get_count") == "2");
  CHECK(w.call("code", "soft_purge", "counter") == "true");
  CHECK(direct("get_count") == "{exit,{timeout,{gen_server,call,[counter,get_count,50]}}}");
  w.load("counter", "counter_v1");  // and without a resume by hand
  CHECK(w.count() == "2");
}

TEST_CASE("a suspended server of a deleted module comes back suspended (S06)") {
  counting w;
  w.call("sys", "suspend", "counter");
  CHECK(w.call("code", "delete", "counter") == "true");
  CHECK(w.call("code", "soft_purge", "counter") == "true");
  w.load("counter", "counter_v1");
  CHECK(w.is_suspended());
  CHECK(w.vsn() == v1);
  w.call("sys", "resume", "counter");
  CHECK(w.count() == "2");
}

TEST_CASE("a purge that is refused gives its servers back to their version (C18)") {
  world w({.load_hook_deadline = 5s, .purge_grace = 60ms, .kill_patience = 1s});
  w.load("picky", "picky_v1");
  const auto start = [&] { return w.call("gen_server", "start", "picky", list(7), term{})[1].as_pid(); };
  const pid idle = start(), other = start(), busy = start();
  w.load("picky", "picky_v2");
  std::thread caller([&] {
    scoped_process me(w.home());
    w.home().apply(*me, "gen_server"_atom, "call"_atom, {busy, tuple("busy", 400)});
  });
  auto* old = w.home().code().old("picky"_atom);
  CHECK(w.eventually([&] { return !w.home().lingering(old).empty(); }));
  const term report = w.call("code", "soft_purge_report", "picky");
  CHECK(*report.get("purged") == "false");
  CHECK(*report.get("blocked_by") == list(tuple(busy, "running")));
  for (pid each : {idle, other})
    CHECK(w.call("gen_server", "call", each, "version") == "one");  // not migrated: answered by 1 on 1's state
  caller.join();
  CHECK(w.call("gen_server", "call", busy, "version") == "one");
  CHECK(old->bound().size() == 3);
  CHECK(w.call("code", "soft_purge", "picky") == "true");
  CHECK(w.call("gen_server", "call", idle, "version") == "two");
}

TEST_CASE("terminate of a server whose state waits as a term runs in the version that takes it (G24)") {
  counting w;
  w.load("counter", "counter_v2");
  w.call("code", "soft_purge", "counter");
  CHECK(w.call("gen_server", "stop", "counter") == "ok");
  CHECK(w.output().empty());
}
