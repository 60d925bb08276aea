#include "actors/code_server/purge_gate.hpp"

#include <algorithm>

namespace twinslot::code_server {

std::uint64_t purge_gate::open(const code::version* leaving, code::version* incoming) {
  std::lock_guard lock(mutex_);
  leaving_ = leaving;
  incoming_ = incoming;
  joined_.clear();
  return ++number_;
}

void purge_gate::close() {
  std::lock_guard lock(mutex_);
  leaving_ = nullptr;
  incoming_ = nullptr;
}

bool purge_gate::join(std::uint64_t number, const code::version* leaving, pid who) {
  std::lock_guard lock(mutex_);
  if (!leaving_ || leaving_ != leaving || number_ != number)
    return false;
  joined_.insert(who.id);
  return true;
}

bool purge_gate::has_joined(pid who) const {
  std::lock_guard lock(mutex_);
  return joined_.contains(who.id);
}

code::binding purge_gate::bind_incoming(std::uint64_t number, pid who) {
  std::lock_guard lock(mutex_);
  if (!incoming_ || number_ != number)
    return {};
  return incoming_->bind(who);
}

code::binding purge_gate::bind_old(code::table& versions, atom module, const term& vsn, pid who) {
  std::lock_guard lock(mutex_);
  code::version* old = versions.old(module);
  if (!old || old == leaving_ || !(old->vsn() == vsn))
    return {};
  return old->bind(who);
}

void purge_gate::waits(atom module, waiting_server one) {
  std::lock_guard lock(mutex_);
  waiting_[module.index()].insert_or_assign(one.who.id, at_rest{std::move(one.vsn), std::move(one.reason)});
}

void purge_gate::moved_on(atom module, pid who) {
  std::lock_guard lock(mutex_);
  const auto entry = waiting_.find(module.index());
  if (entry == waiting_.end())
    return;
  entry->second.erase(who.id);
  if (entry->second.empty())
    waiting_.erase(entry);
}

std::vector<purge_gate::waiting_server> purge_gate::without_version(atom module) const {
  std::vector<waiting_server> found;
  {
    std::lock_guard lock(mutex_);
    if (const auto entry = waiting_.find(module.index()); entry != waiting_.end())
      for (const auto& [id, rest] : entry->second)
        found.push_back({pid{id, 0}, rest.vsn, rest.reason});
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.who < b.who; });
  return found;
}
}  // namespace twinslot::code_server
