// What goes out.
#include "actors/tcp/connection.hpp"

#include "runtime/term/print.hpp"

#include <sys/socket.h>
#include <algorithm>

namespace twinslot::tcp {

result<bool> connection::may_send() const {
  if (connecting_)
    return error{"enotconn"};
  if (!descriptor_ || has_left_ || is_over_ || write_shut_ || shut_after_output_)
    return error{"closed"};
  if (!output_failed_.is_nil())
    return error{output_failed_};
  if (send_timed_out_ && is_busy())
    return error{"timeout"};
  return is_busy();
}

result<bool> connection::sent() const {
  const lock guard(mutex_);
  return may_send();
}

result<bool> connection::send(const term& data) {
  piece payload;
  if (data.is_binary())
    payload.kept = data;
  else if (!iodata_to_bytes(data, payload.text))
    return error{"einval"};
  const lock guard(mutex_);
  if (const auto able = may_send(); !able)
    return able;
  const std::size_t size = payload.rest().size();
  auto header = header_of(settings_.packet, size);
  if (!header)
    return header.error();
  ++counts_.sent;
  counts_.sent_most = std::max<std::uint64_t>(counts_.sent_most, size);
  piece front{{}, std::move(*header), 0};
  if (output_.empty()) {
    iovec parts[] = {{front.text.data(), front.text.size()},
                     {const_cast<char*>(payload.rest().data()), payload.rest().size()}};
    const std::size_t skipped = front.text.empty() ? 1 : 0;
    const auto went = write_parts(descriptor_.get(), parts + skipped, 2 - skipped);
    if (!went) {
      fail_output(went.reason());
      return error{output_failed_};
    }
    counts_.sent_bytes += *went;
    front.sent = std::min(*went, front.text.size());
    payload.sent = *went - front.sent;
  }
  output_.add(std::move(front));
  output_.add(std::move(payload));
  return is_busy();
}

void connection::let_go_when_drained(pid who, reference hold) {
  const lock guard(mutex_);
  if (const auto able = may_send(); !able || !is_busy())
    return home_.let_go(who, hold);
  wait_to_send({{}, who, hold});
}

/// The time is that of who has waited longest.
void connection::wait_to_send(waiter who) {
  waiters_.push_back(std::move(who));
  if (settings_.send_timeout_ms >= 0 && waiters_.size() == 1)
    arm_timer(std::chrono::milliseconds(settings_.send_timeout_ms));
}

void connection::release_waiters(const term& answer) {
  for (const waiter& each : std::exchange(waiters_, {}))
    if (each.from.is_nil())
      home_.let_go(each.who, each.hold);
    else
      home_.reply(each.from, answer);
}

void connection::fail_output(term reason) {
  const bool is_end = reason == "epipe" || (reason == "econnreset" && !settings_.show_econnreset);
  output_failed_ = is_end ? term("closed") : std::move(reason);
  output_.clear();
  release_waiters(tuple("error", output_failed_));
  if (closing_)
    close_descriptor();
}

void connection::flush() {
  const auto went = output_.write_to(descriptor_.get());
  if (!went)
    return fail_output(went.reason());
  counts_.sent_bytes += *went;
  if (output_.bytes() <= static_cast<std::size_t>(settings_.low_watermark)) {
    send_timed_out_ = false;
    release_waiters("ok");
  }
  if (!output_.empty())
    return;
  if (std::exchange(shut_after_output_, false) && !std::exchange(write_shut_, true))
    ::shutdown(descriptor_.get(), SHUT_WR);
  if (closing_)
    close_descriptor();
}
}  // namespace twinslot::tcp
