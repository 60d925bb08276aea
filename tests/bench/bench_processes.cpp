// tests/bench/bench_processes.cpp - processes and messages on twinslot; the processes are plugins/bench_actors.cpp.
#include "tests/bench/bench_world.hpp"
#include "tests/bench/process_rows.hpp"

namespace {
using namespace twinslot;
using namespace twinslot::bench;

struct parts {
  /// `clients` processes in the function, each with a server of its own, share `count` operations.
  static double per_second(bench_world& in, const char* function, std::int64_t clients, std::int64_t count) {
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
  static double callers(bench_world& in, std::int64_t clients, std::int64_t count) {
    return per_second(in, "caller", clients, count);
  }
  static double casters(bench_world& in, std::int64_t clients, std::int64_t count) {
    return per_second(in, "caster", clients, count);
  }

  /// Nanoseconds for each message of a full mailbox. With one worker; more would begin before it is full.
  static figures slot(bench_world& in, std::int64_t count) {
    const pid drainer = in.spawn("drainer", {term(in.self().self()), count});
    in.wait_ready(1);
    in.self().send(drainer, "go");
    const term drained = in.next();
    expect("casts", drained[1].as_int64(), count);
    in.wait_gone();
    return double(drained[2].as_int64()) / double(count);
  }

  static figures ring(bench_world& in, std::int64_t hops) {
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

  static figures loop(bench_world& in, std::int64_t count) {
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
  static started start_servers(bench_world& in, std::int64_t count) {
    const pid starter = in.spawn("starter", {term(in.self().self()), count});
    in.wait_ready(1);
    const auto start = bench::clock::now();
    in.self().send(starter, "go");
    expect("starts", in.wait_done(), count);
    return {starter, seconds_since(start)};
  }
  static void end_servers(bench_world& in, const started& which) {
    in.self().send(which.starter, "end");
    in.wait_gone();
  }
  /// Microseconds of the median call from a thread outside; the node has nothing else to do, and rests before each.
  static double call_outside(bench_world& in, std::int64_t count, std::chrono::microseconds rest) {
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
};
}  // namespace

int main(int argument_count, char** arguments) {
  return run_rows<bench_world>(argument_count, arguments, process_rows<bench_world, parts>::all());
}
