// runtime/console/library/logger.cpp - logger and error_logger: reports on the console, as OTP's default handler writes
// them. Which ones are written is up to the levels: logger_config.cpp.
#include "runtime/console/library/arguments.hpp"
#include "runtime/console/library/format_pieces.hpp"
#include "runtime/console/library/tables.hpp"
#include "runtime/process/log_levels.hpp"

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

constexpr const char* level_names[] = {"emergency", "alert", "critical", "error", "warning", "notice", "info", "debug"};
int take_level(const term& name) {
  for (int level = 0; level < 8; ++level)
    if (name == atom(level_names[level]))
      return level;
  no_clause("logger_config", "less_or_equal_level", {name, 5});
}

bool is_fun_call(const term& first) {
  return is_function(first, 1);
}
/// Of logger:log(Level, Fun, Args): what the fun makes is the message.
std::string fun_text(process& self, const term& fun, const term& argument) {
  term made;
  try {
    made = call(self, fun, {argument});
  } catch (const raised& failure) {
    return format("LAZY_FUN CRASH: ~tp; Reason: ~tp", list(tuple(fun, argument), tuple(failure.what, failure.reason)));
  }
  if (made.is_tuple(2) && made[1].is_map())
    made = made[0];
  return made.is_tuple(2) ? format_text(made[0], made[1]) : message_text(made);
}

/// One call of the logger: the text is made only if it is to be written.
template <class Text>
term report(process& self, int level, const term& metadata, const Text& text) {
  const term* place = metadata.is_map() ? metadata.get("mfa") : nullptr;
  const atom module = place && place->is_tuple(3) && (*place)[0].is_atom() ? (*place)[0].as_atom() : atom();
  if (self.home().levels().allow(level, module))
    self.home().log(atom(level_names[level]), text(), module);
  return "ok";
}
term log_one(process& self, int level, const term& message) {
  return report(self, level, {}, [&] { return message_text(message); });
}
/// Text and its data, a report with metadata, or a fun and its argument.
term log_two(process& self, int level, const term& first, const term& second) {
  if (is_fun_call(first))
    return report(self, level, {}, [&] { return fun_text(self, first, second); });
  if (second.is_map())
    return report(self, level, second, [&] { return message_text(first); });
  return report(self, level, {}, [&] { return format_text(first, second); });
}
term log_three(process& self, int level, const term& first, const term& second, const term& metadata) {
  return report(self, level, metadata,
                [&] { return is_fun_call(first) ? fun_text(self, first, second) : format_text(first, second); });
}
template <int Level>
term log_message(process& self, const term* a) {
  return log_one(self, Level, a[0]);
}
template <int Level>
term log_format(process& self, const term* a) {
  return log_two(self, Level, a[0], a[1]);
}
template <int Level>
term log_metadata(process& self, const term* a) {
  return log_three(self, Level, a[0], a[1], a[2]);
}
term log_2(process& self, const term* a) {
  return log_one(self, take_level(a[0]), a[1]);
}
term log_3(process& self, const term* a) {
  return log_two(self, take_level(a[0]), a[1], a[2]);
}
term log_4(process& self, const term* a) {
  return log_three(self, take_level(a[0]), a[1], a[2], a[3]);
}

// error_logger's info is logger's notice, under its own head.
void old_report_of(process& self, int level, const std::string& text) {
  if (self.home().levels().allow(std::min(level, log_levels::notice), {}))
    self.home().write_report(atom(level_names[level]), text);
}
template <int Level>
term old_message(process& self, const term* a) {
  old_report_of(self, Level, format_text(a[0], {}));
  return "ok";
}
template <int Level>
term old_format(process& self, const term* a) {
  old_report_of(self, Level, format_text(a[0], a[1]));
  return "ok";
}
template <int Level>
term old_report(process& self, const term* a) {
  old_report_of(self, Level, report_text(a[0]));
  return "ok";
}

constexpr auto text_or_report = "A text or a report, [{Key, Value}] or a map.";
constexpr auto text_with_data = "A text with data, as io:format.";
constexpr native functions[] = {
    {logger, "emergency", 1, log_message<0>, "emergency(StringOrReport)", text_or_report},
    {logger, "emergency", 2, log_format<0>, "emergency(Format, Args)", text_with_data},
    {logger, "emergency", 3, log_metadata<0>, "emergency(Format, Args, Metadata)", text_with_data},
    {logger, "alert", 1, log_message<1>, "alert(StringOrReport)", text_or_report},
    {logger, "alert", 2, log_format<1>, "alert(Format, Args)", text_with_data},
    {logger, "alert", 3, log_metadata<1>, "alert(Format, Args, Metadata)", text_with_data},
    {logger, "critical", 1, log_message<2>, "critical(StringOrReport)", text_or_report},
    {logger, "critical", 2, log_format<2>, "critical(Format, Args)", text_with_data},
    {logger, "critical", 3, log_metadata<2>, "critical(Format, Args, Metadata)", text_with_data},
    {logger, "error", 1, log_message<3>, "error(StringOrReport)", text_or_report},
    {logger, "error", 2, log_format<3>, "error(Format, Args)", text_with_data},
    {logger, "error", 3, log_metadata<3>, "error(Format, Args, Metadata)", text_with_data},
    {logger, "warning", 1, log_message<4>, "warning(StringOrReport)", text_or_report},
    {logger, "warning", 2, log_format<4>, "warning(Format, Args)", text_with_data},
    {logger, "warning", 3, log_metadata<4>, "warning(Format, Args, Metadata)", text_with_data},
    {logger, "notice", 1, log_message<5>, "notice(StringOrReport)", text_or_report},
    {logger, "notice", 2, log_format<5>, "notice(Format, Args)", text_with_data},
    {logger, "notice", 3, log_metadata<5>, "notice(Format, Args, Metadata)", text_with_data},
    {logger, "info", 1, log_message<6>, "info(StringOrReport)", text_or_report},
    {logger, "info", 2, log_format<6>, "info(Format, Args)", text_with_data},
    {logger, "info", 3, log_metadata<6>, "info(Format, Args, Metadata)", text_with_data},
    {logger, "debug", 1, log_message<7>, "debug(StringOrReport)", text_or_report},
    {logger, "debug", 2, log_format<7>, "debug(Format, Args)", text_with_data},
    {logger, "debug", 3, log_metadata<7>, "debug(Format, Args, Metadata)", text_with_data},
    {logger, "log", 2, log_2, "log(Level, StringOrReport)", text_or_report},
    {logger, "log", 3, log_3, "log(Level, Format, Args)", text_with_data},
    {logger, "log", 4, log_4, "log(Level, Format, Args, Metadata)", text_with_data},
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
