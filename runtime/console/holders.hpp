// runtime/console/holders.hpp - who is in a module's code, as text: why/1, m/0,1, and what c/1 and l/1 refuse with.
//
// The data are code:holders/1's. For the processes that evaluate commands.
#pragma once
#include "runtime/process/node.hpp"

#include <string>
#include <vector>

namespace twinslot::console {

struct holder {
  term who;          // pid; undefined: not a process, but funs of it, wherever they are
  std::string name;  // registered; empty: none
  atom slot;         // current | old | purged
  term vsn;
  std::string why;             // the lingering frame, or the state that has this version's layout
  std::int64_t since_ms = -1;  // how long; below 0: not known
  std::string released_by;     // what would end it; empty: nothing that is known
};

/// Of both slots. Raises what code:holders/1 raises.
std::vector<holder> holders_of(process& self, atom module);

/// Two lines for each:
///     <0.12.0>     counter              12 s  state of this version
///                  released by sys:change_code/4 or upgrade/1
std::string holder_lines(const std::vector<holder>& some);

/// A version as its author wrote it: 1.0.0
std::string vsn_text(const term& vsn);
}  // namespace twinslot::console
