// P14 and the queue of a scheduled process, against a model.
#include "tests/process/support.hpp"

#include <deque>
#include <random>

using namespace twinslot;

namespace {
constexpr int senders = 8;
constexpr int messages_each = 2000;

/// {Sender, Number} of every sender in its order; what others send in between does not matter.
bool in_order_per_sender(const std::vector<term>& got, std::size_t expected) {
  std::map<std::int64_t, std::int64_t> last;
  for (auto& each : got) {
    auto& previous = last[each[0].as_int64()];
    if (each[1].as_int64() != previous + 1)
      return false;
    ++previous;
  }
  return got.size() == expected;
}
}  // namespace

TEST_CASE(
    "P14: messages of one sender arrive in the order of sending, at a scheduled process that skips and looks again") {
  world w;
  std::vector<term> got;
  std::mt19937 dice{7};
  int skipping = 0;
  bool all_sent = false;  // from there on it skips nothing: the rest is to come out
  const auto receiver = w.watched(scheduled({.take = [&](process& self, term& message) {
    if (message == "stop"_atom) {
      self.stop("done");
      return body::verdict::taken;
    }
    if (message == "look"_atom) {
      skipping = 0;
      all_sent = true;
      self.look_again();
      return body::verdict::taken;
    }
    if (!all_sent && skipping == 0 && dice() % 50 == 0)
      skipping = 1 + dice() % 100;
    if (skipping > 0) {
      // After a while somebody opens the door again.
      if (++skipping > 150) {
        skipping = 0;
        self.look_again();
      }
      return body::verdict::skipped;
    }
    got.push_back(message);
    return body::verdict::taken;
  }}));
  std::vector<pid> all;
  for (int s = 1; s <= senders; ++s)
    all.push_back(w.watched([=](process& self) {
      for (int n = 1; n <= messages_each; ++n)
        self.send(receiver, tuple(s, n));
    }));
  for (auto each : all)
    CHECK(w.end_of(each) == "normal");
  w.me->send(receiver, "look");
  w.me->send(receiver, "stop");
  CHECK(w.end_of(receiver) == "done");
  CHECK(in_order_per_sender(got, senders * messages_each));
}

TEST_CASE("P14: messages of one sender arrive in order at a blocking process, with selective receive") {
  world w;
  std::vector<pid> all;
  for (int s = 1; s <= senders; ++s)
    all.push_back(w.watched([s, &w](process& self) {
      for (int n = 1; n <= messages_each; ++n)
        self.send(w.me->self(), tuple(s, n));
    }));
  std::vector<term> got;
  std::mt19937 dice{7};
  while (got.size() < senders * messages_each) {
    // Now anything, now only one sender's.
    const std::int64_t only = dice() % 4 == 0 ? 1 + dice() % senders : 0;
    auto message = w.me->receive([&](const term& m) { return m.is_tuple(2) && (only == 0 || m[0] == term(only)); },
                                 only == 0 ? soon() : deadline{clock::now()});
    if (message)
      got.push_back(std::move(*message));
  }
  CHECK(in_order_per_sender(got, senders * messages_each));
}

TEST_CASE("the queue of a scheduled process does what the model does") {
  // The model: a queue, and a list of messages left aside. Actions are messages themselves.
  std::mt19937 dice{42};
  for (int round = 0; round < 30; ++round) {
    world w;
    std::vector<term> got;
    bool skipping = false;
    const auto act = [&](const term& message, auto&& look) {
      if (message == "skip"_atom)
        return skipping = true, body::verdict::taken;
      if (message == "look"_atom)
        return skipping = false, look(), body::verdict::taken;
      if (message == "skip_and_look"_atom && skipping)
        return skipping = false, look(), body::verdict::skipped;
      if (skipping)
        return body::verdict::skipped;
      got.push_back(message);
      return body::verdict::taken;
    };
    const auto real = w.watched(scheduled({.take = [&](process& self, term& message) {
      if (message == "stop"_atom) {
        self.stop("done");
        return body::verdict::taken;
      }
      return act(message, [&] { self.look_again(); });
    }}));
    std::vector<term> sent;
    for (int i = 0; i < 300; ++i)
      switch (dice() % 10) {
        case 0: sent.push_back("skip"); break;
        case 1: sent.push_back("look"); break;
        case 2: sent.push_back("skip_and_look"); break;
        default: sent.push_back(i);
      }
    for (auto& each : sent)
      w.me->send(real, each);
    w.me->send(real, "stop");
    REQUIRE(w.end_of(real) == "done");
    const auto really = std::exchange(got, {});

    skipping = false;
    std::deque<term> queue(sent.begin(), sent.end()), aside;
    while (!queue.empty()) {
      auto message = queue.front();
      queue.pop_front();
      bool look = false;
      if (act(message, [&] { look = true; }) == body::verdict::skipped)
        aside.push_back(message);
      if (look) {
        queue.insert(queue.begin(), aside.begin(), aside.end());
        aside.clear();
      }
    }
    REQUIRE(really == got);
  }
}

TEST_CASE("message_queue_length counts what waits and what was skipped") {
  world w;
  std::atomic<bool> go{false};
  const auto who = w.home.spawn(scheduled({.take = [&](process& self, term& message) {
    while (!go)
      std::this_thread::yield();
    if (message == "count"_atom)
      self.send("tester", self.message_queue_length());
    return message.is_int64() ? body::verdict::skipped : body::verdict::taken;
  }}));
  REQUIRE(w.home.register_name("tester"_atom, w.me->self()));
  for (int i = 0; i < 10; ++i)
    w.me->send(who.process, i);
  w.me->send(who.process, "count");
  for (int i = 0; i < 5; ++i)
    w.me->send(who.process, i);
  go = true;
  CHECK(w.next() == term(15));  // not the one in hand
}

TEST_CASE("skipping a message costs the same however many were skipped") {
  world w;
  constexpr int count = 300'000;
  const auto who = w.home.spawn(scheduled({.take = [&](process& self, term& message) {
    if (message.is_int64())
      return body::verdict::skipped;
    self.send(message, "seen");
    return body::verdict::taken;
  }}));
  const auto before = clock::now();
  for (int i = 0; i < count; ++i)
    w.me->send(who.process, i);
  for (int i = 0; i < 100; ++i) {
    w.me->send(who.process, w.me->self());
    REQUIRE(w.next() == "seen");
  }
  // A hundred scans of the skipped ones would be thirty million looks.
  CHECK(clock::now() - before < std::chrono::seconds{10});
}
