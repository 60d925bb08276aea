// tests/bench/caf_actors.hpp - the processes of plugins/bench_actors.cpp, written by hand on bare CAF: event-based
// actors with atoms as names of their messages.
#pragma once
#include <algorithm>
#include <atomic>
#include <caf/all.hpp>
#include <chrono>
#include <cstdint>
#include <vector>

namespace twinslot::bench {

using next_atom = caf::atom_constant<caf::atom("next")>;
using count_atom = caf::atom_constant<caf::atom("count")>;
using add_atom = caf::atom_constant<caf::atom("add")>;
using go_atom = caf::atom_constant<caf::atom("go")>;
using end_atom = caf::atom_constant<caf::atom("end")>;
using done_atom = caf::atom_constant<caf::atom("done")>;
using ready_atom = caf::atom_constant<caf::atom("ready")>;
using tick_atom = caf::atom_constant<caf::atom("tick")>;

// Casts that may wait for a server at once: a request follows each so many.
constexpr std::int64_t burst = 100'000;

/// Tells somebody when so many servers have begun. CAF's spawn does not wait for that.
struct beginnings {
  std::atomic<std::int64_t> left{0};
  caf::actor outside;
  std::int64_t count = 0;
};
inline beginnings awaited;

class server : public caf::event_based_actor {
public:
  using event_based_actor::event_based_actor;
  caf::behavior make_behavior() override {
    if (awaited.left.fetch_sub(1, std::memory_order_acq_rel) == 1)
      send(awaited.outside, done_atom::value, awaited.count);
    return {[this](next_atom) { return ++count_; }, [this](count_atom) { return count_; },
            [this](add_atom) { ++count_; }};
  }

private:
  std::int64_t count_ = 0;
};

class gatherer : public caf::event_based_actor {
public:
  gatherer(caf::actor_config& config, caf::actor to, std::int64_t expected)
      : event_based_actor(config), to_(std::move(to)), expected_(expected) {}
  caf::behavior make_behavior() override {
    return {[this](done_atom, std::int64_t count) {
      sum_ += count;
      if (--expected_ == 0) {
        send(to_, done_atom::value, sum_);
        quit();
      }
    }};
  }

private:
  caf::actor to_;
  std::int64_t expected_;
  std::int64_t sum_ = 0;
};

/// Has a server of its own, and begins when it is told to.
class client : public caf::event_based_actor {
public:
  client(caf::actor_config& config, caf::actor outside, caf::actor to, std::int64_t count)
      : event_based_actor(config), left(count), outside_(std::move(outside)), gatherer_(std::move(to)) {}
  caf::behavior make_behavior() override {
    own = spawn<server>();
    send(outside_, ready_atom::value);
    return {[this](go_atom) { begin(); }};
  }

protected:
  virtual void begin() = 0;
  void finish(std::int64_t last) {
    send(gatherer_, done_atom::value, last);
    send_exit(own, caf::exit_reason::kill);
    quit();
  }
  caf::actor own;
  std::int64_t left;

private:
  caf::actor outside_;
  caf::actor gatherer_;
};

class caller : public client {
public:
  using client::client;

private:
  void begin() override {
    request(own, caf::infinite, next_atom::value).then([this](std::int64_t last) {
      if (--left == 0)
        finish(last);
      else
        begin();
    });
  }
};

class caster : public client {
public:
  using client::client;

private:
  void begin() override {
    const std::int64_t now = std::min(left, burst);
    for (std::int64_t i = 0; i < now; ++i)
      send(own, add_atom::value);
    left -= now;
    request(own, caf::infinite, count_atom::value).then([this](std::int64_t last) {
      if (left == 0)
        finish(last);
      else
        begin();
    });
  }
};

/// Fills its server's mailbox while the server cannot run, as there is one worker only; then lets it run, and tells
/// the nanoseconds that this took.
class drainer : public caf::event_based_actor {
public:
  drainer(caf::actor_config& config, caf::actor outside, std::int64_t casts)
      : event_based_actor(config), outside_(std::move(outside)), casts_(casts) {}
  caf::behavior make_behavior() override {
    own_ = spawn<server>();
    send(outside_, ready_atom::value);
    return {[this](go_atom) { begin(); }};
  }

private:
  void begin() {
    for (std::int64_t i = 0; i < casts_; ++i)
      send(own_, add_atom::value);
    const auto start = std::chrono::steady_clock::now();
    request(own_, caf::infinite, count_atom::value).then([this, start](std::int64_t count) {
      const std::chrono::nanoseconds took = std::chrono::steady_clock::now() - start;
      send(outside_, done_atom::value, count, std::int64_t{took.count()});
      send_exit(own_, caf::exit_reason::kill);
      quit();
    });
  }
  caf::actor outside_;
  caf::actor own_;
  std::int64_t casts_;
};

class member : public caf::event_based_actor {
public:
  member(caf::actor_config& config, caf::actor outside, std::int64_t hops)
      : event_based_actor(config), outside_(std::move(outside)), hops_(hops) {}
  caf::behavior make_behavior() override {
    return {[this](next_atom, const caf::actor& other) { next_ = other; },
            [this](std::int64_t hop) {
              if (hop == hops_)
                send(outside_, done_atom::value, hop);
              else
                send(next_, hop + 1);
            }};
  }
  void on_exit() override { next_ = nullptr; }

private:
  caf::actor outside_;
  caf::actor next_;
  std::int64_t hops_;
};

class looping : public caf::event_based_actor {
public:
  using event_based_actor::event_based_actor;
  caf::behavior make_behavior() override {
    return {[this](tick_atom) { ++count_; }, [this](count_atom) { return count_; }};
  }

private:
  std::int64_t count_ = 0;
};

class ticker : public caf::event_based_actor {
public:
  ticker(caf::actor_config& config, caf::actor outside, std::int64_t ticks)
      : event_based_actor(config), outside_(std::move(outside)), left_(ticks) {}
  caf::behavior make_behavior() override {
    loop_ = spawn<looping>();
    send(outside_, ready_atom::value);
    return {[this](go_atom) { begin(); }};
  }

private:
  void begin() {
    const std::int64_t now = std::min(left_, burst);
    for (std::int64_t i = 0; i < now; ++i)
      send(loop_, tick_atom::value);
    left_ -= now;
    request(loop_, caf::infinite, count_atom::value).then([this](std::int64_t last) {
      if (left_ != 0)
        return begin();
      send(outside_, done_atom::value, last);
      send_exit(loop_, caf::exit_reason::kill);
      quit();
    });
  }
  caf::actor outside_;
  caf::actor loop_;
  std::int64_t left_;
};

/// Spawns servers, and keeps them until it is told to end. The last one to begin tells that all have.
class starter : public caf::event_based_actor {
public:
  starter(caf::actor_config& config, caf::actor outside, std::int64_t count)
      : event_based_actor(config), outside_(std::move(outside)), count_(count) {}
  caf::behavior make_behavior() override {
    servers_.reserve(static_cast<std::size_t>(count_));
    send(outside_, ready_atom::value);
    return {[this](go_atom) {
              for (std::int64_t i = 0; i < count_; ++i)
                servers_.push_back(spawn<server>());
            },
            [this](end_atom) {
              for (const auto& one : servers_)
                send_exit(one, caf::exit_reason::kill);
              quit();
            }};
  }

private:
  caf::actor outside_;
  std::int64_t count_;
  std::vector<caf::actor> servers_;
};
}  // namespace twinslot::bench
