#include "actors/gen_server/server.hpp"

#include "actors/gen_server/reports.hpp"
#include "actors/gen_server/thrown.hpp"
#include "runtime/term/memory.hpp"
#include "runtime/term/print.hpp"

namespace twinslot::gen_server {
namespace {
const term none;

/// Why a server ends that decided so itself.
raised decided_exit(const term& reason) {
  return {"exit"_atom, reason, {}};
}

/// The message as reports show it.
term shown_message(const occasion& what) {
  if (what.which == callback::cast)
    return tuple("$gen_cast"_atom, what.message);
  if (what.which == callback::continue_)
    return tuple("continue"_atom, what.message);
  return what.message;
}
}  // namespace

// ---- start ---------------------------------------------------------------------------------------------------------

void server::start(process& self) {
  state_.belongs_to(self);
  if (!take_name(self))
    return;
  if (!beginning_->debug.is_nil())
    system_.events().options(self, beginning_->debug);
  run_init(self);
}

term server::first_dictionary() const {
  return map({{"$initial_call", initial_call()}, {"$ancestors", ancestors_}});
}

bool server::take_name(process& self) {
  if (!name_)
    return true;
  while (!self.home().register_name(*name_, self.self())) {
    if (const auto holder = self.home().whereis(*name_)) {
      self.answer_at_end(beginning_->ack, tuple("error", tuple("already_started", *holder)));
      self.stop("normal");
      return false;
    }
  }
  named_ = true;
  return true;
}

void server::acknowledge(process& self) {
  self.home().reply(tuple(starter_, beginning_->ack), tuple("ok"_atom, self.self()));
  beginning_.reset();
}

// The name is free again before start returns (G07): who starts it hears of it when it has ended.
void server::refuse_start(process& self, term result, const raised& why) {
  const term reason = exit_reason(why);
  if (!is_quiet(reason))
    report_crash(self, initial_call(), why);
  if (std::exchange(named_, false))
    self.home().unregister_name(*name_);
  state_.clear();
  self.answer_at_end(beginning_->ack, std::move(result));
  self.stop(reason);
}

void server::run_init(process& self) {
  const auto fail = [&](const raised& why) { refuse_start(self, tuple("error", exit_reason(why)), why); };
  const auto fail_in_call = [&](const char* why) {
    const term arguments = list(beginning_->arguments);
    fail({"error"_atom, atom(why), list(tuple(module_, "init", arguments, term{}))});
  };
  if (!state_.bind_current())
    return fail_in_call("undef");
  void* made = nullptr;
  answer given = state_.code().init(beginning_->arguments, &made);
  if (given.how == abi::status::no_clause)
    return fail_in_call("function_clause");
  if (given.how == abi::status::waits &&
      !begin_handler(self, {callback::init, beginning_->arguments, none}, given, &made))
    return;
  init_decided(self, given, made);
}

void server::init_decided(process& self, answer& given, void* made) {
  const auto fail = [&](const raised& why) { refuse_start(self, tuple("error", exit_reason(why)), why); };
  if (given.how == abi::status::raised && given.failure.what == "throw"_atom)
    made = take_thrown_init(given);
  if (given.how == abi::status::raised)
    return fail(given.failure);
  decision& first = given.decided;
  if (first.what == abi::action::ignore)
    return refuse_start(self, "ignore", {"exit"_atom, "normal", {}});
  if (first.what == abi::action::stop || first.what == abi::action::stop_reply)
    return fail({"exit"_atom, first.reason, {}});

  state_.hold(made);
  acknowledge(self);
  if (first.next == abi::then::continue_)
    run(self, {callback::continue_, first.argument, none});
  else
    wait(self, first);
}

// ---- messages ------------------------------------------------------------------------------------------------------

body::verdict server::take(process& self, term& message) {
  if (sys::system_part::is_system_message(message)) {
    if ((handler_ || hold_) && !answers_now(message[2]))
      return defer(self, message);
    if (!deferred_.empty() && was_withdrawn(message[1]))
      return verdict::taken;
    system_.handle(self, message);
    return verdict::taken;
  }
  const bool from_parent = linked_ && message.is_tagged("EXIT"_atom, 3) && message[1] == term(starter_);
  if (handler_ && (!from_parent || handler_->of.which == callback::init))
    return show_handler(self, message);
  if (from_parent) {  // S08: also while suspended
    end(self, {decided_exit(message[2]), message, {}});
    return verdict::taken;
  }
  if (paused() || !ready(self)) {
    // A message within the interval: the timeout is off (G21).
    if (timing_ && !overdue_) {
      timing_ = false;
      self.set_timeout({});
    }
    return verdict::skipped;
  }
  if (timing_) {
    timing_ = false;
    self.set_timeout({});
  }
  if (system_.observed())
    system_.events().event(self, name(), tuple("in", message));
  if (message.is_tagged("$gen_call"_atom, 3) && node::is_from(message[1]))
    run(self, {callback::call, message[2], message[1]});
  else if (message.is_tagged("$gen_cast"_atom, 2))
    run(self, {callback::cast, message[1], none});
  else
    run(self, {callback::info, message, none});
  return verdict::taken;
}

void server::timeout(process& self) {
  if (handler_) {
    if (handler_->frame.stopped_at() == abi::step::receive) {
      handler_->frame.resume(abi::wake::timeout);
      go_on(self);
    }
    return;
  }
  if (!timing_)
    return;
  if (paused() || !ready(self)) {
    overdue_ = true;  // fires once after the resume (W24)
    return;
  }
  timing_ = overdue_ = false;
  if (system_.observed())
    system_.events().event(self, name(), tuple("in", "timeout"));
  run(self, {callback::info, "timeout"_atom, none});
}

bool server::ready(process& self) {
  if (state_.settled())
    return true;
  auto moved = state_.settle();
  if (!moved) {
    park(self, moved.reason());
    return false;
  }
  announce_adapted(self, moved->from(), moved->to(), moved->changes);
  return true;
}

// The state fits no version that is loaded: nothing is lost, and the next load of one that takes it helps.
void server::park(process& self, const term& reason) {
  parked_ = true;
  note_standing();
  state_.stays(reason);
  self.home().log(
      "error"_atom,
      format("** Generic server ~tp waits for a version: its state of version ~tp fits no loaded version of ~tp~n"
             "** Reason: ~tp~n"
             "** State and messages are kept. It goes on when a version of ~tp is loaded that takes the state~n",
             list(name(), state_.vsn(), module_, reason, module_)));
}

// One callback, and those that it asks for by continue, as long as none waits.
void server::run(process& self, const occasion& what) {
  term next;
  for (bool more = dispatch(self, what, next); more;) {
    const term argument = std::exchange(next, {});
    more = dispatch(self, {callback::continue_, argument, none}, next);
  }
}

bool server::dispatch(process& self, const occasion& what, term& argument) {
  answer given = state_.code().handle(what.which, state_.object(), what.message, what.from);
  if (given.how == abi::status::waits && !begin_handler(self, what, given, nullptr))
    return false;
  return follow(self, what, given, argument);
}

// What was decided is done.
bool server::follow(process& self, const occasion& what, answer& given, term& argument) {
  const bool goes_on = given.how == abi::status::ok &&
                       (given.decided.what == abi::action::noreply || given.decided.what == abi::action::reply);
  if (!goes_on && !follow_end(self, what, given))
    return false;
  decision& made = given.decided;
  decided(self, made, what);
  if (made.next != abi::then::continue_) {
    wait(self, made);
    return false;
  }
  argument = std::move(made.argument);
  static_cast<void>(ready(self));  // a native state always is; it moves on where new code came while the handler waited
  if (system_.observed())
    system_.events().event(self, name(), tuple("continue", argument));
  return true;
}

// Where the server may have come to its end. True: it goes on with what was decided.
bool server::follow_end(process& self, const occasion& what, answer& given) {
  const auto& [which, message, from] = what;
  const bool is_call = which == callback::call;
  const auto ends = [&](const raised& why) {
    end(self, {why, shown_message(what), is_call ? what.from[0] : term{}});
    return false;
  };

  if (given.how == abi::status::no_clause && unhandled(self, what))
    return false;
  if (given.how == abi::status::no_clause) {
    const term stack = list(tuple(module_, atom(name_of(which)), list(message, shown_state()), term{}));
    given = {abi::status::raised, {}, {"error"_atom, "function_clause", stack}};
  }
  if (given.how == abi::status::raised && given.failure.what == "throw"_atom)
    take_thrown(given, is_call);
  if (given.how == abi::status::raised)
    return ends(given.failure);

  decision& made = given.decided;
  if (made.what == abi::action::stop)
    return ends(decided_exit(made.reason));
  if (made.what == abi::action::stop_reply) {
    // terminate first, then the reply, then the end (G14): the caller who has the reply knows that it is over.
    ends(decided_exit(made.reason));
    if (is_call)
      self.home().reply(from, made.reply);
    return false;
  }
  if (made.what == abi::action::ignore)
    return ends(decided_exit(tuple("bad_return_value", "ignore")));
  return true;
}

// What was thrown becomes the answer, as if it had been returned; or else it is a bad return value (G13, G15).
void server::take_thrown(answer& given, bool is_call) {
  const term value = given.failure.reason;
  auto meant = read_thrown(value, false, is_call);
  given.failure = decided_exit(tuple("bad_return_value", value));
  if (!meant)
    return;
  if (meant->has_state)
    if (const auto done = state_.assign(meant->state); !done) {
      given.failure = unpack(done.reason());
      return;
    }
  given.how = abi::status::ok;
  given.decided = std::move(meant->decided);
}

// As take_thrown, for init: the new state's object.
void* server::take_thrown_init(answer& given) {
  const term value = given.failure.reason;
  auto meant = read_thrown(value, true, false);
  given.failure = decided_exit(tuple("bad_return_value", value));
  if (!meant)
    return nullptr;
  void* made = nullptr;
  if (meant->has_state) {
    const auto object = state_.code().import_state(meant->state);
    if (!object) {
      given.failure = unpack(object.reason());
      return nullptr;
    }
    made = *object;
  }
  given.how = abi::status::ok;
  given.decided = std::move(meant->decided);
  return made;
}

// A message that no clause takes. True: that was all; false: it ends the server.
bool server::unhandled(process& self, const occasion& what) {
  const auto& [which, message, from] = what;
  if (which == callback::continue_)
    return false;
  if (which == callback::call) {
    const term stack = list(tuple(module_, atom(name_of(which)), list(message, from, shown_state()), term{}));
    if (!self.home().refuse(from, tuple("function_clause", stack)))
      report_unhandled(self.home(), module_, name_of(which), message, false);
  } else {
    const auto* table = state_.version()->server();
    const bool whole = which == callback::info ? !table->handle_info : !table->handle_cast;
    report_unhandled(self.home(), module_, name_of(which), message, whole);
  }
  if (system_.observed())
    no_reply_event(self);
  return true;
}

void server::decided(process& self, decision& made, const occasion& what) {
  const bool replies = made.what == abi::action::reply && what.which == callback::call;
  const bool observed = system_.observed();
  if (replies)
    self.home().reply(what.from, observed ? made.reply : std::move(made.reply));
  if (!observed)
    return;
  if (replies)
    system_.events().event(self, name(), tuple("out", made.reply, what.from, shown_state()));
  else
    no_reply_event(self);
}

void server::no_reply_event(process& self) {
  system_.events().event(self, name(), tuple("noreply", shown_state()));
}

void server::wait(process& self, const decision& made) {
  if (made.next != abi::then::timeout)
    return;
  timing_ = true;
  overdue_ = false;
  self.set_timeout(clock::now() + std::chrono::milliseconds(made.timeout_ms));
}

// ---- the end -------------------------------------------------------------------------------------------------------

void server::end(process& self, ending how) {
  handler_.reset();
  if (state_.as_term()) {
    // terminate wants a native state. One that fits no version ends without it.
    if (auto moved = state_.settle(); !moved)
      self.home().log("error"_atom,
                      format("** Generic server ~tp ends without terminate: ~tp~n", list(name(), moved.reason())));
  }
  if (state_.native()) {
    const answer last = state_.code().terminate(state_.object(), exit_reason(how.why));
    if (last.how == abi::status::raised && last.failure.what != "throw"_atom)  // thrown counts as returned
      how.why = last.failure;
  }
  const term reason = exit_reason(how.why);
  if (!is_quiet(reason))
    report(self, how);
  self.stop(reason);
}

void server::report(process& self, const ending& how) {
  const raised& why = how.why;
  const term shown = why.stack.is_nil() ? why.reason : reported_reason(why);
  report_termination(self.home(), {name(), how.last_message, shown_state(), shown, how.client, system_.logged()});
  report_crash(self, initial_call(), why);
}

void server::ended(process&, const term&) noexcept {
  handler_.reset();
  hold_.reset();
  state_.clear();
}

void server::terminate(process& self, const term& reason) {
  end(self, {decided_exit(reason), {}, {}});
}

// The state for reports and events: through the module's hook where it has one.
term server::shown_state() const {
  const auto value = state_.to_term();
  if (!value)
    return tuple("unprintable", value.reason());
  return state_.native() ? state_.code().format_status(*value) : *value;
}

// ---- sys -----------------------------------------------------------------------------------------------------------

term server::get_state(process&) {
  const auto value = state_.to_term();
  if (!value)
    throw unpack(value.reason());
  return *value;
}

std::size_t server::state_bytes(process&) {
  if (!state_.native() && !state_.as_term())
    return sizeof *this;
  const auto value = state_.to_term();
  return sizeof *this + (value ? bytes_behind(*value) : 0);
}

term server::replace_state(process& self, const term& fun) {
  const term before = get_state(self);
  const term after = self.home().call_fun(self, fun, &before, 1);
  if (const auto done = state_.assign(after); !done)
    throw unpack(done.reason());
  return after;
}

term server::change_code(process& self, const term&, const term& old_vsn, const term& extra) {
  auto made = state_.compute(old_vsn, extra, server_state::same_version::again);
  if (!made)
    return tuple("error", made.reason());
  take_state(self, std::move(*made));
  return "ok";
}

void server::take_state(process& self, candidate made) {
  const term changes = made.changes;
  if (!changes.is_cons()) {
    state_.commit(std::move(made));
  } else {
    const term from = made.from(), to = made.to();
    state_.commit(std::move(made));
    announce_adapted(self, from, to, changes);
  }
  parked_ = false;  // one that waits now is asked with its next message
  note_standing();
}

term server::format_status(process&, atom status) {
  return list(tuple("header", string(format("Status for generic server ~tp", list(name())))),
              tuple("data", list(tuple(string("Status"), status), tuple(string("Parent"), parent()),
                                 tuple(string("Logged events"), system_.logged()))),
              tuple("data", list(tuple(string("State"), shown_state()))));
}

void server::resumed(process& self) {
  parked_ = false;  // tried again with the next message
  note_standing();
  proceed(self);
}

void server::proceed(process& self) {
  if (paused() || handler_)
    return;
  if (std::exchange(overdue_, false) && timing_)
    timeout(self);
  if (!self.stopping() && !paused())
    self.look_again();
}

void server::note_standing() noexcept {
  standing_.store(hold_                 ? standing::held
                  : parked_             ? standing::parked
                  : system_.suspended() ? standing::suspended
                                        : standing::running,
                  std::memory_order_relaxed);
}

void server::announce_adapted(process& self, const term& from, const term& to, const term& changes) {
  if (changes.is_cons())
    self.home().log("notice"_atom, format("** Generic server ~tp: ~tp~n",
                                          list(name(), tuple("state_adapted", module_, from, to, changes))));
}
}  // namespace twinslot::gen_server
