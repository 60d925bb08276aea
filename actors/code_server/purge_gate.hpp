// actors/code_server/purge_gate.hpp - what the code server and the servers of a leaving version agree on.
//
// A purge asks each server that is bound to the old version to compute its state for another version aside, and then
// either all of them take their new states, or none does (purge.hpp). This small object, one per node, decides what may
// go wrong between the two sides:
//   - a request that a server handles late, when the purge has given up, no longer counts (`join`);
//   - a server that computes for longer than the purge's grace is waited for (`has_joined`), and not killed;
//   - a state may go to the version that is being loaded, which no slot shows yet (`bind_incoming`);
//   - a downgrade into the old version must not meet that version's purge (`bind_old`).
// It also knows which servers have no version: their state is a term, and waits for a version that takes it. No
// version's list of binds could name them (W12). Any thread.
#pragma once
#include "runtime/code/table.hpp"

#include <map>
#include <mutex>
#include <unordered_map>
#include <unordered_set>

namespace twinslot::code_server {

class purge_gate {
public:
  /// The code server: begins a purge of `leaving` and gives it a number; ends it. One at a time. `incoming`: the
  /// version whose load it makes room for, if a state may go there; the code server keeps it until the end.
  std::uint64_t open(const code::version* leaving, code::version* incoming);
  void close();
  /// A server takes part in purge `number` of `leaving`. False: that purge is over.
  bool join(std::uint64_t number, const code::version* leaving, pid who);
  bool has_joined(pid who) const;
  /// Binds a server that takes part to the version that is being loaded. Empty: there is none, or the purge is over.
  code::binding bind_incoming(std::uint64_t number, pid who);

  /// Binds `who` to the old version of the module if its vsn is `vsn`. Empty otherwise, and while a purge of it goes
  /// on.
  code::binding bind_old(code::table& versions, atom module, const term& vsn, pid who);

  /// A server whose state is a term until it moves on or ends.
  struct waiting_server {
    pid who;
    term vsn;     // of its state
    term reason;  // why the current version does not take it; []: it was not asked yet
  };
  void waits(atom module, waiting_server one);
  void moved_on(atom module, pid who);
  /// In the order of their numbers.
  std::vector<waiting_server> without_version(atom module) const;

private:
  struct at_rest {
    term vsn, reason;
  };
  mutable std::mutex mutex_;
  std::uint64_t number_ = 0;
  const code::version* leaving_ = nullptr;  // null: no purge goes on
  code::version* incoming_ = nullptr;
  std::unordered_set<std::uint64_t> joined_;                                     // ids of pids
  std::map<std::uint32_t, std::unordered_map<std::uint64_t, at_rest>> waiting_;  // by atom index, by id of pid
};
}  // namespace twinslot::code_server
