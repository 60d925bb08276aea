#include "tests/bench/echo_client.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace twinslot::bench {
namespace {
using nanoseconds = std::chrono::nanoseconds;
using clock = std::chrono::steady_clock;

constexpr std::size_t buffer_bytes = 256 * 1024;
constexpr std::size_t shown_error_count = 5;
constexpr auto longest_wait = std::chrono::milliseconds(100);  // how soon a stop from outside is seen

enum class phase { open, load, drain, end };

struct connection {
  int descriptor = -1;
  bool connected = false;
  bool settled = false;  // has done what the phase asks for, or failed
  bool wants_out = false;
  bool is_timed = false;
  stream text;
  std::uint64_t goal = 0;  // sends up to here
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  std::uint64_t timed_end = 0;  // the message whose time is taken ends here
  clock::time_point timed_start;
};

std::uint64_t round_up(std::uint64_t value, std::uint64_t step) {
  return (value + step - 1) / step * step;
}

class client {
public:
  explicit client(const load_options& options)
      : options_(options), connections_(options.connection_count), in_(buffer_bytes), out_(buffer_bytes) {
    for (std::size_t i = 0; i < connections_.size(); ++i)
      connections_[i].text = {options.what, i, options.message_bytes};
    result_.errors.reserve(shown_error_count);
  }
  ~client() {
    for (const connection& c : connections_)
      if (c.descriptor >= 0)
        ::close(c.descriptor);
    ::close(epoll_);
  }
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  load_result run() {
    open_all();
    if (result_.opened_count > 0) {
      load_all();
      begin(phase::drain);
      wait_for_all("did not come back");
      begin(phase::end);
      wait_for_all("was not closed");
    }
    for (const connection& c : connections_) {
      result_.sent_bytes += c.sent;
      result_.received_bytes += c.received;
      result_.missing_bytes += c.sent - std::min(c.sent, c.received);
    }
    return std::move(result_);
  }

private:
  void open_all() {
    phase_ = phase::open;
    unsettled_count_ = connections_.size();
    last_progress_ = clock::now();
    std::size_t begun = 0;
    while (unsettled_count_ > 0 && !is_stopped()) {
      for (; begun < connections_.size() && begun - settled_count() < options_.ramp_count; ++begun)
        connect(connections_[begun]);
      if (unsettled_count_ == 0 || is_stuck("could not be opened"))
        break;
      wait(longest_wait);
    }
    fail_unsettled("was not opened in time");
  }

  void load_all() {
    begin(phase::load);
    const auto measured_from = clock::now() + options_.warmup;
    const auto until = measured_from + options_.duration;
    while (unsettled_count_ > 0 && clock::now() < measured_from && !is_stopped())
      wait(measured_from - clock::now());
    result_.round_trip_count = 0;
    result_.echoed_bytes = 0;
    result_.latency_ns.clear();
    const auto start = clock::now();
    while (unsettled_count_ > 0 && clock::now() < until && !is_stopped())
      wait(until - clock::now());
    result_.seconds = std::chrono::duration<double>(clock::now() - start).count();
  }

  void begin(phase next) {
    phase_ = next;
    last_progress_ = clock::now();
    unsettled_count_ = 0;
    for (connection& c : connections_) {
      c.settled = c.descriptor < 0;
      unsettled_count_ += !c.settled;
    }
    for (connection& c : connections_) {
      if (c.settled)
        continue;
      if (next == phase::load)
        pump(c);
      else if (next == phase::drain)
        drain(c);
      else
        ::shutdown(c.descriptor, SHUT_WR);
    }
  }

  void wait_for_all(const char* complaint) {
    while (unsettled_count_ > 0 && !is_stuck(complaint))
      wait(longest_wait);
  }

  // Gives up on those that are left when nothing has moved for too long.
  bool is_stuck(const char* complaint) {
    if (clock::now() - last_progress_ < options_.patience)
      return false;
    fail_unsettled(complaint);
    return true;
  }

  void fail_unsettled(const char* complaint) {
    for (connection& c : connections_)
      if (!c.settled)
        fail(c, fmt::format("{} ({} of {} bytes)", complaint, c.received, c.sent));
  }

  std::size_t settled_count() const { return connections_.size() - unsettled_count_; }
  bool is_stopped() const { return options_.stopped && options_.stopped->load(std::memory_order_relaxed); }

  void settle(connection& c) {
    unsettled_count_ -= !c.settled;
    c.settled = true;
  }

  void connect(connection& c) {
    c.descriptor = ::socket(options_.to.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c.descriptor < 0)
      return fail(c, "socket", errno);
    const int on = 1;
    if (options_.to.family() != AF_UNIX)
      ::setsockopt(c.descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(c.descriptor, options_.to.raw(), options_.to.address_bytes) != 0 && errno != EINPROGRESS)
      return fail(c, "connect", errno);
    c.wants_out = true;
    watch(c, EPOLL_CTL_ADD);
  }

  void greet(connection& c) {
    int error = 0;
    ::socklen_t bytes = sizeof error;
    ::getsockopt(c.descriptor, SOL_SOCKET, SO_ERROR, &error, &bytes);
    if (error != 0)
      return fail(c, "connect", error);
    c.connected = true;
    c.goal = options_.message_bytes;
    send_some(c);
  }

  void handle(connection& c, std::uint32_t events) {
    if (c.descriptor < 0)  // failed on account of an earlier event of this batch
      return;
    if (!c.connected)
      return greet(c);
    if (events & ~std::uint32_t{EPOLLOUT})
      receive(c);
    if (c.descriptor >= 0 && (events & EPOLLOUT))
      send_some(c);
  }

  void receive(connection& c) {
    const ssize_t got = ::recv(c.descriptor, in_.data(), in_.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
      return;
    if (got < 0)
      return fail(c, "recv", errno);
    if (got == 0)
      return close(c);
    const std::span<const char> bytes(in_.data(), static_cast<std::size_t>(got));
    last_progress_ = clock::now();
    if (bytes.size() > c.sent - c.received)
      return fail(c, fmt::format("got {} bytes that were never sent", bytes.size() - (c.sent - c.received)));
    const std::size_t right = match(c.text, c.received, bytes);
    if (right < bytes.size())
      return fail(c, explain(c.text, c.received + right, bytes.subspan(right)));
    if (options_.what == content::lines)
      result_.upper_bytes += count_upper(bytes);
    account(c, bytes.size());
  }

  void account(connection& c, std::size_t bytes) {
    if (phase_ == phase::load) {
      result_.round_trip_count += (c.received + bytes) / options_.message_bytes - c.received / options_.message_bytes;
      result_.echoed_bytes += bytes;
    }
    c.received += bytes;
    if (c.is_timed && c.received >= c.timed_end) {
      result_.latency_ns.record(static_cast<std::uint64_t>((last_progress_ - c.timed_start).count()));
      c.is_timed = false;
    }
    if (phase_ == phase::load)
      return pump(c);
    if (c.received != c.goal)
      return;
    result_.opened_count += phase_ == phase::open;
    settle(c);
  }

  // Moves the goal as far as the window allows. With a long window not for every byte that it moves: a quarter at a
  // time.
  void pump(connection& c) {
    const std::uint64_t allowed =
        (c.received + options_.window_bytes) / options_.message_bytes * options_.message_bytes;
    if (allowed - c.sent < options_.window_bytes / 4 && allowed - c.sent < buffer_bytes)
      return;
    c.goal = std::max(c.goal, allowed);
    if (!c.wants_out)
      send_some(c);
  }

  // Ends the message that has begun, and begins no other.
  void drain(connection& c) {
    c.goal = round_up(c.sent, options_.message_bytes);
    if (c.received == c.goal)
      settle(c);
    else if (!c.wants_out)
      send_some(c);
  }

  void send_some(connection& c) {
    while (c.sent < c.goal) {
      const auto bytes = static_cast<std::size_t>(std::min<std::uint64_t>(c.goal - c.sent, out_.size()));
      fill(c.text, c.sent, std::span(out_).first(bytes));
      if (!c.is_timed && c.sent % options_.message_bytes == 0) {
        c.is_timed = true;
        c.timed_start = clock::now();
        c.timed_end = c.sent + options_.message_bytes;
      }
      const ssize_t sent = ::send(c.descriptor, out_.data(), bytes, MSG_NOSIGNAL);
      if (sent < 0 && errno != EAGAIN && errno != EINTR)
        return fail(c, "send", errno);
      if (sent < 0)
        break;
      c.sent += static_cast<std::uint64_t>(sent);
    }
    if (c.wants_out == (c.sent < c.goal))
      return;
    c.wants_out = !c.wants_out;
    watch(c, EPOLL_CTL_MOD);
  }

  // The server has closed its side.
  void close(connection& c) {
    if (phase_ != phase::end)
      return fail(c, fmt::format("closed after {} of {} bytes", c.received, c.sent));
    ::close(c.descriptor);
    c.descriptor = -1;
    settle(c);
  }

  void fail(connection& c, const char* where, int error) {
    result_.reset_count += error == ECONNRESET || error == EPIPE;
    fail(c, fmt::format("{}: {} ({} of {} bytes)", where, std::strerror(error), c.received, c.sent));
  }

  void fail(connection& c, const std::string& why) {
    ++result_.error_count;
    if (result_.errors.size() < shown_error_count)
      result_.errors.push_back(fmt::format("connection {}: {}", c.text.seed, why));
    if (c.descriptor >= 0)
      ::close(c.descriptor);
    c.descriptor = -1;
    settle(c);
  }

  void watch(connection& c, int operation) {
    ::epoll_event event{EPOLLIN | (c.wants_out ? std::uint32_t{EPOLLOUT} : 0u), {.ptr = &c}};
    if (::epoll_ctl(epoll_, operation, c.descriptor, &event) != 0)
      fail(c, "epoll_ctl", errno);
  }

  void wait(nanoseconds at_most) {
    const auto rounded_up = std::chrono::ceil<std::chrono::milliseconds>(std::min<nanoseconds>(at_most, longest_wait));
    const int count = ::epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()),
                                   static_cast<int>(std::max<std::int64_t>(0, rounded_up.count())));
    for (int i = 0; i < count; ++i) {
      auto& event = events_[static_cast<std::size_t>(i)];
      handle(*static_cast<connection*>(event.data.ptr), event.events);
    }
  }

  const load_options options_;
  std::vector<connection> connections_;
  std::vector<char> in_;
  std::vector<char> out_;
  std::array<::epoll_event, 512> events_;
  int epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  phase phase_ = phase::open;
  std::size_t unsettled_count_ = 0;
  clock::time_point last_progress_;
  load_result result_;
};
}  // namespace

load_result run_load(const load_options& options) {
  return client(options).run();
}
}  // namespace twinslot::bench
