// examples/embed/embed.cpp - a CAF program with a twinslot node inside: a plugin's server among ordinary CAF actors,
// upgraded while they talk to it. Run as: embed counter_v1.so counter_v2.so
#include "actors/install.hpp"
#include "runtime/console/library/install.hpp"
#include "runtime/process/caf_node.hpp"

#include <caf/all.hpp>
#include <iostream>

using twinslot::term;
// An ordinary actor. Asked to count, it sends a cast to the server and passes the question on as a call.
caf::behavior customer(caf::event_based_actor* self, const caf::actor& counter) {
  self->link_to(counter);
  self->monitor(counter);
  self->set_down_handler([](const caf::down_msg& down) {
    std::cout << "the counter is down: " << to_string(twinslot::reason_of(down.reason)) << std::endl;
  });
  self->set_exit_handler([self](const caf::exit_msg& exit) {
    std::cout << "and takes its customer along: " << to_string(twinslot::reason_of(exit.reason)) << std::endl;
    self->quit(exit.reason);
  });
  return {[=](caf::atom_value) {
    self->send(counter, twinslot::cast("increment"));
    return self->delegate(counter, term("get_count"));
  }};
}

int main(int argc, char** argv) {
  if (argc != 3)
    return 2;
  caf::actor_system_config config;
  caf::actor_system system{config};
  twinslot::caf_node node{system};
  twinslot::install_library(node);  // erlang, timer, lists ...: what plugins ask for
  twinslot::install_actors(node);
  twinslot::scoped_process me{node};  // main as a process, to call functions from
  me->trap_exit(true);                // start_link links the server to it
  const auto call = [&](const char* module, const char* function, std::initializer_list<term> arguments) {
    return node.apply(*me, twinslot::atom(module), twinslot::atom(function), arguments);
  };
  const auto show = [](const term& value) { std::cout << to_string(value) << std::endl; };
  show(call("code", "load_abs", {twinslot::string(argv[1]), "counter"}));
  const auto server = call("counter", "start_link", {})[1].as_pid();
  auto visitor = system.spawn(customer, twinslot::to_actor(node, server));
  caf::scoped_actor self{system};
  const auto count = [&] {
    self->request(visitor, std::chrono::seconds(5), caf::atom("count")).receive(show, [=](const caf::error& why) {
      show(twinslot::reason_of(why));
    });
  };
  count();
  show(call("code", "load_abs", {twinslot::string(argv[2]), "counter"}));
  count();  // still version 1, on its own state
  show(call("twinslot", "upgrade", {"counter"})[0]);
  count();
  show(call("counter", "get_info", {})[0]);  // version 2's state is a record
  call("gen_server", "stop", {"counter", "shutdown", "infinity"});
  self->wait_for(visitor);
}
