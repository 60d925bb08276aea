// What comes in.
#include "actors/tcp/connection.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <algorithm>
#include <cerrno>
#include <vector>

namespace twinslot::tcp {
namespace {
constexpr int reads_a_turn = 8;                         // then other sockets of the thread have theirs
constexpr std::int64_t buffer_limit = 4 * 1024 * 1024;  // bytes; more at a time makes nothing faster

/// Bytes of {tcp, Port, Data}.
std::size_t data_bytes(const term& message) {
  if (!message.is_tagged("tcp"_atom, 3))
    return 0;
  const term& data = message[2];
  return data.is_binary() || data.what() == kind::text ? data.size() : 0;
}

char* scratch(std::size_t bytes) {
  static thread_local std::vector<char> room;
  if (room.size() < bytes)
    room.resize(bytes);
  return room.data();
}
}  // namespace

bool connection::wants_input() const noexcept {
  return descriptor_ && !connecting_ && !is_over_ && givers_ == 0 &&
         (!readers_.empty() || (settings_.active.delivers() && !paused_.load(std::memory_order_seq_cst)));
}

/// Reads and delivers as long as somebody wants it and there is something, for one turn; tells the end.
void connection::pump() {
  deliver();
  for (int i = 0; i < reads_a_turn && wants_input() && readable_ && !input_ended_; ++i) {
    read_chunk();
    deliver();
  }
  if (!wants_input())
    return;
  if (input_ended_)
    tell_end();
  else if (readable_)
    threads_.post(shared_from_this());
}

/// Bytes that came; 0: none now, or the end.
std::size_t connection::receive(char* bytes, std::size_t room) {
  ssize_t got;
  do {
    got = ::recv(descriptor_.get(), bytes, room, MSG_DONTWAIT);
  } while (got < 0 && errno == EINTR);
  if (got > 0) {
    counts_.received_bytes += static_cast<std::size_t>(got);
    comes_in_bulk_ = static_cast<std::size_t>(got) >= room / 2;
    readable_ = static_cast<std::size_t>(got) == room || reads_until_empty_;
    return static_cast<std::size_t>(got);
  }
  readable_ = false;
  if (got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK))
    end_input(got == 0 ? term() : term(os::posix_atom(errno)));
  return 0;
}

void connection::read_chunk() {
  const auto room = static_cast<std::size_t>(std::clamp<std::int64_t>(settings_.buffer, 1, buffer_limit));
  const bool goes_on_as_it_is =
      settings_.packet == packet::raw && input_.empty() && (readers_.empty() || readers_.front().bytes == 0);
  std::size_t count = 0;
  if (goes_on_as_it_is && settings_.binary && comes_in_bulk_) {
    term data = binary_filled(room, [&](char* bytes) { return count = receive(bytes, room); });
    if (count != 0)
      hand(comes_in_bulk_ ? std::move(data) : binary(data.bytes()));  // little of it does not keep much room
    return;
  }
  char* const bytes = scratch(room);
  count = receive(bytes, room);
  if (count != 0 && goes_on_as_it_is)
    hand(data_term({bytes, count}));
  else
    input_.append({bytes, count});
}

void connection::deliver() {
  while (wants_input() && !input_.empty() && deliver_next()) {
  }
  input_.give_back();
}

/// False: there is no whole packet.
bool connection::deliver_next() {
  if (settings_.packet == packet::raw && !readers_.empty() && readers_.front().bytes != 0) {
    const auto data = input_.next_bytes(readers_.front().bytes);
    if (data)
      hand(data_term(*data));
    return data.has_value();
  }
  const auto next = input_.next(settings_.packet, settings_.longest_packet());
  if (!next) {
    input_ = {};
    end_input(next.reason());
    return false;
  }
  if (*next)
    hand(data_term(**next));
  return next->has_value();
}

term connection::data_term(std::string_view data) const {
  return settings_.binary ? binary(data) : bytes_list(data);
}

void connection::hand(term data) {
  ++counts_.received;
  counts_.received_most = std::max<std::uint64_t>(counts_.received_most, data.is_nil() ? 0 : data.size());
  if (!readers_.empty()) {
    home_.reply(readers_.front().from, tuple("ok"_atom, std::move(data)));
    readers_.pop_front();
    return;
  }
  tell_owner(tuple("tcp"_atom, self_, std::move(data)));
  count_down();
}

void connection::count_down() {
  auto& active = settings_.active;
  if (active.how == activity::mode::once) {
    active = {activity::mode::passive, 0};
  } else if (active.how == activity::mode::counted && --active.left == 0) {
    active = {activity::mode::passive, 0};
    tell_owner(tuple("tcp_passive", self_));
  }
}

void connection::tell_owner(term message) {
  const auto sum = outstanding_.fetch_add(data_bytes(message) + message_cost, std::memory_order_seq_cst);
  home_.send_from_port(self_, owner_, std::move(message));
  if (sum < outstanding_limit)
    return;
  paused_.store(true, std::memory_order_seq_cst);
  if (outstanding_.load(std::memory_order_seq_cst) <= outstanding_limit / 2)
    paused_.store(false, std::memory_order_seq_cst);
}

void connection::taken(const term& message) {
  const auto cost = data_bytes(message) + message_cost;
  const auto left = outstanding_.fetch_sub(cost, std::memory_order_seq_cst) - cost;
  if (left > outstanding_limit / 2 || !paused_.load(std::memory_order_seq_cst))
    return;
  threads_.post(shared_from_this());
}

void connection::end_input(term reason) {
  input_ended_ = true;
  end_reason_ = reason == "econnreset" && !settings_.show_econnreset ? term() : std::move(reason);
}

void connection::answer_readers(const term& answer) {
  for (const reader& each : std::exchange(readers_, {}))
    home_.reply(each.from, answer);
}

void connection::tell_end() {
  const term reason = std::exchange(end_reason_, {});
  const bool is_over = settings_.exit_on_close || !reason.is_nil();
  if (!readers_.empty()) {
    answer_readers(tuple("error", reason.is_nil() ? term("closed") : reason));
    if (!is_over)
      return;
    is_over_ = true;
    release_waiters(tuple("error", "closed"));
    return close_when_sent();
  }
  if (std::exchange(end_told_, true))
    return;
  if (!reason.is_nil())
    tell_owner(tuple("tcp_error", self_, reason));
  if (is_over)
    return end_port();
  tell_owner(tuple("tcp_closed", self_));
}

void connection::end_port() {
  tell_owner(tuple("tcp_closed", self_));
  close_locked();
}

/// A stream that gave less than was asked for is empty, and the next bytes are another event; but not if it stopped at
/// urgent data, or has its end in front.
void connection::ready(std::uint32_t events) {
  constexpr std::uint32_t marks = EPOLLRDHUP | EPOLLHUP | EPOLLERR | EPOLLPRI;
  const lock guard(mutex_);
  if (!descriptor_)
    return;
  if (events & (EPOLLIN | marks))
    readable_ = true;
  if (events & marks)
    reads_until_empty_ = true;
  const bool writable = events & (EPOLLOUT | EPOLLHUP | EPOLLERR);
  if (connecting_) {
    if (writable)
      on_connected();
    return;
  }
  if (writable && !output_.empty())
    flush();
  if (events == 0)
    resume_reading();
  pump();
}

void connection::resume_reading() {
  // If more came meanwhile, whoever takes that will post again.
  if (outstanding_.load(std::memory_order_seq_cst) <= outstanding_limit)
    paused_.store(false, std::memory_order_seq_cst);
}
}  // namespace twinslot::tcp
