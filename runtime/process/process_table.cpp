#include "runtime/process/process_table.hpp"

#include <algorithm>

namespace twinslot {

void process_table::insert(process& added) {
  auto& home = shard_of(added.self());
  std::lock_guard guard{home.mutex};
  home.processes.emplace(added.self().id, process_ref::share(added));
}

void process_table::remove(pid who) noexcept {
  process_ref last;  // released after the lock
  auto& home = shard_of(who);
  std::lock_guard guard{home.mutex};
  if (auto found = home.processes.find(who.id); found != home.processes.end()) {
    last = std::move(found->second);
    home.processes.erase(found);
  }
}

process_ref process_table::find(pid who) const {
  if (who.node != 0)
    return {};
  auto& home = shard_of(who);
  std::lock_guard guard{home.mutex};
  auto found = home.processes.find(who.id);
  return found == home.processes.end() ? process_ref{} : found->second;
}

bool process_table::contains(pid who) const {
  auto& home = shard_of(who);
  std::lock_guard guard{home.mutex};
  return who.node == 0 && home.processes.count(who.id) != 0;
}

std::vector<process_ref> process_table::all() const {
  std::vector<process_ref> found;
  for (auto& each : shards_) {
    std::lock_guard guard{each.mutex};
    for (auto& [id, process] : each.processes)
      found.push_back(process);
  }
  std::sort(found.begin(), found.end(), [](auto& a, auto& b) { return a->self() < b->self(); });
  return found;
}

std::size_t process_table::size() const {
  std::size_t count = 0;
  for (auto& each : shards_) {
    std::lock_guard guard{each.mutex};
    count += each.processes.size();
  }
  return count;
}
}  // namespace twinslot
