#include "actors/tcp/endpoint.hpp"

#include "actors/tcp/address.hpp"
#include "actors/tcp/system_options.hpp"

#include <vector>

namespace twinslot::tcp {

result<void> endpoint::watch(os::descriptor descriptor, int family) {
  descriptor_ = std::move(descriptor);
  family_ = family;
  auto done = threads_.watch(descriptor_.get(), shared_from_this());
  if (!done)
    descriptor_.close();
  return done;
}

void endpoint::close_descriptor_now() noexcept {
  if (!descriptor_)
    return;
  threads_.forget(descriptor_.get());
  descriptor_.close();
}

result<void> endpoint::set_all(const term& options) {
  if (!options.is_list())
    return error{"einval"};
  settings changed = settings_;
  std::vector<term> of_system;
  for (const term& option : options.elements_of_list()) {
    took what = set(changed, option);
    if (what == took::unknown && descriptor_ && is_system_option(option)) {
      of_system.push_back(option);
      what = took::yes;
    }
    if (what != took::yes)
      return error{"einval"};
  }
  for (const term& option : of_system)
    if (set_on(descriptor_.get(), family_, option) != took::yes)
      return error{"einval"};
  settings_ = changed;
  return {};
}

std::optional<term> endpoint::option(atom name) const {
  if (auto known = get(settings_, name))
    return known;
  return get_from(descriptor_.get(), name);
}

result<term> endpoint::options(const term& names) const {
  const lock guard(mutex_);
  if (!names.is_list())
    return error{"einval"};
  std::vector<term> found;
  for (const term& name : names.elements_of_list()) {
    if (!name.is_atom())
      return error{"einval"};
    auto value = option(name.as_atom());
    if (!value)
      return error{"einval"};
    found.push_back(tuple(name, std::move(*value)));
  }
  return list_of(found.data(), found.size());
}

result<term> endpoint::own_name() const {
  const lock guard(mutex_);
  if (!descriptor_)
    return error{"enotconn"};
  const auto found = own_address(descriptor_.get());
  if (!found)
    return found.error();
  return term_of(*found);
}

result<term> endpoint::peer_name() const {
  const lock guard(mutex_);
  if (!descriptor_)
    return error{"enotconn"};
  const auto found = peer_address(descriptor_.get());
  if (!found)
    return found.error();
  return term_of(*found);
}

pid endpoint::owner() const {
  const lock guard(mutex_);
  return owner_;
}

bool endpoint::is_open() const {
  const lock guard(mutex_);
  return bool(descriptor_);
}
}  // namespace twinslot::tcp
