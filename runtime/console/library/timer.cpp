// runtime/console/library/timer.cpp - timer: sleeping, measuring, and doing things later.
//
// What is done later waits in the node's timers. What is more than a message (apply_after, intervals) is a message to
// the process timer_server, which starts with the first of them, as OTP's does.
#include "runtime/console/library/arguments.hpp"
#include "runtime/console/library/clock.hpp"
#include "runtime/console/library/tables.hpp"

#include <unordered_map>

namespace twinslot::library {
namespace {

constexpr auto timer = "timer";
constexpr auto server_name = "timer_server";

term sleep(process& self, const term* a) {
  try {
    self.sleep_until(deadline_from(a[0]));
  } catch (raised& failed) {
    if (failed.reason == "timeout_value")
      raise_at("timeout_value", timer, "sleep", 1);
    throw;
  }
  return "ok";
}

/// {Microseconds, Value} of a call.
template <class Call>
term timed(Call make_call) {
  const std::int64_t before = monotonic_nanoseconds();
  const term value = make_call();
  return tuple((monotonic_nanoseconds() - before) / 1000, value);
}
term tc_fun(process& self, const term* a) {
  return timed([&] { return self.home().call_fun(self, a[0], nullptr, 0); });
}
term tc_fun_arguments(process& self, const term* a) {
  if (!is_proper(a[1]))
    raise_in("badarg", "erlang", "apply", {a[0], a[1]});
  const terms arguments = proper(a[1]);
  return timed([&] { return self.home().call_fun(self, a[0], arguments.data(), arguments.size()); });
}
term tc_function(process& self, const term* a) {
  if (!a[0].is_atom() || !a[1].is_atom() || !is_proper(a[2]))
    raise_in("badarg", "erlang", "apply", {a[0], a[1], a[2]});
  const terms arguments = proper(a[2]);
  return timed(
      [&] { return self.home().apply(self, a[0].as_atom(), a[1].as_atom(), arguments.data(), arguments.size()); });
}

// The server. It understands {apply, Call} and {interval, Ref, Milliseconds, Owner, Call}, Call = [Module, Function,
// Arguments], and {cancel, Ref}; an interval sets its own next timer.
class server {
public:
  explicit server(process& self) : self_(self) {}
  void run() {
    for (;;)
      handle(*self_.receive([](const term&) { return true; }));
  }

private:
  void handle(const term& message) {
    if (message.is_tagged("apply"_atom, 2))
      start(message[1]);
    else if (message.is_tagged("interval"_atom, 5))
      tick(message);
    else if (message.is_tagged("begin"_atom, 2))
      set(message[1]);
    else if (message.is_tagged("cancel"_atom, 2))
      cancel(message[1]);
  }
  void start(const term& what) {
    const terms call = proper(what);
    self_.home().apply(self_, "erlang"_atom, "spawn"_atom, call.data(), call.size());
  }
  void set(const term& interval) {
    const auto when = clock::now() + std::chrono::milliseconds(interval[2].as_int64());
    next_[interval[1].as_reference().id] = self_.home().send_after(when, self_.self(), interval, false);
  }
  void tick(const term& interval) {
    const auto known = next_.find(interval[1].as_reference().id);
    if (known == next_.end())
      return;
    if (interval[3].is_pid() && !self_.home().is_alive(interval[3].as_pid())) {
      next_.erase(known);
      return;
    }
    set(interval);
    start(interval[4]);
  }
  void cancel(const term& ref) {
    const auto known = next_.find(ref.as_reference().id);
    if (known == next_.end())
      return;
    self_.home().cancel_timer(known->second);
    next_.erase(known);
  }

  process& self_;
  std::unordered_map<std::uint64_t, reference> next_;  // of each interval that runs
};

pid server_of(process& self) {
  node& home = self.home();
  if (const auto running = home.whereis(atom(server_name)))
    return *running;
  try {
    return home
        .spawn_blocking([](process& started) { server(started).run(); },
                        {.parent = nullptr, .name = atom(server_name), .initial_call = tuple("timer", "init", 1)})
        .process;
  } catch (const raised& failed) {
    if (!failed.reason.is_tagged("already_started"_atom, 2))
      throw;
    return failed.reason[1].as_pid();  // somebody else was faster
  }
}

constexpr std::int64_t longest_ms = 4'000'000'000'000;  // 126 years
bool is_time(const term& value) {
  return value.is_int64() && value.as_int64() >= 0 && value.as_int64() <= longest_ms;
}
term bad() {
  return tuple("error", "badarg");
}
clock::time_point after(const term& milliseconds) {
  return clock::now() + std::chrono::milliseconds(milliseconds.as_int64());
}
term set(const char* kind, const term& time, reference ref) {
  return tuple("ok", tuple(time.as_int64() == 0 ? atom("instant") : atom(kind), ref));
}

term send_to(process& self, const term& time, const term& to, const term& message) {
  const bool named = to.is_tuple(2) && to[0].is_atom() && to[1].is_atom();
  if (!is_time(time) || !(to.is_pid() || to.is_atom() || named))
    return bad();
  return set(to.is_pid() ? "send_local" : "once", time,
             self.home().send_after(after(time), named ? to[0] : to, message, false));
}
term send_after(process& self, const term* a) {
  return send_to(self, a[0], self.self(), a[1]);
}
term send_after_to(process& self, const term* a) {
  return send_to(self, a[0], a[1], a[2]);
}

term apply_later(process& self, const term& time, const term& module, const term& function, const term& arguments) {
  if (!is_time(time) || !module.is_atom() || !function.is_atom() || !is_proper(arguments))
    return bad();
  const term message = tuple("apply", list(module, function, arguments));
  return set("once", time, self.home().send_after(after(time), server_of(self), message, false));
}
term apply_after(process& self, const term* a) {
  return apply_later(self, a[0], a[1], a[2], a[3]);
}
term exit_later(process& self, const term& time, const term& who, const term& reason) {
  return apply_later(self, time, "erlang", "exit", list(who, reason));
}
term exit_after(process& self, const term* a) {
  return exit_later(self, a[0], self.self(), a[1]);
}
term exit_after_of(process& self, const term* a) {
  return exit_later(self, a[0], a[1], a[2]);
}
term kill_after(process& self, const term* a) {
  return exit_later(self, a[0], self.self(), "kill");
}
term kill_after_of(process& self, const term* a) {
  return exit_later(self, a[0], a[1], "kill");
}

term repeat(process& self, const term& time, const term& owner, const term& call) {
  const reference ref = self.home().make_reference();
  self.home().send(server_of(self), tuple("begin", tuple("interval", ref, time, owner, call)));
  return tuple("ok", tuple("interval", ref));
}
term send_interval_to(process& self, const term* a) {
  if (!is_time(a[0]) || a[0].as_int64() == 0 || !(a[1].is_pid() || a[1].is_atom()))
    return bad();
  return repeat(self, a[0], a[1], list("erlang", "send", list(a[1], a[2])));
}
term send_interval(process& self, const term* a) {
  const term all[] = {a[0], self.self(), a[1]};
  return send_interval_to(self, all);
}
term apply_interval(process& self, const term* a) {
  if (!is_time(a[0]) || a[0].as_int64() == 0 || !a[1].is_atom() || !a[2].is_atom() || !is_proper(a[3]))
    return bad();
  return repeat(self, a[0], self.self(), list(a[1], a[2], a[3]));
}

term cancel(process& self, const term* a) {
  if (!a[0].is_tuple(2) || !a[0][0].is_atom() || !a[0][1].is_reference())
    return bad();
  if (a[0][0] == "interval"_atom)
    self.home().send(server_of(self), tuple("cancel", a[0][1]));
  else
    self.home().cancel_timer(a[0][1].as_reference());
  return tuple("ok", "cancel");
}

/// Count * factor, as the multiplication in OTP's timer.erl refuses it.
term scaled(const term& count, std::int64_t factor) {
  if (!count.is_number())
    raise_in("badarith", "erlang", "*", {count, factor});
  return multiply(count, factor);
}
term seconds(process&, const term* a) {
  return scaled(a[0], 1000);
}
term minutes(process&, const term* a) {
  return scaled(a[0], 60'000);
}
term hours(process&, const term* a) {
  return scaled(a[0], 3'600'000);
}
term hms(process&, const term* a) {
  return add(add(scaled(a[0], 3'600'000), scaled(a[1], 60'000)), scaled(a[2], 1000));
}
term now_diff(process&, const term* a) {
  for (const term* time : {a, a + 1})
    if (!time->is_tuple(3))
      no_clause(timer, "now_diff", {a[0], a[1]});
  const auto microseconds = [](const term& time) {
    return add(multiply(add(multiply(time[0], 1'000'000), time[1]), 1'000'000), time[2]);
  };
  return subtract(microseconds(a[0]), microseconds(a[1]));
}
term start_server(process& self, const term*) {
  server_of(self);
  return "ok";
}

constexpr native functions[] = {
    {timer, "apply_after", 4, apply_after, "apply_after(Time, Module, Function, Arguments)",
     "Calls the function in a process of its own in Time milliseconds: {ok, TRef}."},
    {timer, "apply_interval", 4, apply_interval, "apply_interval(Time, Module, Function, Arguments)",
     "Calls the function every Time milliseconds: {ok, TRef}."},
    {timer, "cancel", 1, cancel, "cancel(TRef)", "{ok, cancel}: it will not happen."},
    {timer, "exit_after", 2, exit_after, "exit_after(Time, Reason)", "Sends the caller an exit signal later."},
    {timer, "exit_after", 3, exit_after_of, "exit_after(Time, Target, Reason)", "Sends Target an exit signal later."},
    {timer, "hms", 3, hms, "hms(Hours, Minutes, Seconds)", "As milliseconds."},
    {timer, "hours", 1, hours, "hours(Hours)", "As milliseconds."},
    {timer, "kill_after", 1, kill_after, "kill_after(Time)", "Kills the caller later."},
    {timer, "kill_after", 2, kill_after_of, "kill_after(Time, Target)", "Kills Target later."},
    {timer, "minutes", 1, minutes, "minutes(Minutes)", "As milliseconds."},
    {timer, "now_diff", 2, now_diff, "now_diff(T2, T1)", "Microseconds between two timestamps."},
    {timer, "seconds", 1, seconds, "seconds(Seconds)", "As milliseconds."},
    {timer, "send_after", 2, send_after, "send_after(Time, Message)", "Sends the caller a message later: {ok, TRef}."},
    {timer, "send_after", 3, send_after_to, "send_after(Time, Destination, Message)", "Sends a message later."},
    {timer, "send_interval", 2, send_interval, "send_interval(Time, Message)",
     "Sends the caller a message every Time."},
    {timer, "send_interval", 3, send_interval_to, "send_interval(Time, Destination, Message)",
     "Sends a message every Time milliseconds."},
    {timer, "sleep", 1, sleep, "sleep(Time)", "Waits for Time milliseconds, or for ever: infinity."},
    {timer, "start", 0, start_server, "start()", "Starts the process timer_server; ok."},
    {timer, "tc", 1, tc_fun, "tc(Fun)", "{Microseconds, Value} of calling the fun."},
    {timer, "tc", 2, tc_fun_arguments, "tc(Fun, Arguments)", "{Microseconds, Value} of calling the fun."},
    {timer, "tc", 3, tc_function, "tc(Module, Function, Arguments)", "{Microseconds, Value} of calling the function."},
};
}  // namespace

std::span<const native> timer_functions() {
  return functions;
}
}  // namespace twinslot::library
