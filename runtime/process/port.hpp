// runtime/process/port.hpp - what processes talk to that is no process: a socket, behind a port term.
//
// A port is open from node::open_port to node::close_port. It may have an owner, which it closes with
// (node::own_port); a process asks it by process::request and process::ask as it asks a server, and the port answers by
// node::reply. What a port sends arrives as any message; it is told when each was taken, so that it can bound what
// waits for a slow receiver. Thread rule: every function below may be called by any thread, with no lock of the node
// held. None may wait. Source: "Ports" in OTP's reference manual; design 3.9.
#pragma once
#include "runtime/term/term.hpp"

#include <vector>

namespace twinslot {

class port_object {
public:
  virtual ~port_object() = default;
  /// A request of `from`, {Pid, Ref}: answered in here or later, once.
  virtual void request(const term& from, atom label, const term& what) = 0;
  /// Nobody waits for the answer any more. True: none was given, and none will be. False: it is on its way.
  virtual bool withdraw(reference asked) = 0;
  /// The owner has ended, or had when the port was given to it.
  virtual void owner_ended(pid owner) = 0;
  /// A message that it sent by node::send_from_port was taken, or can't be any more.
  virtual void taken(const term& message) = 0;
  /// The node stops.
  virtual void shut() = 0;
  /// [{Item, Value}] for erlang:port_info/1.
  virtual term info() const = 0;
};
}  // namespace twinslot
