// actors/code_server/purge.hpp - emptying a module's old slot. For the code server's process, which holds the module's
// change lock.
//
//     1. wait      for what runs in the old version, a short grace
//     2. ask       its servers, side by side: each is held and computes its state aside for another version
//     3. commit    if all can (or the purge kills): each takes its new state; else all drop it, and nothing has changed
//     4. remove    the version; processes that are still in it are in the way, or are killed
//     5. go on     when the object ends: so a load that made room is done before its servers run again
#pragma once
#include "actors/code_server/state.hpp"

namespace twinslot::code_server {

/// One purge of a module's old version, with its servers held until the end of the object.
class purging {
public:
  /// `incoming`: a version whose load this purge makes room for, and which a state may go to where the current version
  /// does not take it; null: none. It must outlive this.
  purging(process& self, state& shared, atom module, code::version* incoming);
  ~purging();
  purging(const purging&) = delete;

  /// Removes the old version: after its idle servers' states went to the current version (or to the incoming one), a
  /// short grace for what runs in it, and then either refuses (`kill` false: nothing has changed) or kills what is in
  /// the way and waits for its death.
  /// Shape:  #{purged => true | false          the old slot is empty now
  ///           removed => Vsn | none           what left it
  ///           moved => [Pid]                  servers whose state went to another version, or waits as a term as none
  ///                                           is current
  ///           blocked_by => [{Pid, Why}]      why it was refused: running; {held, Upgrader}; {export_failed, Reason};
  ///                                           {code_change, Reason}: the current version does not take the state
  ///           waiting => [{Pid, {code_change, Reason}}]
  ///                                           the same where `kill` went on: the state is kept as a term of the
  ///                                           version that has gone until a version is loaded that takes it
  ///           killed => [Pid]
  ///           mapping => gone | {still_mapped, Why} | in_use | none}
  /// in_use: a victim does not return from native code; the version is out of the slot and is closed when it does.
  /// Source: C15-C19, W02, W04; docs/decisions/0016.
  term run(bool kill);

private:
  void wait_for_frames();
  bool all_are_suspended() const;
  void ask_servers(bool in_any_case);
  void take(pid who, const process::answer& given);
  void commit();
  bool try_remove(clock::time_point until);
  std::vector<pid> in_the_way() const;
  void kill_all();
  term summary(bool purged) const;

  process& self_;
  state& shared_;
  const atom module_;
  code::version* const leaving_;  // null: there is nothing to purge
  const term vsn_;
  std::uint64_t number_ = 0;
  clock::time_point grace_end_;
  std::vector<pid> asked_, ready_, killed_;
  std::vector<term> failed_, waiting_;
  bool committed_ = false;
  term mapping_ = "none";
};

/// A purge of its own: the report.
term purge(process& self, state& shared, atom module, bool kill);
/// Logs who is in `waiting` of a report, for those who do not show it.
void warn_of_waiting(process& self, atom module, const term& waiting);
}  // namespace twinslot::code_server
