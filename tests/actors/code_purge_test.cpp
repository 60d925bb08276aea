// Purges that meet each other, loads, and who asked for them: C15-C19, W02, W04.
#include "tests/actors/gate.hpp"

using namespace twinslot;
using namespace std::chrono_literals;

namespace {
/// modeled_a twice, with a process that stays in what is old now.
struct lingering_world : gated_world {
  explicit lingering_world(std::chrono::milliseconds purge_grace = 20ms) : gated_world(purge_grace) {
    shelves.put("modeled_a_1", "modeled_a");
    REQUIRE(text(call("code", "load_file", "modeled_a")) == "{module,modeled_a}");
    enters();
    REQUIRE(text(call("code", "load_file", "modeled_a")) == "{module,modeled_a}");
  }
  void enters() {
    stays = home().spawn_blocking([](process& me) { me.home().apply(me, "modeled_a"_atom, "stay"_atom, {}); }).process;
    REQUIRE(eventually([&] { return lingers(); }));
  }
  bool lingers() {
    const auto slots = home().code().slots_of("modeled_a"_atom);
    for (const code::version* each : {slots.current, slots.old}) {
      const auto there = home().lingering(each);
      if (each && std::find(there.begin(), there.end(), stays) != there.end())
        return true;
    }
    return false;
  }
  shelf shelves{*this};
  pid stays;
};
}  // namespace

TEST_CASE("a load while a purge waits comes after it") {
  lingering_world w(20s);
  background purge(w, "code", "soft_purge", {"modeled_a"});
  w.waits(purge.who());
  background load(w, "code", "load_file", {"modeled_a"});
  w.waits(load.who());
  w.self().exit_signal(w.stays, "kill");  // within the grace
  CHECK(purge.result() == "true");
  CHECK(load.result() == "{module,modeled_a}");
  CHECK(w.home().code().has_old("modeled_a"_atom));
}

TEST_CASE("a load while a purge waits is refused if the purge is") {
  lingering_world w(300ms);
  background purge(w, "code", "soft_purge", {"modeled_a"});
  w.waits(purge.who());
  background load(w, "code", "load_file", {"modeled_a"});
  CHECK(purge.result() == "false");
  CHECK(load.result() == "{error,not_purged}");
  CHECK(w.home().is_alive(w.stays));
}

TEST_CASE("two purges at once: the first one kills, the second one finds nothing (C16, C19)") {
  lingering_world w(200ms);
  background first(w, "code", "purge", {"modeled_a"});
  w.waits(first.who());
  background second(w, "code", "purge", {"modeled_a"});
  background soft(w, "code", "soft_purge", {"modeled_a"});
  CHECK(first.result() == "true");
  CHECK(second.result() == "false");
  CHECK(soft.result() == "true");
  CHECK_FALSE(w.home().is_alive(w.stays));
}

TEST_CASE("a purge whose caller dies is carried out, and the next one is answered (C19)") {
  lingering_world w(200ms);
  background purge(w, "code", "purge", {"modeled_a"});
  w.waits(purge.who());
  w.self().exit_signal(purge.who(), "kill");
  CHECK(purge.result() == "ended: killed");
  CHECK(w.call("code", "purge", "modeled_a") == "false");
  CHECK_FALSE(w.home().is_alive(w.stays));
  CHECK_FALSE(w.home().code().has_old("modeled_a"_atom));
}

TEST_CASE("who asks for a purge out of the old code itself is in the way, too: refused softly, killed otherwise") {
  gated_world w;
  shelf shelves(w);
  shelves.put("modeled_a_1", "modeled_a");
  w.call("code", "load_file", "modeled_a");
  background soft(w, "modeled_a", "ask_code", {"soft_purge", "modeled_a"});
  const pid one = w.at_gate();
  background hard(w, "modeled_a", "ask_code", {"purge", "modeled_a"});
  const pid other = w.at_gate();
  w.call("code", "load_file", "modeled_a");
  w.open(one, "ok");
  CHECK(soft.result() == "false");
  CHECK(w.home().is_alive(other));
  w.open(other, "ok");
  CHECK(hard.result() == "ended: killed");
  CHECK(w.call("code", "soft_purge", "modeled_a") == "true");
  CHECK_FALSE(w.home().code().has_old("modeled_a"_atom));
}

TEST_CASE("old code that loads its own module is refused, for it is in the way itself; it may delete it (C04, C26)") {
  gated_world w;
  shelf shelves(w);
  shelves.put("modeled_a_1", "modeled_a");
  w.call("code", "load_file", "modeled_a");
  background loads(w, "modeled_a", "ask_code", {"load_file", "modeled_a"});
  const pid one = w.at_gate();
  w.call("code", "load_file", "modeled_a");
  w.open(one, "ok");
  CHECK(loads.result() == "{error,not_purged}");
  CHECK(w.call("code", "soft_purge", "modeled_a") == "true");
  background deletes(w, "modeled_a", "ask_code", {"delete", "modeled_a"});
  w.open(w.at_gate(), "ok");
  CHECK(deletes.result() == "true");
  CHECK_FALSE(w.home().code().is_loaded("modeled_a"_atom));
}

TEST_CASE("a purge of one module leaves the others alone (C17)") {
  lingering_world w;
  w.shelves.put("modeled_b_1", "modeled_b");
  w.call("code", "load_file", "modeled_b");
  w.call("code", "load_file", "modeled_b");
  CHECK(w.call("code", "purge", "modeled_b") == "false");
  CHECK(w.home().is_alive(w.stays));
  const term report = w.call("code", "purge_report", "modeled_a");
  CHECK(*report.get("killed") == list(w.stays));
  CHECK(*report.get("removed") == string("1"));
  CHECK(*report.get("mapping") == "gone");
}
