#include "runtime/process/port_table.hpp"

#include <algorithm>

namespace twinslot {

port port_table::insert(std::shared_ptr<port_object> opened) {
  const port made{last_.fetch_add(1, std::memory_order_relaxed) + 1, 0};
  auto& home = shards_[made.id % shard_count];
  std::lock_guard guard{home.mutex};
  home.ports.emplace(made.id, std::move(opened));
  return made;
}

std::shared_ptr<port_object> port_table::remove(port which) noexcept {
  auto& home = shards_[which.id % shard_count];
  std::lock_guard guard{home.mutex};
  const auto found = which.node == 0 ? home.ports.find(which.id) : home.ports.end();
  if (found == home.ports.end())
    return nullptr;
  auto removed = std::move(found->second);
  home.ports.erase(found);
  return removed;
}

std::shared_ptr<port_object> port_table::find(port which) const {
  auto& home = shards_[which.id % shard_count];
  std::lock_guard guard{home.mutex};
  const auto found = which.node == 0 ? home.ports.find(which.id) : home.ports.end();
  return found == home.ports.end() ? nullptr : found->second;
}

std::vector<port> port_table::all() const {
  std::vector<port> found;
  for (auto& each : shards_) {
    std::lock_guard guard{each.mutex};
    for (auto& [id, object] : each.ports)
      found.push_back({id, 0});
  }
  std::sort(found.begin(), found.end());
  return found;
}
}  // namespace twinslot
