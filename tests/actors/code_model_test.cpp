// The code server against a model: several processes load, purge and delete at random, and each result is predicted.
//
// Each process has a module and two directories of its own, so what it does to them it can predict exactly, whatever
// the others do at the same time to the one code server, its path and its purger.
#include "tests/actors/shelf.hpp"

#include <random>

using namespace twinslot;
using namespace std::chrono_literals;

namespace {
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr int steps = 150;
#else
constexpr int steps = 600;
#endif

/// What the model thinks is in a slot.
struct instance {
  std::string vsn;               // v1 or v2
  std::string origin;            // a file
  std::vector<pid> lingerers{};  // who stays in it
};

class player {
public:
  player(world& w, const char* module, std::uint32_t seed) : w_(w), me_(w.home()), name_(module), dice_(seed) {
    for (std::string& each : directories_)
      each = *os::make_temp_dir(os::temp_dir(), "twinslot-model");
  }
  ~player() {
    for (const std::string& each : directories_)
      static_cast<void>(os::remove_tree(each));
  }
  player(const player&) = delete;

  /// Empty: all went as predicted.
  std::string play() {
    using step = void (player::*)();
    constexpr step all[] = {&player::load_file,   &player::load_file,     &player::load_binary, &player::purge,
                            &player::soft_purge,  &player::soft_purge,    &player::remove,      &player::linger,
                            &player::linger,      &player::leave,         &player::look,        &player::look,
                            &player::stick,       &player::change_path,   &player::put_file,    &player::ensure,
                            &player::atomic_load, &player::call_function, &player::bad_image,   &player::holders};
    try {
      for (int i = 0; i < steps && failure_.empty(); ++i)
        (this->*all[dice_() % std::size(all)])();
      finish();
    } catch (const raised& failure) {
      failure_ = "raised " + text(failure.reason);
    }
    return failure_.empty() ? "" : std::string(name_) + ": " + failure_ + history_;
  }

private:
  // ---- doing and comparing

  term call(const char* module, const char* function, std::vector<term> arguments) {
    return w_.home().apply(*me_, atom(std::string_view(module)), atom(std::string_view(function)), arguments.data(),
                           arguments.size());
  }
  void expect(const char* what, const term& got, const term& predicted) {
    history_ += "\n  " + std::string(what) + " -> " + text(got);
    if (!(got == predicted) && failure_.empty())
      failure_ = std::string(what) + " gave " + text(got) + " and not " + text(predicted);
  }
  term module() const { return atom(std::string_view(name_)); }
  term loaded() const { return tuple("module", module()); }
  static term failed(const char* reason) { return tuple("error", atom(std::string_view(reason))); }

  // ---- the model

  /// The version that the search path leads to.
  std::optional<instance> on_path() const {
    for (int each : path_)
      if (const std::string& vsn = files_[each]; !vsn.empty())
        return instance{vsn, directories_[each] + "/" + name_ + ".so"};
    return {};
  }
  bool is_sticky() const { return current_ && sticky_ >= 0 && os::dir_name(current_->origin) == directories_[sticky_]; }
  /// Result of a load of `what` without a purge before it.
  term load_of(const std::optional<instance>& what) {
    if (!what)
      return is_sticky() ? failed("sticky_directory") : failed("nofile");
    if (is_sticky())
      return failed("sticky_directory");
    if (old_ && current_)
      return failed("not_purged");
    become(*what);
    return loaded();
  }
  void become(const instance& what) {
    if (current_)
      old_ = current_;
    current_ = what;
    deleted_ = false;
  }
  /// Nobody of them is alive; all others are.
  void purged(std::vector<pid> killed) {
    old_.reset();
    for (pid each : killed)
      expect("killed", w_.home().is_alive(each), false);
    for (pid each : current_ ? current_->lingerers : std::vector<pid>{})
      expect("spared", w_.home().is_alive(each), true);
  }

  // ---- steps

  void load_file() {
    const auto found = on_path();
    const term predicted = load_of(found);
    expect("load_file", call("code", "load_file", {module()}), predicted);
  }
  void load_binary() {
    const bool sticky = is_sticky();
    const std::string vsn = dice_() % 2 ? "v1" : "v2";
    const bool in_the_way = current_ && old_ && !old_->lingerers.empty();
    const std::string origin = "/nowhere/" + std::string(name_);
    const term image = binary(*os::read_file(fixture(vsn)));
    expect("load_binary", call("code", "load_binary", {module(), string(origin), image}),
           sticky       ? failed("sticky_directory")
           : in_the_way ? failed("not_purged")
                        : loaded());
    if (sticky || in_the_way)
      return;
    if (current_)
      old_.reset();  // room was made
    become({vsn, origin});
  }
  void bad_image() {
    const term got = call("code", "load_binary", {module(), string("x"), binary("no plugin")});
    expect("bad image", got[1], is_sticky() ? term("sticky_directory") : tuple("badfile", string("x"), "not_elf"));
  }
  void atomic_load() {
    const auto found = on_path();
    term predicted = "ok";
    const char* const hindrance = !found             ? "nofile"
                                  : is_sticky()      ? "sticky_directory"
                                  : old_ && current_ ? "not_purged"
                                                     : nullptr;
    if (hindrance)
      predicted = tuple("error", list(tuple(module(), atom(std::string_view(hindrance)))));
    else
      become(*found);
    expect("atomic_load", call("code", "atomic_load", {list(module())}), predicted);
  }
  void ensure() {
    const auto found = on_path();
    const term predicted = current_ ? loaded() : load_of(found);
    expect("ensure_loaded", call("code", "ensure_loaded", {module()}), predicted);
    deleted_ = deleted_ && !found && !current_;
  }
  void purge() {
    const auto killed = old_ ? old_->lingerers : std::vector<pid>{};
    expect("purge", call("code", "purge", {module()}), !killed.empty());
    purged(killed);
  }
  void soft_purge() {
    const bool free = !old_ || old_->lingerers.empty();
    expect("soft_purge", call("code", "soft_purge", {module()}), free);
    if (free)
      old_.reset();
  }
  void remove() {
    const bool can = current_ && !old_;
    expect("delete", call("code", "delete", {module()}), can);
    if (!can)
      return;
    old_ = std::exchange(current_, std::nullopt);
    deleted_ = true;
  }
  void call_function() {
    // A call loads the module if the path leads to it, and it was not deleted (C12, W20).
    if (!current_ && !deleted_)
      if (const auto found = on_path())
        become(*found);
    term got;
    try {
      got = call(name_, "vsn", {});
    } catch (const raised& failure) {
      got = failure.reason;
    }
    expect("call", got, current_ ? term(atom(current_->vsn)) : term("undef"));
  }
  void linger() {
    if (!current_ || current_->lingerers.size() == 3)
      return;
    const auto made = w_.home().spawn_blocking(
        [name = module().as_atom()](process& self) { self.home().apply(self, name, "stay"_atom, {}); });
    const code::version* in = w_.home().code().current(module().as_atom());
    const bool there = w_.eventually([&] {
      const auto all = w_.home().lingering(in);
      return std::find(all.begin(), all.end(), made.process) != all.end();
    });
    expect("linger", there, true);
    current_->lingerers.push_back(made.process);
  }
  void leave() {
    for (auto* slot : {&old_, &current_}) {
      if (!*slot || (*slot)->lingerers.empty())
        continue;
      const pid gone = (*slot)->lingerers.back();
      (*slot)->lingerers.pop_back();
      me_->exit_signal(gone, "kill");
      expect("leave", w_.eventually([&] { return !w_.home().is_alive(gone) && !lingers(gone); }), true);
      return;
    }
  }
  bool lingers(pid who) {
    const auto slots = w_.home().code().slots_of(module().as_atom());
    for (const code::version* each : {slots.current, slots.old}) {
      const auto all = w_.home().lingering(each);
      if (each && std::find(all.begin(), all.end(), who) != all.end())
        return true;
    }
    return false;
  }

  void look() {
    expect("is_loaded", call("code", "is_loaded", {module()}),
           current_ ? tuple("file", string(current_->origin)) : term(false));
    const auto found = on_path();
    expect("which", call("code", "which", {module()}),
           current_ ? string(current_->origin)
           : found  ? string(found->origin)
                    : term("non_existing"));
    expect("check_old_code", call("erlang", "check_old_code", {module()}), old_.has_value());
    expect("is_sticky", call("code", "is_sticky", {module()}), is_sticky());
    for (const auto* slot : {&old_, &current_})
      for (pid each : *slot ? (*slot)->lingerers : std::vector<pid>{})
        expect("check_process_code", call("erlang", "check_process_code", {each, module()}), slot == &old_);
  }
  void holders() {
    std::vector<term> got, predicted;
    for (const term& each : call("code", "holders", {module()}).elements_of_list())
      got.push_back(tuple(*each.get("slot"), *each.get("pid"), *each.get("kind")));
    for (const auto& [slot, name] : {std::pair{&old_, "old"_atom}, std::pair{&current_, "current"_atom}})
      for (pid each : *slot ? (*slot)->lingerers : std::vector<pid>{})
        predicted.push_back(tuple(name, each, "frame"));
    expect("holders", list_of(got.data(), got.size()), list_of(predicted.data(), predicted.size()));
  }

  // ---- files and directories

  void stick() {
    if (sticky_ >= 0) {
      expect("unstick_dir", call("code", "unstick_dir", {string(directories_[sticky_])}), "ok");
      sticky_ = -1;
      return;
    }
    if (dice_() % 2)
      return;
    sticky_ = static_cast<int>(dice_() % 2);
    expect("stick_dir", call("code", "stick_dir", {string(directories_[sticky_])}), "ok");
  }
  void change_path() {
    const int which = static_cast<int>(dice_() % 2);
    const auto at = std::find(path_.begin(), path_.end(), which);
    const bool there = at != path_.end();
    const term directory = string(directories_[which]);
    switch (dice_() % 3) {
      case 0:
        if (there)
          path_.erase(at);
        expect("del_path", call("code", "del_path", {directory}), there);
        break;
      case 1:
        if (there)
          path_.erase(at);
        path_.insert(path_.begin(), which);
        expect("add_patha", call("code", "add_patha", {directory}), true);
        break;
      default:
        if (!there)
          path_.push_back(which);
        expect("add_pathz", call("code", "add_pathz", {directory}), true);
    }
  }
  void put_file() {
    const int which = static_cast<int>(dice_() % 2);
    const std::string path = directories_[which] + "/" + name_ + ".so";
    if (dice_() % 4 == 0) {
      static_cast<void>(os::delete_file(path));
      files_[which].clear();
      return;
    }
    files_[which] = dice_() % 2 ? "v1" : "v2";
    static_cast<void>(os::replace_file(path, *os::read_file(fixture(files_[which]))));
  }
  std::string fixture(const std::string& vsn) const { return fixtures + name_ + "_" + vsn.substr(1) + ".so"; }

  void finish() {
    for (auto* slot : {&old_, &current_})
      for (pid each : *slot ? (*slot)->lingerers : std::vector<pid>{})
        me_->exit_signal(each, "kill");
    call("code", "purge", {module()});
    call("code", "delete", {module()});
    call("code", "purge", {module()});
    expect("nothing is left",
           w_.home().code().is_loaded(module().as_atom()) || w_.home().code().has_old(module().as_atom()), false);
  }

  world& w_;
  scoped_process me_;
  const char* const name_;
  std::minstd_rand dice_;
  std::string directories_[2];
  std::string files_[2];   // the version that lies there; empty: none
  std::vector<int> path_;  // indices of directories, in the path's order
  int sticky_ = -1;
  std::optional<instance> current_, old_;
  bool deleted_ = false;
  std::string failure_, history_;
};
}  // namespace

TEST_CASE("random operations of several processes on the code server give what a model predicts") {
  world w({.load_hook_deadline = 20s, .purge_grace = 5ms, .kill_patience = 20s});
  constexpr const char* modules[] = {"modeled_a", "modeled_b", "modeled_c", "modeled_d"};
  std::string outcomes[std::size(modules)];
  const std::uint32_t seed = std::random_device{}();
  INFO("seed " << seed);
  std::vector<std::thread> all;
  for (std::size_t i = 0; i < std::size(modules); ++i)
    all.emplace_back([&, i] { outcomes[i] = player(w, modules[i], seed + static_cast<std::uint32_t>(i)).play(); });
  for (auto& each : all)
    each.join();
  for (const std::string& each : outcomes)
    CHECK(each == "");
  CHECK(w.home().code().sweep() == 0);
  CHECK(w.home().code().still_mapped().empty());
}

TEST_CASE("one module, every operation at once: nobody waits for ever, nothing is left") {
  world w({.load_hook_deadline = 20s, .purge_grace = 5ms, .kill_patience = 20s});
  const term image = binary(*os::read_file(fixtures + "modeled_a_1.so"));
  const auto in_a_loop = [&](const char* function, std::vector<term> arguments) {
    return std::thread([&w, function, arguments] {
      scoped_process me(w.home());
      for (int i = 0; i < steps / 10; ++i)
        static_cast<void>(
            w.home().apply(*me, "code"_atom, atom(std::string_view(function)), arguments.data(), arguments.size()));
    });
  };
  const term name = "modeled_a", file = string("x");
  const term several =
      list(tuple(name, file, image), tuple("modeled_b", file, binary(*os::read_file(fixtures + "modeled_b_1.so"))));
  std::atomic<bool> over{false};
  std::thread users([&] {
    while (!over) {
      const auto made = w.home().spawn_blocking([](process& self) {
        try {
          self.home().apply(self, "modeled_a"_atom, "stay"_atom, {});
        } catch (const raised&) {  // undef: it is deleted just now
        }
      });
      w.eventually([&] { return !w.home().is_alive(made.process); }, 5ms);
      w.home().exit_signal(made.process, "kill");
    }
  });
  std::thread workers[] = {in_a_loop("load_binary", {name, file, image}),
                           in_a_loop("load_binary", {name, file, image, tuple("wait", 10)}),
                           in_a_loop("purge", {name}),
                           in_a_loop("soft_purge", {name}),
                           in_a_loop("delete", {name}),
                           in_a_loop("holders", {name}),
                           in_a_loop("atomic_load", {several}),
                           in_a_loop("all_loaded", {})};
  for (auto& each : workers)
    each.join();
  over = true;
  users.join();
  for (const char* module : {"modeled_a", "modeled_b"})
    for (const char* last : {"purge", "delete", "purge"})
      w.call("code", last, atom(std::string_view(module)));
  CHECK(w.home().code().resident().empty());
  CHECK(w.eventually([&] { return w.home().code().sweep() == 0; }));
  CHECK(w.home().code().still_mapped().empty());
}
