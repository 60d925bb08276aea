#include "actors/tcp/system_options.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <algorithm>

namespace twinslot::tcp {
namespace {
enum class shape { flag, count };
struct option {
  const char* name;
  int level;
  int number;
  shape what;
};
constexpr option all[] = {
    {"nodelay", IPPROTO_TCP, TCP_NODELAY, shape::flag},
    {"keepalive", SOL_SOCKET, SO_KEEPALIVE, shape::flag},
    {"reuseaddr", SOL_SOCKET, SO_REUSEADDR, shape::flag},
    {"reuseport", SOL_SOCKET, SO_REUSEPORT, shape::flag},
    {"ipv6_v6only", IPPROTO_IPV6, IPV6_V6ONLY, shape::flag},
    {"recbuf", SOL_SOCKET, SO_RCVBUF, shape::count},
    {"sndbuf", SOL_SOCKET, SO_SNDBUF, shape::count},
    {"priority", SOL_SOCKET, SO_PRIORITY, shape::count},
    {"tos", IPPROTO_IP, IP_TOS, shape::count},
};

const option* find(std::string_view name) {
  const auto found = std::find_if(std::begin(all), std::end(all), [&](const option& one) { return one.name == name; });
  return found == std::end(all) ? nullptr : found;
}

/// {linger,{true|false,Seconds}}
took set_linger(int descriptor, const term& value) {
  if (!value.is_tuple(2) || !value[0].is_bool() || !value[1].is_int64() || value[1].as_int64() < 0 ||
      value[1].as_int64() > 0x7FFFFFFF)
    return took::wrong;
  const linger wanted{value[0] == "true", static_cast<int>(value[1].as_int64())};
  return ::setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &wanted, sizeof wanted) == 0 ? took::yes : took::wrong;
}
bool fits(const option& known, const term& value) {
  return known.what == shape::flag ? value.is_bool() : value.is_int64() && value.as_int64() >= 0;
}
}  // namespace

bool is_system_option(const term& given) {
  if (!given.is_tuple(2) || !given[0].is_atom())
    return false;
  if (given[0] == "linger")
    return given[1].is_tuple(2) && given[1][0].is_bool() && given[1][1].is_int64() && given[1][1].as_int64() >= 0;
  const option* const known = find(given[0].as_atom().text());
  return known && fits(*known, given[1]);
}

took set_on(int descriptor, int family, const term& given) {
  if (!given.is_tuple(2) || !given[0].is_atom())
    return took::unknown;
  if (given[0] == "linger")
    return set_linger(descriptor, given[1]);
  const option* const known = find(given[0].as_atom().text());
  if (!known)
    return took::unknown;
  const term& value = given[1];
  if (!fits(*known, value))
    return took::wrong;
  if ((known->level == IPPROTO_TCP && family == AF_UNIX) || (known->level == IPPROTO_IPV6 && family != AF_INET6) ||
      (known->level == IPPROTO_IP && family != AF_INET))
    return took::yes;
  const int number = known->what == shape::flag
                         ? value == "true"
                         : static_cast<int>(std::min<std::int64_t>(value.as_int64(), 0x7FFFFFFF));
  return ::setsockopt(descriptor, known->level, known->number, &number, sizeof number) == 0 ? took::yes : took::wrong;
}

std::optional<term> get_from(int descriptor, atom name) {
  if (name == "linger"_atom) {
    linger found{};
    socklen_t bytes = sizeof found;
    if (::getsockopt(descriptor, SOL_SOCKET, SO_LINGER, &found, &bytes) != 0)
      return {};
    return tuple(found.l_onoff != 0, found.l_linger);
  }
  const option* const known = find(name.text());
  int number = 0;
  socklen_t bytes = sizeof number;
  if (!known || ::getsockopt(descriptor, known->level, known->number, &number, &bytes) != 0)
    return {};
  return known->what == shape::flag ? term(number != 0) : term(number);
}
}  // namespace twinslot::tcp
