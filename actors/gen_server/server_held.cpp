// A server that is held: an upgrade of its module, or a purge of its version, has its state computed aside and then
// either lets it take the new state or drops that. Meanwhile user messages wait, in order, and so do the requests that
// would change the state; one hold at a time.
//
//     upgrade   {upgrade_begin, Module, Extra, From, To}  upgrade_commit | upgrade_end             system requests
//     purge     {let_go, ...}  {purge_commit, Number}  {purge_over, Number}                        urgent requests
//
// The process that began a hold ends it, also when it is killed (W11). If it has ended without that, the next hold
// takes its place. The server's own suspension is another matter and stays what it is.
#include "actors/gen_server/server.hpp"
#include "runtime/term/print.hpp"

namespace twinslot::gen_server {

/// A hold whose owner has ended without giving it back decides nothing any more.
bool server::is_held_by_other(process& self, pid who) {
  if (!hold_ || hold_->by == who)
    return false;
  if (self.home().is_alive(hold_->by))
    return true;
  hold_.reset();
  note_standing();
  return false;
}

void server::end_hold(process& self) {
  hold_.reset();
  note_standing();
  if (!deferred_.empty())
    self.look_again();  // also where user messages go on waiting
  proceed(self);
}

// ---- upgrade of a whole module -------------------------------------------------------------------------------------

std::optional<term> server::further(process& self, const term& request, const term& from) {
  if (request.is_tagged("upgrade_begin"_atom, 5))
    return begin_upgrade(self, request, from[0].as_pid());
  const bool commits = request == "upgrade_commit"_atom;
  if (!commits && !(request == "upgrade_end"_atom))
    return {};
  if (!hold_ || hold_->purge != 0 || !(from[0] == term(hold_->by)))
    return tuple("error", "not_held");
  if (commits)
    return commit_upgrade(self);
  end_hold(self);
  return "ok"_atom;
}

/// ok, from From to To | {ok, FromVsn, ToVsn} | unchanged | {error, {code_change, Reason}} | {error, {other_module,
/// Module}} | {error, {held, Pid}}
term server::begin_upgrade(process& self, const term& request, pid upgrader) {
  if (!(request[1] == term(module_)))
    return tuple("error", tuple("other_module", module_));
  if (is_held_by_other(self, upgrader))
    return tuple("error", tuple("held", hold_->by));
  hold_ = std::make_unique<hold>(hold{upgrader, 0, {}, {}});
  note_standing();
  auto made = state_.compute({}, request[2], server_state::same_version::done);
  if (!made)
    return tuple("error", tuple("code_change", made.reason()));
  if (made->nothing_to_do)
    return "unchanged"_atom;
  const bool is_expected = made->from() == request[3] && made->to() == request[4];
  term reply = is_expected ? term("ok"_atom) : tuple("ok", made->from(), made->to());
  hold_->next.emplace(std::move(*made));
  return reply;
}

/// ok | suspended: it has its new state, and sys:suspend keeps it waiting | {error, not_prepared}
term server::commit_upgrade(process& self) {
  const bool is_prepared = hold_->next.has_value();
  if (is_prepared)
    take_state(self, std::move(*hold_->next));
  end_hold(self);
  if (!is_prepared)
    return tuple("error", "not_prepared");
  return system_.suspended() ? "suspended"_atom : "ok"_atom;
}

// ---- purge ---------------------------------------------------------------------------------------------------------

void server::urgent(process& self, const term& request, const term& from) {
  const bool has_number = request.is_tuple() && request.size() >= 2 && request[1].is_int64();
  const auto number = has_number ? static_cast<std::uint64_t>(request[1].as_int64()) : 0;
  const bool holds = hold_ && hold_->purge != 0 && hold_->purge == number;
  if (request == "version_loaded"_atom) {
    version_loaded(self);
  } else if (request.is_tagged("purge_over"_atom, 2) && has_number) {
    if (holds)
      end_hold(self);
  } else if (request.is_tagged("purge_commit"_atom, 2) && has_number) {
    if (holds && hold_->next)
      take_state(self, std::move(*std::exchange(hold_->next, std::nullopt)));
    self.home().reply(from, holds ? term("ok") : tuple("error", "not_held"));
  } else if (request.is_tagged("let_go"_atom, 4) && has_number && request[2].is_int64()) {
    self.home().reply(from, let_go(self, request, from[0].as_pid()));
  } else if (!from.is_nil()) {
    self.home().reply(from, tuple("error", tuple("unknown_request", request)));
  }
}

term server::let_go(process& self, const term& request, pid purger) {
  const auto number = static_cast<std::uint64_t>(request[1].as_int64());
  auto* const leaving = state_.version();
  const auto is = [&](const code::version* one) {
    return static_cast<std::int64_t>(reinterpret_cast<std::intptr_t>(one)) == request[2].as_int64();
  };
  if (hold_ && hold_->purge == number)
    return hold_->reply;                              // asked again, as the first answer came too late
  if (handler_ && (is(leaving) || !state_.native()))  // of init, too
    return tuple("error", "running");
  if (is_held_by_other(self, purger))
    return tuple("error", tuple("held", hold_->by, "upgrade"));
  if (!is(leaving) || !state_.native())
    return "ok";
  if (!state_.gate().join(number, leaving, self.self()))
    return tuple("error", "too_late");
  (void)state_.settle();  // a newer version of the same layout takes the object as it is
  if (state_.version() != leaving)
    return "ok";
  hold_ = std::make_unique<hold>(hold{purger, number, {}, {}});
  note_standing();
  return hold_->reply = leaves(number, request[3] == "true");
}

term server::leaves(std::uint64_t number, bool in_any_case) {
  auto left = state_.leave(number, in_any_case);
  if (!left)
    return tuple("error", left.reason());
  hold_->next.emplace(std::move(left->made));
  return left->refused.is_nil() ? term("ok") : tuple("ok", left->refused);
}

void server::version_loaded(process& self) {
  if (!state_.as_term() || hold_ || handler_)
    return;
  auto moved = state_.settle();
  if (!moved)
    return park(self, moved.reason());
  announce_adapted(self, moved->from(), moved->to(), moved->changes);
  parked_ = false;
  note_standing();
  proceed(self);
}
}  // namespace twinslot::gen_server
