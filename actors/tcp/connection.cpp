// Making and ending a connection, options, what others are told of it. In and out: connection_input.cpp,
// connection_output.cpp; connecting: connection_connect.cpp.
#include "actors/tcp/connection.hpp"

#include <sys/socket.h>

namespace twinslot::tcp {
using namespace std::chrono_literals;

namespace {
/// How long a closed port goes on trying to send what was sent before, without the other side taking a byte.
constexpr auto close_patience = 30s;
}  // namespace

result<std::shared_ptr<connection>> connection::adopt(node& home, reactor& threads, os::descriptor descriptor,
                                                      int family, const settings& how, pid owner) {
  auto made = std::make_shared<connection>(home, threads);
  {
    const lock guard(made->mutex_);  // who looks at all ports finds it before its name is set
    if (const auto taken = made->watch(std::move(descriptor), family); !taken)
      return taken.error();
    made->settings_ = how;
    made->owner_ = owner;
    made->self_ = home.open_port(made);
  }
  home.own_port(owner, made->self_);
  return made;
}

void connection::start() {
  const lock guard(mutex_);
  pump();
}

// ---- requests

void connection::request(const term& from, atom label, const term& what) {
  const lock guard(mutex_);
  if (label == "recv"_atom) {
    constexpr std::int64_t most = 0x4000000;  // bytes, as OTP's
    if (!what.is_int64() || what.as_int64() < 0)
      return home_.reply(from, tuple("error", "einval"));
    if (what.as_int64() > most)
      return home_.reply(from, tuple("error", "enomem"));
    if (has_left_)
      return home_.reply(from, tuple("error", "closed"));
    if (settings_.active.delivers())
      return home_.reply(from, tuple("error", "einval"));
    if (!descriptor_ || connecting_ || is_over_)
      return home_.reply(from, tuple("error", "enotconn"));
    readers_.push_back({from, static_cast<std::size_t>(what.as_int64())});
    return pump();
  }
  if (label == "drain"_atom) {
    if (const auto able = may_send(); !able || !is_busy())
      return home_.reply(from, able ? term("ok") : tuple("error", able.reason()));
    return wait_to_send({from, {}, {}});
  }
  if (label == "connect"_atom && connecting_ && connecting_->from.is_nil()) {
    connecting_->from = from;
    return connect_next();
  }
  home_.reply(from, tuple("error", "einval"));
}

bool connection::withdraw(reference asked) {
  const lock guard(mutex_);
  const auto is_it = [&](const term& from) { return !from.is_nil() && from[1] == term(asked); };
  if (connecting_ && is_it(connecting_->from)) {
    connecting_.reset();
    close_descriptor();
    return true;
  }
  return std::erase_if(readers_, [&](const reader& one) { return is_it(one.from); }) != 0 ||
         std::erase_if(waiters_, [&](const waiter& one) { return is_it(one.from); }) != 0;
}

void connection::owner_ended(pid ended) {
  const lock guard(mutex_);
  if (owner_ == ended)
    close_locked();
}

void connection::shut() {
  const lock guard(mutex_);
  output_.clear();
  close_locked();
}

// ---- end

void connection::close() {
  const lock guard(mutex_);
  close_locked();
}

/// False: it had left before.
bool connection::leave_node() {
  if (std::exchange(has_left_, true))
    return false;
  home_.close_port(self_);
  home_.disown_port(owner_, self_);
  return true;
}

void connection::close_locked() {
  if (!leave_node())
    return;
  settings_.active = {activity::mode::passive, 0};
  answer_readers(tuple("error", "closed"));
  release_waiters(tuple("error", "closed"));
  if (auto given_up = std::exchange(connecting_, nullptr); given_up && !given_up->from.is_nil())
    home_.reply(given_up->from, tuple("error", "closed"));
  close_when_sent();
}

void connection::close_when_sent() {
  if (output_.empty() || !descriptor_)
    return close_descriptor();
  closing_ = true;
  arm_timer(close_patience);
}

void connection::close_descriptor() {
  close_descriptor_now();
  output_.clear();
  boost::system::error_code ignored;
  if (timer_)
    timer_->cancel(ignored);
}

result<void> connection::shut_down(atom how) {
  const lock guard(mutex_);
  if (has_left_)
    return error{"closed"};
  if (!descriptor_ || connecting_ || is_over_)
    return error{"enotconn"};
  const bool reads = how == "read"_atom || how == "read_write"_atom;
  const bool writes = how == "write"_atom || how == "read_write"_atom;
  if (reads && ::shutdown(descriptor_.get(), SHUT_RD) != 0)
    return error{os::last_error().reason};
  if (!writes)
    return {};
  if (!output_.empty())
    shut_after_output_ = true;
  else if (!std::exchange(write_shut_, true) && ::shutdown(descriptor_.get(), SHUT_WR) != 0)
    return error{os::last_error().reason};
  return {};
}

// ---- timer: of a send that takes too long, or of a close

void connection::arm_timer(std::chrono::milliseconds after) {
  if (!timer_)
    timer_ = std::make_unique<asio::steady_timer>(threads_.context());
  sent_before_ = counts_.sent_bytes;
  timer_->expires_after(after);
  timer_->async_wait([self = shared_connection()](const boost::system::error_code& failed) {
    if (!failed)
      self->on_timer();
  });
}

void connection::on_timer() {
  const lock guard(mutex_);
  if (timer_->expiry() > clock::now())
    return;  // it had fired when it was set again
  if (closing_) {
    if (counts_.sent_bytes != sent_before_)
      return arm_timer(close_patience);
    return close_descriptor();
  }
  if (waiters_.empty())
    return;
  send_timed_out_ = true;
  release_waiters(tuple("error", "timeout"));
  if (settings_.send_timeout_close) {
    output_.clear();
    close_locked();
  }
}

// ---- options

result<void> connection::set_options(const term& options) {
  const lock guard(mutex_);
  if (has_left_)
    return error{"einval"};
  if (const auto done = set_all(options); !done)
    return done;
  if (settings_.active.is_used_up()) {
    settings_.active = {activity::mode::passive, 0};
    tell_owner(tuple("tcp_passive", self_));
  }
  if (is_over_ && settings_.active.delivers())
    end_port();
  else
    pump();
  return {};
}

result<void> connection::give_begin(pid from) {
  const lock guard(mutex_);
  if (has_left_)
    return error{"closed"};
  if (owner_ != from)
    return error{"not_owner"};
  ++givers_;
  return {};
}

void connection::give_end(pid from, pid to) {
  {
    const lock guard(mutex_);
    owner_ = to;
  }
  home_.disown_port(from, self_);
  home_.own_port(to, self_);  // not under the lock: the new owner may have ended
  const lock guard(mutex_);
  --givers_;
  pump();
}

// ---- what is told

term connection::statistics() const {
  const lock guard(mutex_);
  const auto average = [](std::uint64_t sum, std::uint64_t count) { return term(count ? sum / count : 0); };
  const term all[] = {
      tuple("recv_oct", counts_.received_bytes),
      tuple("recv_cnt", counts_.received),
      tuple("recv_max", counts_.received_most),
      tuple("recv_avg", average(counts_.received_bytes, counts_.received)),
      tuple("recv_dvi", 0),
      tuple("send_oct", counts_.sent_bytes),
      tuple("send_cnt", counts_.sent),
      tuple("send_max", counts_.sent_most),
      tuple("send_avg", average(counts_.sent_bytes, counts_.sent)),
      tuple("send_pend", output_.bytes()),
  };
  return list_of(all, std::size(all));
}

std::string connection::state() const {
  const lock guard(mutex_);
  if (connecting_)
    return "CONNECTING";
  return descriptor_ ? "CONNECTED" : "CLOSED";
}

term connection::info() const {
  const lock guard(mutex_);
  const term all[] = {
      tuple("name", string("tcp_inet")), tuple("links", list(owner_)),           tuple("id", self_.id),
      tuple("connected", owner_),        tuple("input", counts_.received_bytes), tuple("output", counts_.sent_bytes),
      tuple("os_pid", "undefined"),      tuple("queue_size", output_.bytes()),
  };
  return list_of(all, std::size(all));
}
}  // namespace twinslot::tcp
