// runtime/process/process.hpp - a process: pid, mailbox, links, monitors, exit signals, and what it runs.
//
//     scheduled process   a `body` that takes one message at a time on a scheduler thread and never blocks
//                         (gen_server, coroutine)
//     blocking process    a function on a thread of its own, which may wait in receive and call
//                         (the console's evaluator, the code server, funs spawned at the console, a scoped_process)
//
// Both are CAF actors (caf_process.hpp is the glue); CAF's headers stay out of here. Signals (messages, exits, links,
// monitors, replies) from one process to another arrive in the order they were sent (P14).
// Thread rule: the member functions of `process` are for the process itself, in its own thread, unless they say
// otherwise. Source: design 3.5, 3.6, 3.10; P01-P15; OTP's "Processes" reference.
#pragma once
#include "runtime/code/version.hpp"
#include "runtime/term/raised.hpp"
#include "runtime/term/term.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace twinslot {
class node;
class process;

using clock = std::chrono::steady_clock;
/// No value: for ever (`infinity`).
using deadline = std::optional<clock::time_point>;
/// A timeout argument: milliseconds or infinity. Raises {error, {badarg... timeout_value}} on another term.
deadline deadline_from(const term& timeout);
/// So long from now. A second or more: up to 10 ms later than that, as a cheaper clock is good enough.
deadline deadline_in(std::chrono::milliseconds time) noexcept;

/// What a scheduled process runs. The process owns it and calls it from one thread at a time.
class body {
public:
  virtual ~body() = default;
  /// First, in the new process, before any message.
  virtual void start(process&) {}
  enum class verdict { taken, skipped };
  /// One message. `skipped` leaves it waiting, in order, and it is not shown again before `process::look_again`.
  virtual verdict take(process& self, term& message) = 0;
  /// The time set by `process::set_timeout` has come.
  virtual void timeout(process&) {}
  /// After process::yield: its turn.
  virtual void turn(process&) {}
  /// The answer to process::ask: the reply, or the reason why there is none.
  virtual void answered(process&, bool /*ok*/, const term& /*value*/) {}
  /// A request that overtakes the queue and is handled between two messages (purge asks for the state's export so).
  virtual void urgent(process&, const term& /*request*/, const term& /*from*/) {}
  /// Last, in the process, however it ends (also after `kill`), if `start` was called: gives back what it holds of a
  /// code version. Links and monitors are told afterwards.
  virtual void ended(process&, const term& /*reason*/) noexcept {}
  /// {Module, Name, Arity} for i() and process_info.
  virtual term initial_call() const = 0;
  /// The process dictionary as it is before anybody changes it: asked for when it is looked at first.
  virtual term first_dictionary() const { return map(); }
  /// Bytes that its state takes, more or less. Between two messages, in the process.
  virtual std::size_t state_bytes(process&) { return 0; }
  /// The module whose code it runs and the version it is bound to, for i() and holders. May be called by any thread.
  virtual code::version* bound_version() const noexcept { return nullptr; }
  /// Why it takes no user messages: suspended by sys, held by an upgrade or a purge, parked as no loaded version takes
  /// its state. May be called by any thread, and may be stale at once.
  enum class standing { running, suspended, held, parked };
  virtual standing how_it_stands() const noexcept { return standing::running; }
  /// A process function that waits for requests of sys among others. May be called by any thread, and may be stale.
  virtual bool takes_system_requests() const noexcept { return false; }
};

/// Thrown by waiting operations of a blocking process that is to die: unwinds its stack. Never catch it for good.
struct process_exit {
  term reason;
};

class process {
public:
  virtual ~process() = default;
  process(const process&) = delete;
  process& operator=(const process&) = delete;

  pid self() const noexcept { return {number_, 0}; }
  node& home() const noexcept { return *home_; }
  bool may_block() const noexcept { return blocking_; }

  // Signals to others.
  /// To a pid, a registered name or {Name, Node}. A dead pid: dropped. Raises badarg: unregistered name (P13).
  void send(const term& to, term message);
  void link(pid other);  // P01, P07
  void unlink(pid other);
  /// What ends an alias by itself; unalias ends any.
  enum class alias_end : std::uint8_t { unalias, reply, demonitor, reply_or_demonitor };
  struct monitor_options {
    std::optional<alias_end> alias = {};  // the reference is an alias, too
    std::optional<term> tag = {};         // in the place of 'DOWN'
  };
  /// What: pid, name or {Name, Node}. The message is {'DOWN', Ref, process, Object, Reason} (P08, P09).
  reference monitor(const term& what) { return monitor(what, {}); }
  reference monitor(const term& what, const monitor_options& how);
  /// True if the monitor was there; flush removes a delivered message too (P10).
  bool demonitor(reference ref, bool flush = false);
  /// A reference that this process can be sent to by. `reply`: by one message.
  reference alias(alias_end until);
  /// False: it is no alias of this process, or none any more. Nothing comes by it from now on.
  bool unalias(reference which);
  void exit_signal(const term& to, term reason);  // exit/2: P03-P06

  // Flags.
  bool trap_exit() const noexcept;
  bool trap_exit(bool on) noexcept;  // returns the former value
  /// The process dictionary, a map.
  term& dictionary() noexcept;
  term group_leader() const;  // a pid; prints go to the node's output all the same

  // A scheduled process.
  /// Ends the process after the running callback returns.
  void stop(term reason);
  bool stopping() const noexcept;
  /// One timeout at a time; a new one replaces it; empty: none.
  void set_timeout(const deadline& when);
  /// Shows skipped messages again, oldest first, before newer ones.
  void look_again();
  /// Those that were skipped before are not shown again for now, but wait where they are: only newer ones are shown.
  /// So a body that takes up one message after the other, and has to skip meanwhile, sees each of them twice at most.
  void look_at_new_only();
  /// Lets other processes run; then body::turn, before any message.
  void yield() noexcept;
  /// Takes up no message, answer, timeout or turn from now on, once the running callback has returned, until
  /// node::let_go: a port uses it on who sends faster than the other side reads. Signals take effect all the same.
  reference hold();
  /// As `request`, for a process that may not block: body::answered comes later, or the reason at once. One at a time;
  /// it uses the timeout. A term that names no server: the reason function_clause.
  std::optional<term> ask(const term& server, atom label, term request, deadline until);
  /// Answers a request as node::reply, but when this process has ended: its name is free, and its links have been told.
  void answer_at_end(reference request, term value);

  // A blocking process.
  /// The first waiting message (in order) that `match` takes, removed; empty when the deadline passes.
  /// Looks at each message once per call. Throws process_exit when the process is to die.
  std::optional<term> receive(const std::function<bool(const term&)>& match, deadline until = {});
  /// As receive, but `take` owns a message that it takes: it is gone from the queue before `take` looks at it, and put
  /// back if the answer is false. So `take` may receive, too. False: the deadline has passed.
  bool receive_into(const std::function<bool(const term&)>& take, deadline until = {});
  void sleep_until(deadline until);

  /// The request-reply protocol of gen_server:call and sys: sends {Label, {Self, Ref}, Request} and waits for
  /// `node::reply`, the server's death or the deadline. A port is a server too: it is asked by port_object::request. A
  /// late reply is dropped (G11); cost does not depend on the queue (G19). With the reference of a question that a
  /// process was spawned with, it waits for the answer to that. Errors: the bare reason: noproc, timeout, calling_self,
  /// or what the server died of. Raises {error, {would_block, Label}} in a process that may not block.
  struct answer {
    bool ok;
    term value;  // the reply, or the reason
  };
  answer request(const term& server, atom label, term request, deadline until);
  /// The same request to many servers, all before the first answer is waited for: they work on it side by side. The
  /// answers in the servers' order. `look` hears now and then how many have come.
  std::vector<answer> request_all(const std::vector<pid>& servers, atom label, const term& request, deadline until,
                                  const std::function<void(std::size_t)>& look = {});

  /// Moves the waiting messages that `match` takes to another process, in their order.
  void forward(const std::function<bool(const term&)>& match, pid to);

  // Code it is in. Other threads read these through node::lingering.
  /// Pins a version for a frame of this process: while it lives, the process lingers in that version.
  class frame {
  public:
    /// `lasting`: it is one that may wait, so when it came is worth a look at the clock.
    frame(process& self, code::pin held, bool lasting = false);
    ~frame();
    frame(const frame&) = delete;

  private:
    process& self_;
    code::pin held_;
    const bool lasting_;
  };
  /// A callback of a scheduled server: what process_info shows while it runs, or waits.
  struct clause {
    atom module, function;
    std::uint32_t arity;
    std::uint32_t tag;  // index of the atom that the message is, or starts with; 0: none
  };
  /// A scheduled server says which version's callback runs now, without counting: it is bound.
  void dispatching(code::version* in, const clause& which) noexcept;
  clause last_clause() const noexcept;
  /// None runs any more. One may wait: its frame tells.
  void dispatched() noexcept;

  // What others may ask, from any thread.
  std::size_t message_queue_length() const noexcept;
  std::uint64_t reductions() const noexcept;  // messages handled, calls made: a measure of work

  struct impl;  // process_impl.hpp: every process is one
  /// For runtime/process alone.
  impl& inside() noexcept;
  const impl& inside() const noexcept;

protected:
  process(std::uint64_t number, node& home, bool blocking) noexcept
      : number_(number), home_(&home), blocking_(blocking) {}
  friend class node;
  friend class process_ref;
  // The glue's part (caf_process.hpp). Any thread.
  virtual void retain() noexcept = 0;
  virtual void release() noexcept = 0;
  /// After a push that ended the rest of the process: schedules it, or wakes its thread.
  virtual void wake() = 0;
  const std::uint64_t number_;  // its pid's
  node* const home_;
  const bool blocking_;
};
}  // namespace twinslot
