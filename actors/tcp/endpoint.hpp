// actors/tcp/endpoint.hpp - what listeners and connections have in common: a descriptor, an owner, settings.
//
// Thread rule of this folder: an object's members are touched with its `mutex_` held, by processes (natives, requests),
// by whoever polls (handlers: reactor.hpp) and by processes that end. Messages and answers are sent under the lock too,
// so they leave in the order of what happened; sending never calls back into a port (node.hpp). The exceptions,
// node::own_port and node::close_port of another port, are called without the lock.
#pragma once
#include "actors/tcp/reactor.hpp"
#include "actors/tcp/settings.hpp"
#include "runtime/process/node.hpp"

#include <mutex>
#include <string>

namespace twinslot::tcp {

using lock = std::lock_guard<std::mutex>;

class endpoint : public port_object, public ready_object, public std::enable_shared_from_this<endpoint> {
public:
  endpoint(node& home, reactor& threads) : home_(home), threads_(threads) { threads_.opened(); }
  ~endpoint() override { threads_.closed(); }

  port self() const noexcept { return self_; }
  /// inet:setopts/2, all of them or none. Errors: einval.
  virtual result<void> set_options(const term& options) = 0;
  /// [{Name, Value}]. Errors: einval - a name of none.
  result<term> options(const term& names) const;
  virtual std::optional<term> option(atom name) const;  // under the lock
  /// Takes the descriptor over, and is told of its events; under the lock. Errors: posix atoms, and it is closed.
  result<void> watch(os::descriptor descriptor, int family);
  /// All of them or none; under the lock. Errors: einval.
  result<void> set_all(const term& options);
  /// gen_tcp:close/1: gone from the node at once.
  virtual void close() = 0;
  /// gen_tcp:shutdown/2.
  virtual result<void> shut_down(atom how) = 0;
  /// [{recv_oct, N} ...]
  virtual term statistics() const = 0;
  /// {Address, Port}. Errors: enotconn.
  result<term> own_name() const;
  result<term> peer_name() const;
  pid owner() const;
  /// For people: LISTEN, CONNECTED ...
  virtual std::string state() const = 0;
  bool is_open() const;

protected:
  void close_descriptor_now() noexcept;  // under the lock
  node& home_;
  reactor& threads_;
  mutable std::mutex mutex_;
  os::descriptor descriptor_;
  port self_;
  pid owner_;
  settings settings_;
  int family_ = 0;
};
}  // namespace twinslot::tcp
