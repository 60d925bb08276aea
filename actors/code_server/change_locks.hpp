// actors/code_server/change_locks.hpp - one change of a module at a time.
//
//     free  --take-->  held  --release-->  free, or held by the first in the queue whose modules are all free
//             '-- queued --granted--'
//
// Loads, purges and deletes (the code server takes the lock for each, also while a load hook runs) and upgrades (the
// upgrading process takes it) change what versions a module has and what its processes run. Two of them that met would
// each see the other's halves; so the second one waits, in the order of arrival. Several modules are taken in one step,
// so two sets never wait for each other.
// A process that waits in the queue gets {'$change_granted', Ticket} as a message. Any thread.
#pragma once
#include "runtime/process/node.hpp"

#include <deque>
#include <memory>
#include <mutex>
#include <vector>

namespace twinslot::code_server {

class change_locks : public std::enable_shared_from_this<change_locks> {
public:
  struct owner {
    pid who;
    atom what;  // load | purge | delete | on_load | upgrade
  };

  /// The modules of one change, or a place in the queue for them. Move-only: its end gives back whichever it is.
  class ticket {
  public:
    ticket() noexcept = default;
    ticket(ticket&& other) noexcept : home_(std::move(other.home_)), number_(std::exchange(other.number_, 0)) {}
    ticket& operator=(ticket&& other) noexcept {
      std::swap(home_, other.home_);
      std::swap(number_, other.number_);
      return *this;
    }
    ~ticket() { release(); }
    void release() noexcept;
    std::uint64_t number() const noexcept { return number_; }
    /// True: it has the modules; false: it waits for them.
    bool granted() const;

  private:
    friend class change_locks;
    ticket(std::shared_ptr<change_locks> home, std::uint64_t number) noexcept
        : home_(std::move(home)), number_(number) {}
    std::shared_ptr<change_locks> home_;
    std::uint64_t number_ = 0;
  };

  explicit change_locks(node& home) noexcept : node_(home) {}
  ticket take(std::vector<atom> modules, owner by);
  /// Says what a lock that is held is held for, when that changes.
  void rename(const ticket& held, owner by);
  /// The owner of the lock of a module that is held now.
  std::optional<owner> holder(atom module) const;
  /// {Module, What, Pid} of each of these modules that is held, in the order given.
  std::vector<term> in_the_way(const std::vector<atom>& modules) const;

private:
  struct entry {
    std::uint64_t number;
    std::vector<atom> modules;
    owner by;
    bool granted;
  };
  bool is_free(const entry& wanted, std::size_t before) const;
  void give_back(std::uint64_t number) noexcept;

  node& node_;
  mutable std::mutex mutex_;
  std::deque<entry> entries_;  // oldest first; those that hold and those that wait
  std::uint64_t last_ = 0;
};
}  // namespace twinslot::code_server
