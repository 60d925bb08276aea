// runtime/process/node.hpp - one node: its processes, names, natives, code slots, output, clock.
//
// Lives in a CAF actor system of its own, or inside the caller's (caf_node.hpp). Everything here is for any thread,
// unless it says otherwise.
// Source: design 2, 3.10.
#pragma once
#include "runtime/code/loader.hpp"
#include "runtime/code/table.hpp"
#include "runtime/process/native.hpp"
#include "runtime/process/poller.hpp"
#include "runtime/process/port.hpp"
#include "runtime/process/process.hpp"

#include <span>
#include <string>
#include <string_view>

namespace twinslot {

struct node_options {
  code::loader_options loading;
  unsigned schedulers = 0;  // 0: as many as cores, at least 2
};

struct spawn_options {
  process* parent = nullptr;  // whose `link` and `monitor` these are; null: nobody's
  bool link = false;
  bool monitor = false;
  /// The parent asks the new process right away: it waits for the answer under this number by process::request. From
  /// node::make_request_reference; not with `monitor`.
  std::optional<reference> question = {};
  term name = {};          // atom to register before it starts; []: none
  term initial_call = {};  // blocking processes: {M,F,A}
};
struct spawned {
  pid process;
  reference monitor;  // if asked for
};

class log_levels;

class node {
public:
  explicit node(node_options options = {});
  ~node();  // stops every process (exit reason shutdown, then kill), joins every thread, closes all code
  node(const node&) = delete;
  node& operator=(const node&) = delete;

  // Processes.
  spawned spawn(std::unique_ptr<body> what, const spawn_options& how = {});
  /// Runs on a thread of its own. A returned function ends normal; a thrown `raised` ends with its reason (P11).
  spawned spawn_blocking(std::function<void(process&)> what, const spawn_options& how = {});
  /// Module:Function(Arguments...): a coroutine of a plugin shares its thread with others, anything else has its own.
  spawned spawn_function(atom module, atom function, std::vector<term> arguments, spawn_options how = {});
  bool is_alive(pid who) const;
  std::vector<pid> processes() const;
  /// Signals from nobody (the node itself).
  void send(pid to, term message);
  void exit_signal(pid to, term reason, pid from = {});
  /// Answers a request: `from` is {Pid, Ref}. A late or second reply is dropped (G11, G12). A From that somebody made
  /// by hand, {Pid, Tag}, gets the message {Tag, Value}. Raises badarg where is_from(from) is false.
  void reply(const term& from, term value);
  /// Refuses a request: the caller gets {ok false, reason}, as if the server had died of it, but the server lives.
  /// False: the From was made by hand, so nobody waits for a reason.
  bool refuse(const term& from, term reason);
  /// Whether it could be a request's: {Pid, Tag}.
  static bool is_from(const term& from) noexcept;
  /// A request that overtakes the queue: body::urgent. Answer comes to `caller` as from process::request.
  process::answer urgent(process& caller, pid server, term request, deadline until);
  /// The same to many, side by side: the answers in the servers' order.
  std::vector<process::answer> urgent_all(process& caller, const std::vector<pid>& servers, const term& request,
                                          deadline until);
  /// The same without an answer: body::urgent gets [] for `from`. Never waits, so it is for destructors, too.
  void urge(process& caller, pid server, term request);
  /// [{Key, Value}] for process_info: registered_name, initial_call, current_function, message_queue_len, links,
  /// monitors, monitored_by, trap_exit, dictionary, reductions, status (running, runnable, waiting), parent, messages;
  /// module, vsn, slot (current, old) where it runs a plugin's code; busy_ms where its code has not come back to
  /// the scheduler for that long: then links, monitors, dictionary and messages are missing; standing (suspended, held,
  /// parked) where it takes no user messages. undefined: no such process.
  /// With `weighs` also memory: bytes of its mailbox, its dictionary and its state, as far as they are known.
  term process_info(pid who, bool weighs = false) const;
  /// Why a process takes no user messages; running also where there is no such process.
  body::standing standing_of(pid who) const;
  /// A process function that waits for requests of sys, among others (special.hpp).
  bool takes_system_requests(pid who) const;
  /// Processes with a frame in the version or a callback of it running now.
  std::vector<pid> lingering(const code::version* in) const;
  /// Since when the process's outermost frame in the version is there. Empty: there is none, or it is one of a call.
  deadline lingering_since(pid who, const code::version* in) const;

  // Names (P12). Errors: badarg-worthy false.
  bool register_name(atom name, pid who);
  bool unregister_name(atom name);
  std::optional<pid> whereis(atom name) const;
  std::optional<atom> name_of(pid who) const;
  std::vector<atom> registered() const;

  reference make_reference();
  /// For a From whose reply nobody waits for: it is dropped.
  reference make_request_reference();

  // Ports.
  port open_port(std::shared_ptr<port_object> opened);
  /// No longer found. False: it was not open.
  bool close_port(port which);
  std::shared_ptr<port_object> find_port(port which) const;
  std::vector<port> ports() const;
  /// The port is told when `owner` ends. Nothing else about owners is known here: the port knows its own.
  void own_port(pid owner, port which);
  void disown_port(pid owner, port which);
  /// A message to a process; port_object::taken follows.
  void send_from_port(port from, pid to, term message);
  /// Ends process::hold.
  void let_go(pid held, reference hold);

  /// Workers without a job poll it from now on, in an actor system of the node's own; null: they don't any more, and
  /// none is still in there.
  void attend(poller* outside);
  /// Whether nobody polls: no worker is up.
  bool workers_rest() const noexcept;

  // What somebody keeps for as long as the node lives, found by name; destroyed after the last process has ended.
  void keep(atom name, std::shared_ptr<void> what);  // before processes run
  void* kept(atom name) const noexcept;              // null: nothing

  // Timers: {timeout, Ref, Message} (start_timer) or the bare message (send_after); cancelled in O(log n).
  reference send_after(clock::time_point when, const term& to, term message, bool wrapped);
  /// Milliseconds that were left; empty: no such timer.
  std::optional<std::int64_t> cancel_timer(reference timer);
  std::optional<std::int64_t> read_timer(reference timer) const;

  // Code.
  code::table& code() noexcept;
  code::loader& loader() noexcept;
  /// Module:Function(Args...) in the calling process: a native, else the current version of a plugin (pinned for the
  /// call). Raises {error, undef} with the stack entry {M, F, Args, []}; whatever the function raises. Plugins come
  /// here by host_table::apply. `code_server` may load a module on demand first (C12): see autoload.
  term apply(process& self, atom module, atom function, const term* arguments, std::size_t count);
  term apply(process& self, atom module, atom function, std::initializer_list<term> arguments) {
    return apply(self, module, function, arguments.begin(), arguments.size());
  }
  /// Fun(Args...): external funs by apply; local funs by the interpreter that made them. Raises badfun, badarity.
  term call_fun(process& self, const term& fun, const term* arguments, std::size_t count);
  /// Who runs local funs; set once at wiring.
  void interpreter(term (*run)(process& self, const term& fun, const term* arguments, std::size_t count));
  /// Asked before undef where a module has no current version and no native: true if it loaded one. Set once at wiring.
  void autoload(bool (*load)(process& self, atom module));
  void add_natives(std::span<const native> functions);  // before processes run
  const native* find_native(atom module, atom function, std::size_t arity) const;
  std::vector<atom> native_modules() const;
  std::vector<const native*> natives_of(atom module) const;

  // Output. The console sets a sink that keeps its prompt whole; without one, text goes to stdout.
  void put_chars(std::string_view text);
  void output(std::function<void(std::string_view)> sink);
  /// One report of the logger, text as Erlang's default handler prints it; level: error, warning, notice ...
  /// `module`: whose report it is, '' where none is known: it may have a level of its own.
  void log(atom level, std::string_view text, atom module = {});
  /// The same whatever the levels are; `head` is the first line's word.
  void write_report(atom head, std::string_view text);
  log_levels& levels() noexcept;
  const log_levels& levels() const noexcept;

  struct impl;  // node_impl.hpp
  /// For runtime/process alone.
  impl& inside() const noexcept { return *impl_; }

protected:
  explicit node(std::shared_ptr<impl> made, node_options options);  // caf_node
  std::shared_ptr<impl> impl_;
};

/// Makes the calling thread a blocking process while it lives: for main, tests and programs that embed a node.
class scoped_process {
public:
  explicit scoped_process(node& home);
  ~scoped_process();
  process& operator*() const noexcept { return *self_; }
  process* operator->() const noexcept { return self_; }

private:
  process* self_;
  struct impl;
  std::unique_ptr<impl> impl_;
};
}  // namespace twinslot
