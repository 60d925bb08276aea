#include "actors/code_server/purge.hpp"

#include "runtime/term/print.hpp"

#include <algorithm>
#include <thread>

namespace twinslot::code_server {
namespace {
using namespace std::chrono_literals;

term pids(const std::vector<pid>& which) {
  const std::vector<term> terms(which.begin(), which.end());
  return list_of(terms.data(), terms.size());
}

class purging {
public:
  purging(process& self, state& shared, atom module, code::version* leaving)
      : self_(self),
        shared_(shared),
        module_(module),
        leaving_(leaving),
        vsn_(leaving->vsn()),
        number_(shared.gate->open(leaving)),
        grace_end_(clock::now() + shared.limits.purge_grace) {}
  ~purging() {
    shared_.gate->close();
    // Who was asked may go on; nobody waits for that.
    for (pid each : asked_)
      self_.home().urgent(self_, each, tuple("purge_over", number_), clock::now());
  }
  purging(const purging&) = delete;
  purging& operator=(const purging&) = delete;

  term run(bool kill) {
    // First who runs in the version: while somebody does, nothing is asked of anybody.
    wait_for_frames();
    if (kill || leaving_->pin_count() == 0)
      ask_servers(kill);
    if (try_remove(grace_end_))
      return summary(true);
    if (!kill)
      return summary(false);
    kill_all();
    if (!try_remove(clock::now() + shared_.limits.kill_patience)) {
      self_.home().code().abandon_old(module_);
      mapping_ = "in_use";
    }
    return summary(true);
  }

private:
  void wait_for_frames() {
    while (leaving_->pin_count() != 0 && clock::now() < grace_end_)
      std::this_thread::sleep_for(1ms);
  }

  void ask_servers(bool in_any_case) {
    const auto place = static_cast<std::int64_t>(reinterpret_cast<std::intptr_t>(leaving_));
    for (pid each : leaving_->bound()) {
      asked_.push_back(each);
      take(each, self_.home().urgent(self_, each, tuple("let_go", number_, place, in_any_case),
                                     std::max(grace_end_, clock::now() + 1ms)));
    }
  }

  void take(pid who, const process::answer& given) {
    if (!given.ok || given.value == tuple("error", "running"))
      return;
    const term& value = given.value;
    if (value == "ok" || value.is_tagged("ok"_atom, 2))
      moved_.push_back(who);
    if (value.is_tagged("ok"_atom, 2))
      waiting_.push_back(tuple(who, tuple("code_change", value[1])));
    else if (value.is_tagged("error"_atom, 2) && value[1].is_tagged("code_change"_atom, 2))
      failed_.push_back(tuple(who, value[1]));
    else if (!(value == "ok"))
      failed_.push_back(tuple(who, tuple("export_failed", value.is_tuple(2) ? value[1] : value)));
  }

  bool try_remove(clock::time_point until) {
    for (;;) {
      const auto done = self_.home().code().remove_old(module_);
      if (done) {
        mapping_ = done->is_tuple() ? tuple("still_mapped", (*done)[2]) : term("gone");
        return true;
      }
      if (clock::now() >= until)
        return false;
      std::this_thread::sleep_for(1ms);
    }
  }

  std::vector<pid> in_the_way() const {
    std::vector<pid> found = self_.home().lingering(leaving_);
    for (pid each : leaving_->bound())
      if (std::find(found.begin(), found.end(), each) == found.end())
        found.push_back(each);
    return found;
  }

  void kill_all() {
    killed_ = in_the_way();
    std::erase(killed_, self_.self());
    std::vector<term> monitors;
    for (pid each : killed_) {
      monitors.push_back(self_.monitor(each));
      self_.exit_signal(each, "kill");
    }
    const auto until = clock::now() + shared_.limits.kill_patience;
    for (const term& monitor : monitors) {
      self_.receive([&](const term& it) { return it.is_tagged("DOWN"_atom, 5) && it[1] == monitor; }, until);
      self_.demonitor(monitor.as_reference(), true);
    }
  }

  term summary(bool purged) const {
    std::vector<term> blocked = failed_;
    // A server that was not asked, because somebody else runs there, is in nobody's way.
    if (!purged)
      for (pid each : asked_.empty() ? self_.home().lingering(leaving_) : in_the_way()) {
        const bool known =
            std::any_of(failed_.begin(), failed_.end(), [&](const term& it) { return it[0] == term(each); });
        if (!known)
          blocked.push_back(tuple(each, "running"));
      }
    return map({{"purged", purged},
                {"removed", purged ? vsn_ : term("none")},
                {"moved", pids(moved_)},
                {"blocked_by", purged ? term{} : list_of(blocked.data(), blocked.size())},
                {"waiting", list_of(waiting_.data(), waiting_.size())},
                {"killed", pids(killed_)},
                {"mapping", purged ? mapping_ : term("none")}});
  }

  process& self_;
  state& shared_;
  const atom module_;
  code::version* const leaving_;
  const term vsn_;
  const std::uint64_t number_;
  const clock::time_point grace_end_;
  std::vector<pid> asked_, moved_, killed_;
  std::vector<term> failed_, waiting_;
  term mapping_ = "none";
};
}  // namespace

term purge(process& self, state& shared, atom module, bool kill) {
  auto& table = self.home().code();
  table.sweep();
  code::version* leaving = table.old(module);
  if (!leaving)
    return map({{"purged", true},
                {"removed", "none"},
                {"moved", term{}},
                {"blocked_by", term{}},
                {"waiting", term{}},
                {"killed", term{}},
                {"mapping", "none"}});
  return purging(self, shared, module, leaving).run(kill);
}

void warn_of_waiting(process& self, atom module, const term& waiting) {
  for (const term& each : waiting.elements_of_list())
    self.home().log("warning"_atom, format("** ~tp of ~tp waits for a version that takes its state~n** Reason: ~tp~n",
                                           list(each[0], module, each[1][1])));
}
}  // namespace twinslot::code_server
