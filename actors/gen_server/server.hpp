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
// Where we differ from Erlang on purpose (design 4): a call that no clause takes is refused to its caller with
// function_clause, a cast or other message that no clause takes is dropped with a warning; the server lives.
// A raw handler takes everything and so has Erlang's behaviour.
// Source: OTP's gen_server; G01-G26, W01, W24.
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
        beginning_(new beginning{std::move(order.arguments), std::move(order.debug), order.ack, gate}),
        system_(*this) {}

  void start(process& self) override;
  verdict take(process& self, term& message) override;
  void timeout(process& self) override;
  void turn(process& self) override;
  void answered(process& self, bool ok, const term& value) override;
  /// {let_go, Number, Version, InAnyCase} of a purge: ok | {ok, Failure} | {error, Reason}, as server_state::let_go;
  /// {purge_over, Number}: ok.
  void urgent(process& self, const term& request, const term& from) override;
  void ended(process& self, const term& reason) noexcept override;
  term initial_call() const override { return tuple(module_, "init"_atom, 1); }
  /// $initial_call and $ancestors (G08).
  term first_dictionary() const override;
  code::version* bound_version() const noexcept override { return state_ ? state_->version() : nullptr; }

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
  void resumed(process& self) override;
  std::optional<term> further(process& self, const term& request, const term& from) override;

  // Start.
  bool take_name(process& self);
  void run_init(process& self);
  void init_decided(process& self, answer& given, void* made);
  void refuse_start(process& self, term result, const raised& why);
  void acknowledge(process& self);

  // A message.
  pid self() const noexcept { return state_->owner().self(); }
  bool paused() const noexcept { return system_.suspended() || held_ || upgrade_; }
  /// False: the state cannot be moved to a loaded version; the server has suspended itself.
  bool ready(process& self);
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
  /// Whether the request can be answered between two steps of a handler.
  bool answers_now(const term& request) const;
  verdict show_handler(process& self, const term& message);
  verdict defer(process& self, const term& message);
  bool was_withdrawn(const term& from);

  // An upgrade of the whole module.
  term begin_upgrade(const term& request, pid upgrader);
  term commit_upgrade(process& self);
  term end_upgrade(process& self);
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
  bool held_ = false;     // a purge has the state's version in hand
  bool overdue_ = false;  // the timeout came while paused
  bool timing_ = false;   // a timeout is set
  bool named_ = false;
  const term ancestors_;
  /// What only the start needs: gone once it was acknowledged.
  struct beginning {
    term arguments, debug;
    reference ack;
    code_server::purge_gate& gate;
  };
  std::unique_ptr<beginning> beginning_;
  sys::system_part system_;
  std::optional<server_state> state_;
  std::unique_ptr<handler> handler_;  // a callback that waits; goes before the state
  /// Requests of sys to change something that wait for the handler's end.
  struct deferred {
    term from, request;
    bool withdrawn = false;  // answered with busy
  };
  std::forward_list<deferred> deferred_;
  /// An upgrade holds this server.
  struct upgrade {
    pid by;
    std::optional<candidate> next;  // a state computed aside, waiting for upgrade_commit
  };
  std::unique_ptr<upgrade> upgrade_;
};
}  // namespace twinslot::gen_server
