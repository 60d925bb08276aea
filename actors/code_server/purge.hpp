// actors/code_server/purge.hpp - emptying a module's old slot. For the code server's process.
#pragma once
#include "actors/code_server/state.hpp"

namespace twinslot::code_server {

/// Removes the old version of a module: asks its idle servers to let go, after the version itself has made their states
/// fit the current one where only it knows how (its code_change_down, M10), waits a short grace for what runs in it,
/// and then either refuses (`kill` false: nothing has changed) or kills who is in the way and waits for their death.
/// Shape:  #{purged => true | false          the old slot is empty now
///           removed => Vsn | none           what left it
///           moved => [Pid]                  servers whose state waits as a term, or went to the current version
///           blocked_by => [{Pid, Why}]      why it was refused: running, {export_failed, Reason}, or
///                                           {code_change, Reason}: the version's code_change_down failed
///           waiting => [{Pid, {code_change, Reason}}]
///                                           the same where `kill` went on: the state is kept as a term of the version
///                                           that has gone, and is nobody's until a version is loaded that takes it
///           killed => [Pid]
///           mapping => gone | {still_mapped, Why} | in_use | none}
/// in_use: a victim does not return from native code; the version is out of the slot and is closed when it does.
/// Source: C15-C19, W02, W04.
term purge(process& self, state& shared, atom module, bool kill);
/// Logs who is in `waiting` of a report, for those who do not show it.
void warn_of_waiting(process& self, atom module, const term& waiting);
}  // namespace twinslot::code_server
