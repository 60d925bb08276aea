#include "actors/tcp/settings.hpp"

#include <algorithm>

namespace twinslot::tcp {

term activity::as_term() const {
  switch (how) {
    case mode::passive: return false;
    case mode::always: return true;
    case mode::once: return "once";
    case mode::counted: return left;
  }
  return {};
}

namespace {
took set_active(settings& changed, const term& value) {
  using mode = activity::mode;
  auto& active = changed.active;
  if (value == "true") {
    active = {mode::always, 0};
  } else if (value == "false") {
    active = {mode::passive, 0};
  } else if (value == "once") {
    active = {mode::once, 0};
  } else if (value.is_int64() && value.as_int64() >= -32768 && value.as_int64() <= 32767) {
    // Counts add up; whoever sees 0 or less makes it passive, and tells the owner.
    const std::int64_t sum = value.as_int64() + (active.how == mode::counted ? active.left : 0);
    if (sum > 32767)
      return took::wrong;
    active = {mode::counted, static_cast<std::int32_t>(std::max<std::int64_t>(sum, 0))};
  } else {
    return took::wrong;
  }
  return took::yes;
}

took set_packet(settings& changed, const term& value) {
  if (value == "raw" || value == term(0))
    changed.packet = packet::raw;
  else if (value == "line")
    changed.packet = packet::line;
  else if (value == term(1) || value == term(2) || value == term(4))
    changed.packet = static_cast<packet>(value.as_int64());
  else
    return took::wrong;
  return took::yes;
}

took set_mode(settings& changed, const term& value) {
  changed.binary = value == "binary";
  return value == "binary" || value == "list" ? took::yes : took::wrong;
}

took set_flag(bool& flag, const term& value) {
  flag = value == "true";
  return value.is_bool() ? took::yes : took::wrong;
}

took set_count(std::int64_t& count, const term& value, std::int64_t least) {
  constexpr std::int64_t most = 0x7FFFFFFF;
  if (!value.is_int64() || value.as_int64() < least || value.as_int64() > most)
    return took::wrong;
  count = value.as_int64();
  return took::yes;
}

took set_send_timeout(settings& changed, const term& value) {
  if (value == "infinity") {
    changed.send_timeout_ms = -1;
    return took::yes;
  }
  return set_count(changed.send_timeout_ms, value, 0);
}

/// One row per option: how it is set and told.
struct option {
  const char* name;
  took (*set)(settings&, const term&);
  term (*get)(const settings&);
};
constexpr option all[] = {
    {"active", set_active, [](const settings& s) { return s.active.as_term(); }},
    {"packet", set_packet,
     [](const settings& s) {
       return s.packet == packet::line ? term("line") : term(static_cast<std::int64_t>(s.packet));
     }},
    {"mode", set_mode, [](const settings& s) { return s.binary ? term("binary") : term("list"); }},
    {"exit_on_close", [](settings& s, const term& v) { return set_flag(s.exit_on_close, v); },
     [](const settings& s) { return term(s.exit_on_close); }},
    {"show_econnreset", [](settings& s, const term& v) { return set_flag(s.show_econnreset, v); },
     [](const settings& s) { return term(s.show_econnreset); }},
    {"send_timeout_close", [](settings& s, const term& v) { return set_flag(s.send_timeout_close, v); },
     [](const settings& s) { return term(s.send_timeout_close); }},
    {"buffer", [](settings& s, const term& v) { return set_count(s.buffer, v, 1); },
     [](const settings& s) { return term(s.buffer); }},
    {"packet_size", [](settings& s, const term& v) { return set_count(s.packet_size, v, 0); },
     [](const settings& s) { return term(s.packet_size); }},
    {"send_timeout", set_send_timeout,
     [](const settings& s) { return s.send_timeout_ms < 0 ? term("infinity") : term(s.send_timeout_ms); }},
    {"high_watermark", [](settings& s, const term& v) { return set_count(s.high_watermark, v, 1); },
     [](const settings& s) { return term(s.high_watermark); }},
    {"low_watermark", [](settings& s, const term& v) { return set_count(s.low_watermark, v, 0); },
     [](const settings& s) { return term(s.low_watermark); }},
};

const option* find(std::string_view name) {
  const auto found = std::find_if(std::begin(all), std::end(all), [&](const option& one) { return one.name == name; });
  return found == std::end(all) ? nullptr : found;
}
}  // namespace

took set(settings& changed, const term& given) {
  if (given == "binary" || given == "list")
    return set_mode(changed, given);
  if (!given.is_tuple(2) || !given[0].is_atom())
    return took::unknown;
  const option* const known = find(given[0].as_atom().text());
  return known ? known->set(changed, given[1]) : took::unknown;
}

std::optional<term> get(const settings& from, atom name) {
  const option* const known = find(name.text());
  if (!known)
    return {};
  return known->get(from);
}
}  // namespace twinslot::tcp
