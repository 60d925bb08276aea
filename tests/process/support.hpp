// tests/process/support.hpp - a node with the test as one of its processes, and short ways to make others.
#pragma once
#include "runtime/process/node.hpp"
#include "tests/catch.hpp"

#include <map>
#include <memory>
#include <thread>

namespace twinslot {

inline std::ostream& operator<<(std::ostream& out, const term& value) {
  const auto text = term::adopt(host::print(value.raw(), 0));
  return out << text.bytes();
}

/// A scheduled process made of functions.
struct script {
  std::function<void(process&)> start = [](process&) {};
  std::function<body::verdict(process&, term&)> take = [](process&, term&) { return body::verdict::taken; };
  std::function<void(process&)> timeout = [](process&) {};
  std::function<void(process&, const term&, const term&)> urgent = [](process&, const term&, const term&) {};
  std::function<void(process&, const term&)> ended = [](process&, const term&) {};
};

class scripted final : public body {
public:
  explicit scripted(script what) : script_(std::move(what)) {}
  void start(process& self) override { script_.start(self); }
  verdict take(process& self, term& message) override { return script_.take(self, message); }
  void timeout(process& self) override { script_.timeout(self); }
  void urgent(process& self, const term& request, const term& from) override { script_.urgent(self, request, from); }
  void ended(process& self, const term& reason) noexcept override { script_.ended(self, reason); }
  term initial_call() const override { return tuple("test", "scripted", 0); }

private:
  script script_;
};

inline std::unique_ptr<body> scheduled(script what = {}) {
  return std::make_unique<scripted>(std::move(what));
}

/// A deadline that only a broken build reaches.
inline deadline soon() {
  return clock::now() + std::chrono::seconds{60};
}
/// Long enough for a signal that must not come to come.
inline deadline shortly() {
  return clock::now() + std::chrono::milliseconds{30};
}

struct world {
  node home;
  scoped_process me{home};

  /// The next message; the atom `nothing` if none comes.
  term next(deadline until = soon()) {
    return me->receive([](const term&) { return true; }, until).value_or(term("nothing"));
  }
  term nothing_more() { return next(shortly()); }
  /// Reason of the end of a process, as a monitor tells it: from its birth if `watched` made it.
  term end_of(pid who) {
    const auto known = watched_.find(who.id);
    const auto ref = known == watched_.end() ? me->monitor(who) : known->second;
    auto down = me->receive([&](const term& m) { return m.is_tagged("DOWN"_atom, 5) && m[1] == term(ref); }, soon());
    return down ? (*down)[4] : term("nothing");
  }
  pid spawn(std::function<void(process&)> what) { return home.spawn_blocking(std::move(what)).process; }
  pid watched(std::function<void(process&)> what) {
    return noted(home.spawn_blocking(std::move(what), {.parent = &*me, .monitor = true}));
  }
  pid watched(std::unique_ptr<body> what) {
    return noted(home.spawn(std::move(what), {.parent = &*me, .monitor = true}));
  }
  pid spawn_linked(std::function<void(process&)> what) {
    return home.spawn_blocking(std::move(what), {.parent = &*me, .link = true}).process;
  }
  /// A process that waits for ever.
  pid idle() {
    return spawn([](process& self) { self.sleep_until({}); });
  }

private:
  pid noted(const spawned& made) {
    watched_.emplace(made.process.id, made.monitor);
    return made.process;
  }
  std::map<std::uint64_t, reference> watched_;
};

inline term any_message(process& self, deadline until = {}) {
  return self.receive([](const term&) { return true; }, until).value_or(term("nothing"));
}

template <class Condition>
bool eventually_within(std::chrono::milliseconds patience, Condition holds) {
  for (auto until = clock::now() + patience; clock::now() < until;
       std::this_thread::sleep_for(std::chrono::microseconds{200}))
    if (holds())
      return true;
  return holds();
}
/// Waits for what another thread is about to do.
template <class Condition>
bool eventually(Condition holds) {
  return eventually_within(std::chrono::seconds{60}, std::move(holds));
}
}  // namespace twinslot
