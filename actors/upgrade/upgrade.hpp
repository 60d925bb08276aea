// actors/upgrade/upgrade.hpp - twinslot:upgrade/1,2: every process of a module to its current version, or none.
//
//     1. find      who is bound to the old version, or waits without a version (W12: no lists written by hand)
//     2. hold      all at once, under one deadline; each finishes its callback, queues messages from then on (W09),
//                  and computes its new state aside, with the old one untouched
//     3. commit    if all could: each takes its new state, in O(1), and goes on; else nobody does (W05)
//     4. go on     in any case; also if the upgrading process dies (W11)
//
// A process that ends meanwhile drops out (W14); one that does not answer in time makes it refuse, and is named (W08).
// Processes started meanwhile run the current version from their first message (W13).
// Source: design 3.4; W05-W14.
#pragma once
#include "runtime/process/native.hpp"

#include <span>

namespace twinslot::upgrade {
/// upgrade(Module), upgrade(Module, Options) with Options of {timeout, Ms} (5000), {extra, Term} ([]) and verbose: one
/// line for each process, and a progress bar on a terminal where it takes longer than a second.
/// Shape:  {ok, [{Pid, FromVsn, ToVsn}]}
/// Errors: {error, {not_loaded, Module}}; {error, {busy, [Pid]}} - they did not finish their callbacks in time;
///   {error, {code_change, [{Pid, Reason}]}} - Reason as of sys:change_code. Nothing has changed then.
std::span<const native> natives();
}  // namespace twinslot::upgrade
