// Connecting: a name is looked up, then one address after the other is tried.
#include "actors/tcp/connection.hpp"

#include <strings.h>
#include <sys/socket.h>
#include <cerrno>
#include <cstring>

namespace twinslot::tcp {

result<std::shared_ptr<connection>> connection::open(node& home, reactor& threads, const term& where,
                                                     std::uint16_t number, const term& options, pid owner) {
  auto how = opening_from(options);
  if (!how)
    return how.error();
  if (where.is_tagged("local"_atom, 2))
    how->family = AF_UNIX;
  else if (where.is_tuple(8))
    how->family = AF_INET6;
  auto target = address_of(where, number, how->family);
  if (!target)
    return target.error();
  auto wanted = std::make_unique<connecting>(connecting{std::move(*how), {}, number, {}, {}, "einval", nullptr});
  if (*target)
    wanted->targets.push_back(**target);
  else
    wanted->host = *host_name(where);
  auto made = std::make_shared<connection>(home, threads);
  {
    const lock guard(made->mutex_);
    made->settings_ = wanted->how.how;
    made->owner_ = owner;
    made->connecting_ = std::move(wanted);
    made->self_ = home.open_port(made);
  }
  home.own_port(owner, made->self_);
  return made;
}

void connection::connect_next() {
  auto& wanted = *connecting_;
  if (!wanted.host.empty() && !wanted.resolver) {
    const auto protocol = wanted.how.family == AF_INET6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4();
    wanted.resolver = std::make_unique<asio::ip::tcp::resolver>(threads_.context());
    wanted.resolver->async_resolve(protocol, wanted.host, std::to_string(wanted.number),
                                   asio::ip::resolver_base::numeric_service,
                                   [self = shared_connection()](const auto& failed, const auto& found) {
                                     if (failed != asio::error::operation_aborted)
                                       self->resolved(failed, found);
                                   });
    return;
  }
  while (!wanted.targets.empty()) {
    const address target = wanted.targets.back();
    wanted.targets.pop_back();
    auto made = open_descriptor(target.family(), wanted.how);
    if (!made)
      return connect_failed(made.reason());
    if (const auto bound = bind_to(made->get(), wanted.how, wanted.how.from_port, false); !bound)
      return connect_failed(bound.reason());
    int outcome;
    do {
      outcome = ::connect(made->get(), target.raw(), target.bytes);
    } while (outcome != 0 && errno == EINTR);
    if (outcome != 0 && errno != EINPROGRESS) {
      wanted.reason = os::posix_atom(errno);
      continue;
    }
    if (const auto taken = watch(std::move(*made), target.family()); !taken)
      return connect_failed(taken.reason());
    if (outcome == 0)
      return connect_done();
    return;
  }
  connect_failed(wanted.reason);
}

void connection::resolved(const boost::system::error_code& failed, const asio::ip::tcp::resolver::results_type& found) {
  const lock guard(mutex_);
  if (!connecting_)
    return;
  if (failed) {
    // This name is the machine's own even where no file and no name server knows it (RFC 6761, 6.3).
    if (::strcasecmp(connecting_->host.c_str(), "localhost") != 0)
      return connect_failed("nxdomain");
    connecting_->targets.push_back(**address_of("loopback", connecting_->number, connecting_->how.family));
    return connect_next();
  }
  for (const auto& each : found) {
    address target;
    const auto where = each.endpoint();
    std::memcpy(&target.storage, where.data(), where.size());
    target.bytes = static_cast<socklen_t>(where.size());
    connecting_->targets.insert(connecting_->targets.begin(), target);
  }
  connect_next();
}

void connection::on_connected() {
  int problem = 0;
  socklen_t bytes = sizeof problem;
  ::getsockopt(descriptor_.get(), SOL_SOCKET, SO_ERROR, &problem, &bytes);
  if (problem == 0)
    return connect_done();
  connecting_->reason = os::posix_atom(problem);
  close_descriptor();
  connect_next();
}

void connection::connect_failed(term reason) {
  const auto given_up = std::exchange(connecting_, nullptr);
  home_.reply(given_up->from, tuple("error", std::move(reason)));
}

void connection::connect_done() {
  const auto done = std::exchange(connecting_, nullptr);
  home_.reply(done->from, tuple("ok", self_));
  pump();
}
}  // namespace twinslot::tcp
