// actors/code_server/purge_gate.hpp - what the code server and the servers of a leaving version agree on.
//
// A purge asks each server that is bound to the old version to turn its state into a term (body::urgent). Two things
// may go wrong between the two sides, and this small object, one per node, decides them:
//   - a request that is handled late, when the purge has given up: it no longer counts (`stands`);
//   - a purge that is refused after some servers have let go: they return to the version, which is still in the old
//     slot (`rebind`), while no other purge can remove it.
// It also knows which servers have let go and not yet moved on: nobody else could find them (W12).
// Any thread.
#pragma once
#include "runtime/code/table.hpp"

#include <map>
#include <mutex>
#include <unordered_set>

namespace twinslot::code_server {

class purge_gate {
public:
  /// The code server: begins a purge and gives it a number; ends it. One at a time.
  std::uint64_t open(const code::version* leaving);
  void close();
  /// True while purge `number` of `leaving` goes on.
  bool stands(std::uint64_t number, const code::version* leaving) const;

  /// Binds `who` to the module's old version again if that is still the code with checksum `md5`, and no purge goes
  /// on. Null: it is not.
  code::version* rebind(code::table& versions, atom module, const term& md5, pid who);
  /// Binds `who` to the old version of the module if its vsn is `vsn`; null otherwise, and while a purge goes on.
  code::version* bind_old(code::table& versions, atom module, const term& vsn, pid who);

  /// A server without version: its state is a term until it moves on or ends.
  void let_go(atom module, pid who);
  void moved_on(atom module, pid who);
  std::vector<pid> without_version(atom module) const;

private:
  mutable std::mutex mutex_;
  std::uint64_t number_ = 0;
  const code::version* leaving_ = nullptr;
  std::map<std::uint32_t, std::unordered_set<std::uint64_t>> loose_;  // by atom index: ids of pids
};
}  // namespace twinslot::code_server
