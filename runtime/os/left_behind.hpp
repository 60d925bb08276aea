// runtime/os/left_behind.hpp - things that a table no longer shows, until the last reader that may have one in hand has
// left (read_section.hpp).
//
// Every function but `flush` wants the lock of the table's writers; who got things from `unread` lets them go without
// it, as their ends may do anything.
#pragma once
#include "runtime/os/read_section.hpp"

#include <algorithm>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace twinslot::os {

template <class Thing>
class left_behind {
public:
  /// Before the store that makes something unreachable, so that `add` can't fail after it.
  void make_room() { all_.reserve(all_.size() + 1); }
  /// After that store.
  void add(Thing unlinked) { all_.push_back({read_section::unlinked(), std::move(unlinked)}); }
  std::size_t size() const noexcept { return all_.size(); }

  /// Takes out those that no reader has in hand.
  std::vector<Thing> unread() {
    const auto oldest = read_section::oldest_reader();
    std::vector<Thing> found;
    auto at = all_.begin();
    for (; at != all_.end() && at->number < oldest; ++at)
      found.push_back(std::move(at->what));
    all_.erase(all_.begin(), at);
    return found;
  }
  /// Lets all go; waits for readers. Without the lock.
  void flush(std::mutex& lock) {
    for (;;) {
      std::vector<Thing> released;
      const std::lock_guard guard{lock};
      released = unread();
      if (all_.empty())
        return;
      std::this_thread::yield();
    }
  }

private:
  struct one {
    std::uint64_t number;
    Thing what;
  };
  std::vector<one> all_;
};
}  // namespace twinslot::os
