// actors/gen_server/server.hpp - the process that runs a gen_server module: one message, one callback, one decision.
//
//     start      name, init, acknowledgement to who starts it, then handle_continue if init asked for it
//     take       {'$gen_call', From, Request} | {'$gen_cast', Message} | {system, From, Request} | anything else
//     ended      the state is destroyed, the version given back; after `terminate` where Erlang runs it (G24)
//
// A callback that is a coroutine may wait: then it is the `handler`, and nothing else is dispatched before it has ended
// (server_waiting.cpp). The state stays where it is meanwhile, so the handler's version does, too.
// Before each dispatch the state is settled (server_state): so a fix of the code is live with the next message, and a
// state of another form waits for sys:change_code (design 3.4).
// User messages wait while the server is suspended (sys), held (an upgrade or a purge computes its state aside; one at
// a time, and what would change the state waits for its end) or parked (no loaded version takes its state). The three
// are independent of each other: each is ended by what began it. docs/upgrade.md draws it. Where we differ from Erlang
// on purpose (design 4): a call that no clause takes is refused to its caller with function_clause, a cast or other
// message that no clause takes is dropped with a warning; the server lives. A raw handler takes everything and so has
// Erlang's behaviour. Source: OTP's gen_server; G01-G26, W01, W24.
#pragma once
#include "actors/gen_server/server_state.hpp"
#include "actors/sys/system_part.hpp"
#include "runtime/process/node.hpp"

#include <forward_list>

namespace twinslot::gen_server {

/// What a callback is called for; its terms are somebody else's.
struct occasion {
  callback which;
  const term& message;  // init: its argument
  const term& from;     // of a call; else []
};

/// A callback that waits, and what it was called for. The process stays bound to the version while this lives.
struct handler {
  handler(process& self, code::version& bound, abi::frame* made, const occasion& what)
      : of{what.which, what.message, what.from} {
    frame.enter(self, bound.pin_bound());
    frame.hold(made);
  }
  struct {
    callback which;
    term message, from;
  } of;
  held_frame frame;
};

/// What a new server is to be.
struct start_order {
  atom module;
  term arguments;
  std::optional<atom> name;  // {local, Name}
  term debug;                // [Dbg], as sys's start options
  pid starter;               // has asked under `ack`, and gets {ok, Pid} | ignore | {error, Reason}
  reference ack;
  bool linked = false;
  term ancestors;  // [Pid | Name]
};

class server final : public body, private sys::behaviour {
public:
  server(start_order order, code_server::purge_gate& gate)
      : module_(order.module),
        name_(order.name),
        starter_(order.starter),
        linked_(order.linked),
        ancestors_(std::move(order.ancestors)),
        beginning_(new beginning{std::move(order.arguments), std::move(order.debug), order.ack}),
        system_(*this),
        state_(order.module, gate) {}

  void start(process& self) override;
  verdict take(process& self, term& message) override;
  void timeout(process& self) override;
  void turn(process& self) override;
  void answered(process& self, bool ok, const term& value) override;
  /// Of the code server:
  ///   {let_go, Number, Version, InAnyCase}   a purge: holds the server and computes its state aside.
  ///       ok: it can leave, or has left | {ok, Reason}: it can, and no version takes it | {error, Why} with Why of
  ///       running, too_late, {held, Pid, upgrade}, {code_change, Reason} and {Class, Reason, Stack}, as
  ///       server_state::leave
  ///   {purge_commit, Number}                 takes the new state; the server stays held. ok | {error, not_held}
  ///   {purge_over, Number}                   drops what was not taken, and lets the server go on. No answer
  ///   version_loaded                         another version is current: one that waits for it moves on. No answer
  void urgent(process& self, const term& request, const term& from) override;
  void ended(process& self, const term& reason) noexcept override;
  term initial_call() const override { return tuple(module_, "init"_atom, 1); }
  /// $initial_call and $ancestors (G08).
  term first_dictionary() const override;
  std::size_t state_bytes(process& self) override;
  code::version* bound_version() const noexcept override { return state_.version(); }
  standing how_it_stands() const noexcept override { return standing_.load(std::memory_order_relaxed); }

private:
  // sys::behaviour
  atom module() const override { return "gen_server"_atom; }
  term name() const override { return name_ ? term(*name_) : term(self()); }
  pid parent() const override { return linked_ ? starter_ : self(); }
  term get_state(process& self) override;
  term replace_state(process& self, const term& fun) override;
  term change_code(process& self, const term& module, const term& old_vsn, const term& extra) override;
  term format_status(process& self, atom status) override;
  void terminate(process& self, const term& reason) override;
  void suspended(process&) override { note_standing(); }
  void resumed(process& self) override;
  bool parked() const noexcept override { return parked_; }
  std::optional<term> further(process& self, const term& request, const term& from) override;

  // Start.
  bool take_name(process& self);
  void run_init(process& self);
  void init_decided(process& self, answer& given, void* made);
  void refuse_start(process& self, term result, const raised& why);
  void acknowledge(process& self);

  // A message.
  pid self() const noexcept { return state_.owner().self(); }
  bool paused() const noexcept { return system_.suspended() || hold_ || parked_; }
  /// False: no loaded version takes the state; the server is parked.
  bool ready(process& self);
  /// User messages may go on, if nothing else keeps them back.
  void proceed(process& self);
  void note_standing() noexcept;
  void run(process& self, const occasion& what);
  /// True: handle_continue comes next, with `argument`.
  bool dispatch(process& self, const occasion& what, term& argument);
  bool follow(process& self, const occasion& what, answer& given, term& argument);
  bool follow_end(process& self, const occasion& what, answer& given);
  bool unhandled(process& self, const occasion& what);
  void take_thrown(answer& given, bool is_call);
  void* take_thrown_init(answer& given);
  void decided(process& self, decision& made, const occasion& what);
  void no_reply_event(process& self);
  void wait(process& self, const decision& made);

  // A handler that waits.
  /// False: it waits, and `given` is untouched; else there is no handler any more.
  bool begin_handler(process& self, const occasion& what, answer& given, void** made);
  bool handler_ended(process& self, answer& given, void** made);
  void go_on(process& self);
  /// Whether the request can be answered between two steps of a handler, or while the server is held.
  bool answers_now(const term& request) const;
  verdict show_handler(process& self, const term& message);
  verdict defer(process& self, const term& message);
  bool was_withdrawn(const term& from);

  // Holds: an upgrade of the whole module, or a purge (server_held.cpp).
  struct hold;
  bool is_held_by_other(process& self, pid who);
  term begin_upgrade(process& self, const term& request, pid upgrader);
  term commit_upgrade(process& self);
  void end_hold(process& self);
  term let_go(process& self, const term& request, pid purger);
  term leaves(std::uint64_t number, bool in_any_case);
  void purge_over(process& self, std::uint64_t number);
  void version_loaded(process& self);
  void take_state(process& self, candidate made);
  void announce_adapted(process& self, const term& from, const term& to, const term& changes);

  // The end.
  struct ending {
    raised why;  // a stop that a callback decided: an exit without stack
    term last_message;
    term client;  // the pid whose call it was; [] if none
  };
  void end(process& self, ending how);
  void report(process& self, const ending& how);
  term shown_state() const;
  void park(process& self, const term& reason);

  const atom module_;
  const std::optional<atom> name_;
  const pid starter_;
  const bool linked_;
  bool parked_ = false;   // no loaded version takes the state
  bool overdue_ = false;  // the timeout came while paused
  bool timing_ = false;   // a timeout is set
  bool named_ = false;
  const term ancestors_;
  /// What only the start needs: gone once it was acknowledged.
  struct beginning {
    term arguments, debug;
    reference ack;
  };
  std::unique_ptr<beginning> beginning_;
  sys::system_part system_;
  server_state state_;
  std::atomic<standing> standing_{standing::running};  // for other threads
  std::unique_ptr<handler> handler_;                   // a callback that waits; goes before the state
  /// Requests of sys to change something that wait for the end of the handler or of the hold.
  struct deferred {
    term from, request;
    bool withdrawn = false;  // answered with busy
  };
  std::forward_list<deferred> deferred_;
  /// An upgrade, or a purge, decides about the state that is computed aside.
  struct hold {
    pid by;                         // the upgrading process, or the code server
    std::uint64_t purge = 0;        // its number; 0: an upgrade
    std::optional<candidate> next;  // until it is taken
    term reply;                     // to let_go
  };
  std::unique_ptr<hold> hold_;
};
}  // namespace twinslot::gen_server
