// actors/code_server/load.hpp - a load, from the caller's side: the file is found, checked and opened here, in the
// caller's thread; then the server decides. Each may block: for processes that may.
#pragma once
#include "actors/code_server/state.hpp"

namespace twinslot::code_server {

/// What becomes of an old version that is in the way (W03).
enum class policy {
  refuse,     // {error, not_purged}, as a load from a file in Erlang (C04)
  make_room,  // it is purged if nobody runs in it, else refuse (C05, W02)
  kill,       // whoever runs in it dies, as with code:load_binary/3 in Erlang
  implicit,   // refuse; and a current version is fine. Not where code:delete was the last word (W20)
  by_name,    // as implicit, also after a delete: code:ensure_loaded
};

/// Reasons as code:load_file gives them: Erlang's atom nofile where it says it all, else the loader's term.
term load_reason(const term& loader_reason);
/// {module, Name} | {error, Reason}; Reason as load_reason, or sticky_directory, not_purged, on_load_failure, deadlock.
/// With `reports`, where a purge was needed: {module, Name, Report} | {error, {not_purged, Report}}, as purging::run.
term load(process& self, state& shared, atom module, const std::string& path, policy how, bool reports = false);
/// As load, from bytes; `origin` is the file name to remember.
term load_bytes(process& self, state& shared, atom module, const std::string& origin, std::string bytes, policy how);
}  // namespace twinslot::code_server
