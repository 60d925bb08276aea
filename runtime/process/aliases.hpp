// runtime/process/aliases.hpp - aliases: references by which processes can be sent to, until they are given up.
// Internal to runtime/process; any thread.
//
// The table says only whose an alias is. Whether it still counts is decided by its owner, when the message arrives
// (process::impl::handle_by_alias): so nothing comes by an alias after unalias/1 has returned.
// Source: erlang:alias/1 and the option `alias` of erlang:monitor/3 of OTP 25.
#pragma once
#include "runtime/term/term.hpp"

#include <mutex>
#include <optional>
#include <shared_mutex>
#include <unordered_map>

namespace twinslot {

class alias_table {
public:
  void insert(std::uint64_t ref, pid owner) {
    std::unique_lock guard{mutex_};
    owners_.emplace(ref, owner);
  }
  void erase(std::uint64_t ref) {
    std::unique_lock guard{mutex_};
    owners_.erase(ref);
  }
  std::optional<pid> owner_of(std::uint64_t ref) const {
    std::shared_lock guard{mutex_};
    const auto found = owners_.find(ref);
    return found == owners_.end() ? std::nullopt : std::optional{found->second};
  }

private:
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::uint64_t, pid> owners_;
};
}  // namespace twinslot
