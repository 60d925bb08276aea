// actors/tcp/listener.hpp - a socket that listens, and who waits for its connections, in the order they asked.
//
// Without descriptors to spare it waits and tries again, and tells so once: who accepts need not know.
// Thread rule: endpoint.hpp. Source: OTP's gen_tcp:listen, accept.
#pragma once
#include "actors/tcp/endpoint.hpp"

#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <functional>

namespace twinslot::tcp {

class listener final : public endpoint {
public:
  using endpoint::endpoint;
  /// Errors: badarg - an option that is none; einval; posix atoms (eaddrinuse, eacces ...).
  static result<std::shared_ptr<listener>> open(node& home, reactor& threads, std::uint16_t number, const term& options,
                                                pid owner);

  // port_object: accept.
  void request(const term& from, atom label, const term& what) override;
  bool withdraw(reference asked) override;
  void owner_ended(pid owner) override;
  void taken(const term&) override {}
  void shut() override { close(); }
  term info() const override;

  // ready_object: somebody connects.
  void ready(std::uint32_t events) override;

  // endpoint
  result<void> set_options(const term& options) override;
  std::optional<term> option(atom name) const override;
  void close() override;
  result<void> shut_down(atom how) override;
  term statistics() const override;
  std::string state() const override { return is_open() ? "LISTEN" : "CLOSED"; }
  /// Gives it away. Errors: not_owner; closed.
  result<void> give(pid from, pid to);

private:
  // Under the lock.
  void accept_waiting();
  void out_of(int problem);
  void close_locked();

  std::deque<term> waiting_;  // From
  int backlog_ = 0;
  bool acceptable_ = true;  // somebody may have connected; false: an event will tell
  bool retries_later_ = false;
  bool short_of_descriptors_ = false;
  std::unique_ptr<asio::steady_timer> retry_;
  std::uint64_t accepted_ = 0;
};
}  // namespace twinslot::tcp
