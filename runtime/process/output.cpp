// What a node writes: text of its processes, reports, and twinslot:print/2 for plugins.
#include "runtime/process/node_impl.hpp"
#include "runtime/term/print.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>

namespace twinslot {

void node::put_chars(std::string_view text) {
  std::lock_guard guard{impl_->output_mutex};
  if (impl_->sink) {
    impl_->sink(text);
  } else {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
  }
}

void node::output(std::function<void(std::string_view)> sink) {
  std::lock_guard guard{impl_->output_mutex};
  impl_->sink = std::move(sink);
}

namespace {
/// 1-Jan-2024::13:05:00.123456, local time.
std::string report_time() {
  timespec now{};
  std::timespec_get(&now, TIME_UTC);
  std::tm local{};
  localtime_r(&now.tv_sec, &local);
  constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  char text[64];
  std::snprintf(text, sizeof text, "%d-%s-%d::%02d:%02d:%02d.%06ld", local.tm_mday, months[local.tm_mon],
                local.tm_year + 1900, local.tm_hour, local.tm_min, local.tm_sec, now.tv_nsec / 1000);
  return text;
}
}  // namespace

log_levels& node::levels() noexcept {
  return impl_->levels;
}
const log_levels& node::levels() const noexcept {
  return impl_->levels;
}

void node::log(atom level, std::string_view text, atom module) {
  if (impl_->levels.allow(log_levels::of(level).value_or(log_levels::notice), module))
    write_report(level, text);
}

void node::write_report(atom head, std::string_view text) {
  std::string name{head.text()};
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::toupper(c); });
  std::string report = "=" + name + " REPORT==== " + report_time() + " ===\n";
  report += text;
  report += '\n';  // as Erlang's formatter: a text that ends its last line is followed by an empty one
  put_chars(report);
}

void report_crash(process& self, const term& reason) {
  self.home().log("error"_atom, format("Error in process ~p with exit value:\n~p\n", list(self.self(), reason)));
}

namespace {
/// Each {} takes the next argument as ~p shows it, {w} as ~w, {s} as text; {{ and }} are braces.
std::string filled(std::string_view format, term arguments) {
  std::string text;
  const auto take = [&](char how) {
    if (!arguments.is_cons())
      raise_badarg();
    const term value = arguments.head();
    arguments = arguments.tail();
    if (how == 'w')
      return text += to_text_w(value), void();
    if (how == 's' && value.is_atom())
      return text += value.as_atom().text(), void();
    if (how == 's' && chardata_to_utf8(value, text))
      return;
    text += to_text_p(value, {.width = 0x7FFFFFFF});
  };
  for (std::size_t at = 0; at < format.size(); ++at) {
    const auto rest = format.substr(at);
    if (rest.starts_with("{{") || rest.starts_with("}}")) {
      text += format[at++];
    } else if (rest.starts_with("{}")) {
      take('p');
      ++at;
    } else if (rest.starts_with("{w}") || rest.starts_with("{s}")) {
      take(format[at + 1]);
      at += 2;
    } else {
      text += format[at];
    }
  }
  if (!arguments.is_nil())
    raise_badarg();
  return text;
}

term print(process& self, const term* arguments) {
  if (!arguments[0].is_binary())
    raise_badarg();
  self.home().put_chars(filled(arguments[0].bytes(), arguments[1]));
  return "ok";
}

term log(process& self, const term* arguments) {
  if (!arguments[0].is_atom() || !arguments[1].is_binary())
    raise_badarg();
  const code::version* in = version_of(self.inside());
  const atom module = in ? in->module() : atom();
  const atom level = arguments[0].as_atom();
  if (self.home().levels().allow(log_levels::of(level).value_or(log_levels::notice), module))
    self.home().log(level, filled(arguments[1].bytes(), arguments[2]), module);
  return "ok";
}

constexpr native natives[] = {
    {"twinslot", "print", 2, print, "print(Format, Args)", "Writes Args in the places {}, {w} and {s} of Format."},
    {"twinslot", "log", 3, log, "log(Level, Format, Args)",
     "A report of the logger, as print writes it; Level is error, warning, notice ..."},
};
}  // namespace

std::span<const native> own_natives() {
  return natives;
}
}  // namespace twinslot
