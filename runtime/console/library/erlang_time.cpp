// runtime/console/library/erlang_time.cpp - erlang: clocks, dates, timers, unique numbers.
#include "runtime/console/library/arguments.hpp"
#include "runtime/console/library/clock.hpp"
#include "runtime/console/library/tables.hpp"

#include <algorithm>
#include <atomic>

namespace twinslot::library {
namespace {

constexpr auto erlang = "erlang";
constexpr std::int64_t longest_timer_ms = 4'000'000'000'000;  // 126 years: a clock's nanoseconds hold twice that

term system_time(process&, const term*) {
  return system_nanoseconds();
}
term system_time_in(process&, const term* a) {
  return in_parts(system_nanoseconds(), parts_of(a[0]));
}
term monotonic_time(process&, const term*) {
  return monotonic_nanoseconds();
}
term monotonic_time_in(process&, const term* a) {
  return in_parts(monotonic_nanoseconds(), parts_of(a[0]));
}
term time_offset(process&, const term*) {
  return system_nanoseconds() - monotonic_nanoseconds();
}
term time_offset_in(process&, const term* a) {
  return in_parts(system_nanoseconds() - monotonic_nanoseconds(), parts_of(a[0]));
}
term convert_time_unit(process&, const term* a) {
  if (!a[0].is_integer())
    raise_badarg();
  const std::int64_t from = parts_of(a[1]);
  const std::int64_t to = parts_of(a[2]);
  term scaled = multiply(a[0], to);
  if (less(scaled, 0))  // rounds down, not towards zero
    scaled = subtract(scaled, from - 1);
  return integer_divide(scaled, from);
}

term timestamp(process&, const term*) {
  return timestamp_of(system_nanoseconds() / 1000);
}
/// Like timestamp/0, but every answer is later than the one before.
term now(process&, const term*) {
  static std::atomic<std::int64_t> last{0};
  const std::int64_t read = system_nanoseconds() / 1000;
  std::int64_t before = last.load();
  std::int64_t next = 0;
  do {
    next = read > before ? read : before + 1;
  } while (!last.compare_exchange_weak(before, next));
  return timestamp_of(next);
}

std::tm local_now() {
  const std::time_t seconds = std::time(nullptr);
  std::tm fields{};
  localtime_r(&seconds, &fields);
  return fields;
}
term localtime(process&, const term*) {
  return datetime_of(local_now());
}
term universaltime(process&, const term*) {
  const std::time_t seconds = std::time(nullptr);
  std::tm fields{};
  gmtime_r(&seconds, &fields);
  return datetime_of(fields);
}
term date(process& self, const term*) {
  return localtime(self, nullptr)[0];
}
term time_of_day(process& self, const term*) {
  return localtime(self, nullptr)[1];
}

std::tm take_datetime(const term& value) {
  std::tm fields{};
  if (!read_datetime(value, fields))
    raise_badarg();
  return fields;
}
std::int64_t posix_seconds(const std::tm& fields) {
  return days_from_date(fields.tm_year + 1900, fields.tm_mon + 1, fields.tm_mday) * 86400 + fields.tm_hour * 3600 +
         fields.tm_min * 60 + fields.tm_sec;
}
term datetime_from_posix(std::int64_t seconds) {
  std::int64_t days = seconds / 86400;
  std::int64_t rest = seconds - days * 86400;
  if (rest < 0) {
    rest += 86400;
    --days;
  }
  const civil_date on = date_from_days(days);
  return tuple(tuple(on.year, on.month, on.day), tuple(rest / 3600, rest / 60 % 60, rest % 60));
}
term localtime_to_universaltime(process&, const term* a) {
  std::tm fields = take_datetime(a[0]);
  return datetime_from_posix(std::mktime(&fields));
}
term universaltime_to_localtime(process&, const term* a) {
  const std::time_t seconds = posix_seconds(take_datetime(a[0]));
  std::tm fields{};
  if (!localtime_r(&seconds, &fields))
    raise_badarg();
  return datetime_of(fields);
}
term universaltime_to_posixtime(process&, const term* a) {
  return posix_seconds(take_datetime(a[0]));
}
term posixtime_to_universaltime(process&, const term* a) {
  constexpr std::int64_t limit = 67767976233532799;  // the last second that gmtime knows
  return datetime_from_posix(take_integer(a[0], -limit, limit));
}

// Timers.
clock::time_point due(const term& milliseconds, const term& options) {
  const auto count = take_integer(milliseconds);
  bool absolute = false;
  for (const term& option : proper(options)) {
    if (!option.is_tagged("abs"_atom, 2))
      raise_badarg();
    absolute = take_bool(option[1]);
  }
  const std::chrono::milliseconds time(std::min(count, longest_timer_ms));
  if (absolute)
    return clock::time_point(std::max(time, std::chrono::milliseconds(0)));
  if (count < 0)
    raise_badarg();
  return clock::now() + time;
}
term set_timer(process& self, const term* a, const term& options, bool wrapped) {
  const auto when = due(a[0], options);
  if (!a[1].is_pid() && !a[1].is_atom())
    raise_badarg();
  return self.home().send_after(when, a[1], a[2], wrapped);
}
term send_after(process& self, const term* a) {
  return set_timer(self, a, {}, false);
}
term send_after_with(process& self, const term* a) {
  return set_timer(self, a, a[3], false);
}
term start_timer(process& self, const term* a) {
  return set_timer(self, a, {}, true);
}
term start_timer_with(process& self, const term* a) {
  return set_timer(self, a, a[3], true);
}
term left_or_false(std::optional<std::int64_t> milliseconds) {
  return milliseconds ? term(*milliseconds) : term(false);
}
term cancel_timer(process& self, const term* a) {
  if (!a[0].is_reference())
    raise_badarg();
  return left_or_false(self.home().cancel_timer(a[0].as_reference()));
}
term cancel_timer_with(process& self, const term* a) {
  bool info = true;
  bool async = false;
  for (const term& option : proper(a[1])) {
    if (!option.is_tagged("info"_atom, 2) && !option.is_tagged("async"_atom, 2))
      raise_badarg();
    (option[0] == "info"_atom ? info : async) = take_bool(option[1]);
  }
  const term left = cancel_timer(self, a);
  if (info && async)
    self.send(self.self(), tuple("cancel_timer", a[0], left));
  return info && !async ? left : term("ok");
}
term read_timer(process& self, const term* a) {
  if (!a[0].is_reference())
    raise_badarg();
  return left_or_false(self.home().read_timer(a[0].as_reference()));
}

// Numbers that come only once.
std::int64_t next_unique() {
  static std::atomic<std::int64_t> last{0};
  return ++last;
}
constexpr std::int64_t unique_floor = std::int64_t{1} << 59;
term unique_integer(process&, const term*) {
  return next_unique() - unique_floor;
}
term unique_integer_with(process&, const term* a) {
  bool positive = false;
  for (const term& option : proper(a[0])) {
    if (option != "positive"_atom && option != "monotonic"_atom)
      raise_badarg();
    positive = positive || option == "positive"_atom;
  }
  return positive ? next_unique() : next_unique() - unique_floor;
}
term make_ref(process& self, const term*) {
  return self.home().make_reference();
}

constexpr native functions[] = {
    {erlang, "cancel_timer", 1, cancel_timer, "cancel_timer(TimerRef)", "Milliseconds that were left, or false."},
    {erlang, "cancel_timer", 2, cancel_timer_with, "cancel_timer(TimerRef, Options)",
     "Options: {async, Bool}, {info, Bool}."},
    {erlang, "convert_time_unit", 3, convert_time_unit, "convert_time_unit(Time, FromUnit, ToUnit)",
     "The time in another unit, rounded down."},
    {erlang, "date", 0, date, "date()", "Today, {Year, Month, Day}."},
    {erlang, "localtime", 0, localtime, "localtime()", "{{Year, Month, Day}, {Hour, Minute, Second}} here."},
    {erlang, "localtime_to_universaltime", 1, localtime_to_universaltime, "localtime_to_universaltime(Localtime)",
     "The same time in UTC."},
    {erlang, "make_ref", 0, make_ref, "make_ref()", "A reference that nobody else has."},
    {erlang, "monotonic_time", 0, monotonic_time, "monotonic_time()", "Nanoseconds of a clock that never goes back."},
    {erlang, "monotonic_time", 1, monotonic_time_in, "monotonic_time(Unit)", "In second, millisecond, microsecond ..."},
    {erlang, "now", 0, now, "now()", "As timestamp(), and later than any answer before."},
    {erlang, "posixtime_to_universaltime", 1, posixtime_to_universaltime, "posixtime_to_universaltime(Seconds)",
     "Seconds since 1970 as date and time in UTC."},
    {erlang, "read_timer", 1, read_timer, "read_timer(TimerRef)", "Milliseconds that are left, or false."},
    {erlang, "send_after", 3, send_after, "send_after(Time, Dest, Msg)", "Sends Msg in Time milliseconds."},
    {erlang, "send_after", 4, send_after_with, "send_after(Time, Dest, Msg, Options)", "Options: {abs, Bool}."},
    {erlang, "start_timer", 3, start_timer, "start_timer(Time, Dest, Msg)",
     "Sends {timeout, TimerRef, Msg} in Time milliseconds."},
    {erlang, "start_timer", 4, start_timer_with, "start_timer(Time, Dest, Msg, Options)", "Options: {abs, Bool}."},
    {erlang, "system_time", 0, system_time, "system_time()", "Nanoseconds since 1970."},
    {erlang, "system_time", 1, system_time_in, "system_time(Unit)", "In second, millisecond, microsecond ..."},
    {erlang, "time", 0, time_of_day, "time()", "{Hour, Minute, Second} here."},
    {erlang, "time_offset", 0, time_offset, "time_offset()", "System time minus monotonic time."},
    {erlang, "time_offset", 1, time_offset_in, "time_offset(Unit)", "System time minus monotonic time."},
    {erlang, "timestamp", 0, timestamp, "timestamp()", "{Megaseconds, Seconds, Microseconds} since 1970."},
    {erlang, "unique_integer", 0, unique_integer, "unique_integer()", "An integer that nobody else gets."},
    {erlang, "unique_integer", 1, unique_integer_with, "unique_integer(Modifiers)", "Modifiers: positive, monotonic."},
    {erlang, "universaltime", 0, universaltime, "universaltime()", "Date and time in UTC."},
    {erlang, "universaltime_to_localtime", 1, universaltime_to_localtime, "universaltime_to_localtime(Universaltime)",
     "The same time here."},
    {erlang, "universaltime_to_posixtime", 1, universaltime_to_posixtime, "universaltime_to_posixtime(Universaltime)",
     "Seconds since 1970."},
};
}  // namespace

std::span<const native> erlang_time() {
  return functions;
}
}  // namespace twinslot::library
