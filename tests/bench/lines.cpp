#include "tests/bench/lines.hpp"

#include <fmt/format.h>

namespace twinslot::bench {
namespace {
constexpr const char* processes = "processes";
constexpr const char* code = "code";
constexpr const char* console = "console";

constexpr line all[] = {
    {"call_one", "call_one", "`gen_server` call, 1 to 1", processes, "", true, true, measure_of::rate, 1.8e6, 2000},
    {"call_pairs", "call_pairs", "call, 1000 pairs", processes, "", true, true, measure_of::rate, 2.4e6, 2000},
    {"cast_one", "cast_one", "cast, 1 to 1", processes, "", true, true, measure_of::rate, 8e6, 2000},
    {"cast_pairs", "cast_pairs", "cast, 1000 pairs", processes, "", true, true, measure_of::rate, 12e6, 2000},
    {"ring", "ring", "ring of 1000, hops", processes, "", true, true, measure_of::rate, 4e6, 2000},
    {"start", "start", "spawn and start a server", processes, "", true, true, measure_of::rate, 1e6, 200},
    {"memory", "memory", "memory of an idle server", processes, "", true, true, measure_of::bytes, 700, 200},
    {"loop", "loop", "receive loop, qualified tail call per message", processes, "", true, true, measure_of::rate, 10e6,
     2000},
    {"outside", "outside", "call from outside, one after the other", processes, "", true, false, measure_of::time_us, 8,
     200},
    {"outside_rested", "outside_rested", "the same, each after 2 ms of rest", processes, "", true, false,
     measure_of::time_us, no_goal, 5},
    {"idle", "idle", "idle node with 1000 servers, wake-ups", processes, "", true, true, measure_of::switches, 0, 50},
    {"idle_processor", "idle_processor", "idle node, processor", processes, "", true, true, measure_of::percent,
     no_goal, 50},
    {"load", "load", "load a ready plugin: purge and load", code, "", false, true, measure_of::time_us, 300, 4},
    {"c", "c", "`c(counter)`, from Enter until it is live", console, "", false, true, measure_of::time_ms, 300, 1},
    {"upgrade_one", "upgrade_one", "upgrade 1 server: suspend, change_code, resume", code, "", false, true,
     measure_of::time_us, 3, 4},
    {"upgrade_outside", "upgrade_one", "upgrade 1 server: the same from a thread outside", code, "", false, false,
     measure_of::time_us, no_goal, 4},
    {"upgrade_step", "upgrade_one", "upgrade 1 server: `twinslot:upgrade/1`", code, "", false, false,
     measure_of::time_us, no_goal, 4},
    {"upgrade_many", "upgrade_many", "upgrade 100,000 servers", code, "", false, true, measure_of::time_ms, 150, 100},
    {"gap", "gap", "a client's longest wait, over 1000 upgrades", code, "", false, true, measure_of::time_us, 200, 10},
    {"gap_p999", "gap", "its p99.9", code, "", false, true, measure_of::time_us, no_goal, 10},
    {"paused", "gap", "its longest wait, over 100 upgrades with 10 ms between two", code, "", false, true,
     measure_of::time_us, no_goal, 10},
    {"paused_p999", "gap", "its p99.9", code, "", false, true, measure_of::time_us, no_goal, 10},
    {"calm", "gap", "its longest wait, as long without upgrades", code, "", false, true, measure_of::time_us, no_goal,
     10},
    {"calm_p999", "gap", "its p99.9 without upgrades", code, "", false, true, measure_of::time_us, no_goal, 10},
    {"slot", "slot", "dispatch through a slot: a message of a full mailbox", processes, "--workers 1", true, false,
     measure_of::time_ns, no_goal, 2000},
};
}  // namespace

std::span<const line> lines() {
  return all;
}

bool takes_part(const contestant& who, const line& in) {
  if (!who.commands.contains(in.program))
    return false;
  return who.name.starts_with("CAF") ? in.on_caf : who.name == "Erlang" ? in.in_erlang : true;
}

bool is_more_better(measure_of unit) {
  return unit == measure_of::rate;
}

std::string text_of(double value, measure_of unit) {
  switch (unit) {
    case measure_of::rate:
      return value < 1e6 ? fmt::format("{:.0f} k/s", value / 1e3) : fmt::format("{:.2f} M/s", value / 1e6);
    case measure_of::time_ns: return fmt::format("{:.1f} ns", value);
    case measure_of::time_us: return fmt::format("{:.{}f} us", value, value < 100 ? 1 : 0);
    case measure_of::time_ms: return fmt::format("{:.{}f} ms", value, value < 10 ? 1 : 0);
    case measure_of::bytes: return fmt::format("{:.0f} B", value);
    case measure_of::switches: return fmt::format("{:.0f} /s", value);
    case measure_of::percent: return fmt::format("{:.2f} %", value);
  }
  return {};
}
}  // namespace twinslot::bench
