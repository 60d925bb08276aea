// runtime/process/caf_terms.hpp - CAF messages as signals and terms. Internal to runtime/process.
#pragma once
#include "runtime/process/caf_engine.hpp"
#include "runtime/process/caf_node.hpp"

namespace twinslot {

/// What a CAF message is to the process `to`; null: nothing that a term can say. Notes a request with the engine.
signal_ptr signal_of(caf::mailbox_element& what, caf_engine& engine, pid to, node::impl& home);
/// One element as it is, several as a tuple; empty: something in it is no term.
std::optional<term> term_of(const caf::type_erased_tuple& content, caf_engine& engine);
/// For a request that failed, whatever the reason: an error in any case.
caf::error refusal_of(const term& reason);
}  // namespace twinslot
