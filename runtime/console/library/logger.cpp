// runtime/console/library/logger.cpp - logger and error_logger: reports on the console, as OTP's default handler writes
// them. What is below notice is dropped by logger, as OTP's primary level does.
#include "runtime/console/library/arguments.hpp"
#include "runtime/console/library/format_pieces.hpp"
#include "runtime/console/library/tables.hpp"

namespace twinslot::library {
namespace {

constexpr auto logger = "logger";
constexpr auto error_logger = "error_logger";

std::string indented(const std::string& text) {
  return "    " + text;
}
/// A report: [{Key, Value} | Other] or a map has a line for each; text stands for itself.
std::string report_text(const term& report) {
  std::string text;
  if (report.is_list() && chardata_to_utf8(report, text))
    return text;
  const term entries = report.is_map() ? report.to_list() : report;
  if (!entries.is_cons() || !is_proper(entries))
    return format("~tp", list(report));
  text.clear();
  for (const term& entry : entries.elements_of_list()) {
    if (!text.empty())
      text += '\n';
    text += indented(entry.is_tuple(2) ? format("~tp: ~tp", list(entry[0], entry[1])) : format("~tp", list(entry)));
  }
  return text;
}
/// Where format and arguments don't fit, the report says so: whoever reports an error should not meet another.
std::string format_text(const term& form, const term& arguments) {
  try {
    return format(take_format(form), arguments);
  } catch (const raised&) {
    return format("FORMAT ERROR: ~tp - ~tp", list(form, arguments));
  }
}
std::string message_text(const term& message) {
  return message.is_map() || (message.is_cons() && message.head().is_tuple()) ? report_text(message)
                                                                              : format_text(message, {});
}

struct level {
  const char* name;
  bool is_shown;
};
constexpr level levels[] = {{"emergency", true}, {"alert", true},  {"critical", true}, {"error", true},
                            {"warning", true},   {"notice", true}, {"info", false},    {"debug", false}};
const level& take_level(const term& name) {
  for (const level& known : levels)
    if (name == atom(known.name))
      return known;
  no_clause("logger_config", "less_or_equal_level", {name, 5});
}

void report(process& self, const level& at, const std::string& text) {
  if (at.is_shown)
    self.home().log(atom(at.name), text);
}
template <int Level>
term log_message(process& self, const term* a) {
  report(self, levels[Level], message_text(a[0]));
  return "ok";
}
/// Text, or a report or fun with metadata, which the default handler does not show.
void log_two(process& self, const level& at, const term& first, const term& second) {
  report(self, at, second.is_map() ? message_text(first) : format_text(first, second));
}
template <int Level>
term log_format(process& self, const term* a) {
  log_two(self, levels[Level], a[0], a[1]);
  return "ok";
}
template <int Level>
term log_metadata(process& self, const term* a) {
  report(self, levels[Level], format_text(a[0], a[1]));
  return "ok";
}
term log(process& self, const term* a) {
  report(self, take_level(a[0]), message_text(a[1]));
  return "ok";
}
term log_with(process& self, const term* a) {
  log_two(self, take_level(a[0]), a[1], a[2]);
  return "ok";
}

// error_logger's reports go out whatever the level: info is its lowest.
template <int Level>
term old_message(process& self, const term* a) {
  self.home().log(atom(levels[Level].name), format_text(a[0], {}));
  return "ok";
}
template <int Level>
term old_format(process& self, const term* a) {
  self.home().log(atom(levels[Level].name), format_text(a[0], a[1]));
  return "ok";
}
template <int Level>
term old_report(process& self, const term* a) {
  self.home().log(atom(levels[Level].name), report_text(a[0]));
  return "ok";
}

constexpr auto text_or_report = "A text or a report, [{Key, Value}] or a map.";
constexpr auto text_with_data = "A text with data, as io:format.";
constexpr native functions[] = {
    {logger, "emergency", 1, log_message<0>, "emergency(StringOrReport)", text_or_report},
    {logger, "emergency", 2, log_format<0>, "emergency(Format, Args)", text_with_data},
    {logger, "alert", 1, log_message<1>, "alert(StringOrReport)", text_or_report},
    {logger, "alert", 2, log_format<1>, "alert(Format, Args)", text_with_data},
    {logger, "critical", 1, log_message<2>, "critical(StringOrReport)", text_or_report},
    {logger, "critical", 2, log_format<2>, "critical(Format, Args)", text_with_data},
    {logger, "error", 1, log_message<3>, "error(StringOrReport)", text_or_report},
    {logger, "error", 2, log_format<3>, "error(Format, Args)", text_with_data},
    {logger, "error", 3, log_metadata<3>, "error(Format, Args, Metadata)", text_with_data},
    {logger, "warning", 1, log_message<4>, "warning(StringOrReport)", text_or_report},
    {logger, "warning", 2, log_format<4>, "warning(Format, Args)", text_with_data},
    {logger, "warning", 3, log_metadata<4>, "warning(Format, Args, Metadata)", text_with_data},
    {logger, "notice", 1, log_message<5>, "notice(StringOrReport)", text_or_report},
    {logger, "notice", 2, log_format<5>, "notice(Format, Args)", text_with_data},
    {logger, "notice", 3, log_metadata<5>, "notice(Format, Args, Metadata)", text_with_data},
    {logger, "info", 1, log_message<6>, "info(StringOrReport)", "Not shown: below the level notice."},
    {logger, "info", 2, log_format<6>, "info(Format, Args)", "Not shown: below the level notice."},
    {logger, "debug", 1, log_message<7>, "debug(StringOrReport)", "Not shown: below the level notice."},
    {logger, "debug", 2, log_format<7>, "debug(Format, Args)", "Not shown: below the level notice."},
    {logger, "log", 2, log, "log(Level, StringOrReport)", text_or_report},
    {logger, "log", 3, log_with, "log(Level, Format, Args)", text_with_data},
    {error_logger, "error_msg", 1, old_message<3>, "error_msg(Format)", "An error in words."},
    {error_logger, "error_msg", 2, old_format<3>, "error_msg(Format, Data)", text_with_data},
    {error_logger, "error_report", 1, old_report<3>, "error_report(Report)", text_or_report},
    {error_logger, "warning_msg", 1, old_message<4>, "warning_msg(Format)", "A warning in words."},
    {error_logger, "warning_msg", 2, old_format<4>, "warning_msg(Format, Data)", text_with_data},
    {error_logger, "warning_report", 1, old_report<4>, "warning_report(Report)", text_or_report},
    {error_logger, "info_msg", 1, old_message<6>, "info_msg(Format)", "Something to know."},
    {error_logger, "info_msg", 2, old_format<6>, "info_msg(Format, Data)", text_with_data},
    {error_logger, "info_report", 1, old_report<6>, "info_report(Report)", text_or_report},
};
}  // namespace

std::span<const native> logger_functions() {
  return functions;
}
}  // namespace twinslot::library
