// The request-reply protocol: G10, G11, G12, G16, G19, S05; urgent requests.
#include "tests/process/support.hpp"

#include <chrono>
#include <ctime>

using namespace twinslot;
using namespace std::chrono_literals;

namespace {
const atom call_label = "$gen_call"_atom;

/// Answers {'$gen_call', From, Request} by `answer(self, From, Request)`.
std::unique_ptr<body> server(std::function<void(process&, const term&, const term&)> answer) {
  return scheduled({.take = [answer](process& self, term& message) {
    if (message.is_tagged(call_label, 3))
      answer(self, message[1], message[2]);
    return body::verdict::taken;
  }});
}

std::unique_ptr<body> echo() {
  return server([](process& self, const term& from, const term& request) { self.home().reply(from, request); });
}
}  // namespace

TEST_CASE("G10: a request is answered, by pid, name and {Name, Node}") {
  world w;
  const auto who = w.home.spawn(echo(), {.name = "echo"}).process;
  for (const term& server : {term(who), term("echo"), tuple("echo", "nonode@nohost")}) {
    const auto got = w.me->request(server, call_label, tuple("hello", 1), soon());
    CHECK(got.ok);
    CHECK(got.value == tuple("hello", 1));
  }
  CHECK(w.nothing_more() == "nothing");
}

TEST_CASE("G10: a request fails with the bare reason") {
  world w;
  const auto failure = [&](const term& server, deadline until = soon()) {
    const auto got = w.me->request(server, call_label, "please", until);
    CHECK_FALSE(got.ok);
    return got.value;
  };
  CHECK(failure("nobody") == "noproc");
  CHECK(failure(tuple("nobody", "far@away")) == tuple("nodedown", "far@away"));
  CHECK(failure(w.me->self()) == "calling_self");  // G16
  CHECK_THROWS_AS(w.me->request(42, call_label, "please", {}), raised);
  const auto dead = w.watched([](process&) {});
  CHECK(w.end_of(dead) == "normal");
  CHECK(failure(dead) == "noproc");
  const auto deaf = w.home.spawn(scheduled()).process;
  CHECK(failure(deaf, clock::now() + 5ms) == "timeout");
  const auto dies = w.home.spawn(server([](process& self, const term&, const term&) { self.stop("overworked"); }));
  CHECK(failure(dies.process) == "overworked");
  const auto refuses = w.home.spawn(server([](process& self, const term& from, const term&) {
    self.home().refuse(from, tuple("function_clause", term()));
  }));
  CHECK(failure(refuses.process) == tuple("function_clause", term()));
  CHECK(failure(refuses.process) == tuple("function_clause", term()));  // it lives
}

TEST_CASE("S05: a request to a process that skips everything times out; answered after it looks again") {
  world w;
  bool suspended = true;
  const auto sleepy = w.home.spawn(scheduled({.take = [&](process& self, term& message) {
    if (message == "resume"_atom) {
      suspended = false;
      self.look_again();
      return body::verdict::taken;
    }
    if (suspended)
      return body::verdict::skipped;
    self.home().reply(message[1], message[2]);
    return body::verdict::taken;
  }}));
  CHECK(w.me->request(sleepy.process, call_label, 1, clock::now() + 10ms).value == "timeout");
  w.home.send_after(clock::now() + 10ms, sleepy.process, "resume", false);
  const auto got = w.me->request(sleepy.process, call_label, 2, soon());
  CHECK(got.ok);
  CHECK(got.value == term(2));
  CHECK(w.nothing_more() == "nothing");  // G11: nor does the late answer to the first
}

TEST_CASE("G11: a late reply does not reach the mailbox") {
  world w;
  term kept;
  const auto keeper = w.home.spawn(server([&](process& self, const term& from, const term& request) {
    if (request == "keep"_atom)
      kept = from;
    else
      self.home().reply(kept, "late"), self.home().reply(from, "on_time");
  }));
  CHECK(w.me->request(keeper.process, call_label, "keep", clock::now() + 10ms).value == "timeout");
  const auto got = w.me->request(keeper.process, call_label, "now", soon());
  CHECK(got.value == "on_time");
  CHECK(w.nothing_more() == "nothing");
  CHECK(w.me->message_queue_length() == 0);
}

TEST_CASE("G12: any process may reply, once") {
  world w;
  const auto delegates = w.home.spawn(server([](process& self, const term& from, const term&) {
    self.home().spawn_blocking([from = term(from)](process& other) {
      other.home().reply(from, "first");
      other.home().reply(from, "second");
    });
  }));
  for (int i = 0; i < 100; ++i)
    REQUIRE(w.me->request(delegates.process, call_label, "x", soon()).value == "first");
  CHECK(w.nothing_more() == "nothing");
}

/// What this thread has had so far, whatever else goes on.
static std::chrono::nanoseconds processor_time() {
  timespec had{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &had);
  return std::chrono::seconds{had.tv_sec} + std::chrono::nanoseconds{had.tv_nsec};
}

TEST_CASE("G19: a request costs the same with a long queue") {
  world w;
  const auto who = w.home.spawn(echo()).process;
  const auto time_of = [&](int count) {
    const auto before = processor_time();
    for (int i = 0; i < count; ++i)
      REQUIRE(w.me->request(who, call_label, i, soon()).ok);
    return processor_time() - before;
  };
  time_of(100);
  const auto with_empty_queue = time_of(300);
  for (int i = 0; i < 200'000; ++i)
    w.me->send(w.me->self(), i);
  time_of(1);  // takes what arrived into the queue
  const auto with_long_queue = time_of(300);
  CHECK(with_long_queue < 20 * with_empty_queue + 200ms);  // scanning it would take seconds
  CHECK(w.me->message_queue_length() == 200'000);
}

TEST_CASE("a scheduled process may not wait") {
  world w;
  const auto who = w.home.spawn(echo()).process;
  const auto asks = w.watched(scheduled({.take = [&](process& self, term&) {
    CHECK_FALSE(self.may_block());
    CHECK_THROWS_AS(self.receive([](const term&) { return true; }), raised);
    CHECK_THROWS_AS(self.sleep_until({}), raised);
    try {
      self.request(who, call_label, 1, {});
    } catch (raised& thrown) {
      raise_exit(thrown.reason);
    }
    return body::verdict::taken;
  }}));
  w.me->send(asks, "go");
  CHECK(w.end_of(asks) == tuple("would_block", "$gen_call"));
}

TEST_CASE("a process that was spawned with a question answers it, or its end does") {
  world w;
  const auto ask = [&](std::function<void(process&, reference)> begin, deadline until = soon()) {
    const auto question = w.home.make_request_reference();
    w.home.spawn(scheduled({.start = [=](process& self) { begin(self, question); }}),
                 {.parent = &*w.me, .question = question});
    return w.me->request(question, "$start"_atom, {}, until);
  };
  const term me = w.me->self();
  const auto answered = ask([&](process& self, reference ref) { self.home().reply(tuple(me, ref), "up"); });
  CHECK(answered.ok);
  CHECK(answered.value == "up");
  const auto ended = ask([](process& self, reference) { self.stop("broken"); });
  CHECK_FALSE(ended.ok);
  CHECK(ended.value == "broken");
  CHECK(ask([](process&, reference) {}, clock::now() + 5ms).value == "timeout");
  CHECK(w.nothing_more() == "nothing");
}

TEST_CASE("an answer at the end comes when the name is free and links have been told") {
  world w;
  w.me->trap_exit(true);
  for (int i = 0; i < 100; ++i) {
    const auto question = w.home.make_request_reference();
    const auto who = w.home
                         .spawn(scheduled({.start =
                                               [&](process& self) {
                                                 self.answer_at_end(question, "no");
                                                 self.stop("shutdown");
                                               }}),
                                {.parent = &*w.me, .link = true, .question = question, .name = "short"})
                         .process;
    const auto got = w.me->request(question, "$start"_atom, {}, soon());
    CHECK(got.ok);
    CHECK(got.value == "no");
    CHECK_FALSE(w.home.whereis("short"_atom));
    CHECK(w.me->message_queue_length() == 1);
    CHECK(w.next() == tuple("EXIT", who, "shutdown"));
  }
}

TEST_CASE("an urgent request overtakes the queue, between two messages") {
  world w;
  std::atomic<bool> busy{false}, go{false};
  std::vector<term> seen;
  const auto who = w.watched(scheduled({.take =
                                            [&](process& self, term& message) {
                                              busy = true;
                                              while (!go)
                                                std::this_thread::yield();
                                              seen.push_back(message);
                                              if (message == term(3))
                                                self.stop("done");
                                              return body::verdict::taken;
                                            },
                                        .urgent =
                                            [&](process& self, const term& request, const term& from) {
                                              seen.push_back(request);
                                              self.home().reply(from, seen.size());
                                            }}));
  for (int i : {1, 2, 3})
    w.me->send(who, i);
  CHECK(eventually([&] { return busy.load(); }));
  CHECK(w.home.urgent(*w.me, who, "export", clock::now() + 5ms).value == "timeout");
  std::thread later{[&] {
    std::this_thread::sleep_for(200ms);  // the second request has come to the queue
    go = true;
  }};
  const auto got = w.home.urgent(*w.me, who, "again", soon());
  later.join();
  CHECK(got.ok);
  CHECK(w.end_of(who) == "done");
  CHECK(seen == std::vector<term>{1, "export", "again", 2, 3});
  CHECK(w.home.urgent(*w.me, who, "late", soon()).value == "noproc");
  CHECK(w.home.urgent(*w.me, w.me->self(), "me", soon()).value == "calling_self");
  CHECK(w.home.urgent(*w.me, w.idle(), "blocking", soon()).value == "not_supported");
}

TEST_CASE("one timeout at a time: a new one replaces it, an empty one cancels") {
  world w;
  const auto made = [&](std::function<void(process&)> start) {
    return w.watched(scheduled({.start = start, .timeout = [](process& self) { self.stop("timeout"); }}));
  };
  const auto begun = clock::now();
  const auto fires = made([](process& self) { self.set_timeout(clock::now() + 20ms); });
  CHECK(w.end_of(fires) == "timeout");
  CHECK(clock::now() - begun >= 20ms);
  const auto earlier = made([](process& self) {
    self.set_timeout(clock::now() + 1h);
    self.set_timeout(clock::now() + 1ms);
  });
  CHECK(w.end_of(earlier) == "timeout");
  const auto later = made([](process& self) {
    self.set_timeout(clock::now() + 1ms);
    self.set_timeout(clock::now() + 40ms);
  });
  const auto since = clock::now();
  CHECK(w.end_of(later) == "timeout");
  CHECK(clock::now() - since >= 30ms);
  const auto never = made([](process& self) {
    self.set_timeout(clock::now() + 1ms);
    self.set_timeout({});
  });
  std::this_thread::sleep_for(10ms);
  CHECK(w.home.is_alive(never));
}

TEST_CASE("many servers asked at once: the answers stand in the servers' order, each with its own reason") {
  world w;
  std::vector<pid> servers;
  const auto answering = [&](std::int64_t i) {
    return scheduled({.take = [i](process& self, term& message) {
      self.home().reply(message[1], tuple(i, message[2]));
      return body::verdict::taken;
    }});
  };
  for (std::int64_t i = 0; i < 300; ++i)
    servers.push_back(w.home.spawn(answering(i)).process);
  const pid dead = w.watched([](process&) {});
  CHECK(w.end_of(dead) == "normal"_atom);
  servers[7] = dead;
  servers[200] = w.idle();  // has no answer

  const auto answers = w.me->request_all(servers, "ask"_atom, "question", clock::now() + 200ms);
  REQUIRE(answers.size() == servers.size());
  for (std::int64_t i = 0; i < 300; ++i) {
    const auto& got = answers[static_cast<std::size_t>(i)];
    if (i == 7 || i == 200) {
      CHECK_FALSE(got.ok);
      CHECK(got.value == (i == 7 ? "noproc"_atom : "timeout"_atom));
    } else if (!got.ok || !(got.value == tuple(i, "question"))) {
      FAIL("server " << i << ": " << got.value);
    }
  }
  CHECK(w.me->request_all({}, "ask"_atom, "question", soon()).empty());
  // Late answers and monitors leave nothing behind.
  CHECK(w.nothing_more() == "nothing"_atom);
}
