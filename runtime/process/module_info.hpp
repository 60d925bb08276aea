// runtime/process/module_info.hpp - Module:module_info/0,1, which every module has without writing it.
//
//     [{module,counter},{exports,[{start,0},...]},{attributes,[{behaviour,[gen_server]},{vsn,"1.0.0"}]},{compile,[]},
//      {md5,<<...>>}]
//
// For node::apply. Any thread. Source: "module_info" in the chapter on modules of Erlang's reference manual.
#pragma once
#include "runtime/process/node.hpp"

namespace twinslot {

/// `current`: the version that is current now, empty for a module of the program itself. `key`: null for all of it;
/// else module, exports, functions, attributes, compile, md5, native or nifs; any other raises badarg, as Erlang does.
/// Empty: there is no such module.
std::optional<term> module_info(const node& home, atom module, const code::version* current, const term* key);
}  // namespace twinslot
