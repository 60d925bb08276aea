// Sending by an alias, and what ends one.
#include "runtime/process/node_impl.hpp"

namespace twinslot {

using kind_of = signal::kind;

void node::impl::send_by_alias(reference to, pid from, term message) {
  const auto whose = to.node == 0 ? aliases.owner_of(to.id) : std::nullopt;
  if (whose)  // else it is no alias, or none any more: the message is dropped
    post(*whose, make_signal(kind_of::by_alias, from, to.id, std::move(message)));
}

void process::impl::make_alias(std::uint64_t ref, alias_end until) {
  relations_made().aliases.emplace(ref, until);
  home->aliases.insert(ref, self());
}

bool process::impl::end_alias(std::uint64_t ref) {
  if (!related || related->aliases.erase(ref) == 0)
    return false;
  home->aliases.erase(ref);
  return true;
}

void process::impl::monitor_over(std::uint64_t ref) {
  related->tags.erase(ref);
  const auto found = related->aliases.find(ref);
  if (found != related->aliases.end() && found->second != alias_end::unalias)
    end_alias(ref);
}

void process::impl::handle_by_alias(signal& arrived) {
  if (!related)
    return;
  const auto found = related->aliases.find(arrived.ref);
  if (found == related->aliases.end())
    return;
  if (found->second == alias_end::reply || found->second == alias_end::reply_or_demonitor) {
    end_alias(arrived.ref);
    demonitor({arrived.ref, 0});
  }
  append_message(std::move(arrived.value), arrived.from);
}

reference process::alias(alias_end until) {
  const auto made = home_->make_reference();
  inside().make_alias(made.id, until);
  return made;
}

bool process::unalias(reference which) {
  return which.node == 0 && inside().end_alias(which.id);
}
}  // namespace twinslot
