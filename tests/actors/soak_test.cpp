// Modules are loaded, purged and deleted at random while hundreds of processes loop, ask each other, die and are
// killed. One thread does it all to two modules and predicts each result; another one does the same to a third, whose
// processes never rest. TWINSLOT_SOAK_SECONDS=600 makes it long.
#include <cstdlib>
#include <random>

#include "tests/actors/world.hpp"

using namespace twinslot;
using namespace std::chrono_literals;

namespace {
std::chrono::milliseconds duration() {
  const char* wanted = std::getenv("TWINSLOT_SOAK_SECONDS");
  return wanted ? std::chrono::seconds(std::atoi(wanted)) : 4s;
}

/// What the two slots of a module hold: a number for each load, 0 for nothing.
struct module_model {
  atom name;
  int current = 0, old = 0;
};
struct process_model {
  pid who;
  reference end;
  module_model* module;
  bool stays;     // by local calls
  int in;         // the load that it is in
  int count = 0;  // its argument
};

class soak {
public:
  soak() : world_({.purge_grace = 20ms}), dice_(std::random_device{}()) {
    modules_[0].name = "loops_a"_atom;
    modules_[1].name = "loops_b"_atom;
    vsn_of_load_.push_back(0);
  }

  void run() {
    std::atomic<bool> stopped{false};
    std::thread other{[&] { disturb(stopped); }};
    const auto end = clock::now() + duration();
    // On a machine that is busy with other work, until enough of it was done.
    while ((clock::now() < end || steps_ <= 50 || answers_elsewhere_ <= 5) && failures_.empty())
      step();
    stopped = true;
    other.join();
    INFO(failures_);
    CHECK(failures_.empty());
    CHECK(steps_ > 50);
    CHECK(answers_elsewhere_ > 5);
    // Nobody is left who was predicted to be dead, and everybody else answers.
    for (auto& each : processes_)
      CHECK(world_.home().is_alive(each.who));
    for (auto& each : processes_)
      world_.self().exit_signal(each.who, "kill");
    for (auto& each : processes_)
      CHECK(wait_for(each.end) == "killed");
    processes_.clear();
    for (auto& each : modules_)
      for (int slot = 0; slot < 2; ++slot) {
        CHECK(world_.call("code", "soft_purge", each.name) == "true");
        world_.call("code", "delete", each.name);
      }
    CHECK(world_.home().code().still_mapped().empty());
  }

private:
  void expect(const char* what, const term& found, const term& predicted) {
    if (!(found == predicted) && failures_.empty())
      failures_ = std::string(what) + ": " + text(found) + " instead of " + text(predicted) + "\n" + log_;
  }
  void note(std::string line) {
    log_ += line + "\n";
    if (log_.size() > 20'000)
      log_.erase(0, 10'000);
  }
  int below(int limit) { return static_cast<int>(dice_() % static_cast<unsigned>(limit)); }

  void step() {
    ++steps_;
    module_model& module = modules_[below(2)];
    const int what = below(100);
    if (what < 10)
      load(module);
    else if (what < 14)
      soft_purge(module);
    else if (what < 18)
      purge(module);
    else if (what < 20)
      delete_module(module);
    else if (what < 35 || processes_.empty())
      spawn(module);
    else if (what < 65)
      ask(processes_[static_cast<std::size_t>(below(static_cast<int>(processes_.size())))]);
    else if (what < 80)
      ask_each_other();
    else if (what < 85)
      leave();
    else if (what < 95)
      check_process();
    else
      kill();
  }

  void load(module_model& in) {
    const int vsn = 1 + below(2);
    const std::string file =
        std::string(TWINSLOT_FIXTURES "/") + std::string(in.name.text()) + "_v" + std::to_string(vsn);
    const term done = world_.call("code", "load_abs", string(file), in.name);
    note("load " + std::string(in.name.text()) + " v" + std::to_string(vsn) + ": " + text(done));
    if (in.old != 0 && in.current != 0)
      return expect("load", done, tuple("error", "not_purged"));
    expect("load", done, tuple("module", in.name));
    if (in.current != 0)
      in.old = in.current;
    in.current = static_cast<int>(vsn_of_load_.size());
    vsn_of_load_.push_back(vsn);
  }
  static bool lingers(const process_model& one) { return one.module->old != 0 && one.in == one.module->old; }
  std::vector<process_model> lingering(const module_model& in) const {
    std::vector<process_model> found;
    for (auto& each : processes_)
      if (each.module == &in && lingers(each))
        found.push_back(each);
    return found;
  }
  void soft_purge(module_model& in) {
    const bool free = lingering(in).empty();
    const term done = world_.call("code", "soft_purge", in.name);
    note("soft_purge " + std::string(in.name.text()) + ": " + text(done));
    expect("soft_purge", done, free);
    if (free)
      in.old = 0;
  }
  void purge(module_model& in) {
    const auto victims = lingering(in);
    const term done = world_.call("code", "purge", in.name);
    note("purge " + std::string(in.name.text()) + ": " + text(done));
    expect("purge", done, !victims.empty());
    for (auto& each : victims)
      expect("purged", wait_for(each.end), "killed");
    std::erase_if(processes_, [&](auto& each) { return each.module == &in && lingers(each); });
    in.old = 0;
  }
  void delete_module(module_model& in) {
    const bool can = in.old == 0 && in.current != 0;
    const term done = world_.call("code", "delete", in.name);
    note("delete " + std::string(in.name.text()) + ": " + text(done));
    expect("delete", done, can);
    if (can)
      in.old = std::exchange(in.current, 0);
  }
  void spawn(module_model& in) {
    if (processes_.size() >= 300)
      return;
    const bool stays = below(3) == 0;
    const auto made = world_.home().spawn_function(in.name, stays ? "stays"_atom : "moves"_atom, {0},
                                                   {.parent = &world_.self(), .monitor = true});
    note("spawn " + text(made.process) + (stays ? " stays in " : " moves in ") + std::string(in.name.text()));
    if (in.current == 0)
      return expect("spawn", kind_of_end(made.monitor), "undef");
    processes_.push_back({made.process, made.monitor, &in, stays, in.current});
    settle(made.process);
  }
  /// Waits until it has dealt with everything that was sent to it and waits for more, or has ended.
  void settle(pid who) {
    for (;;) {
      const term info = world_.home().process_info(who);
      bool waits = info == "undefined"_atom, is_empty = waits, is_own = waits;
      for (const term pair : info.elements_of_list()) {
        waits |= pair == tuple("status", "waiting");
        is_empty |= pair == tuple("message_queue_len", 0);
        is_own |= pair[0] == "messages"_atom;  // it has answered itself
      }
      if (waits && is_empty && is_own)
        return;
    }
  }
  term wait_for(reference monitor) {
    const auto down = world_.self().receive(
        [&](const term& m) { return m.is_tagged("DOWN"_atom, 5) && m[1] == term(monitor); }, clock::now() + 60s);
    return down ? (*down)[4] : term("nothing");
  }
  /// Of {Kind, Stack}.
  term kind_of_end(reference monitor) {
    const term reason = wait_for(monitor);
    return reason.is_tuple(2) ? reason[0] : reason;
  }
  term answer() {
    const auto found =
        world_.self().receive([&](const term& m) { return !m.is_tagged("DOWN"_atom, 5); }, clock::now() + 60s);
    return found.value_or(term("nothing"));
  }
  /// It was asked, has answered, and calls its loop.
  void after_answer(process_model& one) {
    ++one.count;
    if (!one.stays)
      go_to_current(one);
  }
  void go_to_current(process_model& one) {
    if (one.module->current != 0) {
      one.in = one.module->current;
      return settle(one.who);
    }
    const pid gone = one.who;
    expect("no module to go to", kind_of_end(one.end), "undef");
    std::erase_if(processes_, [&](auto& each) { return each.who == gone; });
  }
  void ask(process_model& one) {
    world_.self().send(one.who, tuple(world_.self().self(), "vsn"));
    const term found = answer();
    note("ask " + text(one.who) + ": " + text(found));
    expect("ask", found, tuple(vsn_of_load_[static_cast<std::size_t>(one.in)], one.count));
    after_answer(one);
  }
  void ask_each_other() {
    const auto size = static_cast<int>(processes_.size());
    process_model& asker = processes_[static_cast<std::size_t>(below(size))];
    process_model& asked = processes_[static_cast<std::size_t>(below(size))];
    if (asker.stays || &asker == &asked || asker.module->current == 0 || asked.module->current == 0)
      return;
    const term predicted = tuple("heard", vsn_of_load_[static_cast<std::size_t>(asked.in)], asked.count,
                                 vsn_of_load_[static_cast<std::size_t>(asker.module->current)]);
    world_.self().send(asker.who, tuple(world_.self().self(), "ask", asked.who));
    const term found = answer();
    note(text(asker.who) + " asks " + text(asked.who) + ": " + text(found));
    expect("ask each other", found, predicted);
    after_answer(asked);
    go_to_current(asker);
  }
  void leave() {
    for (auto& each : processes_)
      if (each.stays && each.module->current != 0) {
        note("leave " + text(each.who));
        world_.self().send(each.who, "leave");
        each.stays = false;
        return go_to_current(each);
      }
  }
  void check_process() {
    const auto& one = processes_[static_cast<std::size_t>(below(static_cast<int>(processes_.size())))];
    const auto& module = *one.module;
    expect("check_process_code", world_.call("erlang", "check_process_code", one.who, module.name), lingers(one));
    expect("check_old_code", world_.call("erlang", "check_old_code", module.name), module.old != 0);
    expect("is_loaded", world_.call("code", "is_loaded", module.name) == "false", module.current == 0);
  }
  void kill() {
    const auto at = below(static_cast<int>(processes_.size()));
    const process_model& victim = processes_[static_cast<std::size_t>(at)];
    note("kill " + text(victim.who));
    world_.self().exit_signal(victim.who, "kill");
    expect("kill", wait_for(victim.end), "killed");
    processes_.erase(processes_.begin() + at);
  }

  /// The third module: its processes are never at rest, so only what holds at every moment is checked.
  void disturb(const std::atomic<bool>& stopped) {
    auto& home = world_.home();
    scoped_process me{home};
    std::minstd_rand dice{7};
    const atom module = "loops_c"_atom;
    std::vector<pid> all;
    const auto call = [&](atom function, std::initializer_list<term> arguments) {
      return home.apply(*me, "code"_atom, function, arguments);
    };
    while (!stopped) {
      const std::string file = TWINSLOT_FIXTURES "/loops_c_v" + std::to_string(1 + dice() % 2);
      call("load_abs"_atom, {string(file), module});
      for (int i = 0; i < 5; ++i) {
        const atom what = std::array{"runs"_atom, "yields"_atom, "moves"_atom}[dice() % 3];
        auto arguments = what == "moves"_atom ? std::vector<term>{0} : std::vector<term>{};
        all.push_back(home.spawn_function(module, what, std::move(arguments), {}).process);
      }
      for (pid each : all)
        me->send(each, tuple(me->self(), "vsn"));
      const auto killed = call("purge"_atom, {module});
      answers_elsewhere_ += killed.is_bool();
      while (all.size() > 20) {
        me->exit_signal(all.front(), "kill");
        all.erase(all.begin());
      }
      if (dice() % 5 == 0)
        call("delete"_atom, {module});
      me->receive([](const term& m) { return m.is_tuple(2); }, clock::now() + 1ms);
    }
    for (pid each : all)
      me->exit_signal(each, "kill");
    for (pid each : all)
      while (home.is_alive(each))
        std::this_thread::yield();
  }

  world world_;
  std::mt19937 dice_;
  module_model modules_[2];
  std::vector<process_model> processes_;
  std::vector<int> vsn_of_load_;
  std::string log_, failures_;
  std::atomic<long> answers_elsewhere_{0};
  long steps_ = 0;
};
}  // namespace

TEST_CASE("processes and code at random: every result is as predicted") {
  soak().run();
}
