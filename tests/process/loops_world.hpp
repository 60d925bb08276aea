// tests/process/loops_world.hpp - a node with the fixture `loops`, in version 1 or 2, and the natives that it asks for.
#pragma once
#include "tests/process/support.hpp"

#include <mutex>
#include <string>

namespace twinslot {
inline term erlang_send(process& self, const term* arguments) {
  self.send(arguments[0], arguments[1]);
  return arguments[1];
}
inline term gen_server_reply(process& self, const term* arguments) {
  self.home().reply(arguments[0], arguments[1]);
  return "ok";
}
inline constexpr native loops_natives[] = {{"erlang", "send", 2, erlang_send, "", ""},
                                           {"gen_server", "reply", 2, gen_server_reply, "", ""}};

struct loops_world : world {
  const atom module = "loops"_atom;
  std::string report;
  std::mutex report_mutex;

  explicit loops_world(int version = 1) {
    home.add_natives(loops_natives);
    home.output([this](std::string_view text) {
      std::lock_guard guard{report_mutex};
      report += text;
    });
    load(version);
  }
  void load(int version) {
    std::vector<code::prepared> batch;
    auto ready =
        home.loader().prepare(module, std::string(TWINSLOT_FIXTURES "/loops_v") + std::to_string(version) + ".so");
    REQUIRE(ready);
    batch.push_back(std::move(ready).value());
    REQUIRE(home.code().finish(std::move(batch)));
  }
  pid start(atom function, std::vector<term> arguments) {
    const auto made = home.spawn_function(module, function, std::move(arguments), {.parent = &*me, .monitor = true});
    return made.process;
  }
  term end_of(pid who) {
    auto down = me->receive([&](const term& m) { return m.is_tagged("DOWN"_atom, 5) && m[3] == term(who); }, soon());
    return down ? (*down)[4] : term("nothing");
  }
  /// {Version, Count}
  term vsn_of(pid who) {
    me->send(who, tuple(me->self(), "vsn"));
    return next();
  }
  /// Waits until it has dealt with everything that was sent to it and waits for more.
  void settle(pid who) {
    const auto is_settled = [&] {
      const term info = home.process_info(who);
      bool waits = false, is_empty = false, is_own = false;
      for (const term pair : info.elements_of_list()) {
        waits |= pair == tuple("status", "waiting");
        is_empty |= pair == tuple("message_queue_len", 0);
        is_own |= pair[0] == "messages"_atom;
      }
      return waits && is_empty && is_own;
    };
    CHECK(eventually(is_settled));
  }
  term mine() { return me->self(); }
  code::version* current() { return home.code().current(module); }
  code::version* old() { return home.code().old(module); }
  bool reported(std::string_view text) {
    std::lock_guard guard{report_mutex};
    return report.find(text) != report.npos;
  }
};
}  // namespace twinslot
