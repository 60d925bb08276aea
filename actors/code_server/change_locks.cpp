#include "actors/code_server/change_locks.hpp"

#include <algorithm>

namespace twinslot::code_server {

void change_locks::ticket::release() noexcept {
  if (const auto number = std::exchange(number_, 0))
    std::exchange(home_, nullptr)->give_back(number);
}

bool change_locks::ticket::granted() const {
  const std::lock_guard lock(home_->mutex_);
  return std::any_of(home_->entries_.begin(), home_->entries_.end(),
                     [&](const entry& one) { return one.number == number_ && one.granted; });
}

/// No entry among the first `before` has one of the modules, or waits for one: the queue is fair.
bool change_locks::is_free(const entry& wanted, std::size_t before) const {
  return std::none_of(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(before), [&](const entry& one) {
    return std::find_first_of(one.modules.begin(), one.modules.end(), wanted.modules.begin(), wanted.modules.end()) !=
           one.modules.end();
  });
}

change_locks::ticket change_locks::take(std::vector<atom> modules, owner by) {
  const std::lock_guard lock(mutex_);
  entry wanted{++last_, std::move(modules), by, false};
  wanted.granted = is_free(wanted, entries_.size());
  entries_.push_back(std::move(wanted));
  return {shared_from_this(), last_};
}

void change_locks::rename(const ticket& held, owner by) {
  const std::lock_guard lock(mutex_);
  for (entry& one : entries_)
    if (one.number == held.number())
      one.by = by;
}

void change_locks::give_back(std::uint64_t number) noexcept {
  std::vector<std::pair<pid, std::uint64_t>> told;
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(entries_, [&](const entry& one) { return one.number == number; });
    for (std::size_t i = 0; i < entries_.size(); ++i)
      if (entry& one = entries_[i]; !one.granted && is_free(one, i)) {
        one.granted = true;
        told.emplace_back(one.by.who, one.number);
      }
  }
  for (const auto& [who, granted] : told)
    node_.send(who, tuple("$change_granted"_atom, granted));
}

std::optional<change_locks::owner> change_locks::holder(atom module) const {
  const std::lock_guard lock(mutex_);
  for (const entry& one : entries_)
    if (one.granted && std::find(one.modules.begin(), one.modules.end(), module) != one.modules.end())
      return one.by;
  return {};
}

std::vector<term> change_locks::in_the_way(const std::vector<atom>& modules) const {
  std::vector<term> found;
  for (atom module : modules)
    if (const auto by = holder(module))
      found.push_back(tuple(module, by->what, by->who));
  return found;
}
}  // namespace twinslot::code_server
