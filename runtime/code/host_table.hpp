// runtime/code/host_table.hpp - the part of the host's table that needs no process: terms.
#pragma once
#include "runtime/sdk/twinslot/abi.hpp"

namespace twinslot::code {
/// The table with every term function set. `self` gives [], `apply` raises {error, no_process}: a node puts its own
/// there, the trial of a plugin leaves them.
abi::host_table term_functions() noexcept;
}  // namespace twinslot::code
