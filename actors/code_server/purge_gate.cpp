#include "actors/code_server/purge_gate.hpp"

namespace twinslot::code_server {

std::uint64_t purge_gate::open(const code::version* leaving) {
  std::lock_guard lock(mutex_);
  leaving_ = leaving;
  return ++number_;
}

void purge_gate::close() {
  std::lock_guard lock(mutex_);
  leaving_ = nullptr;
}

bool purge_gate::stands(std::uint64_t number, const code::version* leaving) const {
  std::lock_guard lock(mutex_);
  return leaving_ && leaving_ == leaving && number_ == number;
}

code::version* purge_gate::rebind(code::table& versions, atom module, const term& md5, pid who) {
  std::lock_guard lock(mutex_);
  code::version* old = versions.old(module);
  if (!old || old == leaving_ || !(old->md5() == md5))
    return nullptr;
  old->bind(who);
  return old;
}

code::version* purge_gate::bind_old(code::table& versions, atom module, const term& vsn, pid who) {
  std::lock_guard lock(mutex_);
  code::version* old = versions.old(module);
  if (!old || old == leaving_ || !(old->vsn() == vsn))
    return nullptr;
  old->bind(who);
  return old;
}

void purge_gate::let_go(atom module, pid who) {
  std::lock_guard lock(mutex_);
  loose_[module.index()].insert(who.id);
}

void purge_gate::moved_on(atom module, pid who) {
  std::lock_guard lock(mutex_);
  const auto entry = loose_.find(module.index());
  if (entry == loose_.end())
    return;
  entry->second.erase(who.id);
  if (entry->second.empty())
    loose_.erase(entry);
}

std::vector<pid> purge_gate::without_version(atom module) const {
  std::lock_guard lock(mutex_);
  std::vector<pid> found;
  const auto entry = loose_.find(module.index());
  if (entry != loose_.end())
    for (std::uint64_t id : entry->second)
      found.push_back(pid{id, 0});
  return found;
}
}  // namespace twinslot::code_server
