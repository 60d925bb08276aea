// actors/code_server/state.hpp - what the code server of a node shares with its callers. Internal to the folder.
#pragma once
#include "actors/code_server/change_locks.hpp"
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
  state(node& where, const options& chosen)
      : home(where),
        limits(chosen),
        gate(std::make_shared<purge_gate>()),
        locks(std::make_shared<change_locks>(where)) {}
  node& home;
  const options limits;
  const std::shared_ptr<purge_gate> gate;
  const std::shared_ptr<change_locks> locks;
  search_path path;
  pid server;

  /// Gives a prepared version a number, under which the server finds it until it is forgotten.
  std::uint64_t send_parcel(code::prepared content);
  std::shared_ptr<parcel> find_parcel(std::uint64_t number);
  void forget_parcel(std::uint64_t number);

  /// code:delete was the last word about it, until an explicit load (W20).
  bool is_deleted(atom module);
  void deleted(atom module, bool is);
  /// Its load hook runs, so it is not published yet (C43).
  bool is_hooking(atom module);
  void hooking(atom module, bool is);
  /// A built-in module; a module whose current version lies in a sticky directory (C41).
  bool is_sticky(atom module);
  /// False: no directory.
  bool stick(const std::string& directory);
  void unstick(const std::string& directory);

private:
  std::mutex mutex_;
  std::set<std::uint32_t> deleted_, hooking_;  // atom indices
  std::set<std::string> sticky_directories_;   // absolute
  std::map<std::uint64_t, std::shared_ptr<parcel>> parcels_;
};

/// Of a node without code server: raises {error, noproc}.
std::shared_ptr<state> state_of(node& home);
/// The body of the server.
void serve(process& self, const std::shared_ptr<state>& shared);
/// A request to the server (serve.cpp lists them) and its answer. Exits with {Reason, {code_server, call, []}}.
term ask(process& self, const state& shared, term request);
/// The file name of a module's plugin.
std::string file_of(atom module);
}  // namespace twinslot::code_server
