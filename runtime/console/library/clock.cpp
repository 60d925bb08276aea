// runtime/console/library/clock.cpp
#include "runtime/console/library/clock.hpp"

#include "runtime/term/arithmetic.hpp"
#include "runtime/term/raised.hpp"

namespace twinslot::library {

std::int64_t parts_of(const term& unit) {
  const struct {
    atom name;
    std::int64_t parts;
  } units[] = {
      {"second"_atom, 1},
      {"millisecond"_atom, 1000},
      {"microsecond"_atom, 1'000'000},
      {"nanosecond"_atom, 1'000'000'000},
      {"native"_atom, 1'000'000'000},
      {"perf_counter"_atom, 1'000'000'000},
      {"seconds"_atom, 1},
      {"milli_seconds"_atom, 1000},
      {"micro_seconds"_atom, 1'000'000},
      {"nano_seconds"_atom, 1'000'000'000},
  };
  for (const auto& known : units)
    if (unit == known.name)
      return known.parts;
  if (!unit.is_int64() || unit.as_int64() < 1)
    raise_badarg();
  return unit.as_int64();
}

term in_parts(std::int64_t nanoseconds, std::int64_t parts) {
  const std::int64_t whole = nanoseconds / 1'000'000'000 - (nanoseconds % 1'000'000'000 < 0 ? 1 : 0);
  const std::int64_t rest = nanoseconds - whole * 1'000'000'000;
  return add(multiply(whole, parts), integer_divide(multiply(rest, parts), 1'000'000'000));
}

std::int64_t system_nanoseconds() {
  return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
}
std::int64_t monotonic_nanoseconds() {
  return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
}

term timestamp_of(std::int64_t microseconds) {
  const std::int64_t seconds = microseconds / 1'000'000;
  return tuple(seconds / 1'000'000, seconds % 1'000'000, microseconds % 1'000'000);
}

term datetime_of(const std::tm& fields) {
  return tuple(tuple(fields.tm_year + 1900, fields.tm_mon + 1, fields.tm_mday),
               tuple(fields.tm_hour, fields.tm_min, fields.tm_sec));
}

std::int64_t days_from_date(std::int64_t year, int month, int day) {
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(year)),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (year >= -32767 && year <= 32767)
    return std::chrono::sys_days(date).time_since_epoch().count();
  // Beyond chrono's years: whole cycles of 400 years, 146097 days each.
  const std::int64_t cycles = year / 400;
  return cycles * 146097 + days_from_date(year - cycles * 400, month, day);
}

civil_date date_from_days(std::int64_t days) {
  std::int64_t cycles = days / 146097;
  std::int64_t rest = days - cycles * 146097;
  if (rest < 0) {
    rest += 146097;
    --cycles;
  }
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(rest))};
  return {int(date.year()) + cycles * 400, static_cast<int>(unsigned(date.month())),
          static_cast<int>(unsigned(date.day()))};
}

bool is_valid_date(std::int64_t year, std::int64_t month, std::int64_t day) {
  if (year < 0 || month < 1 || month > 12 || day < 1)
    return false;
  const std::chrono::year_month_day_last last{
      std::chrono::year(static_cast<int>(year % 400)),
      std::chrono::month_day_last(std::chrono::month(static_cast<unsigned>(month)))};
  return day <= static_cast<std::int64_t>(unsigned(last.day()));
}

bool read_datetime(const term& datetime, std::tm& fields) {
  if (!datetime.is_tuple(2) || !datetime[0].is_tuple(3) || !datetime[1].is_tuple(3))
    return false;
  std::int64_t numbers[6];
  for (std::size_t i = 0; i < 6; ++i) {
    const term& number = datetime[i / 3][i % 3];
    if (!number.is_int64())
      return false;
    numbers[i] = number.as_int64();
  }
  if (numbers[0] > 1'000'000 || !is_valid_date(numbers[0], numbers[1], numbers[2]))
    return false;
  for (std::size_t i = 3; i < 6; ++i)
    if (numbers[i] < 0 || numbers[i] > (i == 3 ? 23 : 59))
      return false;
  fields = {};
  fields.tm_year = static_cast<int>(numbers[0]) - 1900;
  fields.tm_mon = static_cast<int>(numbers[1]) - 1;
  fields.tm_mday = static_cast<int>(numbers[2]);
  fields.tm_hour = static_cast<int>(numbers[3]);
  fields.tm_min = static_cast<int>(numbers[4]);
  fields.tm_sec = static_cast<int>(numbers[5]);
  fields.tm_isdst = -1;
  return true;
}
}  // namespace twinslot::library
