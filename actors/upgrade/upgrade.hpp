// actors/upgrade/upgrade.hpp - twinslot:upgrade/1,2: every process of a module, or of several, to the current version,
// or none.
//
//     1. lock      the modules: one change of a module at a time (change_locks); under the upgrade's deadline
//     2. find      processes bound to the old versions, or waiting without a version (W12: no lists written by hand)
//     3. hold      all at once, under one deadline; each finishes its callback, queues messages from then on (W09),
//                  and computes its new state aside, with the old one untouched
//     4. commit    if all could: each takes its new state, in O(1), and goes on; else none does (W05)
//     5. go on     in any case; also if the upgrading process dies (W11)
//
// A process that ends meanwhile drops out (W14); one that does not answer in time makes it refuse, and is named (W08).
// Processes started meanwhile run the current version from their first message (W13). A server that sys:suspend has
// suspended takes its new state and stays suspended. Special processes (twinslot/special.hpp) that wait for requests of
// sys are upgraded like servers. Others that run a function of their own in the old version have no state that could be
// changed from outside: they stay until their next fully qualified call.
// Source: design 3.4, 3.13; W05-W14.
#pragma once
#include "runtime/process/native.hpp"

#include <span>

namespace twinslot::upgrade {
/// upgrade(Module), upgrade(Modules), and with Options of {timeout, Ms} (5000), {extra, Term} ([]) and verbose: one
/// line for each process, also for those that stay suspended or in the old version, and a progress bar on a terminal
/// where it takes longer than a second. Shape:  {ok, [{Pid, FromVsn, ToVsn}]} Errors: {error, {not_loaded, Module}};
/// {error, {busy, [Pid | {Module, What, Pid}]}} - processes that did not finish
///   their callbacks in time, or other changes of the modules (load, purge, on_load, upgrade) that did not;
///   {error, {code_change, [{Pid, Reason}]}} - Reason as of sys:change_code. Nothing has changed then.
///   {error, {interfered, [{Pid, Reason}]}} - processes that another one, by system messages made by hand, kept from
///   taking their new states; all others have taken theirs.
std::span<const native> natives();
}  // namespace twinslot::upgrade
