// actors/gen_server/reports.hpp - what a gen_server tells the node's logger, word for word as OTP 25 does.
#pragma once
#include "runtime/process/node.hpp"
#include "runtime/term/raised.hpp"

namespace twinslot::gen_server {

struct crash {
  term name;          // registered name or pid
  term last_message;  // {'$gen_cast',M} for a cast, the request for a call
  term state;         // as format_status shows it
  term reason;        // {Reason,Stack} or a bare reason
  term client;        // pid of the caller, [] if none
  term log;           // events of sys:log, [] if none
};
/// G25: "** Generic server counter terminating ...".
void report_termination(node& home, const crash& what);
/// P11: "=CRASH REPORT==== ...", what the process was when it ended. `failure`: class, reason and stack; a stop that a
/// callback decided is an exit with an empty stack. In the process itself.
void report_crash(process& self, const term& initial_call, const raised& failure);
/// A message that no clause took. `function`: handle_cast ...; `whole`: the module has no such function at all.
void report_unhandled(node& home, atom module, const char* function, const term& message, bool whole);
/// normal, shutdown, {shutdown, _}: no report.
bool is_quiet(const term& reason) noexcept;
}  // namespace twinslot::gen_server
