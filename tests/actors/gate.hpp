// tests/actors/gate.hpp - a test that says when plugins go on, and calls that wait meanwhile, in processes of their
// own.
#pragma once
#include "tests/actors/shelf.hpp"

#include <future>
#include <memory>

namespace twinslot {

/// Who opens the gates: one test at a time.
inline pid observer;

/// gate:pass(About), for plugins: tells the test, and waits until it opens; gives what the test says.
inline term pass(process& self, const term* arguments) {
  self.send(observer, tuple("gate", self.self(), arguments[0]));
  const auto opened = self.receive([](const term& it) { return it.is_tagged("open"_atom, 2); });
  return (*opened)[1];
}
/// gate:spawn(Module, Function)
inline term spawn_2(process& self, const term* arguments) {
  return self.home()
      .spawn_function(arguments[0].as_atom(), arguments[1].as_atom(), {},
                      {.parent = &self, .link = false, .monitor = false, .name = {}, .initial_call = {}})
      .process;
}
inline constexpr native gate[] = {
    {"gate", "pass", 1, pass, "pass(About)", ""},
    {"gate", "spawn", 2, spawn_2, "spawn(Module, Function)", ""},
};

struct gated_world : world {
  explicit gated_world(std::chrono::milliseconds purge_grace = std::chrono::milliseconds(20))
      : world({.load_hook_deadline = std::chrono::seconds(20),
               .purge_grace = purge_grace,
               .kill_patience = std::chrono::seconds(20)}) {
    home().add_natives(gate);
    observer = self().self();
  }
  /// The next process that stands at a gate.
  pid at_gate() {
    const term told = next();
    INFO(text(told));
    REQUIRE(told.is_tagged("gate"_atom, 3));
    spawned = told[2].is_pid() ? std::optional(told[2].as_pid()) : std::nullopt;
    return told[1].as_pid();
  }
  void open(pid waiting, const char* result) { self().send(waiting, tuple("open", atom(std::string_view(result)))); }
  /// Until the process waits for somebody: for the code server, in these tests.
  void waits(pid who) {
    REQUIRE(eventually([&] {
      for (const term& pair : home().process_info(who).elements_of_list())
        if (pair[0] == "status")
          return pair[1] == "waiting";
      return false;
    }));
  }
  std::optional<pid> spawned;
};

/// Module:Function(Arguments...) in a process of its own.
class background {
public:
  background(world& w, const char* module, const char* function, std::vector<term> arguments) {
    auto promised = std::make_shared<std::promise<std::string>>();
    result_ = promised->get_future();
    const auto call = [promised, m = atom(std::string_view(module)), f = atom(std::string_view(function)),
                       given = std::move(arguments)](process& self) {
      try {
        promised->set_value(text(self.home().apply(self, m, f, given.data(), given.size())));
      } catch (const raised& failure) {
        promised->set_value(text(tuple(failure.what, failure.reason)));
      } catch (const process_exit& end) {
        promised->set_value("ended: " + text(end.reason));
        throw;
      }
    };
    who_ = w.home().spawn_blocking(call).process;
  }
  pid who() const { return who_; }
  /// The result, {Class, Reason}, or how the process was ended.
  std::string result() {
    return result_.wait_for(std::chrono::seconds(30)) == std::future_status::ready ? result_.get() : "nothing";
  }

private:
  pid who_;
  std::future<std::string> result_;
};
}  // namespace twinslot
