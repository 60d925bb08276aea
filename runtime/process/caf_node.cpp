#include "runtime/process/caf_node.hpp"

#include "runtime/process/caf_engine.hpp"

namespace twinslot {

namespace {
caf_engine& engine_of(node& home) {
  return static_cast<caf_engine&>(*home.inside().engine);
}
}  // namespace

node::node(node_options options)
    : node(std::make_shared<impl>(std::make_unique<caf_engine>(nullptr, options.schedulers)), options) {}

caf_node::caf_node(caf::actor_system& system, node_options options)
    : node(std::make_shared<impl>(std::make_unique<caf_engine>(&system, 0u)), std::move(options)) {}

caf::actor to_actor(node& home, pid who) {
  if (auto process = home.inside().processes.find(who))
    return caf::actor_cast<caf::actor>(engine_of(home).handle_of(*process));
  return caf::actor_cast<caf::actor>(engine_of(home).actor_of(who));
}

pid from_actor(node& home, const caf::actor& other) {
  return engine_of(home).pid_of(caf::actor_cast<caf::strong_actor_ptr>(other));
}
}  // namespace twinslot
