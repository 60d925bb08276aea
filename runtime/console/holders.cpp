#include "runtime/console/holders.hpp"

#include "runtime/term/print.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace twinslot::console {
namespace {
// Text as it is, another term as ~p shows it.
std::string text_of(const term& value) {
  std::string text;
  if (value.is_nil() || value == "undefined")
    return "";
  if (value.is_atom())
    return std::string(value.as_atom().text());
  if ((value.is_cons() || value.is_binary()) && chardata_to_utf8(value, text))
    return text;
  return to_text_p(value, {.width = 0});
}

const term& value_of(const term& entry, const char* key) {
  static const term absent;
  const term* found = entry.get(atom(key));
  return found ? *found : absent;
}

std::string duration_text(std::int64_t ms) {
  if (ms < 0)
    return "";
  if (ms < 10'000)
    return fmt::format("{} ms", ms);
  if (ms < 600'000)
    return fmt::format("{} s", ms / 1000);
  return ms < 36'000'000 ? fmt::format("{} min", ms / 60'000) : fmt::format("{} h", ms / 3'600'000);
}
}  // namespace

std::vector<holder> holders_of(process& self, atom module) {
  std::vector<holder> all;
  for (const term& one : self.home().apply(self, "code"_atom, "holders"_atom, {module}).elements_of_list()) {
    const term& since = value_of(one, "since_ms");
    const term& slot = value_of(one, "slot");
    all.push_back({.who = value_of(one, "pid"),
                   .name = text_of(value_of(one, "name")),
                   .slot = slot.is_atom() ? slot.as_atom() : "none"_atom,
                   .vsn = value_of(one, "vsn"),
                   .why = text_of(value_of(one, "why")),
                   .since_ms = since.is_int64() ? since.as_int64() : -1,
                   .released_by = text_of(value_of(one, "released_by"))});
  }
  return all;
}

std::string holder_lines(const std::vector<holder>& some) {
  std::string text;
  for (const holder& one : some) {
    text += fmt::format("{:<12} {:<20} {:>8}  {}\n", one.who.is_pid() ? to_text_w(one.who) : "-",
                        one.name.substr(0, 20), duration_text(one.since_ms), one.why);
    if (!one.released_by.empty())
      text += fmt::format("{:<12} released by {}\n", "", one.released_by);
  }
  return text;
}

std::string vsn_text(const term& vsn) {
  return text_of(vsn);
}
}  // namespace twinslot::console
