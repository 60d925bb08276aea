// runtime/process/caf_node.hpp - twinslot inside a CAF program: a node in the program's own actor system, terms as CAF
// messages, processes and CAF actors as each other's peers.
//
//     caf::actor_system system{config};
//     twinslot::caf_node node{system};                           // ends before the system does
//     caf::actor counter = twinslot::to_actor(node, pid);        // a process as an actor
//     self->request(counter, 5s, term("get_count")).then(...)    // arrives as a gen_server:call; a term comes back
//     self->send(counter, twinslot::cast("increment"));          // a gen_server:cast; any other term is a message
//     self->link_to(counter); self->monitor(counter);            // the reason comes as caf::error, see reason_of
//
// What else a CAF actor sends becomes a term at the process's door: atoms, integers, floats, bools, strings (Erlang
// strings), actors (pids), errors, vectors of these (lists); several elements become a tuple. A message with anything
// else in it is dropped, and refused (sec::unexpected_message) if it is a request.
// A term on its way to another CAF node is written in Erlang's external format: call `announce` on the configuration.
#pragma once
#include "runtime/process/node.hpp"
#include "runtime/term/external.hpp"

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/error.hpp>
#include <caf/meta/load_callback.hpp>
#include <caf/meta/save_callback.hpp>
#include <caf/meta/type_name.hpp>
#include <caf/sec.hpp>

namespace twinslot {

class caf_node : public node {
public:
  /// `options.schedulers` does not count: the system's workers run the processes.
  explicit caf_node(caf::actor_system& system, node_options options = {});
};

/// A process, or an actor that `from_actor` made known, as a CAF actor; empty if it is gone.
caf::actor to_actor(node& home, pid who);
/// The pid under which processes send to an actor, link to it and monitor it. It does not keep the actor alive.
pid from_actor(node& home, const caf::actor& other);
/// {'$gen_cast', Message}: what gen_server:cast sends.
inline term cast(term message) {
  return tuple("$gen_cast", std::move(message));
}
/// normal: no error; other reasons keep the term as context.
caf::error error_of(const term& reason);
/// The term that an error of a process carries; other errors: normal, {caf_error, Category, Code}.
term reason_of(const caf::error& failure);
/// For terms that travel between CAF nodes; before the actor system is made.
void announce(caf::actor_system_config& config);

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, term& value) {
  std::string bytes;
  const auto write = [&]() -> caf::error {
    auto written = term_to_bytes(value);
    if (!written)
      return caf::sec::runtime_error;
    bytes = std::move(written).value();
    return caf::none;
  };
  const auto read = [&]() -> caf::error {
    auto found = bytes_to_term(bytes);
    if (!found)
      return caf::sec::runtime_error;
    value = std::move(found).value();
    return caf::none;
  };
  if constexpr (Inspector::reads_state)
    if (auto failed = write())
      return failed;
  return f(caf::meta::type_name("twinslot::term"), bytes, caf::meta::load_callback(read));
}
std::string to_string(const term& value);
}  // namespace twinslot
