// actors/code_server/state.hpp - what the code server of a node shares with its callers. Internal to the folder.
#pragma once
#include "actors/code_server/code_server.hpp"
#include "actors/code_server/search_path.hpp"

#include <map>
#include <optional>
#include <set>

namespace twinslot::code_server {

/// A prepared version on its way from the caller's thread to the server's: the caller owns it until it is taken.
struct parcel {
  std::mutex mutex;
  std::optional<code::prepared> content;
};

struct state {
  state(node& where, const options& chosen) : home(where), limits(chosen), gate(std::make_shared<purge_gate>()) {}
  node& home;
  const options limits;
  const std::shared_ptr<purge_gate> gate;
  search_path path;
  pid server;

  std::mutex mutex;
  std::set<std::uint32_t> deleted;                         // atom indices: code:delete, until an explicit load (W20)
  std::map<std::uint64_t, std::weak_ptr<parcel>> parcels;  // by number
  std::uint64_t last_parcel = 0;

  bool is_deleted(atom module) {
    std::lock_guard lock(mutex);
    return deleted.contains(module.index());
  }
  bool is_sticky(atom module) const;
};

/// Of a node without code server: raises {error, noproc}.
std::shared_ptr<state> state_of(node& home);
/// The body of the server.
void serve(process& self, const std::shared_ptr<state>& shared);

/// Reasons as code:load_file gives them: Erlang's atoms where it has one that says it all, else the loader's term.
term load_reason(const term& loader_reason);
/// {module, Name} | {error, Reason}. `implicit`: an ensure_loaded, for which a version that is current is fine.
term load(process& self, state& shared, atom module, const std::string& path, bool implicit);
/// As load, from bytes; `origin` is the file name to remember.
term load_bytes(process& self, state& shared, atom module, const std::string& origin, std::string bytes);
}  // namespace twinslot::code_server
