// tests/bench/bench_caf.cpp - the rows of bench_processes.cpp on bare CAF:
//
//     bench_caf stealing|sharing [--workers N] [--count N | --seconds S] [NAME ...]
#include "tests/bench/caf_actors.hpp"
#include "tests/bench/process_rows.hpp"

#include <cstring>
#include <thread>

namespace {
using namespace twinslot::bench;
using namespace std::chrono_literals;

constexpr auto patience = 60s;

caf::atom_value policy = caf::atom("stealing");

struct configuration : caf::actor_system_config {
  explicit configuration(unsigned workers) {
    set("scheduler.policy", policy);
    if (workers != 0)
      set("scheduler.max-threads", workers);
  }
};

class caf_world {
public:
  explicit caf_world(const settings& chosen)
      : pairs_(chosen.actors / 2),
        config_(chosen.workers),
        system_(config_),
        me_(system_),
        resident_(system_.registry().running()) {}
  std::int64_t pairs() const { return pairs_; }
  caf::actor_system& system() { return system_; }
  caf::scoped_actor& self() { return me_; }
  caf::actor me() { return caf::actor_cast<caf::actor>(me_); }

  void wait_ready(std::int64_t count) {
    for (; count > 0; --count)
      me_->receive([](ready_atom) {}, caf::after(patience) >> [] { nothing_came(); });
  }
  std::int64_t wait_done() {
    std::int64_t result = 0;
    me_->receive([&](done_atom, std::int64_t count) { result = count; },
                 caf::after(patience) >> [] { nothing_came(); });
    return result;
  }
  void wait_gone() {
    const auto until = clock::now() + patience;
    for (; system_.registry().running() > resident_; std::this_thread::sleep_for(1ms))
      if (clock::now() > until)
        throw std::runtime_error("actors that should have ended are still there");
  }

private:
  static void nothing_came() { throw std::runtime_error("nothing came for a minute"); }
  std::int64_t pairs_;
  configuration config_;
  caf::actor_system system_;
  caf::scoped_actor me_;
  std::size_t resident_;
};

struct parts {
  template <class Client>
  static double per_second(caf_world& in, std::int64_t clients, std::int64_t count) {
    const std::int64_t each = std::max<std::int64_t>(1, count / clients);
    auto gathers = in.system().spawn<gatherer>(in.me(), clients);
    std::vector<caf::actor> all;
    for (std::int64_t i = 0; i < clients; ++i)
      all.push_back(in.system().spawn<Client>(in.me(), gathers, each));
    in.wait_ready(clients);
    const auto start = clock::now();
    for (const auto& one : all)
      in.self()->send(one, go_atom::value);
    expect("operations", in.wait_done(), each * clients);
    const double seconds = seconds_since(start);
    all.clear();
    in.wait_gone();
    return double(each * clients) / seconds;
  }
  static double callers(caf_world& in, std::int64_t clients, std::int64_t count) {
    return per_second<caller>(in, clients, count);
  }
  static double casters(caf_world& in, std::int64_t clients, std::int64_t count) {
    return per_second<caster>(in, clients, count);
  }

  /// Nanoseconds for each message of a full mailbox. With one worker; more would begin before it is full.
  static figures slot(caf_world& in, std::int64_t count) {
    auto drains = in.system().spawn<drainer>(in.me(), count);
    in.wait_ready(1);
    in.self()->send(drains, go_atom::value);
    std::int64_t took = 0;
    in.self()->receive(
        [&](done_atom, std::int64_t drained, std::int64_t ns) {
          expect("casts", drained, count);
          took = ns;
        },
        caf::after(patience) >> [] { throw std::runtime_error("nothing came for a minute"); });
    drains = nullptr;
    in.wait_gone();
    return double(took) / double(count);
  }

  static figures ring(caf_world& in, std::int64_t hops) {
    std::vector<caf::actor> members;
    for (std::int64_t i = 0; i < ring_members; ++i)
      members.push_back(in.system().spawn<member>(in.me(), hops));
    for (std::size_t i = 0; i < members.size(); ++i)
      in.self()->send(members[i], next_atom::value, members[(i + 1) % members.size()]);
    const auto start = clock::now();
    in.self()->send(members[0], std::int64_t{0});
    expect("hops", in.wait_done(), hops);
    const double seconds = seconds_since(start);
    for (const auto& one : members)
      in.self()->send_exit(one, caf::exit_reason::kill);
    in.wait_gone();
    return double(hops) / seconds;
  }

  static figures loop(caf_world& in, std::int64_t count) {
    auto ticks = in.system().spawn<ticker>(in.me(), count);
    in.wait_ready(1);
    const auto start = clock::now();
    in.self()->send(ticks, go_atom::value);
    expect("ticks", in.wait_done(), count);
    const double seconds = seconds_since(start);
    ticks = nullptr;
    in.wait_gone();
    return double(count) / seconds;
  }

  struct started {
    caf::actor starter;
    double seconds;
  };
  static started start_servers(caf_world& in, std::int64_t count) {
    awaited.outside = in.me();
    awaited.count = count;
    awaited.left = count;
    auto starts = in.system().spawn<starter>(in.me(), count);
    in.wait_ready(1);
    const auto start = clock::now();
    in.self()->send(starts, go_atom::value);
    expect("starts", in.wait_done(), count);
    const double seconds = seconds_since(start);
    awaited.outside = nullptr;
    return {starts, seconds};
  }
  static void end_servers(caf_world& in, started& which) {
    in.self()->send(which.starter, end_atom::value);
    which.starter = nullptr;
    in.wait_gone();
  }
  static double call_outside(caf_world& in, std::int64_t count, std::chrono::microseconds rest) {
    auto called = in.system().spawn<server>();
    std::vector<double> took;
    for (std::int64_t i = 1; i <= count; ++i) {
      if (rest.count() != 0)
        std::this_thread::sleep_for(rest);
      std::int64_t reply = 0;
      const auto start = clock::now();
      in.self()
          ->request(called, caf::infinite, next_atom::value)
          .receive([&](std::int64_t number) { reply = number; }, [](const caf::error&) {});
      took.push_back(seconds_since(start) * 1e6);
      expect("reply", reply, i);
    }
    in.self()->send_exit(called, caf::exit_reason::kill);
    called = nullptr;
    in.wait_gone();
    return median(std::move(took));
  }
};
}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count < 2 || (std::strcmp(arguments[1], "stealing") != 0 && std::strcmp(arguments[1], "sharing") != 0)) {
    std::fputs("bench_caf stealing|sharing [--workers N] [--count N | --seconds S] [NAME ...]\n", stderr);
    return 2;
  }
  policy = std::strcmp(arguments[1], "sharing") == 0 ? caf::atom("sharing") : caf::atom("stealing");
  return run_rows<caf_world>(argument_count - 1, arguments + 1, process_rows<caf_world, parts>::all());
}
