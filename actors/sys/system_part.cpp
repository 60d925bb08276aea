#include "actors/sys/system_part.hpp"

namespace twinslot::sys {
namespace {
/// {error, {callback_failed, {Behaviour, Function}, {Class, Reason}}}: S12.
term callback_failed(atom behaviour, const char* function, const raised& failure) {
  return tuple("error",
               tuple("callback_failed", tuple(behaviour, atom(function)), tuple(failure.what, failure.reason)));
}
}  // namespace

void system_part::handle(process& self, const term& message) {
  const term from = message[1];
  const term& request = message[2];
  if (request.is_tagged("terminate"_atom, 2)) {
    self.home().reply(from, "ok");
    owner_.terminate(self, request[1]);
    return;
  }
  const bool resumes = request == "resume";
  if (resumes)
    suspended_ = false;
  if (auto reply = answer(self, request, from))
    self.home().reply(from, *reply);
  else
    self.home().reply(from, tuple("error", tuple("unknown_system_msg", request)));
  if (resumes)
    owner_.resumed(self);
  else if (request == "suspend")
    owner_.suspended(self);
}

std::optional<term> system_part::answer(process& self, const term& request, const term& from) {
  if (request == "suspend") {
    suspended_ = true;
    return "ok";
  }
  if (request == "resume")
    return "ok";
  if (request == "get_state") {
    try {
      return tuple("ok", owner_.get_state(self));
    } catch (const raised& failure) {
      return callback_failed(owner_.module(), "system_get_state", failure);
    }
  }
  if (request.is_tagged("replace_state"_atom, 2)) {
    try {
      return tuple("ok", owner_.replace_state(self, request[1]));
    } catch (const raised& failure) {
      return callback_failed(owner_.module(), "system_replace_state", failure);
    }
  }
  if (request == "get_status")
    return status(self);
  if (request.is_tagged("debug"_atom, 2))
    return events().request(self, request[1]);
  if (request.is_tagged("change_code"_atom, 4) && (suspended_ || owner_.parked()))
    return owner_.change_code(self, request[1], request[2], request[3]);
  return owner_.further(self, request, from);
}

term system_part::status(process& self) {
  const atom now = suspended_ || owner_.parked() ? "suspended"_atom : "running"_atom;
  return tuple("status", self.self(), tuple("module", owner_.module()),
               list(self.dictionary().to_list(), now, owner_.parent(), debug_ ? debug_->status() : term{},
                    owner_.format_status(self, now)));
}
}  // namespace twinslot::sys
