#include "tests/chaos/storm.hpp"

#include <algorithm>
#include <barrier>
#include <cstdio>
#include <functional>

#include "actors/install.hpp"
#include "runtime/console/library/install.hpp"
#include "runtime/term/print.hpp"

namespace twinslot::chaos {
namespace {
using namespace std::chrono_literals;
constexpr auto storm_time = 700ms;
constexpr auto patience = 30s;  // far above what anything takes, also with sanitizers
constexpr int versions = 4;

std::string shown(const term& value) {
  constexpr std::size_t enough = 300;
  std::string text = to_text_w(value);
  if (text.size() > enough)
    text = text.substr(0, enough) + "...";
  return text;
}

/// What the model knows of a server. Its owner's, but between storms.
struct server {
  pid who;
  reference end;
  bool alive = false;
  std::int64_t last = 0, sum = 0, ticks = 0;
};

term native_same(process&, const term* arguments) {
  return arguments[0];
}
/// No state refuses to go any more.
term native_calm(process&, const term* arguments) {
  std::vector<term> elements;
  for (std::size_t i = 0; i < arguments[0].size(); ++i)
    elements.push_back(i == 4 ? term(false) : arguments[0][i]);
  return tuple_of(elements.data(), elements.size());
}
constexpr native edits[] = {{"chaos_edit", "same", 1, native_same, "same(State)", ""},
                            {"chaos_edit", "calm", 1, native_calm, "calm(State)", ""}};

class world {
public:
  explicit world(const settings& chosen)
      : chosen_(chosen), steps(chosen), home(options()), ids(static_cast<std::size_t>(chosen.servers)) {
    home.output([](std::string_view) {});
    install_library(home);
    install_actors(home, {.load_hook_deadline = 20s, .purge_grace = 20ms, .kill_patience = 20s});
    home.add_natives(edits);
  }
  const settings& chosen_;
  script steps;
  node home;
  /// The servers' pids, for actors that are not their owners.
  std::vector<std::atomic<std::uint64_t>> ids;

  void fail(const std::string& why) {
    const std::lock_guard lock(mutex_);
    if (failure_.empty())
      failure_ = why;
  }
  std::string failure() {
    const std::lock_guard lock(mutex_);
    return failure_;
  }
  bool failed() { return !failure().empty(); }
  std::string plugin(std::uint32_t version) const {
    return chosen_.chaos_plugins + "/chaos_" + std::to_string(version);
  }

private:
  static node_options options() {
    node_options made;
    made.loading.probe = PROBE;
    return made;
  }
  std::mutex mutex_;
  std::string failure_;
};

/// A process of the test's own, and what it calls.
class caller {
public:
  explicit caller(world& w) : w_(w), me_(w.home) {}
  process& self() { return *me_; }
  /// The result, or {Class, Reason} of what was raised.
  term call(const char* module, const char* function, std::vector<term> arguments) {
    try {
      return w_.home.apply(*me_, atom(std::string_view(module)), atom(std::string_view(function)), arguments.data(),
                           arguments.size());
    } catch (const raised& failure) {
      return tuple("raised", failure.what, failure.reason);
    }
  }
  term ask(pid server, term request, std::int64_t limit_ms) {
    return call("gen_server", "call", {server, std::move(request), limit_ms});
  }
  term code(const char* function) { return call("code", function, {"chaos"}); }
  term load_with_room(std::uint32_t version) {
    return call("code", "load_with_report", {"chaos", string(w_.plugin(version)), "make_room"});
  }

protected:
  world& w_;
  scoped_process me_;
};

class actor : public caller {
public:
  actor(world& w, int number, std::vector<server>& all, int actors)
      : caller(w), number_(number), dice_(w.chosen_.seed + static_cast<std::uint32_t>(number)), all_(all) {
    for (std::size_t i = 0; i < all.size(); ++i)
      if (static_cast<int>(i) % actors == number)
        mine_.push_back(&all[i]);
  }

  void storm(int round, const std::atomic<bool>& over) {
    step drawn{};
    while (!w_.failed() && !(over && !w_.steps.replays()) && w_.steps.next(round, number_, dice_, drawn)) {
      look_after_ends();
      const std::string result = carry_out(drawn);
      w_.steps.note(round, number_, drawn, result);
    }
    look_after_ends();
  }

  /// Every DOWN of a server of its own, once, and for a reason that the storm can have given.
  void look_after_ends() {
    while (const auto down =
               self().receive([](const term& it) { return it.is_tagged("DOWN"_atom, 5); }, clock::now())) {
      const auto found = std::find_if(mine_.begin(), mine_.end(),
                                      [&](const server* one) { return one->alive && term(one->end) == (*down)[1]; });
      const term& reason = (*down)[4];
      if (found == mine_.end())
        w_.fail("a DOWN that no monitor is for: " + shown(*down));
      else
        (*found)->alive = false;
      if (!(reason == "killed" || reason == "normal" || reason == "noproc"))
        w_.fail("a server ended by itself: " + shown(reason));
    }
  }

  void start(server& one, std::int64_t pause_us) {
    const term made = call("gen_server", "start", {"chaos", list(pause_us), term{}});
    if (!made.is_tagged("ok"_atom, 2)) {
      const bool is_absent = made.is_tagged("error"_atom, 2) && shown(made).find("undef") != std::string::npos;
      if (!is_absent)
        w_.fail("start gave " + shown(made));
      return;
    }
    one = {made[1].as_pid(), self().monitor(made[1]), true, 0, 0, 0};
    w_.ids[static_cast<std::size_t>(&one - all_.data())] = one.who.id;
  }

private:
  server& own(const step& s) { return *mine_[s.first % mine_.size()]; }
  /// Any process of the node.
  pid any_pid(const step& s) {
    const std::vector<pid> all = w_.home.processes();
    return all[s.first % all.size()];
  }

  std::string carry_out(const step& s) {
    struct entry {
      int until;
      std::string (actor::*run)(const step&);
    };
    static constexpr entry weights[] = {{170, &actor::add},           {300, &actor::cast},
                                        {350, &actor::ping},          {370, &actor::busy},
                                        {400, &actor::relay},         {430, &actor::tick_soon},
                                        {470, &actor::suspend},       {560, &actor::resume},
                                        {600, &actor::get_state},     {620, &actor::get_status},
                                        {650, &actor::replace_state}, {700, &actor::change_code},
                                        {720, &actor::change_down},   {760, &actor::load},
                                        {820, &actor::load_room},     {860, &actor::soft_purge},
                                        {868, &actor::purge},         {874, &actor::remove},
                                        {910, &actor::upgrade},       {925, &actor::upgrade_refused},
                                        {940, &actor::upgrade_late},  {950, &actor::stubborn},
                                        {960, &actor::kill},          {968, &actor::stop},
                                        {978, &actor::holders},       {984, &actor::info},
                                        {992, &actor::echo_load},     {1000, &actor::restart}};
    for (const entry& each : weights)
      if (s.operation < each.until)
        return (this->*each.run)(s);
    return "";
  }

  /// A call or a request that may be late, or to a process that has ended or is no server at all.
  bool is_expected_failure(const term& result) {
    if (!result.is_tagged("raised"_atom, 3))
      return false;
    const term& reason = result[2];
    const term& why = reason.is_tuple() && reason.size() >= 1 ? reason[0] : reason;
    return why == "timeout" || why == "noproc" || why == "killed" || why == "normal" || why == "calling_self" ||
           why == "shutdown";
  }
  void must(bool holds, const char* what, const term& result) {
    if (!holds)
      w_.fail(std::string(what) + " gave " + shown(result));
  }

  // ---- messages

  std::string add(const step& s) {
    server& one = own(s);
    if (!one.alive)
      return "add: dead";
    const std::int64_t amount = s.second % 100;
    ++one.last;
    one.sum += amount;
    const term got = ask(one.who, tuple("add", one.last, amount), 20 + s.second % 200);
    const bool right = got.is_tuple(2) && got[0].is_int64() && got[1] == term(one.sum);
    must(right || is_expected_failure(got), "add", got);
    return "add " + shown(one.who) + " " + shown(got);
  }
  std::string cast(const step& s) {
    server& one = own(s);
    if (!one.alive)
      return "cast: dead";
    const std::int64_t amount = s.second % 100;
    ++one.last;
    one.sum += amount;
    self().send(one.who, tuple("$gen_cast", tuple("add", one.last, amount)));
    return "cast " + shown(one.who);
  }
  std::string ping(const step& s) {
    server& one = own(s);
    const term got = ask(one.who, "ping", 50);
    must(got.is_int64() || is_expected_failure(got), "ping", got);
    return "ping " + shown(one.who) + " " + shown(got);
  }
  std::string busy(const step& s) {
    server& one = own(s);
    const term got = ask(one.who, tuple("busy", s.second % 20'000), 50);
    must(got == "ok" || is_expected_failure(got), "busy", got);
    return "busy " + shown(one.who);
  }
  std::string relay(const step& s) {
    server& one = own(s);
    const pid other = any_pid({s.operation, s.second, s.first});
    const term got = ask(one.who, tuple("relay", other, s.second % 20), 100);
    must(got.is_tuple(3) || is_expected_failure(got), "relay", got);
    return "relay " + shown(one.who) + " " + shown(got);
  }
  std::string tick_soon(const step& s) {
    server& one = own(s);
    if (!one.alive)
      return "tick: dead";
    ++one.ticks;
    const term got = ask(one.who, tuple("tick_soon", s.second % 20), 100);
    must(got == "ok" || is_expected_failure(got), "tick_soon", got);
    return "tick " + shown(one.who) + " " + shown(got);
  }

  // ---- sys: to any process, also to those of other actors and of the node itself

  term sys(const char* function, std::vector<term> arguments) { return call("sys", function, std::move(arguments)); }
  pid victim(const step& s) { return pid{w_.ids[s.first % w_.ids.size()], 0}; }
  std::string suspend(const step& s) {
    const pid who = victim(s);
    const term got = sys("suspend", {who, 50});
    must(got == "ok" || is_expected_failure(got), "suspend", got);
    return "suspend " + shown(who) + " " + shown(got);
  }
  std::string resume(const step& s) {
    const pid who = victim(s);
    const term got = sys("resume", {who, 50});
    must(got == "ok" || is_expected_failure(got), "resume", got);
    return "resume " + shown(who) + " " + shown(got);
  }
  static bool is_state(const term& got) {
    return (got.is_tagged("narrow"_atom, 6) && got[5] == 1) || (got.is_tagged("wide"_atom, 8) && got[7] == 2);
  }
  std::string get_state(const step& s) {
    const pid who = victim(s);
    const term got = sys("get_state", {who, 50});
    must(is_state(got) || is_expected_failure(got), "get_state", got);
    return "get_state " + shown(who) + " " + shown(got);
  }
  std::string get_status(const step& s) {
    const pid who = victim(s);
    const term got = sys("get_status", {who, 50});
    must(got.is_tagged("status"_atom, 4) || is_expected_failure(got), "get_status", got);
    return "get_status " + shown(who);
  }
  std::string replace_state(const step& s) {
    const pid who = victim(s);
    const term got = sys("replace_state", {who, external_fun("chaos_edit"_atom, "same"_atom, 1), 50});
    const bool is_late = got.is_tagged("raised"_atom, 3) && got[2] == "busy";
    must(is_state(got) || is_late || is_expected_failure(got), "replace_state", got);
    return "replace_state " + shown(who) + " " + shown(got);
  }
  std::string change(const step& s, const term& old_vsn, const char* what) {
    const pid who = victim(s);
    const term suspended = sys("suspend", {who, 50});
    const term got = sys("change_code", {who, "chaos", old_vsn, term{}, 60});
    const bool answered = got == "ok" || got.is_tagged("error"_atom, 2);
    must(answered || is_expected_failure(got), what, got);
    sys("resume", {who, 50});
    return std::string(what) + " " + shown(who) + " " + shown(got);
  }
  std::string change_code(const step& s) { return change(s, "undefined", "change_code"); }
  std::string change_down(const step& s) {
    return change(s, tuple("down", string(std::to_string(1 + s.second % 2))), "change_down");
  }

  // ---- the module

  std::string load(const step& s) {
    const std::uint32_t version = 1 + s.first % versions;
    const term got = call("code", "load_abs", {string(w_.plugin(version)), "chaos"});
    must(got == tuple("module", "chaos") || got == tuple("error", "not_purged"), "load", got);
    return "load " + std::to_string(version) + " " + shown(got);
  }
  std::string load_room(const step& s) {
    const std::uint32_t version = 1 + s.first % versions;
    const term got = load_with_room(version);
    const bool refused = got.is_tagged("error"_atom, 2) && got[1].is_tagged("not_purged"_atom, 2) &&
                         got[1][1].get("blocked_by")->is_cons();
    must(got.is_tagged("module"_atom, 2) || got.is_tagged("module"_atom, 3) || refused, "load with room", got);
    return "load_room " + std::to_string(version) + " " + shown(got);
  }
  std::string soft_purge(const step&) {
    const term got = code("soft_purge_report");
    must(got.is_map() && (*got.get("purged") == "true") == got.get("blocked_by")->is_nil() &&
             got.get("killed")->is_nil(),
         "soft_purge", got);
    return "soft_purge " + shown(got);
  }
  std::string purge(const step&) {
    const term got = code("purge_report");
    must(got.is_map() && *got.get("purged") == "true", "purge", got);
    return "purge " + shown(got);
  }
  std::string remove(const step&) {
    const term got = code("delete");
    must(got.is_bool(), "delete", got);
    return "delete " + shown(got);
  }
  std::string upgrade_with(const term& options) {
    const term got = call("twinslot", "upgrade", {"chaos", options});
    const bool refused =
        got.is_tagged("error"_atom, 2) && (got[1].is_tagged("code_change"_atom, 2) ||
                                           got[1].is_tagged("busy"_atom, 2) || got[1].is_tagged("not_loaded"_atom, 2));
    must(got.is_tagged("ok"_atom, 2) || refused, "upgrade", got);
    return "upgrade " + shown(options) + " " + shown(got);
  }
  std::string upgrade(const step& s) { return upgrade_with(list(tuple("timeout", 50 + s.first % 200))); }
  std::string upgrade_refused(const step&) {
    return upgrade_with(list(tuple("timeout", 100), tuple("extra", "refuse")));
  }
  std::string upgrade_late(const step& s) {
    return upgrade_with(list(tuple("timeout", s.first % 5), tuple("extra", tuple("busy", s.second % 3))));
  }
  std::string holders(const step&) {
    const term got = code("holders");
    for (const term& each : got.elements_of_list())
      must(each.is_map() && each.get("kind") && each.get("released_by"), "holders", got);
    return "holders";
  }
  std::string info(const step& s) {
    const pid who = any_pid(s);
    const term got = w_.home.process_info(who);
    must(got.is_list() || got == "undefined", "process_info", got);
    return "info " + shown(who);
  }
  std::string echo_load(const step& s) {
    const std::string file = w_.chosen_.echo_plugins + "/echo_server_v" + std::to_string(1 + s.first % 2);
    const term got = call("code", "load_with_report", {"echo_server", string(file), "make_room"});
    must(got.is_tagged("module"_atom, 2) || got.is_tagged("module"_atom, 3) ||
             (got.is_tagged("error"_atom, 2) && got[1].is_tagged("not_purged"_atom, 2)),
         "load of echo_server", got);
    return "echo_load " + shown(got[0]);
  }

  // ---- servers

  std::string stubborn(const step& s) {
    const term got = ask(own(s).who, tuple("stubborn", s.second % 2 == 0), 50);
    must(got == "ok" || is_expected_failure(got), "stubborn", got);
    return "stubborn " + shown(own(s).who) + " " + shown(got);
  }
  std::string kill(const step& s) {
    self().exit_signal(own(s).who, "kill");
    return "kill " + shown(own(s).who);
  }
  std::string stop(const step& s) {
    const term got = call("gen_server", "stop", {own(s).who, "normal", 100});
    must(got == "ok" || is_expected_failure(got), "stop", got);
    return "stop " + shown(own(s).who) + " " + shown(got);
  }
  std::string restart(const step& s) {
    for (server* one : mine_)
      if (!one->alive)
        start(*one, s.second % 3000);
    return "restart";
  }

  const int number_;
  std::minstd_rand dice_;
  std::vector<server>& all_;
  std::vector<server*> mine_;
};

/// When all is quiet: everything is moved to one version, and compared.
class quiet : public caller {
public:
  quiet(world& w, std::vector<server>& all) : caller(w), all_(all) {}

  void check(std::uint32_t version) {
    const auto one_each = [&](const std::function<void(const server&)>& does) {
      for (const server& each : all_)
        if (each.alive && !w_.failed())
          does(each);
    };
    one_each([&](const server& one) { expect(one, "resume", call("sys", "resume", {one.who, limit}), "ok"); });
    one_each([&](const server& one) {
      const term got = call("sys", "replace_state", {one.who, external_fun("chaos_edit"_atom, "calm"_atom, 1), limit});
      if (!got.is_tuple() || got[0] == "raised")
        expect(one, "replace_state", got, "a state");
    });
    if (w_.failed())
      return;
    const term loaded = load_with_room(version);
    if (!loaded.is_tagged("module"_atom, 2) && !loaded.is_tagged("module"_atom, 3))
      return w_.fail("quiet load gave " + shown(loaded));
    const term moved = call("twinslot", "upgrade", {"chaos", list(tuple("timeout", limit))});
    if (!moved.is_tagged("ok"_atom, 2))
      return w_.fail("quiet upgrade gave " + shown(moved));
    const term again = call("twinslot", "upgrade", {"chaos", list(tuple("timeout", limit))});
    if (!(again == tuple("ok", term{})))
      return w_.fail("a second quiet upgrade gave " + shown(again));
    const term purged = code("soft_purge_report");
    if (!(*purged.get("purged") == "true"))
      return w_.fail("quiet soft_purge gave " + shown(purged));
    one_each([&](const server& one) { compare(one, version); });
    if (!w_.failed())
      compare_holders();
  }

private:
  static constexpr std::int64_t limit = 30'000;

  void expect(const server& one, const char* what, const term& got, const char* wanted) {
    if (!(got == atom(std::string_view(wanted))))
      w_.fail(std::string(what) + " of " + shown(one.who) + " gave " + shown(got) + " and not " + wanted + ": " +
              shown(w_.home.process_info(one.who)));
  }

  void compare(const server& one, std::uint32_t version) {
    const term answered = ask(one.who, "ping", limit);
    if (!(answered == term(std::int64_t{version})))
      return w_.fail("ping of " + shown(one.who) + " gave " + shown(answered) + " and not " + std::to_string(version));
    term state;
    const auto until = clock::now() + patience;
    do {  // its timers go off
      state = call("sys", "get_state", {one.who, limit});
    } while (state.is_tuple() && state.size() > 3 && !(state[3] == term(one.ticks)) && clock::now() < until);
    if (!(state[1] == term(one.sum) && state[2] == term(one.last) && state[3] == term(one.ticks)))
      w_.fail("the state of " + shown(one.who) + " is " + shown(state) + " and not sum " + std::to_string(one.sum) +
              ", last " + std::to_string(one.last) + ", ticks " + std::to_string(one.ticks));
  }

  void compare_holders() {
    std::vector<pid> alive, bound = w_.home.code().current("chaos"_atom)->bound();
    for (const server& each : all_)
      if (each.alive)
        alive.push_back(each.who);
    std::sort(alive.begin(), alive.end());
    if (bound != alive)
      w_.fail("bound to the current version: " + std::to_string(bound.size()) + " of " + std::to_string(alive.size()));
    std::vector<pid> named;
    for (const term& each : code("holders").elements_of_list()) {
      if (!(*each.get("slot") == "current" && *each.get("kind") == "state"))
        w_.fail("a holder that should not be: " + shown(each));
      named.push_back(each.get("pid")->as_pid());
    }
    if (named != alive)
      w_.fail("holders names " + std::to_string(named.size()) + " of " + std::to_string(alive.size()));
    const auto until = clock::now() + patience;
    while (w_.home.code().sweep() != 0 && clock::now() < until)
      std::this_thread::sleep_for(1ms);
    for (const term& each : w_.home.code().still_mapped())
      if (each[0] == "chaos")
        w_.fail("still mapped: " + shown(each));
  }

  std::vector<server>& all_;
};

/// Says where everything stands when no step has ended for long: a deadlock.
class watchdog {
public:
  explicit watchdog(world& w) : w_(w), thread_([this] { watch(); }) {}
  ~watchdog() {
    over_ = true;
    thread_.join();
  }
  watchdog(const watchdog&) = delete;

private:
  void watch() {
    constexpr int too_long_s = 100;
    std::uint64_t seen = 0;
    for (int quiet_ms = 0; !over_; quiet_ms += 100) {
      std::this_thread::sleep_for(100ms);
      if (const std::uint64_t now = w_.steps.count(); now != seen) {
        seen = now;
        quiet_ms = 0;
      }
      if (quiet_ms > too_long_s * 1000) {
        std::printf("nothing has moved for %d s, seed %u\n%s", too_long_s, w_.chosen_.seed, w_.steps.tail().c_str());
        std::fflush(stdout);
        std::abort();
      }
    }
  }
  world& w_;
  std::atomic<bool> over_{false};
  std::thread thread_;
};
}  // namespace

std::string run(const settings& chosen) {
  world w(chosen);
  std::vector<server> all(static_cast<std::size_t>(chosen.servers));
  caller first(w);
  first.load_with_room(1);
  first.call("code", "load_abs", {string(chosen.echo_plugins + "/echo_server_v1"), "echo_server"});
  const term pool = first.call("echo_server", "start_pool", {0, 2});
  if (!pool.is_tagged("ok"_atom, 3))
    return "echo_server:start_pool gave " + shown(pool);
  tcp_clients clients(static_cast<std::uint16_t>(pool[2].as_int64()), chosen.clients);
  quiet after(w, all);
  std::minstd_rand dice(chosen.seed);

  std::atomic<bool> storm_over{false}, all_over{false};
  std::barrier gate(chosen.actors + 1);
  std::atomic<int> round{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < chosen.actors; ++i)
    threads.emplace_back([&, i] {
      actor mine(w, i, all, chosen.actors);
      for (std::size_t at = static_cast<std::size_t>(i); at < all.size(); at += static_cast<std::size_t>(chosen.actors))
        mine.start(all[at], 0);
      for (;;) {
        gate.arrive_and_wait();
        if (all_over)
          return;
        mine.storm(round, storm_over);
        gate.arrive_and_wait();
        mine.look_after_ends();
        gate.arrive_and_wait();
      }
    });
  {
    const watchdog dog(w);
    const auto end = clock::now() + std::chrono::seconds(chosen.seconds);
    for (; !w.failed() && (w.steps.replays() ? round < w.steps.rounds() : clock::now() < end); ++round) {
      storm_over = false;
      gate.arrive_and_wait();
      const auto until = clock::now() + storm_time;
      while (clock::now() < until && !w.failed())
        std::this_thread::sleep_for(1ms);
      storm_over = true;
      gate.arrive_and_wait();
      gate.arrive_and_wait();
      for (server& each : all)
        each.alive = each.alive && w.home.is_alive(each.who);
      after.check(3 + dice() % 2);
      if (const std::string lines = clients.failure(); !lines.empty())
        w.fail(lines);
    }
    all_over = true;
    gate.arrive_and_wait();
    for (auto& each : threads)
      each.join();
  }
  std::printf("chaos: seed %u, %d storms, %llu steps, %llu lines over TCP\n", chosen.seed, round.load(),
              static_cast<unsigned long long>(w.steps.count()), static_cast<unsigned long long>(clients.lines()));
  const std::string failure = w.failure();
  return failure.empty() ? "" : failure + "\n" + w.steps.tail();
}
}  // namespace twinslot::chaos
