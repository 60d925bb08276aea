// actors/code_server/code_server.hpp - the process that loads, purges and deletes, one request at a time (C14).
//
//     caller    finds the file, checks and opens it (code::loader::prepare)     nothing is changed yet
//     server    sticky? old slot free? load hook, then the switch               {module, Name} | {error, Reason}
//
// One change of a module at a time (change_locks): requests for a module that is being upgraded, or whose load hook
// runs, wait. A load hook runs in a process of its own under a deadline; meanwhile the server serves other modules
// (C43, W26). Purges ask the servers of the old version to let go of it (purge_gate), wait a little for callbacks that
// run, and then either refuse and say who is in the way, or kill (C15, W02, W04). Registered as code_server. Module
// `code` is its client side; see natives.hpp. Source: OTP 25 code_server; C01-C50.
#pragma once
#include "actors/code_server/change_locks.hpp"
#include "actors/code_server/purge_gate.hpp"
#include "runtime/process/node.hpp"

#include <functional>
#include <memory>

namespace twinslot::code_server {

struct options {
  std::chrono::milliseconds load_hook_deadline{5000};  // W26
  std::chrono::milliseconds purge_grace{200};          // for callbacks and functions that run in the old version
  std::chrono::milliseconds kill_patience{2000};       // for the death of a purge's victims
  bool embedded = false;                               // a call to a module that is not loaded does not load it (C12)
  std::function<void(const term&)> on_end = {};        // the server has ended, killed or at the node's end; its thread
};

/// Starts the code server of the node. Once per node.
void start(node& home, const options& chosen = {});
/// Of a node that has a code server; lives as long as the node. Raises noproc.
purge_gate& gate_of(node& home);
change_locks& locks_of(node& home);
/// Loads the module from the path if nothing is current under that name and it was not deleted (C12, W20); waits for a
/// load hook that runs (C43). For any process; one that may not block lends its thread meanwhile. False: there is none.
bool ensure_loaded(process& self, atom module);
}  // namespace twinslot::code_server
