// runtime/console/library/clock.hpp - Erlang's times: units, dates, and the clocks they are read from.
#pragma once
#include "runtime/term/term.hpp"

#include <chrono>
#include <cstdint>
#include <ctime>

namespace twinslot::library {
/// Parts of a second: second 1, millisecond 1000 ... native is nanosecond, also an integer above 0. badarg otherwise.
std::int64_t parts_of(const term& unit);
/// Nanoseconds in those parts, rounded down.
term in_parts(std::int64_t nanoseconds, std::int64_t parts);

std::int64_t system_nanoseconds();     // since 1970
std::int64_t monotonic_nanoseconds();  // since no particular time; never goes back

/// {Megaseconds, Seconds, Microseconds} since 1970.
term timestamp_of(std::int64_t microseconds);
/// {{Year, Month, Day}, {Hour, Minute, Second}}.
term datetime_of(const std::tm& fields);
/// Days since 1970-01-01 of a date of the Gregorian calendar (month 1..12).
std::int64_t days_from_date(std::int64_t year, int month, int day);
struct civil_date {
  std::int64_t year;
  int month;
  int day;
};
civil_date date_from_days(std::int64_t days);
/// The term {{Y,M,D},{H,M,S}} as fields, if it is one that exists; false otherwise.
bool read_datetime(const term& datetime, std::tm& fields);
bool is_valid_date(std::int64_t year, std::int64_t month, std::int64_t day);
}  // namespace twinslot::library
