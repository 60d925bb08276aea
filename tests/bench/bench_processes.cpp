// tests/bench/bench_processes.cpp - processes and messages on twinslot; the processes are plugins/bench_actors.cpp.
#include "tests/bench/bench_world.hpp"
#include "tests/bench/rows.hpp"
#include "tests/bench/system_load.hpp"

#include <thread>

namespace {
using namespace twinslot;
using namespace twinslot::bench;

constexpr std::int64_t ring_members = 1000;
constexpr std::int64_t idle_servers = 1000;

/// `clients` processes in the function, each with a server of its own, share `count` operations.
double per_second(bench_world& in, const char* function, std::int64_t clients, std::int64_t count) {
  const std::int64_t each = std::max<std::int64_t>(1, count / clients);
  const term me = in.self().self();
  const pid gatherer = in.spawn("gather", {me, clients});
  std::vector<pid> all;
  for (std::int64_t i = 0; i < clients; ++i)
    all.push_back(in.spawn(function, {me, gatherer, each}));
  in.wait_ready(clients);
  const auto start = bench::clock::now();
  for (const pid one : all)
    in.self().send(one, "go");
  expect(function, in.wait_done(), each * clients);
  const double seconds = seconds_since(start);
  in.wait_gone();
  return double(each * clients) / seconds;
}
figures call_one(bench_world& in, std::int64_t count) {
  return per_second(in, "caller", 1, count);
}
figures call_pairs(bench_world& in, std::int64_t count) {
  return per_second(in, "caller", in.pairs(), count);
}
figures cast_one(bench_world& in, std::int64_t count) {
  return per_second(in, "caster", 1, count);
}
figures cast_pairs(bench_world& in, std::int64_t count) {
  return per_second(in, "caster", in.pairs(), count);
}

/// Nanoseconds for each message of a full mailbox. With one worker; more would begin before it is full.
figures slot(bench_world& in, std::int64_t count) {
  const pid drainer = in.spawn("drainer", {term(in.self().self()), count});
  in.wait_ready(1);
  in.self().send(drainer, "go");
  const term drained = in.next();
  expect("casts", drained[1].as_int64(), count);
  in.wait_gone();
  return double(drained[2].as_int64()) / double(count);
}

figures ring(bench_world& in, std::int64_t hops) {
  const term me = in.self().self();
  std::vector<pid> members;
  for (std::int64_t i = 0; i < ring_members; ++i)
    members.push_back(in.spawn("member", {me, hops}));
  for (std::size_t i = 0; i < members.size(); ++i)
    in.self().send(members[i], tuple("next", members[(i + 1) % members.size()]));
  const auto start = bench::clock::now();
  in.self().send(members[0], 0);
  expect("hops", in.wait_done(), hops);
  const double seconds = seconds_since(start);
  for (const pid one : members)
    in.self().exit_signal(one, "kill");
  in.wait_gone();
  return double(hops) / seconds;
}

figures loop(bench_world& in, std::int64_t count) {
  const pid ticker = in.spawn("ticker", {term(in.self().self()), count});
  in.wait_ready(1);
  const auto start = bench::clock::now();
  in.self().send(ticker, "go");
  expect("ticks", in.wait_done(), count);
  const double seconds = seconds_since(start);
  in.wait_gone();
  return double(count) / seconds;
}

/// Servers that were started, and the process that ends them.
struct started {
  pid starter;
  double seconds;
};
started start_servers(bench_world& in, std::int64_t count) {
  const pid starter = in.spawn("starter", {term(in.self().self()), count});
  in.wait_ready(1);
  const auto start = bench::clock::now();
  in.self().send(starter, "go");
  expect("starts", in.wait_done(), count);
  return {starter, seconds_since(start)};
}
void end_servers(bench_world& in, const started& which) {
  in.self().send(which.starter, "end");
  in.wait_gone();
}
figures start(bench_world& in, std::int64_t count) {
  const started all = start_servers(in, count);
  end_servers(in, all);
  return double(count) / all.seconds;
}

figures memory(bench_world& in, std::int64_t count) {
  end_servers(in, start_servers(in, 100));  // what is made once, for the first of them
  const std::int64_t before = resident_bytes();
  const started all = start_servers(in, count);
  const std::int64_t after = resident_bytes();
  end_servers(in, all);
  return double(after - before) / double(count);
}

/// Microseconds of the median call from a thread outside; the node has nothing else to do, and rests before each.
double call_outside(bench_world& in, std::int64_t count, std::chrono::microseconds rest) {
  const term server = in.call("gen_server", "start", "bench_actors"_atom, term{}, term{})[1];
  std::vector<double> took;
  for (std::int64_t i = 1; i <= count; ++i) {
    if (rest.count() != 0)
      std::this_thread::sleep_for(rest);
    const auto start = bench::clock::now();
    expect("reply", in.call("gen_server", "call", server, "next").as_int64(), i);
    took.push_back(seconds_since(start) * 1e6);
  }
  in.self().exit_signal(server, "kill");
  in.wait_gone();
  return median(std::move(took));
}
figures outside(bench_world& in, std::int64_t count) {
  return call_outside(in, count, {});
}
figures outside_rested(bench_world& in, std::int64_t count) {
  return call_outside(in, count, std::chrono::milliseconds(2));
}

/// What grows per second while nothing is to be done for `ms` milliseconds.
double idle_growth(bench_world& in, std::int64_t ms, double (*of)()) {
  const started all = start_servers(in, idle_servers);
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  const double before = of();
  std::this_thread::sleep_for(std::chrono::milliseconds(ms));
  const double after = of();
  end_servers(in, all);
  return (after - before) * 1000 / double(ms);
}
figures idle(bench_world& in, std::int64_t ms) {
  return idle_growth(in, ms, [] { return double(context_switches()); });
}
figures idle_processor(bench_world& in, std::int64_t ms) {
  return idle_growth(in, ms, [] { return processor_seconds() * 100; });
}

const row<bench_world> rows[] = {
    {"memory", "bytes", 100'000, memory, {}, true},  // first: later, it would find what others left
    {"call_one", "/s", 500'000, call_one},
    {"call_pairs", "/s", 1'000'000, call_pairs},
    {"cast_one", "/s", 2'000'000, cast_one},
    {"cast_pairs", "/s", 3'000'000, cast_pairs},
    {"slot", "ns", 100'000, slot},
    {"ring", "/s", 1'000'000, ring},
    {"start", "/s", 100'000, start},
    {"loop", "/s", 2'000'000, loop},
    {"outside", "us", 20'000, outside},
    {"outside_rested", "us", 300, outside_rested},
    {"idle", "switches/s", 1000, idle},
    {"idle_processor", "%", 1000, idle_processor},
};
}  // namespace

int main(int argument_count, char** arguments) {
  return run_rows<bench_world>(argument_count, arguments, rows);
}
