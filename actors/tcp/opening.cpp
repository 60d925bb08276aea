#include "actors/tcp/opening.hpp"

#include "actors/tcp/system_options.hpp"

namespace twinslot::tcp {
namespace {
/// OTP's is 5: a hundred clients at once find most of their packets dropped, and wait a second to try again.
constexpr int default_backlog = 1024;

bool take_number(const term& value, std::int64_t most, auto& into) {
  if (!value.is_int64() || value.as_int64() < 0 || value.as_int64() > most)
    return false;
  into = static_cast<std::remove_cvref_t<decltype(into)>>(value.as_int64());
  return true;
}

/// What only an opening knows.
took take(opening& made, const term& option) {
  if (option == "inet" || option == "inet6" || option == "local") {
    made.family = option == "inet" ? AF_INET : option == "inet6" ? AF_INET6 : AF_UNIX;
    return took::yes;
  }
  if (!option.is_tuple(2))
    return took::unknown;
  const term& value = option[1];
  if (option[0] == "ip" || option[0] == "ifaddr") {
    made.ip = value;
    if (value.is_tagged("local"_atom, 2))
      made.family = AF_UNIX;
    else if (value.is_tuple(8))
      made.family = AF_INET6;
    return took::yes;
  }
  if (option[0] == "port")
    return take_number(value, 0xFFFF, made.from_port) ? took::yes : took::wrong;
  if (option[0] == "backlog")
    return take_number(value, 0x7FFFFFFF, made.backlog) ? took::yes : took::wrong;
  return took::unknown;
}
}  // namespace

result<opening> opening_from(const term& options) {
  opening made{{}, AF_INET, {}, 0, default_backlog, {}};
  if (!options.is_list())
    return error{"badarg"};
  for (const term& option : options.elements_of_list()) {
    took what = take(made, option);
    if (what == took::unknown)
      what = set(made.how, option);
    if (what == took::unknown && is_system_option(option)) {
      made.system.push_back(option);
      what = took::yes;
    }
    if (what != took::yes)
      return error{"badarg"};
  }
  if (made.how.active.is_used_up())
    made.how.active = {activity::mode::passive, 0};
  return made;
}

result<os::descriptor> open_descriptor(int family, const opening& how) {
  os::descriptor made{::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!made)
    return os::last_error();
  for (const term& option : how.system)
    if (set_on(made.get(), family, option) != took::yes)
      return error{"einval"};
  return made;
}

result<void> bind_to(int descriptor, const opening& how, std::uint16_t number, bool listens) {
  if (how.ip.is_nil() && number == 0 && !listens)
    return {};
  const auto where = address_of(how.ip.is_nil() ? term("any") : how.ip, number, how.family);
  if (!where)
    return where.error();
  if (!*where)
    return error{"einval"};
  if (::bind(descriptor, (*where)->raw(), (*where)->bytes) != 0)
    return os::last_error();
  return {};
}
}  // namespace twinslot::tcp
