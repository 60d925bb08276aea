#include "actors/upgrade/upgrade.hpp"

#include "actors/code_server/code_server.hpp"
#include "actors/upgrade/progress.hpp"
#include "runtime/process/node.hpp"
#include "runtime/term/print.hpp"

#include <algorithm>

namespace twinslot::upgrade {
namespace {
constexpr std::int64_t default_timeout_ms = 5000;
constexpr std::chrono::milliseconds moment_for_one{20};
constexpr std::chrono::milliseconds moment_for_all{500};

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
  bool prepared = false;
};

class upgrading {
public:
  upgrading(process& self, plan wanted)
      : self_(self), plan_(std::move(wanted)), progress_(self.home(), plan_.verbose) {}

  term run() {
    if (!self_.home().code().is_loaded(plan_.module))
      return tuple("error", tuple("not_loaded", plan_.module));
    find();
    const term result = hold_and_change();
    progress_.step("resume", travellers_.size());
    for (const traveller& each : travellers_) {
      ask_nobody(each.who, "upgrade_end");
      progress_.one();
    }
    progress_.finish();
    if (plan_.verbose)
      describe(result);
    return result;
  }

private:
  void find() {
    std::vector<pid> found = code_server::gate_of(self_.home())->without_version(plan_.module);
    if (const code::version* old = self_.home().code().old(plan_.module)) {
      const auto bound = old->bound();
      found.insert(found.end(), bound.begin(), bound.end());
    }
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    for (pid each : found)
      travellers_.push_back({each, {}, {}});
  }

  term hold_and_change() {
    if (const term busy = hold(); busy.is_cons())
      return tuple("error", tuple("busy", busy));
    if (const term failed = prepare(); failed.is_cons())
      return tuple("error", tuple("code_change", failed));
    return tuple("ok", commit());
  }

  process::answer ask(pid who, term request, deadline until) {
    return self_.request(who, "system"_atom, std::move(request), until);
  }
  static bool is_late(const process::answer& answer) { return !answer.ok && answer.value == "timeout"; }
  std::vector<process::answer> ask_all(const std::vector<traveller>& whom, const term& request, deadline until) {
    constexpr std::size_t between_two_looks = 100;  // at the progress
    std::vector<process::answer> answers;
    std::vector<pid> some;
    for (const traveller& each : whom) {
      some.push_back(each.who);
      if (some.size() < between_two_looks && answers.size() + some.size() < whom.size())
        continue;
      for (auto& answer : self_.request_all(some, "system"_atom, request, until)) {
        if (!is_late(answer))
          progress_.one();
        answers.push_back(std::move(answer));
      }
      some.clear();
    }
    return answers;
  }
  /// Who has nothing else to do answers by then.
  deadline soon() const {
    const auto next = clock::now() + progress::redraw_time;
    return plan_.until && *plan_.until < next ? plan_.until : next;
  }
  /// The same for a request that may be made twice: asks again and again, and shows meanwhile that it waits.
  process::answer ask_patiently(pid who, const term& request, deadline until) {
    for (;;) {
      const auto next = clock::now() + progress::redraw_time;
      const bool is_last = until && *until <= next;
      const auto answer = ask(who, request, is_last ? until : next);
      if (is_last || !is_late(answer))
        return answer;
      progress_.draw();
    }
  }
  /// The deadline of the plan, or a moment from now: who was asked long ago answers at once, even if another one has
  /// used up the time. The moments together have an end too.
  deadline moment() const {
    if (!plan_.until || *plan_.until > clock::now())
      return plan_.until;
    return std::min(clock::now() + moment_for_one, *plan_.until + moment_for_all);
  }
  /// A request whose answer nobody waits for.
  void ask_nobody(pid who, const term& request) {
    self_.home().send(who, tuple("system", tuple(self_.self(), self_.home().make_request_reference()), request));
  }

  // All are asked before the first answer is waited for, so that they finish their callbacks side by side.
  term hold() {
    const term begin = tuple("upgrade_begin", plan_.module);
    for (const traveller& each : travellers_)
      ask_nobody(each.who, begin);
    progress_.step("suspend", travellers_.size());
    const auto answers = ask_all(travellers_, begin, soon());
    std::vector<term> busy;
    std::vector<traveller> held;
    for (std::size_t i = 0; i < travellers_.size(); ++i) {
      const traveller& each = travellers_[i];
      auto answer = answers[i];
      if (is_late(answer)) {
        answer = ask_patiently(each.who, begin, moment());
        progress_.one();
      }
      const bool is_busy = is_late(answer);
      if (is_busy)
        busy.push_back(each.who);
      if (is_busy || (answer.ok && answer.value == "ok"))
        held.push_back(each);
    }
    travellers_ = std::move(held);
    return list_of(busy.data(), busy.size());
  }

  term prepare() {
    progress_.step("code_change", travellers_.size());
    std::vector<term> failed;
    const auto answers = ask_all(travellers_, tuple("upgrade_prepare", plan_.extra), plan_.until);
    for (std::size_t i = 0; i < travellers_.size(); ++i) {
      traveller& each = travellers_[i];
      const auto& answer = answers[i];
      if (answer.ok && answer.value.is_tagged("ok"_atom, 3)) {
        each.from = answer.value[1];
        each.to = answer.value[2];
        each.prepared = true;
      } else if (answer.ok && answer.value.is_tagged("error"_atom, 2)) {
        failed.push_back(tuple(each.who, answer.value[1]));
      } else if (is_late(answer)) {
        failed.push_back(tuple(each.who, "timeout"));
      }
    }
    return list_of(failed.data(), failed.size());
  }

  // From here there is no way back and none is needed: a commit cannot fail.
  term commit() {
    plan_.until = {};
    progress_.step("commit", travellers_.size());
    std::vector<term> done;
    std::vector<traveller> prepared;
    std::copy_if(travellers_.begin(), travellers_.end(), std::back_inserter(prepared),
                 [](const traveller& each) { return each.prepared; });
    const auto answers = ask_all(prepared, "upgrade_commit", {});
    for (std::size_t i = 0; i < prepared.size(); ++i) {
      const traveller& each = prepared[i];
      if (answers[i].ok)
        done.push_back(tuple(each.who, each.from, each.to));
    }
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
  std::vector<traveller> travellers_;
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
