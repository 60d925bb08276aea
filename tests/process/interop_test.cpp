// Processes and plain CAF actors as peers: messages, requests, links, monitors, both ways.
#include "runtime/process/caf_node.hpp"
#include "tests/process/support.hpp"

#include <caf/all.hpp>

using namespace twinslot;
using namespace std::chrono_literals;

namespace {
struct config : caf::actor_system_config {
  config() { announce(*this); }
};

/// A CAF system with a node in it, the test as a process and as a CAF actor.
struct shared_world {
  config settings;
  caf::actor_system system{settings};
  caf_node home{system};
  scoped_process me{home};
  caf::scoped_actor actor{system, true};

  term next(deadline until = soon()) {
    return me->receive([](const term&) { return true; }, until).value_or(term("nothing"));
  }
  /// The answer that the CAF side gets to a request.
  term ask(const caf::actor& whom, auto&&... request) {
    term got = "no_answer";
    actor->request(whom, 20s, std::forward<decltype(request)>(request)...)
        .receive([&](const term& answer) { got = answer; },
                 [&](const caf::error& why) { got = tuple("failed", reason_of(why)); });
    return got;
  }
};

std::unique_ptr<body> server() {
  return scheduled({.take = [](process& self, term& message) {
    if (message.is_tagged("$gen_cast"_atom, 2))
      self.stop(message[1]);
    else if (message.is_tagged("$gen_call"_atom, 3) && message[2] == "die"_atom)
      self.stop("died_of_it");
    else if (message.is_tagged("$gen_call"_atom, 3) && message[2] == "refuse"_atom)
      self.home().refuse(message[1], "no_clause");
    else if (message.is_tagged("$gen_call"_atom, 3))
      self.home().reply(message[1], tuple("got", message[2]));
    return body::verdict::taken;
  }});
}
}  // namespace

TEST_CASE("a CAF message becomes a term at the process's door", "[caf]") {
  shared_world w;
  const auto door = to_actor(w.home, w.me->self());
  const auto arrives = [&](auto&&... elements) {
    w.actor->send(door, std::forward<decltype(elements)>(elements)...);
    return w.next();
  };
  CHECK(arrives(tuple("a", "term")) == tuple("a", "term"));
  CHECK(arrives(std::string{"text"}) == string("text"));
  CHECK(arrives(caf::atom("hello")) == "hello");
  CHECK(arrives(std::int64_t{-5}) == term(-5));
  CHECK(arrives(std::uint64_t{1} << 63) == term(std::uint64_t{1} << 63));
  CHECK(arrives(2.5) == term(2.5));
  CHECK(arrives(true) == "true");
  CHECK(arrives(caf::atom("add"), 1, std::string{"x"}) == tuple("add", 1, string("x")));
  CHECK(arrives(std::vector<term>{1, 2}) == list(1, 2));
  const auto me = from_actor(w.home, caf::actor_cast<caf::actor>(w.actor));
  CHECK(arrives(caf::actor_cast<caf::actor>(w.actor)) == term(me));
  CHECK(arrives(cast("work")) == tuple("$gen_cast", "work"));
  w.actor->send(door, caf::message{});
  CHECK(w.next(shortly()) == "nothing");
}

TEST_CASE("a CAF request is a gen_server call; refusals and deaths are errors that carry the reason", "[caf]") {
  shared_world w;
  const auto who = w.home.spawn(server()).process;
  const auto handle = to_actor(w.home, who);
  CHECK(w.ask(handle, term("question")) == tuple("got", "question"));
  CHECK(w.ask(handle, caf::atom("add"), 3) == tuple("got", tuple("add", 3)));
  CHECK(w.ask(handle, term("refuse")) == tuple("failed", "no_clause"));
  CHECK(w.ask(handle, term("die")) == tuple("failed", "died_of_it"));
  const auto late = w.ask(handle, term("late"));
  CHECK((late == tuple("failed", "died_of_it") || late == tuple("failed", "noproc")));
  CHECK_FALSE(to_actor(w.home, who));
}

TEST_CASE("a request that waits when the process ends is answered with the reason", "[caf]") {
  shared_world w;
  const auto deaf = w.home.spawn(scheduled({.take = [](process&, term&) { return body::verdict::skipped; }})).process;
  std::thread killer{[&] {
    CHECK(eventually([&] {
      auto info = w.home.process_info(deaf);
      for (auto pair : info.elements_of_list())
        if (pair[0] == "messages"_atom && pair[1].is_cons())
          return true;
      return false;
    }));
    w.home.exit_signal(deaf, "impatient");
  }};
  CHECK(w.ask(to_actor(w.home, deaf), term("hello")) == tuple("failed", "impatient"));
  killer.join();
}

TEST_CASE("a CAF actor monitors and links: normal is no error, other reasons come along", "[caf]") {
  shared_world w;
  caf::scoped_actor watcher{w.system, true};
  const auto reason_seen = [&](const term& end, auto establish) {
    const auto handle = to_actor(w.home, w.home.spawn(server()).process);
    establish(handle);
    watcher->send(handle, cast(end));
    term seen = "nothing";
    watcher->receive([&](const caf::down_msg& down) { seen = reason_of(down.reason); },
                     [&](const caf::exit_msg& exit) { seen = reason_of(exit.reason); });
    return seen;
  };
  const auto monitor = [&](const caf::actor& handle) { watcher->monitor(handle); };
  const auto link = [&](const caf::actor& handle) { watcher->link_to(handle); };
  CHECK(reason_seen("normal", monitor) == "normal");
  CHECK(reason_seen(tuple("odd", 1), monitor) == tuple("odd", 1));
  CHECK(reason_seen("shutdown", link) == "shutdown");
  CHECK(reason_seen(tuple("odd", 2), link) == tuple("odd", 2));
}

TEST_CASE("errors of reasons and back", "[caf]") {
  CHECK_FALSE(error_of("normal"));
  CHECK(error_of("shutdown") == caf::exit_reason::user_shutdown);
  CHECK(error_of("killed") == caf::exit_reason::kill);
  for (const term& reason : {term("normal"), term("shutdown"), term("killed"), tuple("shutdown", 1), tuple("a", "b")})
    CHECK(reason_of(error_of(reason)) == reason);
  CHECK(reason_of(caf::exit_reason::user_shutdown) == "shutdown");
  CHECK(reason_of(caf::sec::unexpected_message)[0] == "caf_error");
}

namespace {
/// A CAF actor that answers terms and ends when it is told to.
caf::behavior plain_actor(caf::event_based_actor* self, const std::string& tag) {
  return {[tag](const term& question) { return tuple(atom(tag), question); },
          [self](caf::atom_value end) { self->quit(error_of(atom(to_string(end)))); }};
}
}  // namespace

TEST_CASE("a process sends to, asks, monitors and links to a CAF actor", "[caf]") {
  shared_world w;
  auto plain = w.system.spawn(plain_actor, std::string{"plain"});
  const auto who = from_actor(w.home, plain);
  CHECK(who.id == plain.id());
  CHECK(w.home.is_alive(who));

  const auto got = w.me->request(who, "$gen_call"_atom, "question", soon());
  CHECK(got.ok);
  CHECK(got.value == tuple("plain", "question"));

  SECTION("monitor") {
    const auto ref = w.me->monitor(who);
    const auto given_up = w.me->monitor(who);
    CHECK(w.me->demonitor(given_up));
    w.actor->send(plain, caf::atom("broken"));
    CHECK(w.next() == tuple("DOWN", ref, "process", who, "broken"));
    const auto late = w.me->monitor(who);
    CHECK(w.next() == tuple("DOWN", late, "process", who, "noproc"));
    CHECK(w.me->request(who, "$gen_call"_atom, "question", soon()).value == "noproc");
  }
  SECTION("link, and the actor ends") {
    w.me->trap_exit(true);
    w.me->link(who);
    w.actor->send(plain, caf::atom("broken"));
    CHECK(w.next() == tuple("EXIT", who, "broken"));
  }
  SECTION("link, and the process ends") {
    const auto ends = w.home.spawn_blocking([&](process& self) {
      self.link(who);
      raise_exit("process_gone");
    });
    static_cast<void>(ends);
    const auto ref = w.me->monitor(who);
    CHECK(w.next() == tuple("DOWN", ref, "process", who, "process_gone"));
  }
  SECTION("unlink: neither hears of the other's end") {
    w.me->trap_exit(true);
    w.me->link(who);
    w.me->unlink(who);
    const auto ref = w.me->monitor(who);
    w.actor->send(plain, caf::atom("broken"));
    CHECK(w.next() == tuple("DOWN", ref, "process", who, "broken"));
    CHECK(w.next(shortly()) == "nothing");
  }
  SECTION("exit/2 reaches the actor") {
    const auto ref = w.me->monitor(who);
    w.me->exit_signal(who, "please");
    CHECK(w.next() == tuple("DOWN", ref, "process", who, "please"));
  }
}

TEST_CASE("a process that sends an exit to an actor that it is linked to hears of the end, once", "[caf]") {
  shared_world w;
  w.me->trap_exit(true);
  for (const bool traps : {false, true}) {
    for (const atom reason : {"boo"_atom, "kill"_atom}) {
      auto guy = w.system.spawn([traps](caf::event_based_actor* self) -> caf::behavior {
        if (traps)
          self->set_exit_handler([self](const caf::exit_msg& exit) { self->quit(exit.reason); });
        return {[](const term&) {}};
      });
      const auto who = from_actor(w.home, guy);
      const term expected = reason == "kill"_atom ? "killed"_atom : reason;
      w.me->link(who);
      const auto ref = w.me->monitor(who);
      w.me->exit_signal(who, reason);
      std::vector<term> got{w.next(), w.next()};
      if (got[0].is_tagged("DOWN"_atom, 5))
        std::swap(got[0], got[1]);
      CHECK(got[0] == tuple("EXIT", who, expected));
      CHECK(got[1] == tuple("DOWN", ref, "process", who, expected));
      CHECK(w.next(shortly()) == "nothing");
    }
  }
}

TEST_CASE("an actor that takes an exit and goes on stays linked", "[caf]") {
  shared_world w;
  w.me->trap_exit(true);
  auto guy = w.system.spawn([](caf::event_based_actor* self) -> caf::behavior {
    const auto taken = std::make_shared<int>(0);
    self->set_exit_handler([self, taken](const caf::exit_msg& exit) {
      if (++*taken == 2)
        self->quit(exit.reason);
    });
    return {[](const term&) {}};
  });
  const auto who = from_actor(w.home, guy);
  w.me->link(who);
  w.me->exit_signal(who, "first");
  w.me->exit_signal(who, "second");
  CHECK(w.next() == tuple("EXIT", who, "second"));
  CHECK(w.next(shortly()) == "nothing");
}

TEST_CASE("a CAF actor's exit message is an exit signal", "[caf]") {
  shared_world w;
  const auto ends_by = [&](caf::error reason) {
    const auto victim = w.home.spawn(scheduled(), {.parent = &*w.me, .monitor = true});
    w.actor->send_exit(to_actor(w.home, victim.process), std::move(reason));
    auto down = w.next();
    return down.is_tuple(5) ? down[4] : down;
  };
  CHECK(ends_by(caf::exit_reason::kill) == "killed");
  CHECK(ends_by(caf::exit_reason::user_shutdown) == "shutdown");
  CHECK(ends_by(error_of(tuple("own", "reason"))) == tuple("own", "reason"));
}

TEST_CASE("a term crosses a CAF serializer", "[caf]") {
  config settings;
  caf::actor_system system{settings};
  const auto original = tuple("point", list(1, 2.5, string("text")), map({{"key", binary("bytes")}}));
  std::vector<char> bytes;
  caf::binary_serializer sink{system, bytes};
  auto written = original;
  REQUIRE_FALSE(sink(written));
  caf::binary_deserializer source{system, bytes};
  term read;
  REQUIRE_FALSE(source(read));
  CHECK(read == original);
  CHECK(to_string(caf::make_message(tuple("a", 1))) == "({a,1})");
}
