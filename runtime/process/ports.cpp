// What a node does for its ports.
#include "runtime/process/node_impl.hpp"

#include <algorithm>

namespace twinslot {

using kind_of = signal::kind;

port node::open_port(std::shared_ptr<port_object> opened) {
  return impl_->ports.insert(std::move(opened));
}

bool node::close_port(port which) {
  return impl_->ports.remove(which) != nullptr;
}

std::shared_ptr<port_object> node::find_port(port which) const {
  return impl_->ports.find(which);
}

std::vector<port> node::ports() const {
  return impl_->ports.all();
}

void node::own_port(pid owner, port which) {
  impl_->post(owner, make_signal(kind_of::own_port, {}, which.id));
}

void node::disown_port(pid owner, port which) {
  impl_->post(owner, make_signal(kind_of::disown_port, {}, which.id));
}

void node::send_from_port(port from, pid to, term message) {
  auto sent = make_signal(kind_of::message, {}, from.id, std::move(message));
  sent->from_a_port = true;
  impl_->post(to, std::move(sent));
}

void node::let_go(pid held, reference hold) {
  impl_->post(held, make_signal(kind_of::let_go, {}, hold.id));
}

void node::impl::message_gone(const signal& gone) {
  if (gone.from_a_port)
    ports.visit({gone.ref, 0}, [&](port_object& sender) { sender.taken(gone.value); });
}

void process::impl::tell_port(const signal& message) {
  home->message_gone(message);
}

void node::attend(poller* outside) {
  impl_->engine->attend(outside);
}

bool node::workers_rest() const noexcept {
  return impl_->engine->workers_rest();
}

void node::keep(atom name, std::shared_ptr<void> what) {
  impl_->keepsakes.emplace_back(name, std::move(what));
}

void* node::kept(atom name) const noexcept {
  const auto& all = impl_->keepsakes;
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.first == name; });
  return found == all.end() ? nullptr : found->second.get();
}
}  // namespace twinslot
