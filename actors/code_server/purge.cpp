#include "actors/code_server/purge.hpp"

#include "runtime/term/print.hpp"

#include <algorithm>
#include <thread>
#include <unordered_set>

namespace twinslot::code_server {
namespace {
using namespace std::chrono_literals;
// For a server that has begun to compute its new state: it is not in the way, it takes its time.
constexpr auto computing_patience = 5s;

term pids(const std::vector<pid>& which) {
  const std::vector<term> terms(which.begin(), which.end());
  return list_of(terms.data(), terms.size());
}
}  // namespace

purging::purging(process& self, state& shared, atom module, code::version* incoming)
    : self_(self),
      shared_(shared),
      module_(module),
      leaving_(self.home().code().old(module)),
      vsn_(leaving_ ? leaving_->vsn() : term("none")),
      grace_end_(clock::now() + shared.limits.purge_grace) {
  if (leaving_)
    number_ = shared.gate->open(leaving_, incoming);
}

purging::~purging() {
  if (!leaving_)
    return;
  shared_.gate->close();
  for (pid each : asked_)
    self_.home().urge(self_, each, tuple("purge_over", number_));
}

term purging::run(bool kill) {
  if (!leaving_)
    return summary(true);
  wait_for_frames();
  // While a frame is in the version no server is asked for anything: the purge is refused, or kills first.
  if (kill || leaving_->pin_count() == 0) {
    ask_servers(kill);
    if (kill || failed_.empty())
      commit();
  }
  if (committed_ && try_remove(grace_end_))
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

/// Processes that are suspended leave no sooner for being waited for.
bool purging::all_are_suspended() const {
  const auto there = self_.home().lingering(leaving_);
  return std::all_of(there.begin(), there.end(),
                     [&](pid each) { return self_.home().standing_of(each) == body::standing::suspended; });
}

void purging::wait_for_frames() {
  while (leaving_->pin_count() != 0 && clock::now() < grace_end_ && !all_are_suspended())
    std::this_thread::sleep_for(1ms);
}

void purging::ask_servers(bool in_any_case) {
  const auto place = static_cast<std::int64_t>(reinterpret_cast<std::intptr_t>(leaving_));
  const term request = tuple("let_go", number_, place, in_any_case);
  asked_ = leaving_->bound();
  const auto moment = 1ms + 5us * static_cast<std::int64_t>(asked_.size());
  const clock::time_point until = clock::now() + moment;
  const auto answers = self_.home().urgent_all(self_, asked_, request, std::max(grace_end_, until));
  for (std::size_t i = 0; i < asked_.size(); ++i) {
    const bool computes = !answers[i].ok && answers[i].value == "timeout" && shared_.gate->has_joined(asked_[i]);
    take(asked_[i],
         computes ? self_.home().urgent(self_, asked_[i], request, clock::now() + computing_patience) : answers[i]);
  }
}

void purging::take(pid who, const process::answer& given) {
  const term& value = given.value;
  if (!given.ok && !(value == "timeout"))
    return;  // it has ended
  if (given.ok && (value == "ok" || value.is_tagged("ok"_atom, 2))) {
    ready_.push_back(who);
    if (value.is_tuple())
      waiting_.push_back(tuple(who, tuple("code_change", value[1])));
    return;
  }
  const term why = value.is_tagged("error"_atom, 2) ? value[1] : term("running");
  if (why.is_tagged("code_change"_atom, 2))
    failed_.push_back(tuple(who, why));
  else if (why.is_tagged("held"_atom, 3))
    failed_.push_back(tuple(who, tuple("held", why[1])));
  else
    failed_.push_back(tuple(who, why.is_tuple() ? tuple("export_failed", why) : term("running")));
}

void purging::commit() {
  committed_ = true;
  self_.home().urgent_all(self_, ready_, tuple("purge_commit", number_), clock::now() + shared_.limits.kill_patience);
}

bool purging::try_remove(clock::time_point until) {
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

std::vector<pid> purging::in_the_way() const {
  std::vector<pid> found = self_.home().lingering(leaving_);
  const std::vector<pid> bound = leaving_->bound();
  found.insert(found.end(), bound.begin(), bound.end());
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

void purging::kill_all() {
  killed_ = in_the_way();
  std::erase(killed_, self_.self());
  std::unordered_set<std::uint64_t> alive;  // by the number of their monitor
  for (pid each : killed_) {
    alive.insert(self_.monitor(each).id);
    self_.exit_signal(each, "kill");
  }
  const auto until = clock::now() + shared_.limits.kill_patience;
  // Each DOWN is taken as it comes: looking for a particular one would walk along all others.
  const auto is_victim = [&](const term& it) {
    return it.is_tagged("DOWN"_atom, 5) && it[1].is_reference() && alive.contains(it[1].as_reference().id);
  };
  while (!alive.empty()) {
    const auto down = self_.receive(is_victim, until);
    if (!down)
      break;
    alive.erase((*down)[1].as_reference().id);
  }
  for (const std::uint64_t left : alive)
    self_.demonitor(reference{left, 0}, true);
}

term purging::summary(bool purged) const {
  std::vector<term> blocked = failed_;
  // A server that was not asked, because a frame is in the version, is not in the way.
  if (!purged) {
    std::unordered_set<std::uint64_t> known;
    for (const term& each : failed_)
      known.insert(each[0].as_pid().id);
    for (pid each : asked_.empty() ? self_.home().lingering(leaving_) : committed_ ? in_the_way() : std::vector<pid>{})
      if (!known.contains(each.id))
        blocked.push_back(tuple(each, "running"));
  }
  return map({{"purged", purged},
              {"removed", purged ? vsn_ : term("none")},
              {"moved", committed_ ? pids(ready_) : term{}},
              {"blocked_by", purged ? term{} : list_of(blocked.data(), blocked.size())},
              {"waiting", committed_ ? list_of(waiting_.data(), waiting_.size()) : term{}},
              {"killed", pids(killed_)},
              {"mapping", purged ? mapping_ : term("none")}});
}

term purge(process& self, state& shared, atom module, bool kill) {
  self.home().code().sweep();
  return purging(self, shared, module, nullptr).run(kill);
}

void warn_of_waiting(process& self, atom module, const term& waiting) {
  for (const term& each : waiting.elements_of_list())
    self.home().log("warning"_atom, format("** ~tp of ~tp waits for a version that takes its state~n** Reason: ~tp~n",
                                           list(each[0], module, each[1][1])));
}
}  // namespace twinslot::code_server
