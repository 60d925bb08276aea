// A server whose callback waits. Its frame is resumed by what it waits for; other messages wait in order, and are seen
// once more when their turn comes. Requests of sys that only look are answered, the others wait, too.
#include "actors/gen_server/server.hpp"

namespace twinslot::gen_server {

bool server::begin_handler(process& self, occasion what, answer& given, void** made) {
  handler_.emplace(self, *state_->version(), given.handler, std::move(what));
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
  given = state_->code().decided_by(frame, handler_->of.which, made ? made : &unused);
  handler_.reset();  // its frame has gone, and the version's pin with it, before anything else happens
  self.set_timeout({});
  return true;
}

/// After each step but the first.
void server::go_on(process& self) {
  occasion what = handler_->of;
  answer given;
  void* made = nullptr;
  if (!handler_ended(self, given, &made))
    return;
  if (what.which == callback::init)
    init_decided(self, given, made);
  else if (follow(self, what, given))
    run(self, std::move(what));
  if (!handler_ && !self.stopping())
    self.look_again();
}

bool server::answers_now(const term& request) const {
  if (handler_->of.which == callback::init)
    return false;
  return request == "get_state" || request == "get_status" || request.is_tagged("debug"_atom, 2) ||
         request.is_tagged("terminate"_atom, 2);
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
