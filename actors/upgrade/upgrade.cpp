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
  std::vector<atom> modules;
  term extra;
  deadline until;
  bool verbose = false;
};

/// A process on its way.
struct traveller {
  pid who;
  atom module;
  term from, to;
  bool suspended = false;  // by sys:suspend: it has arrived, and goes on when it is resumed
};

term list_of_vector(const std::vector<term>& all) {
  return list_of(all.data(), all.size());
}

/// One module's part of an upgrade.
struct part {
  atom module;
  term from, to;          // what nearly all of its processes go from and to
  std::vector<pid> held;  // in order; asked to hold, and not released yet
};

class upgrading {
public:
  upgrading(process& self, plan wanted)
      : self_(self), plan_(std::move(wanted)), progress_(self.home(), plan_.verbose) {}
  /// Also when this process is killed: no server stays held (W11). Then the modules are free again.
  ~upgrading() {
    for (const part& each : parts_)
      for (pid who : each.held)
        send_end(who);
  }
  upgrading(const upgrading&) = delete;

  term run() {
    const term result = attempt();
    progress_.finish();
    if (plan_.verbose && !result[1].is_tagged("not_loaded"_atom, 2))
      describe(result);
    return result;
  }

private:
  term attempt() {
    if (const auto busy = lock(); !busy.empty())
      return refusal("busy", busy);
    for (atom module : plan_.modules)
      if (!code().is_loaded(module))
        return tuple("error", tuple("not_loaded", module));
    for (atom module : plan_.modules)
      find(module);
    return hold_and_change();
  }

  static term refusal(const char* kind, const std::vector<term>& which) {
    return tuple("error", tuple(atom(std::string_view(kind)), list_of_vector(which)));
  }

  /// {Module, What, Pid} of what was in the way until the deadline; none: all modules are this upgrade's now.
  std::vector<term> lock() {
    auto& locks = code_server::locks_of(self_.home());
    lock_ = locks.take(plan_.modules, {self_.self(), "upgrade"_atom});
    if (lock_.granted())
      return {};
    const term number = lock_.number();
    const auto news = self_.receive(
        [&](const term& it) { return it.is_tagged("$change_granted"_atom, 2) && it[1] == number; }, plan_.until);
    return news || lock_.granted() ? std::vector<term>{} : locks.in_the_way(plan_.modules);
  }

  void find(atom module) {
    part made{module, {}, {}, {}};
    if (const code::pin current = code().pin_current(module))
      made.to = current->vsn();
    for (const auto& one : code_server::gate_of(self_.home()).without_version(module))
      made.held.push_back(one.who);
    if (auto old = code().users_of_old(module)) {
      made.from = old->vsn;
      made.held.insert(made.held.end(), old->bound.begin(), old->bound.end());
      for (pid who : self_.home().lingering(code().old(module)))
        if (self_.home().takes_system_requests(who))
          made.held.push_back(who);  // a special process
    }
    std::sort(made.held.begin(), made.held.end());
    made.held.erase(std::unique(made.held.begin(), made.held.end()), made.held.end());
    parts_.push_back(std::move(made));
  }

  term hold_and_change() {
    std::size_t count = 0;
    for (const part& each : parts_)
      count += each.held.size();
    progress_.step("code_change", count);
    std::vector<term> busy, failed;
    // One module after the other: a server that serves another one's callback is asked later than that.
    for (const part& each : parts_) {
      const auto answers =
          ask_all(each.held, tuple("upgrade_begin", each.module, plan_.extra, each.from, each.to), patience(count));
      for (std::size_t i = 0; i < each.held.size(); ++i)
        sort(each, each.held[i], answers[i], busy, failed);
    }
    if (!busy.empty())
      return refusal("busy", busy);
    if (!failed.empty())
      return refusal("code_change", failed);
    return commit();
  }

  void sort(const part& of, pid who, const process::answer& given, std::vector<term>& busy, std::vector<term>& failed) {
    const term& value = given.value;
    if (given.ok && value == "ok"_atom)
      travellers_.push_back({who, of.module, of.from, of.to});
    else if (given.ok && value.is_tagged("ok"_atom, 3))
      travellers_.push_back({who, of.module, value[1], value[2]});
    else if (given.ok && value.is_tagged("error"_atom, 2) && value[1].is_tagged("code_change"_atom, 2))
      failed.push_back(tuple(who, value[1][1]));
    else if (given.ok && value.is_tagged("error"_atom, 2))
      failed.push_back(tuple(who, value[1]));  // held by another process, by hand
    else if (!given.ok && value == "timeout"_atom && is_changing(of.module, who))
      failed.push_back(tuple(who, value));
    else if (!given.ok && value == "timeout"_atom)
      busy.push_back(who);
  }
  /// Held, and still at its new state: that one is bound to its version from the start.
  bool is_changing(atom module, pid who) {
    const code::pin current = code().pin_current(module);
    return current && current->bound_since(who);
  }

  std::vector<process::answer> ask_all(const std::vector<pid>& whom, const term& request, deadline until) {
    return self_.request_all(whom, "system"_atom, request, until,
                             [this](std::size_t done) { progress_.reached(done); });
  }
  /// The plan's deadline, and time enough for who is idle.
  deadline patience(std::size_t count) const {
    constexpr std::chrono::microseconds moment{20'000}, moment_for_one{5};
    if (!plan_.until)
      return {};
    return std::max(*plan_.until, clock::now() + moment + static_cast<std::int64_t>(count) * moment_for_one);
  }
  /// A request whose answer is not waited for.
  void send_end(pid who) {
    self_.home().send(who,
                      tuple("system", tuple(self_.self(), self_.home().make_request_reference()), "upgrade_end"_atom));
  }

  // From here there is no way back and none is needed: a commit cannot fail. Each goes on with it: a server that is
  // asked something by one that goes on already takes its new state first.
  term commit() {
    progress_.step("commit", travellers_.size());
    std::vector<pid> changing;
    for (const traveller& each : travellers_)
      changing.push_back(each.who);
    const auto answers = ask_all(changing, "upgrade_commit", {});
    std::vector<term> done, kept_away;
    for (std::size_t i = 0; i < travellers_.size(); ++i) {
      traveller& each = travellers_[i];
      const term& value = answers[i].value;
      each.suspended = value == "suspended"_atom;
      if (answers[i].ok && value.is_tagged("error"_atom, 2)) {
        kept_away.push_back(tuple(each.who, value[1]));
      } else if (answers[i].ok) {
        done.push_back(tuple(each.who, each.from, each.to));
        moved_.push_back(each);
      }
    }
    // The commit has released them; those that had nothing to change are left for the end.
    std::sort(changing.begin(), changing.end());
    for (part& each : parts_)
      std::erase_if(each.held, [&](pid who) { return std::binary_search(changing.begin(), changing.end(), who); });
    return kept_away.empty() ? tuple("ok", list_of_vector(done)) : refusal("interfered", kept_away);
  }

  void describe(const term& result) {
    const term names = plan_.modules.size() == 1 ? term(plan_.modules.front()) : modules_as_term();
    std::string lines;
    if (result[0] == "ok")
      lines = moved_lines() + staying_lines();
    else if (result[1].is_tagged("interfered"_atom, 2))
      lines = format("~tp: not all were changed: ~tp~n", list(names, result[1]));
    else
      lines = format("~tp: nothing was changed: ~tp~n", list(names, result[1]));
    if (lines.empty())
      lines = format("~tp: every process runs the current version~n", list(names));
    self_.home().put_chars(lines);
  }

  term modules_as_term() const { return list_of_vector(std::vector<term>(plan_.modules.begin(), plan_.modules.end())); }

  std::string moved_lines() {
    std::string lines;
    for (const traveller& each : moved_)
      lines += format("~p: ~tp ~tp -> ~tp~ts~n",
                      list(each.who, each.module, each.from, each.to,
                           string(each.suspended ? "; suspended, until sys:resume(" + to_text_w(each.who) + ")" : "")));
    return lines;
  }

  /// Processes that run a function of their own in an old version.
  std::string staying_lines() {
    std::string lines;
    for (const part& each : parts_) {
      const code::version* old = code().old(each.module);
      if (!old)
        continue;
      const auto bound = old->bound();
      for (pid who : self_.home().lingering(old)) {
        const bool moves =
            std::any_of(moved_.begin(), moved_.end(), [&](const traveller& it) { return it.who == who; });
        if (!moves && !std::binary_search(bound.begin(), bound.end(), who))
          lines += format("~p: stays in ~tp ~tp until its next qualified call~n", list(who, each.module, each.from));
      }
    }
    return lines;
  }

  code::table& code() noexcept { return self_.home().code(); }

  process& self_;
  plan plan_;
  progress progress_;
  code_server::change_locks::ticket lock_;  // given back after the servers were released
  std::vector<part> parts_;
  std::vector<traveller> travellers_;
  std::vector<traveller> moved_;
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

/// In the order of their names, each once. Raises badarg: neither an atom nor a list of atoms, one at least.
std::vector<atom> modules_in(const term& given) {
  std::vector<atom> all;
  if (given.is_atom())
    return {given.as_atom()};
  term rest = given;
  for (; rest.is_cons() && rest.head().is_atom(); rest = term(rest.tail()))
    all.push_back(rest.head().as_atom());
  if (!rest.is_nil() || all.empty())
    raise_badarg();
  const auto by_name = [](atom a, atom b) { return a.text() < b.text(); };
  std::sort(all.begin(), all.end(), by_name);
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

term upgrade(process& self, const term& module, const term& options) {
  plan wanted{modules_in(module), {}, deadline_from(default_timeout_ms)};
  if (!options.is_list())
    raise_badarg();
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
    {"twinslot", "upgrade", 1, upgrade_1, "upgrade(Module | Modules)",
     "moves every process of the modules to the current versions, or none: {ok,[{Pid,FromVsn,ToVsn}]}"},
    {"twinslot", "upgrade", 2, upgrade_2, "upgrade(Module | Modules, Options)",
     "as upgrade/1; Options: {timeout,Ms}, {extra,Term}, verbose"},
};
}  // namespace

std::span<const native> natives() {
  return all;
}
}  // namespace twinslot::upgrade
