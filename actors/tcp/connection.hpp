// actors/tcp/connection.hpp - one stream: what comes in goes to its owner or to who asks for it, what goes out is
// written at once, and waits here when the system takes no more.
//
//     in    descriptor -> read_chunk -> input_ (packets) -> recv's answer, or {tcp, Port, Data} to the owner
//           not read: while passive and nobody asks; while more than `outstanding_limit` bytes of messages wait at the
//           owner, who may be slow or suspended. So the other side waits, and nothing grows here.
//     out   send -> descriptor, the rest -> output_ -> descriptor when it is writable
//           who sends while more than high_watermark bytes wait is held (process::hold) until low_watermark
//     end   the other side's end or an error is told once what came before is delivered; then the port closes (active)
//           or answers closed (passive)
//
// Source: OTP's inet_drv for what is told when; design 3.9.
#pragma once
#include "actors/tcp/endpoint.hpp"
#include "actors/tcp/opening.hpp"
#include "actors/tcp/output.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <deque>

namespace twinslot::tcp {

class connection final : public endpoint {
public:
  using endpoint::endpoint;
  /// Opens the port for a connected descriptor, which it takes over. Errors: posix atoms.
  static result<std::shared_ptr<connection>> adopt(node& home, reactor& threads, os::descriptor descriptor, int family,
                                                   const settings& how, pid owner);
  /// A port that connects when it is asked to: request connect. `number`, `options` as in gen_tcp:connect.
  /// Errors: einval - an address that is none; badarg - an option that is none.
  static result<std::shared_ptr<connection>> open(node& home, reactor& threads, const term& where, std::uint16_t number,
                                                  const term& options, pid owner);

  /// Once whoever made it knows of it.
  void start();

  /// True: it was taken, but too much waits. `data` is iodata. Errors: einval, closed, timeout, enotconn, posix atoms.
  result<bool> send(const term& data);
  /// What the next send would say.
  result<bool> sent() const;
  /// The process is let go when the output has drained, or at once.
  void let_go_when_drained(pid who, reference hold);

  // port_object: recv with a number of bytes, connect, drain.
  void request(const term& from, atom label, const term& what) override;
  bool withdraw(reference asked) override;
  void owner_ended(pid owner) override;
  void taken(const term& message) override;
  void shut() override;
  term info() const override;

  // ready_object: the descriptor's events; 0: read on.
  void ready(std::uint32_t events) override;

  // endpoint
  result<void> set_options(const term& options) override;
  void close() override;
  result<void> shut_down(atom how) override;
  term statistics() const override;
  std::string state() const override;

  // gen_tcp:controlling_process/2: between the two, the caller's messages go to the new owner.
  /// Delivers nothing from now on. Errors: not_owner; closed.
  result<void> give_begin(pid from);
  void give_end(pid from, pid to);

private:
  struct reader {
    term from;
    std::size_t bytes;  // 0: any
  };
  struct waiter {
    term from;  // a request for `drain`; nil: `who`
    pid who;
    reference hold;
  };
  struct connecting {
    opening how;
    std::string host;  // to be looked up first; empty: `targets`
    std::uint16_t number = 0;
    std::vector<address> targets;  // not tried yet, the last first
    term from;                     // who waits; nil: nobody yet
    term reason = "einval";        // of the last attempt
    std::unique_ptr<asio::ip::tcp::resolver> resolver;
  };

  // All of it under the lock.
  // In.
  bool wants_input() const noexcept;
  void pump();
  void read_chunk();
  std::size_t receive(char* bytes, std::size_t room);
  void deliver();
  bool deliver_next();
  void hand(term data);
  term data_term(std::string_view data) const;
  void count_down();
  void tell_owner(term message);
  void tell_end();
  void answer_readers(const term& answer);
  void end_input(term reason);
  void resume_reading();
  // Out.
  void flush();
  void fail_output(term reason);
  void wait_to_send(waiter who);
  void release_waiters(const term& answer);
  void arm_timer(std::chrono::milliseconds after);
  void on_timer();
  result<bool> may_send() const;
  bool is_busy() const noexcept { return output_.bytes() >= static_cast<std::size_t>(settings_.high_watermark); }
  // End.
  void close_locked();
  void close_when_sent();
  void close_descriptor();
  void end_port();
  bool leave_node();
  std::shared_ptr<connection> shared_connection() { return std::static_pointer_cast<connection>(shared_from_this()); }
  bool has_left_ = false;
  // Connect.
  void connect_next();
  void resolved(const boost::system::error_code& failed, const asio::ip::tcp::resolver::results_type& found);
  void on_connected();
  void connect_failed(term reason);
  void connect_done();

  std::unique_ptr<connecting> connecting_;
  std::deque<reader> readers_;
  class input input_;
  bool readable_ = true;            // there may be more; false: an event will tell
  bool reads_until_empty_ = false;  // a read that gives less than it could does not mean that there is no more
  bool comes_in_bulk_ = false;      // the last read filled half of the room
  bool input_ended_ = false;
  term end_reason_;  // nil: the other side's orderly end
  bool end_told_ = false;
  bool is_over_ = false;  // passive, and told so: the port is there, the descriptor only for what waits to be sent
  int givers_ = 0;        // between give_begin and give_end: nothing is delivered

  output output_;
  bool send_timed_out_ = false;
  bool shut_after_output_ = false;
  bool write_shut_ = false;
  term output_failed_;  // nil: it has not
  std::vector<waiter> waiters_;
  std::unique_ptr<asio::steady_timer> timer_;
  std::uint64_t sent_before_ = 0;  // when the timer was armed

  bool closing_ = false;  // what waits to be sent is sent, then the descriptor goes

  // Messages at the owner, not taken. `paused_` is set before the last look at the sum, and the sum is lowered before
  // the look at `paused_` (both sequentially consistent): one of the two sides sees the other.
  static constexpr std::size_t outstanding_limit = 512 * 1024;
  static constexpr std::size_t message_cost = 64;  // of one without bytes
  std::atomic<std::size_t> outstanding_{0};
  std::atomic<bool> paused_{false};

  struct {
    std::uint64_t received_bytes = 0, received = 0, received_most = 0, sent_bytes = 0, sent = 0, sent_most = 0;
  } counts_;
};
}  // namespace twinslot::tcp
