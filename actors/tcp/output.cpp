#include "actors/tcp/output.hpp"

#include "runtime/os/posix.hpp"

#include <sys/socket.h>
#include <cerrno>

namespace twinslot::tcp {

result<std::size_t> write_parts(int descriptor, iovec* parts, std::size_t count) {
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = count;
  for (;;) {
    const auto sent = count == 1 ? ::send(descriptor, parts->iov_base, parts->iov_len, MSG_NOSIGNAL | MSG_DONTWAIT)
                                 : ::sendmsg(descriptor, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0)
      return static_cast<std::size_t>(sent);
    if (errno == EAGAIN || errno == EWOULDBLOCK)
      return std::size_t{0};
    if (errno != EINTR)
      return os::last_error();
  }
}

void output::add(piece more) {
  const std::size_t size = more.rest().size();
  if (size == 0)
    return;
  bytes_ += size;
  pieces_.push_back(std::move(more));
}

void output::clear() noexcept {
  pieces_.clear();
  bytes_ = 0;
}

void output::drop(std::size_t count) {
  bytes_ -= count;
  while (count > 0) {
    piece& first = pieces_.front();
    const std::size_t size = first.rest().size();
    if (count < size) {
      first.sent += count;
      return;
    }
    count -= size;
    pieces_.pop_front();
  }
}

result<std::size_t> output::write_to(int descriptor) {
  constexpr std::size_t parts_at_once = 64;
  std::size_t all = 0;
  while (!pieces_.empty()) {
    iovec parts[parts_at_once];
    std::size_t count = 0;
    std::size_t offered = 0;
    for (auto at = pieces_.begin(); at != pieces_.end() && count < parts_at_once; ++at) {
      const auto rest = at->rest();
      parts[count++] = {const_cast<char*>(rest.data()), rest.size()};
      offered += rest.size();
    }
    const auto sent = write_parts(descriptor, parts, count);
    if (!sent)
      return sent.error();
    drop(*sent);
    all += *sent;
    if (*sent < offered)
      break;
  }
  return all;
}
}  // namespace twinslot::tcp
