// runtime/console/library/calendar.cpp - calendar: dates and times of the Gregorian calendar, counted from year 0.
#include "runtime/console/library/arguments.hpp"
#include "runtime/console/library/clock.hpp"
#include "runtime/console/library/tables.hpp"

namespace twinslot::library {
namespace {

constexpr auto calendar = "calendar";
constexpr std::int64_t days_to_1970 = 719528;  // from 0-01-01
constexpr std::int64_t day_seconds = 86400;
constexpr std::int64_t year_limit = 1'000'000'000;

bool is_natural(const term& value) {
  return value.is_int64() && value.as_int64() >= 0;
}
/// Three small integers.
bool is_triple(const term& value) {
  return value.is_tuple(3) && value[0].is_int64() && value[1].is_int64() && value[2].is_int64();
}

term days_of(const term& year, const term& month, const term& day) {
  if (!is_natural(year) || year.as_int64() > year_limit || !month.is_int64() || !day.is_int64() || day.as_int64() < 1)
    no_clause(calendar, "date_to_gregorian_days", {year, month, day});
  if (month.as_int64() < 1 || month.as_int64() > 12)
    no_clause(calendar, "last_day_of_the_month1", {year, month});
  if (!is_valid_date(year.as_int64(), month.as_int64(), day.as_int64()))
    raise_at("if_clause", calendar, "date_to_gregorian_days", 3);
  return days_to_1970 +
         days_from_date(year.as_int64(), static_cast<int>(month.as_int64()), static_cast<int>(day.as_int64()));
}
term date_to_gregorian_days(process&, const term* a) {
  return days_of(a[0], a[1], a[2]);
}
term date_tuple_to_gregorian_days(process&, const term* a) {
  if (!a[0].is_tuple(3))
    no_clause(calendar, "date_to_gregorian_days", {a[0]});
  return days_of(a[0][0], a[0][1], a[0][2]);
}
term seconds_of_time(const term& time) {
  if (!is_triple(time))
    no_clause(calendar, "time_to_seconds", {time});
  return add(add(multiply(time[0], 3600), multiply(time[1], 60)), time[2]);
}
term time_to_seconds(process&, const term* a) {
  return seconds_of_time(a[0]);
}
term datetime_to_gregorian_seconds(process&, const term* a) {
  if (!a[0].is_tuple(2))
    no_clause(calendar, "datetime_to_gregorian_seconds", {a[0]});
  const term& date = a[0][0];
  if (!date.is_tuple(3))
    no_clause(calendar, "date_to_gregorian_days", {date});
  return add(multiply(days_of(date[0], date[1], date[2]), day_seconds), seconds_of_time(a[0][1]));
}

term date_of(std::int64_t gregorian_days) {
  const civil_date on = date_from_days(gregorian_days - days_to_1970);
  return tuple(on.year, on.month, on.day);
}
term time_of(std::int64_t seconds) {
  return tuple(seconds / 3600, seconds / 60 % 60, seconds % 60);
}
term datetime_of_seconds(std::int64_t gregorian_seconds) {
  return tuple(date_of(gregorian_seconds / day_seconds), time_of(gregorian_seconds % day_seconds));
}
term gregorian_days_to_date(process&, const term* a) {
  if (!is_natural(a[0]) || a[0].as_int64() > year_limit * 365)
    no_clause(calendar, "day_to_year", {a[0]});
  return date_of(a[0].as_int64());
}
term gregorian_seconds_to_datetime(process&, const term* a) {
  if (a[0].is_integer() && !is_natural(a[0]))
    no_clause(calendar, "gregorian_seconds_to_datetime", {a[0]});
  if (!a[0].is_int64())
    raise_in("badarith", "erlang", "div", {a[0], day_seconds});
  return datetime_of_seconds(a[0].as_int64());
}

/// 1 for Monday.
std::int64_t weekday(std::int64_t gregorian_days) {
  return (gregorian_days + 5) % 7 + 1;
}
term day_of_the_week(process&, const term* a) {
  return weekday(days_of(a[0], a[1], a[2]).as_int64());
}
term day_of_the_week_date(process&, const term* a) {
  if (!a[0].is_tuple(3))
    no_clause(calendar, "day_of_the_week", {a[0]});
  return weekday(days_of(a[0][0], a[0][1], a[0][2]).as_int64());
}
term is_leap_year(process&, const term* a) {
  if (!is_natural(a[0]))
    no_clause(calendar, "is_leap_year", {a[0]});
  return is_valid_date(a[0].as_int64(), 2, 29);
}
term last_day_of_the_month(process&, const term* a) {
  if (!is_natural(a[0]))
    no_clause(calendar, "last_day_of_the_month", {a[0], a[1]});
  if (!a[1].is_int64() || a[1].as_int64() < 1 || a[1].as_int64() > 12)
    no_clause(calendar, "last_day_of_the_month1", {a[0], a[1]});
  std::int64_t day = 31;
  while (!is_valid_date(a[0].as_int64(), a[1].as_int64(), day))
    --day;
  return day;
}
term valid(const term& year, const term& month, const term& day) {
  return year.is_int64() && is_valid_date(year.as_int64(), month.as_int64(), day.as_int64());
}
term valid_date(process&, const term* a) {
  if (!a[0].is_int64() || !a[1].is_int64() || !a[2].is_int64())
    no_clause(calendar, "valid_date", {a[0], a[1], a[2]});
  return valid(a[0], a[1], a[2]);
}
term valid_date_tuple(process&, const term* a) {
  if (!a[0].is_tuple(3))
    no_clause(calendar, "valid_date", {a[0]});
  if (!is_triple(a[0]))
    no_clause(calendar, "valid_date", {a[0][0], a[0][1], a[0][2]});
  return valid(a[0][0], a[0][1], a[0][2]);
}

/// The week that holds the year's first Thursday is week 1.
std::int64_t first_week_day(std::int64_t year) {
  const std::int64_t first = days_to_1970 + days_from_date(year, 1, 1);
  const std::int64_t day = weekday(first);
  return day <= 4 ? first - day + 1 : first - day + 8;
}
term week_of(const term& date) {
  if (!is_triple(date))
    no_clause(calendar, "iso_week_number", {date});
  const std::int64_t day = days_of(date[0], date[1], date[2]).as_int64();
  std::int64_t year = date[0].as_int64();
  if (day < first_week_day(year))
    --year;
  else if (day >= first_week_day(year + 1))
    ++year;
  return tuple(year, (day - first_week_day(year)) / 7 + 1);
}
term iso_week_number(process&, const term* a) {
  return week_of(a[0]);
}
term today(process& self) {
  return self.home().apply(self, "erlang"_atom, "localtime"_atom, {});
}
term iso_week_number_now(process& self, const term*) {
  return week_of(today(self)[0]);
}

term seconds_to_daystime(process&, const term* a) {
  const std::int64_t seconds = a[0].is_int64() ? a[0].as_int64() : (raise_error("badarith"), 0);
  const std::int64_t rest = (seconds % day_seconds + day_seconds) % day_seconds;
  return tuple((seconds - rest) / day_seconds, time_of(rest));
}
term seconds_to_time(process&, const term* a) {
  if (!is_natural(a[0]) || a[0].as_int64() >= day_seconds)
    no_clause(calendar, "seconds_to_time", {a[0]});
  return time_of(a[0].as_int64());
}
term time_difference(process& self, const term* a) {
  const term difference = subtract(datetime_to_gregorian_seconds(self, a + 1), datetime_to_gregorian_seconds(self, a));
  return seconds_to_daystime(self, &difference);
}

term local_time(process& self, const term*) {
  return today(self);
}
term universal_time(process& self, const term*) {
  return self.home().apply(self, "erlang"_atom, "universaltime"_atom, {});
}
term local_time_to_universal_time(process& self, const term* a) {
  return self.home().apply(self, "erlang"_atom, "localtime_to_universaltime"_atom, {a[0]});
}
term universal_time_to_local_time(process& self, const term* a) {
  return self.home().apply(self, "erlang"_atom, "universaltime_to_localtime"_atom, {a[0]});
}

/// Seconds since 1970 of a time in a unit, rounded down.
std::int64_t posix_seconds(const term& time, const term& unit) {
  if (!time.is_integer())
    raise_badarg();
  const std::int64_t parts = parts_of(unit);
  term seconds = integer_divide(time, parts);
  if (less(time, 0) && !(multiply(seconds, parts) == time))
    seconds = subtract(seconds, 1);
  constexpr std::int64_t limit = year_limit * 31'000'000;
  return take_integer(seconds, -days_to_1970 * day_seconds, limit);
}
term system_time_to_universal_time(process&, const term* a) {
  return datetime_of_seconds(posix_seconds(a[0], a[1]) + days_to_1970 * day_seconds);
}
term system_time_to_local_time(process& self, const term* a) {
  const term universal = system_time_to_universal_time(self, a);
  return universal_time_to_local_time(self, &universal);
}
term now_to_datetime(process&, const term* a) {
  if (!is_triple(a[0]))
    no_clause(calendar, "now_to_datetime", {a[0]});
  const term seconds = add(multiply(a[0][0], 1'000'000), a[0][1]);
  return datetime_of_seconds(posix_seconds(seconds, 1) + days_to_1970 * day_seconds);
}
term now_to_local_time(process& self, const term* a) {
  const term universal = now_to_datetime(self, a);
  return universal_time_to_local_time(self, &universal);
}

constexpr native functions[] = {
    {calendar, "date_to_gregorian_days", 1, date_tuple_to_gregorian_days, "date_to_gregorian_days({Year, Month, Day})",
     "Days since 0-01-01."},
    {calendar, "date_to_gregorian_days", 3, date_to_gregorian_days, "date_to_gregorian_days(Year, Month, Day)",
     "Days since 0-01-01."},
    {calendar, "datetime_to_gregorian_seconds", 1, datetime_to_gregorian_seconds,
     "datetime_to_gregorian_seconds(DateTime)", "Seconds since the start of year 0."},
    {calendar, "day_of_the_week", 1, day_of_the_week_date, "day_of_the_week({Year, Month, Day})", "1 is Monday."},
    {calendar, "day_of_the_week", 3, day_of_the_week, "day_of_the_week(Year, Month, Day)", "1 is Monday."},
    {calendar, "gregorian_days_to_date", 1, gregorian_days_to_date, "gregorian_days_to_date(Days)",
     "{Year, Month, Day}."},
    {calendar, "gregorian_seconds_to_datetime", 1, gregorian_seconds_to_datetime,
     "gregorian_seconds_to_datetime(Seconds)", "{{Year, Month, Day}, {Hour, Minute, Second}}."},
    {calendar, "is_leap_year", 1, is_leap_year, "is_leap_year(Year)", "True if it has a 29th of February."},
    {calendar, "iso_week_number", 0, iso_week_number_now, "iso_week_number()", "{Year, Week} of today."},
    {calendar, "iso_week_number", 1, iso_week_number, "iso_week_number(Date)", "{Year, Week}."},
    {calendar, "last_day_of_the_month", 2, last_day_of_the_month, "last_day_of_the_month(Year, Month)", "28 to 31."},
    {calendar, "local_time", 0, local_time, "local_time()", "Date and time here."},
    {calendar, "local_time_to_universal_time", 1, local_time_to_universal_time,
     "local_time_to_universal_time(DateTime)", "The same time in UTC."},
    {calendar, "now_to_datetime", 1, now_to_datetime, "now_to_datetime(Timestamp)", "erlang:timestamp() in UTC."},
    {calendar, "now_to_local_time", 1, now_to_local_time, "now_to_local_time(Timestamp)", "erlang:timestamp() here."},
    {calendar, "now_to_universal_time", 1, now_to_datetime, "now_to_universal_time(Timestamp)",
     "erlang:timestamp() in UTC."},
    {calendar, "seconds_to_daystime", 1, seconds_to_daystime, "seconds_to_daystime(Seconds)",
     "{Days, {Hour, Minute, Second}}."},
    {calendar, "seconds_to_time", 1, seconds_to_time, "seconds_to_time(Seconds)", "{Hour, Minute, Second} of a day."},
    {calendar, "system_time_to_local_time", 2, system_time_to_local_time, "system_time_to_local_time(Time, Unit)",
     "Date and time here."},
    {calendar, "system_time_to_universal_time", 2, system_time_to_universal_time,
     "system_time_to_universal_time(Time, Unit)", "Date and time in UTC."},
    {calendar, "time_difference", 2, time_difference, "time_difference(T1, T2)", "{Days, Time} from T1 to T2."},
    {calendar, "time_to_seconds", 1, time_to_seconds, "time_to_seconds({Hour, Minute, Second})", "Seconds of a time."},
    {calendar, "universal_time", 0, universal_time, "universal_time()", "Date and time in UTC."},
    {calendar, "universal_time_to_local_time", 1, universal_time_to_local_time,
     "universal_time_to_local_time(DateTime)", "The same time here."},
    {calendar, "valid_date", 1, valid_date_tuple, "valid_date({Year, Month, Day})", "True if there is such a day."},
    {calendar, "valid_date", 3, valid_date, "valid_date(Year, Month, Day)", "True if there is such a day."},
};
}  // namespace

std::span<const native> calendar_functions() {
  return functions;
}
}  // namespace twinslot::library
