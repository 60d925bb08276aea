// runtime/process/names.hpp - registered names: one name per process, one process per name (P12).
// Internal to runtime/process; any thread.
#pragma once
#include "runtime/term/term.hpp"

#include <functional>
#include <optional>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

namespace twinslot {

class names {
public:
  /// False: the name is taken, the process has one, or `is_alive` (asked under the lock) says no.
  bool insert(atom name, pid who, const std::function<bool()>& is_alive);
  bool erase(atom name);
  void erase_of(pid who);
  std::optional<pid> find(atom name) const;
  std::optional<atom> name_of(pid who) const;
  std::vector<atom> all() const;  // by text

private:
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::uint32_t, pid> by_name_;
  std::unordered_map<std::uint64_t, atom> by_pid_;
};
}  // namespace twinslot
