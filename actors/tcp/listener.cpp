#include "actors/tcp/listener.hpp"

#include "actors/tcp/connection.hpp"
#include "actors/tcp/system_options.hpp"

#include <sys/socket.h>
#include <algorithm>
#include <cerrno>

namespace twinslot::tcp {
using namespace std::chrono_literals;

namespace {
constexpr auto retry_after = 20ms;  // when descriptors or memory are used up
}

result<std::shared_ptr<listener>> listener::open(node& home, reactor& threads, std::uint16_t number,
                                                 const term& options, pid owner) {
  const auto how = opening_from(options);
  if (!how)
    return how.error();
  auto descriptor = open_descriptor(how->family, *how);
  if (!descriptor)
    return descriptor.error();
  if (const auto bound = bind_to(descriptor->get(), *how, number, true); !bound)
    return bound.error();
  if (::listen(descriptor->get(), how->backlog) != 0)
    return os::last_error();
  auto made = std::make_shared<listener>(home, threads);
  {
    const lock guard(made->mutex_);  // who looks at all ports finds it before its name is set
    if (const auto taken = made->watch(std::move(*descriptor), how->family); !taken)
      return taken.error();
    made->settings_ = how->how;
    made->backlog_ = how->backlog;
    made->owner_ = owner;
    made->self_ = home.open_port(made);
  }
  home.own_port(owner, made->self_);
  return made;
}

void listener::request(const term& from, atom label, const term&) {
  const lock guard(mutex_);
  if (!descriptor_)
    return home_.reply(from, tuple("error", "closed"));
  if (!(label == "accept"_atom))
    return home_.reply(from, tuple("error", label == "recv"_atom ? term("enotconn") : term("einval")));
  waiting_.push_back(from);
  accept_waiting();
}

bool listener::withdraw(reference asked) {
  const lock guard(mutex_);
  return std::erase_if(waiting_, [&](const term& from) { return from[1] == term(asked); }) != 0;
}

void listener::accept_waiting() {
  while (acceptable_ && !retries_later_ && !waiting_.empty() && descriptor_) {
    os::descriptor made{::accept4(descriptor_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
    if (!made) {
      if (errno == EAGAIN || errno == EWOULDBLOCK) {
        acceptable_ = false;
        return;
      }
      if (errno == EINTR || errno == ECONNABORTED || errno == EPROTO)
        continue;
      return out_of(errno);
    }
    if (std::exchange(short_of_descriptors_, false))
      home_.log("notice"_atom, "TCP accepts connections again");
    ++accepted_;
    const term from = std::move(waiting_.front());
    waiting_.pop_front();
    const auto connected = connection::adopt(home_, threads_, std::move(made), family_, settings_, from[0].as_pid());
    if (!connected) {
      home_.reply(from, tuple("error", connected.reason()));
      continue;
    }
    home_.reply(from, tuple("ok", (*connected)->self()));
    (*connected)->start();
  }
}

/// The connection stays in the system's queue meanwhile.
void listener::out_of(int problem) {
  if (problem != EMFILE && problem != ENFILE && problem != ENOBUFS && problem != ENOMEM) {
    for (const term& from : std::exchange(waiting_, {}))
      home_.reply(from, tuple("error", os::posix_atom(problem)));
    return;
  }
  if (!std::exchange(short_of_descriptors_, true))
    home_.log("warning"_atom, "TCP can't accept a connection: " + std::string(os::posix_atom(problem).text()) +
                                  ". It waits until descriptors are free; ulimit -n says how many there may be");
  if (!retry_)
    retry_ = std::make_unique<asio::steady_timer>(threads_.context());
  retries_later_ = true;
  retry_->expires_after(retry_after);
  retry_->async_wait([self = shared_from_this(), this](const boost::system::error_code&) {
    const lock guard(mutex_);
    retries_later_ = false;
    accept_waiting();
  });
}

void listener::ready(std::uint32_t) {
  const lock guard(mutex_);
  acceptable_ = true;
  accept_waiting();
}

void listener::owner_ended(pid ended) {
  const lock guard(mutex_);
  if (owner_ == ended)
    close_locked();
}

void listener::close() {
  const lock guard(mutex_);
  close_locked();
}

void listener::close_locked() {
  if (!descriptor_)
    return;
  home_.close_port(self_);
  home_.disown_port(owner_, self_);
  close_descriptor_now();
  boost::system::error_code ignored;
  if (retry_)
    retry_->cancel(ignored);
  for (const term& from : std::exchange(waiting_, {}))
    home_.reply(from, tuple("error", "closed"));
}

result<void> listener::shut_down(atom) {
  return error{is_open() ? term("enotconn") : term("closed")};
}

result<void> listener::give(pid from, pid to) {
  {
    const lock guard(mutex_);
    if (!descriptor_)
      return error{"closed"};
    if (owner_ != from)
      return error{"not_owner"};
    owner_ = to;
  }
  home_.disown_port(from, self_);
  home_.own_port(to, self_);  // not under the lock: the new owner may have ended
  return {};
}

result<void> listener::set_options(const term& options) {
  const lock guard(mutex_);
  if (!descriptor_)
    return error{"einval"};
  const auto done = set_all(options);
  if (settings_.active.is_used_up())
    settings_.active = {activity::mode::passive, 0};
  return done;
}

std::optional<term> listener::option(atom name) const {
  if (name == "backlog"_atom)
    return backlog_;
  return endpoint::option(name);
}

term listener::statistics() const {
  static constexpr const char* const names[] = {"recv_oct", "recv_cnt", "recv_max", "recv_avg", "recv_dvi",
                                                "send_oct", "send_cnt", "send_max", "send_avg", "send_pend"};
  std::vector<term> all;
  for (const char* name : names)
    all.push_back(tuple(atom(name), 0));
  return list_of(all.data(), all.size());
}

term listener::info() const {
  const lock guard(mutex_);
  const term all[] = {
      tuple("name", string("tcp_inet")),
      tuple("links", list(owner_)),
      tuple("id", self_.id),
      tuple("connected", owner_),
      tuple("input", 0),
      tuple("output", 0),
      tuple("os_pid", "undefined"),
      tuple("accepting", waiting_.size()),
      tuple("accepted", accepted_),
  };
  return list_of(all, std::size(all));
}
}  // namespace twinslot::tcp
