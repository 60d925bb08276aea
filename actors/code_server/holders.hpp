// actors/code_server/holders.hpp - why a version is still here: who runs in it, who has its state. For the code
// server's process.
#pragma once
#include "actors/code_server/state.hpp"

namespace twinslot::code_server {

/// One map for each process that needs a version of the module, in the order of pids, and one for its local funs; old
/// versions first, and before them the servers that wait for a version.
/// Shape:  [#{pid => Pid | undefined            undefined: funs, wherever they are (W15)
///            name => Name | undefined
///            slot => old | current | purged | none
///                                              purged: out of the slots, but its victim does not return (in_use), or
///                                              funs keep it in memory; none: no version, a state that waits for one
///            vsn => Vsn
///            kind => frame | callback | state | fun | waiting
///                                              a function that has not ended, also one that waits in receive;
///                                              a server's callback that runs now; a server's native state; a state
///                                              that is a term, as no loaded version takes it
///            function => {M, F, Arity} | undefined   the function it is in; state: undefined
///            since_ms => Milliseconds | undefined    for how long
///            why => Text                       the same for people: "in code_reload:server_loop/1"
///            released_by => Text}]             what would end it: "a fully qualified call, its return or its exit"
/// For slot current, what releases it once another version is loaded.
term holders(process& self, state& shared, atom module);
}  // namespace twinslot::code_server
