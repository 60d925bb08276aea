#include "actors/upgrade/upgrade.hpp"

#include "actors/code_server/code_server.hpp"
#include "actors/upgrade/progress.hpp"
#include "runtime/process/node.hpp"
#include "runtime/term/print.hpp"

#include <algorithm>

namespace twinslot::upgrade {
namespace {
constexpr std::int64_t default_timeout_ms = 5000;

struct plan {
  atom module;
  term extra;
  deadline until;
  bool verbose = false;
};

/// A process on its way.
struct traveller {
  pid who;
  term from, to;
};

class upgrading {
public:
  upgrading(process& self, plan wanted)
      : self_(self), plan_(std::move(wanted)), progress_(self.home(), plan_.verbose) {}
  /// Also when this process is killed: nobody stays held (W11).
  ~upgrading() {
    for (pid each : held_)
      ask_nobody(each, "upgrade_end");
  }
  upgrading(const upgrading&) = delete;

  term run() {
    if (!self_.home().code().is_loaded(plan_.module))
      return tuple("error", tuple("not_loaded", plan_.module));
    find();
    const term result = hold_and_change();
    progress_.finish();
    if (plan_.verbose)
      describe(result);
    return result;
  }

private:
  void find() {
    if (const code::pin current = self_.home().code().pin_current(plan_.module))
      to_ = current->vsn();
    held_ = code_server::gate_of(self_.home()).without_version(plan_.module);
    if (const code::version* old = self_.home().code().old(plan_.module)) {
      const auto bound = old->bound();
      from_ = old->vsn();
      held_.insert(held_.end(), bound.begin(), bound.end());
    }
    std::sort(held_.begin(), held_.end());
    held_.erase(std::unique(held_.begin(), held_.end()), held_.end());
  }

  term hold_and_change() {
    progress_.step("code_change", held_.size());
    const auto answers = ask_all(held_, tuple("upgrade_begin", plan_.module, plan_.extra, from_, to_), patience());
    std::vector<term> busy, failed;
    for (std::size_t i = 0; i < held_.size(); ++i)
      sort(held_[i], answers[i], busy, failed);
    if (!busy.empty())
      return tuple("error", tuple("busy", list_of(busy.data(), busy.size())));
    if (!failed.empty())
      return tuple("error", tuple("code_change", list_of(failed.data(), failed.size())));
    return tuple("ok", commit());
  }

  void sort(pid who, const process::answer& given, std::vector<term>& busy, std::vector<term>& failed) {
    const term& value = given.value;
    if (given.ok && value == "ok"_atom)
      travellers_.push_back({who, from_, to_});
    else if (given.ok && value.is_tagged("ok"_atom, 3))
      travellers_.push_back({who, value[1], value[2]});
    else if (given.ok && value.is_tagged("error"_atom, 2) && value[1].is_tagged("code_change"_atom, 2))
      failed.push_back(tuple(who, value[1][1]));
    else if (!given.ok && value == "timeout"_atom && is_changing(who))
      failed.push_back(tuple(who, value));
    else if (!given.ok && value == "timeout"_atom)
      busy.push_back(who);
  }
  /// Held, and still at its new state: that one is bound to its version from the start.
  bool is_changing(pid who) {
    const code::pin current = self_.home().code().pin_current(plan_.module);
    return current && current->bound_since(who);
  }

  std::vector<process::answer> ask_all(const std::vector<pid>& whom, const term& request, deadline until) {
    return self_.request_all(whom, "system"_atom, request, until,
                             [this](std::size_t done) { progress_.reached(done); });
  }
  /// The plan's deadline, and time enough for who is idle.
  deadline patience() const {
    constexpr std::chrono::microseconds moment{20'000}, moment_for_one{5};
    if (!plan_.until)
      return {};
    return std::max(*plan_.until, clock::now() + moment + static_cast<std::int64_t>(held_.size()) * moment_for_one);
  }
  /// A request whose answer nobody waits for.
  void ask_nobody(pid who, const term& request) {
    self_.home().send(who, tuple("system", tuple(self_.self(), self_.home().make_request_reference()), request));
  }

  // From here there is no way back and none is needed: a commit cannot fail. Each goes on with it: who is asked
  // something by one that goes on already takes its new state first.
  term commit() {
    progress_.step("commit", travellers_.size());
    std::vector<pid> changing;
    for (const traveller& each : travellers_)
      changing.push_back(each.who);
    const auto answers = ask_all(changing, "upgrade_commit", {});
    std::vector<term> done;
    for (std::size_t i = 0; i < travellers_.size(); ++i) {
      const traveller& each = travellers_[i];
      if (answers[i].ok && answers[i].value == "ok"_atom)
        done.push_back(tuple(each.who, each.from, each.to));
    }
    // Whom the commit did not release, as there was nothing to change.
    std::vector<pid> rest;
    std::set_difference(held_.begin(), held_.end(), changing.begin(), changing.end(), std::back_inserter(rest));
    held_ = std::move(rest);
    return list_of(done.data(), done.size());
  }

  void describe(const term& result) {
    std::string lines;
    const term& list_or_reason = result[1];
    if (result[0] == "ok") {
      for (const term& each : list_or_reason.elements_of_list())
        lines += format("~p: ~tp ~tp -> ~tp~n", list(each[0], plan_.module, each[1], each[2]));
      if (list_or_reason.is_nil())
        lines = format("~tp: every process runs the current version~n", list(plan_.module));
    } else {
      lines = format("~tp: nothing was changed: ~tp~n", list(plan_.module, list_or_reason));
    }
    self_.home().put_chars(lines);
  }

  process& self_;
  plan plan_;
  progress progress_;
  std::vector<pid> held_;  // in order; asked to hold, and not released yet
  std::vector<traveller> travellers_;
  term from_, to_;  // what nearly all of them go from and to
};

/// In a process of its own, which goes on when whoever asked for the upgrade is killed or interrupted.
term run_aside(process& self, plan wanted) {
  if (!self.may_block())
    raise_error(tuple("would_block", "upgrade"));
  const term key = self.home().make_reference();
  const pid asker = self.self();
  const auto made = self.home().spawn_blocking(
      [wanted = std::move(wanted), key, asker](process& mine) {
        const term result = upgrading(mine, wanted).run();
        mine.home().send(asker, tuple(key, result));
      },
      {.parent = &self, .link = false, .monitor = true, .name = {}, .initial_call = tuple("twinslot", "upgrade", 2)});
  const term down = made.monitor;
  const auto news = self.receive([&](const term& it) {
    return (it.is_tuple(2) && it[0] == key) || (it.is_tagged("DOWN"_atom, 5) && it[1] == down);
  });
  self.demonitor(made.monitor, true);
  if ((*news)[0] == key)
    return (*news)[1];
  return tuple("error", (*news)[4]);
}

term upgrade(process& self, const term& module, const term& options) {
  if (!module.is_atom() || !options.is_list())
    raise_badarg();
  plan wanted{module.as_atom(), {}, deadline_from(default_timeout_ms)};
  for (const term& option : options.elements_of_list()) {
    if (option == "verbose")
      wanted.verbose = true;
    else if (option.is_tagged("timeout"_atom, 2))
      wanted.until = deadline_from(option[1]);
    else if (option.is_tagged("extra"_atom, 2))
      wanted.extra = option[1];
    else
      raise_badarg();
  }
  return run_aside(self, std::move(wanted));
}
term upgrade_1(process& self, const term* arguments) {
  return upgrade(self, arguments[0], {});
}
term upgrade_2(process& self, const term* arguments) {
  return upgrade(self, arguments[0], arguments[1]);
}

constexpr native all[] = {
    {"twinslot", "upgrade", 1, upgrade_1, "upgrade(Module)",
     "moves every process of a module to its current version, or none: {ok,[{Pid,FromVsn,ToVsn}]}"},
    {"twinslot", "upgrade", 2, upgrade_2, "upgrade(Module, Options)",
     "as upgrade/1; Options: {timeout,Ms}, {extra,Term}, verbose"},
};
}  // namespace

std::span<const native> natives() {
  return all;
}
}  // namespace twinslot::upgrade
