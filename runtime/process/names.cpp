#include "runtime/process/names.hpp"

#include <algorithm>
#include <mutex>

namespace twinslot {

bool names::insert(atom name, pid who, const std::function<bool()>& is_alive) {
  std::unique_lock guard{mutex_};
  if (by_name_.count(name.index()) || by_pid_.count(who.id) || !is_alive())
    return false;
  by_name_.emplace(name.index(), who);
  by_pid_.emplace(who.id, name);
  return true;
}

bool names::erase(atom name) {
  std::unique_lock guard{mutex_};
  auto found = by_name_.find(name.index());
  if (found == by_name_.end())
    return false;
  by_pid_.erase(found->second.id);
  by_name_.erase(found);
  return true;
}

void names::erase_of(pid who) {
  {
    std::shared_lock guard{mutex_};
    if (!by_pid_.count(who.id))
      return;
  }
  std::unique_lock guard{mutex_};
  if (auto found = by_pid_.find(who.id); found != by_pid_.end()) {
    by_name_.erase(found->second.index());
    by_pid_.erase(found);
  }
}

std::optional<pid> names::find(atom name) const {
  std::shared_lock guard{mutex_};
  auto found = by_name_.find(name.index());
  return found == by_name_.end() ? std::nullopt : std::optional{found->second};
}

std::optional<atom> names::name_of(pid who) const {
  std::shared_lock guard{mutex_};
  auto found = by_pid_.find(who.id);
  return found == by_pid_.end() ? std::nullopt : std::optional{found->second};
}

std::vector<atom> names::all() const {
  std::vector<atom> found;
  {
    std::shared_lock guard{mutex_};
    for (auto& [index, who] : by_name_)
      found.push_back(atom::from_index(index));
  }
  std::sort(found.begin(), found.end(), [](atom a, atom b) { return a.text() < b.text(); });
  return found;
}
}  // namespace twinslot
