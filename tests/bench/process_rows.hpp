// tests/bench/process_rows.hpp - the rows that twinslot and bare CAF have in common. What differs is in Parts, with the
// system's World: callers, casters, slot, ring, loop, start_servers, end_servers, call_outside.
#pragma once
#include "tests/bench/rows.hpp"
#include "tests/bench/system_load.hpp"

#include <thread>

namespace twinslot::bench {

constexpr std::int64_t ring_members = 1000;
constexpr std::int64_t idle_servers = 1000;

template <class World, class Parts>
struct process_rows {
  static figures call_one(World& in, std::int64_t count) { return Parts::callers(in, 1, count); }
  static figures call_pairs(World& in, std::int64_t count) { return Parts::callers(in, in.pairs(), count); }
  static figures cast_one(World& in, std::int64_t count) { return Parts::casters(in, 1, count); }
  static figures cast_pairs(World& in, std::int64_t count) { return Parts::casters(in, in.pairs(), count); }

  static figures start(World& in, std::int64_t count) {
    auto all = Parts::start_servers(in, count);
    Parts::end_servers(in, all);
    return double(count) / all.seconds;
  }

  static figures memory(World& in, std::int64_t count) {
    auto some = Parts::start_servers(in, 100);  // what is made once, for the first of them
    Parts::end_servers(in, some);
    const std::int64_t before = resident_bytes();
    auto all = Parts::start_servers(in, count);
    const std::int64_t after = resident_bytes();
    Parts::end_servers(in, all);
    return double(after - before) / double(count);
  }

  static figures outside(World& in, std::int64_t count) { return Parts::call_outside(in, count, {}); }
  static figures outside_rested(World& in, std::int64_t count) {
    return Parts::call_outside(in, count, std::chrono::milliseconds(2));
  }

  static figures idle(World& in, std::int64_t ms) {
    return idle_growth(in, ms, [] { return double(context_switches()); });
  }
  static figures idle_processor(World& in, std::int64_t ms) {
    return idle_growth(in, ms, [] { return processor_seconds() * 100; });
  }

  static std::vector<row<World>> all() {
    // Every member is named: g++ 12 fails over defaults of an aggregate within a template.
    return {
        {"memory", "bytes", 100'000, memory, {}, true},  // first: later, it would find what others left
        {"call_one", "/s", 500'000, call_one, {}, false},   {"call_pairs", "/s", 1'000'000, call_pairs, {}, false},
        {"cast_one", "/s", 2'000'000, cast_one, {}, false}, {"cast_pairs", "/s", 3'000'000, cast_pairs, {}, false},
        {"slot", "ns", 100'000, Parts::slot, {}, false},    {"ring", "/s", 1'000'000, Parts::ring, {}, false},
        {"start", "/s", 100'000, start, {}, false},         {"loop", "/s", 2'000'000, Parts::loop, {}, false},
        {"outside", "us", 20'000, outside, {}, false},      {"outside_rested", "us", 300, outside_rested, {}, false},
        {"idle", "switches/s", 1000, idle, {}, false},      {"idle_processor", "%", 1000, idle_processor, {}, false},
    };
  }

private:
  /// What grows per second while nothing is to be done for `ms` milliseconds.
  static double idle_growth(World& in, std::int64_t ms, double (*of)()) {
    auto servers = Parts::start_servers(in, idle_servers);
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    const double before = of();
    std::this_thread::sleep_for(std::chrono::milliseconds(ms));
    const double after = of();
    Parts::end_servers(in, servers);
    return (after - before) * 1000 / double(ms);
  }
};
}  // namespace twinslot::bench
