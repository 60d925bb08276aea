// tests/bench/bench_code.cpp - loading and upgrading on twinslot. What is loaded are the two versions of the
// demonstration module counter, a server.
#include "tests/bench/bench_world.hpp"
#include "tests/bench/rows.hpp"

#include <thread>

namespace {
using namespace twinslot;
using namespace twinslot::bench;
using namespace std::chrono_literals;

const atom counter = "counter"_atom;

double microseconds_since(bench::clock::time_point start) {
  return seconds_since(start) * 1e6;
}

/// Versions 1 and 2 in turn.
class turns {
public:
  explicit turns(bench_world& in) : in_(in) {}
  /// Purges, and loads the other version.
  void load() {
    version_ = 3 - version_;
    in_.load(counter, version_ == 1 ? COUNTERS "/counter_v1" : COUNTERS "/counter_v2");
  }
  int version() const { return version_; }

private:
  bench_world& in_;
  int version_ = 2;
};

std::vector<pid> start_servers(bench_world& in, std::int64_t count) {
  std::vector<pid> made;
  for (std::int64_t i = 0; i < count; ++i)
    made.push_back(in.call("gen_server", "start", counter, term{}, term{})[1].as_pid());
  return made;
}
void end_servers(bench_world& in, const std::vector<pid>& all) {
  for (const pid each : all)
    in.self().exit_signal(each, "kill");
  in.wait_gone();
}

void upgrade(bench_world& in, std::int64_t expected) {
  const term done = in.call("twinslot", "upgrade", counter, list(tuple("timeout", 60'000)));
  if (!done.is_tagged("ok"_atom, 2))
    throw std::runtime_error("upgrade refused");
  std::int64_t moved = 0;
  for (auto at = done[1].elements_of_list().begin(); at != list_range::sentinel{}; ++at)
    ++moved;
  expect("upgraded", moved, expected);
}

/// Each purges the version before the last one and loads a file; the first two, which try the files, do not count.
figures load(bench_world& in, std::int64_t count) {
  turns versions(in);
  versions.load();
  versions.load();
  std::vector<double> took;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto start = bench::clock::now();
    versions.load();
    took.push_back(microseconds_since(start));
  }
  return median(std::move(took));
}

/// suspend, change_code and resume from a process, and from the thread outside; and an upgrade in one step.
figures upgrade_one(bench_world& in, std::int64_t count) {
  turns versions(in);
  versions.load();
  const auto servers = start_servers(in, 1);
  const term server = servers[0];
  const pid upgrader = in.spawn("upgrader", {term(in.self().self()), server, counter});
  const auto expect_ok = [](const term& changed) {
    if (changed != "ok"_atom)
      throw std::runtime_error("change_code refused");
  };
  const auto other = [&] { return versions.version() == 2 ? string("1.0.0") : tuple("down", string("1.0.0")); };
  std::vector<double> by_process, by_thread, in_one;
  for (std::int64_t i = 0; i < count; ++i) {
    versions.load();
    in.self().send(upgrader, tuple("from", other()));
    const term told = in.next();
    expect_ok(told[1]);
    by_process.push_back(double(told[2].as_int64()) / 1e3);

    versions.load();
    auto start = bench::clock::now();
    in.call("sys", "suspend", server);
    const term changed = in.call("sys", "change_code", server, counter, other(), term{});
    in.call("sys", "resume", server);
    by_thread.push_back(microseconds_since(start));
    expect_ok(changed);

    versions.load();
    start = bench::clock::now();
    upgrade(in, 1);
    in_one.push_back(microseconds_since(start));
  }
  in.self().exit_signal(upgrader, "kill");
  end_servers(in, servers);
  return {median(std::move(by_process)), median(std::move(by_thread)), median(std::move(in_one))};
}

figures upgrade_many(bench_world& in, std::int64_t count) {
  turns versions(in);
  versions.load();
  const auto servers = start_servers(in, count);
  versions.load();
  const auto start = bench::clock::now();
  upgrade(in, count);
  const double seconds = seconds_since(start);
  end_servers(in, servers);
  return seconds * 1e3;
}

/// What a client that calls a server all the time sees meanwhile: its longest wait, and p99.9.
figures hammered(bench_world& in, const std::function<void()>& meanwhile) {
  const auto servers = start_servers(in, 1);
  in.spawn("hammer", {term(in.self().self()), servers[0], "get_count"});
  meanwhile();
  in.self().exit_signal(servers[0], "kill");
  const term told = in.next();
  in.wait_gone();
  if (told[1].as_int64() == 0)
    throw std::runtime_error("not called once");
  return {double(told[2].as_int64()) / 1e3, double(told[3].as_int64()) / 1e3};
}
/// One upgrade after the other; as long without; and a tenth of them with pauses. Without a pause there are few more
/// than a thousand calls between two, and each upgrade holds one of them: p99.9 is what it costs to be that one.
figures gap(bench_world& in, std::int64_t upgrades) {
  constexpr auto pause = 10ms;
  turns versions(in);
  versions.load();
  const auto load_and_upgrade = [&] {
    versions.load();
    upgrade(in, 1);
  };
  const auto start = bench::clock::now();
  const auto with = hammered(in, [&] {
    for (std::int64_t i = 0; i < upgrades; ++i)
      load_and_upgrade();
  });
  const auto as_long = bench::clock::now() - start;
  const auto without = hammered(in, [&] { std::this_thread::sleep_for(as_long); });
  const auto paused = hammered(in, [&] {
    for (std::int64_t i = 0; i < upgrades; i += 10) {
      load_and_upgrade();
      std::this_thread::sleep_for(pause);
    }
  });
  return {with.values[0], with.values[1], without.values[0], without.values[1], paused.values[0], paused.values[1]};
}

const row<bench_world> rows[] = {
    {"load", "us", 500, load},
    {"upgrade_one", "us", 300, upgrade_one, {"upgrade_outside", "upgrade_step"}},
    {"upgrade_many", "ms", 100'000, upgrade_many},
    {"gap", "us", 1000, gap, {"gap_p999", "calm", "calm_p999", "paused", "paused_p999"}},
};
}  // namespace

int main(int argument_count, char** arguments) {
  return run_rows<bench_world>(argument_count, arguments, rows);
}
