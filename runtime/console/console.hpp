// runtime/console/console.hpp - the program's face: a session at a terminal, from a file, from a pipe, or -e.
//
// For main, once; it runs in the calling thread until the session ends.
#pragma once
#include "runtime/console/options.hpp"

#include <string>

namespace twinslot {
class node;
}

namespace twinslot::console {

/// Before any thread is started: signals go to the console's own thread, and threads get stacks for deep expressions.
void prepare_process();
/// Adds the natives of module `c` and makes the evaluator the node's interpreter. Before processes run.
void install_console(node& home);
/// Returns the exit status.
int run_console(node& home, const options& chosen, const std::string& version);
}  // namespace twinslot::console
