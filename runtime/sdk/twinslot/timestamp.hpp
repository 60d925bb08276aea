// runtime/sdk/twinslot/timestamp.hpp - a point in time as Erlang's erlang:timestamp/0 gives it:
// {MegaSecs,Secs,MicroSecs}.
#pragma once
#include "runtime/sdk/twinslot/convert.hpp"

#include <time.h>

namespace twinslot {

/// Microseconds since 1970, or the atom undefined, which a new one is.
class timestamp {
public:
  constexpr timestamp() noexcept = default;
  static constexpr timestamp from_microseconds(std::int64_t since_1970_us) noexcept {
    timestamp result;
    result.since_1970_us_ = since_1970_us;
    return result;
  }
  constexpr bool is_defined() const noexcept { return since_1970_us_ != undefined; }
  /// Meaningful where `is_defined`.
  constexpr std::int64_t microseconds() const noexcept { return since_1970_us_; }
  friend constexpr auto operator<=>(const timestamp&, const timestamp&) noexcept = default;
  /// {MegaSecs,Secs,MicroSecs} | undefined
  operator term() const;

private:
  static constexpr std::int64_t undefined = INT64_MIN;
  std::int64_t since_1970_us_ = undefined;
};

/// The wall clock.
inline timestamp now() noexcept {
  ::timespec clock{};
  ::clock_gettime(CLOCK_REALTIME, &clock);
  return timestamp::from_microseconds(std::int64_t{clock.tv_sec} * 1000000 + clock.tv_nsec / 1000);
}

template <>
struct codec<timestamp> : plain_codec<"timestamp"> {
  using layout_of = timestamp;
  static constexpr std::int64_t mega = 1000000;
  static term to(timestamp value) {
    if (!value.is_defined())
      return "undefined";
    const std::int64_t seconds = value.microseconds() / mega;
    return tuple(seconds / mega, seconds % mega, value.microseconds() % mega);
  }
  static bool from(const term& value, timestamp& result) {
    result = {};
    if (value == "undefined"_atom)
      return true;
    std::int64_t parts[3];
    if (!value.is_tuple(3))
      return false;
    for (int i = 0; i < 3; ++i)
      if (!codec<std::int64_t>::from(value[i], parts[i]) || parts[i] < 0 || parts[i] >= mega)
        return false;
    result = timestamp::from_microseconds((parts[0] * mega + parts[1]) * mega + parts[2]);
    return true;
  }
};
inline timestamp::operator term() const {
  return codec<timestamp>::to(*this);
}
}  // namespace twinslot
