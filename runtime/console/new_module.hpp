// runtime/console/new_module.hpp - `twinslot new counter`: a module to start from, and what an editor needs to
// understand it.
//
// NAME.cpp is a server with a state that can be changed while it runs; compile_flags.txt is for clangd, the language
// server of most editors. A file that is there already is left as it is.
#pragma once
#include <string>

namespace twinslot::console {

/// In the working directory. Prints what was written and what to type next, or on standard error why nothing was.
/// The exit status: 0; 1 - a file could not be written; 2 - no name for a module.
int make_module(const std::string& name);
}  // namespace twinslot::console
