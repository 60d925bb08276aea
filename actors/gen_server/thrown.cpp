#include "actors/gen_server/thrown.hpp"

namespace twinslot::gen_server {
namespace {

/// Timeout | infinity | hibernate | {continue, Argument}.
bool read_next(const term& next, decision& into) {
  if (next == "infinity")
    return true;
  if (next == "hibernate") {
    into.next = abi::then::hibernate;
    return true;
  }
  if (next.is_tagged("continue"_atom, 2)) {
    into.next = abi::then::continue_;
    into.argument = next[1];
    return true;
  }
  if (!next.is_int64() || next.as_int64() < 0)
    return false;
  into.next = abi::then::timeout;
  into.timeout_ms = next.as_int64();
  return true;
}

/// {Tag, Before..., State} or {Tag, Before..., State, Next}, with the state at `at`.
bool read_state(const term& value, std::size_t at, thrown_result& into) {
  if (value.size() != at + 1 && value.size() != at + 2)
    return false;
  into.has_state = true;
  into.state = value[at];
  return value.size() == at + 1 || read_next(value[at + 1], into.decided);
}

std::optional<thrown_result> read_init(const term& value) {
  thrown_result made;
  if (value == "ignore") {
    made.decided.what = abi::action::ignore;
    return made;
  }
  if (value.is_tagged("stop"_atom, 2)) {
    made.decided.what = abi::action::stop;
    made.decided.reason = value[1];
    return made;
  }
  if (value.is_tuple() && value.size() > 1 && value[0] == "ok" && read_state(value, 1, made))
    return made;
  return {};
}
}  // namespace

std::optional<thrown_result> read_thrown(const term& value, bool from_init, bool from_call) {
  if (from_init)
    return read_init(value);
  thrown_result made;
  if (!value.is_tuple() || value.size() < 2)
    return {};
  if (value[0] == "reply" && from_call && value.size() > 2) {
    made.decided.what = abi::action::reply;
    made.decided.reply = value[1];
    return read_state(value, 2, made) ? std::optional(made) : std::nullopt;
  }
  if (value[0] == "noreply")
    return read_state(value, 1, made) ? std::optional(made) : std::nullopt;
  if (value.is_tagged("stop"_atom, 3)) {
    made.decided.what = abi::action::stop;
    made.decided.reason = value[1];
    made.has_state = true;
    made.state = value[2];
    return made;
  }
  if (value.is_tagged("stop"_atom, 4) && from_call) {
    made.decided.what = abi::action::stop_reply;
    made.decided.reason = value[1];
    made.decided.reply = value[2];
    made.has_state = true;
    made.state = value[3];
    return made;
  }
  return {};
}
}  // namespace twinslot::gen_server
