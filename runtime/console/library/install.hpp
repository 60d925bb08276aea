// runtime/console/library/install.hpp - what a person at an Erlang shell expects to be there: erlang, lists, maps,
// string, io, file ... as natives, one table per module.
//
// Called once at wiring, before processes run. Results and error reasons are those of OTP 25.
// Source: design 3.7; OTP's reference manual of erts, kernel and stdlib.
#pragma once

namespace twinslot {
class node;

/// Adds every table of the library to the node.
void install_library(node& home);
}  // namespace twinslot
