// A server whose callback waits. Its frame is resumed by what it waits for; other messages wait in order, and are seen
// once more when their turn comes. Requests of sys that only look are answered, the others wait, too.
#include "actors/gen_server/server.hpp"

#include <algorithm>

namespace twinslot::gen_server {
namespace {
bool changes_state(const term& request) {
  return request.is_tagged("change_code"_atom, 4) || request.is_tagged("replace_state"_atom, 2);
}
}  // namespace

bool server::begin_handler(process& self, const occasion& what, answer& given, void** made) {
  handler_ = std::make_unique<handler>(self, *state_.version(), given.decided.handler, what);
  handler_->frame.resume(abi::wake::turn);
  return handler_ended(self, given, made);
}

bool server::handler_ended(process& self, answer& given, void** made) {
  held_frame& frame = handler_->frame;
  if (!arrange(self, frame)) {
    if (!frame.wants_messages())
      self.look_at_new_only();
    return false;
  }
  void* unused = nullptr;
  given = state_.code().decided_by(frame, handler_->of.which, made ? made : &unused);
  handler_.reset();  // its frame has gone, and the version's pin with it, before anything else happens
  self.set_timeout({});
  return true;
}

/// After each step but the first.
void server::go_on(process& self) {
  const auto kept = handler_->of;
  const occasion what{kept.which, kept.message, kept.from};
  answer given;
  term argument;
  void* made = nullptr;
  if (!handler_ended(self, given, &made))
    return;
  if (what.which == callback::init)
    init_decided(self, given, made);
  else if (follow(self, what, given, argument))
    run(self, {callback::continue_, argument, term{}});
  if (!handler_ && !self.stopping())
    self.look_again();
}

bool server::answers_now(const term& request) const {
  if (!handler_)
    return !changes_state(request) && !request.is_tagged("withdraw"_atom, 2);
  if (handler_->of.which == callback::init)
    return false;
  return request == "get_state" || request == "get_status" || request.is_tagged("debug"_atom, 2) ||
         request.is_tagged("terminate"_atom, 2);
}

/// A request that waits for the end of the handler or of the hold. Its sender may withdraw one that changes something,
/// as long as it waits: sys does that when its time is over.
body::verdict server::defer(process& self, const term& message) {
  const term &from = message[1], &request = message[2];
  if (request.is_tagged("withdraw"_atom, 2)) {
    for (deferred& each : deferred_)
      if (!each.withdrawn && each.from[0] == from[0] && each.request == request[1]) {
        each.withdrawn = true;
        self.home().reply(from, "busy");
        return verdict::taken;
      }
    self.home().reply(from, tuple("error", tuple("unknown_system_msg", request)));
    return verdict::taken;
  }
  const bool is_known =
      std::any_of(deferred_.begin(), deferred_.end(), [&](const deferred& each) { return each.from == from; });
  if (changes_state(request) && !is_known)
    deferred_.push_front({from, request});
  return verdict::skipped;
}

/// The turn of a system message has come.
bool server::was_withdrawn(const term& from) {
  bool withdrawn = false;
  deferred_.remove_if([&](const deferred& each) {
    if (!(each.from == from))
      return false;
    withdrawn = each.withdrawn;
    return true;
  });
  return withdrawn;
}

body::verdict server::show_handler(process& self, const term& message) {
  if (!handler_->frame.wants_messages() || !handler_->frame.offer(message))
    return verdict::skipped;
  go_on(self);
  return verdict::taken;
}

void server::turn(process& self) {
  if (!handler_)
    return;
  handler_->frame.resume(abi::wake::turn);
  go_on(self);
}

void server::answered(process& self, bool ok, const term& value) {
  if (!handler_)
    return;
  handler_->frame.resume(ok ? abi::wake::answer : abi::wake::refusal, &value);
  go_on(self);
}
}  // namespace twinslot::gen_server
