#include "actors/gen_server/callbacks.hpp"

#include <utility>

namespace twinslot::gen_server {
namespace {

/// The atom that a message is or starts with, as clauses are told apart; 0: none.
std::uint32_t tag_of(const term& message) noexcept {
  if (message.is_atom())
    return message.as_atom().index();
  return message.is_tuple() && message.size() > 0 && message[0].is_atom() ? message[0].as_atom().index() : 0;
}

/// Tells the process that it is inside `in` for as long as this lives.
class inside {
public:
  inside(process& self, code::version& in, atom function, std::uint32_t arity, std::uint32_t tag) noexcept
      : self_(self) {
    self_.dispatching(&in, {in.module(), function, arity, tag});
  }
  ~inside() { self_.dispatched(); }
  inside(const inside&) = delete;
  inside& operator=(const inside&) = delete;

private:
  process& self_;
};

/// The same for what is not called for a message, and may be while a handler waits: that one is shown again afterwards.
class aside {
public:
  aside(process& self, code::version& in, atom function, std::uint32_t arity) noexcept
      : self_(self), before_(self.last_clause()) {
    self_.dispatching(&in, {in.module(), function, arity, 0});
  }
  ~aside() { self_.dispatching(nullptr, before_); }
  aside(const aside&) = delete;
  aside& operator=(const aside&) = delete;

private:
  process& self_;
  const process::clause before_;
};

abi::env* env_of(process& self) noexcept {
  return reinterpret_cast<abi::env*>(&self);
}

raw_term nil() noexcept {
  return term::bits(kind::nil);
}

/// {Class, Reason, Stack} as an exception. A stack that the plugin left empty names the callback at least.
raised as_raised(raw_term owned, atom module, const char* function, int arity) {
  const term failure = term::adopt(owned);
  if (!failure.is_tuple(3) || !failure[0].is_atom())
    return {"error"_atom, tuple("bad_exception", failure), {}};
  term stack = failure[2];
  if (!stack.is_cons())
    stack = list(tuple(module, atom(function), arity, term{}));
  return {failure[0].as_atom(), failure[1], std::move(stack)};
}

int arity_of(callback which) noexcept {
  return which == callback::call ? 3 : which == callback::init ? 1 : 2;
}

atom function_of(callback which) noexcept {
  static const atom names[] = {"init"_atom, "handle_call"_atom, "handle_cast"_atom, "handle_info"_atom,
                               "handle_continue"_atom};
  return names[static_cast<int>(which)];
}

/// `given.how` is set.
void complete(answer& given, raw_term failure, atom module, callback which) {
  if (given.how == abi::status::raised)
    given.failure = as_raised(failure, module, name_of(which), arity_of(which));
}
}  // namespace

const char* name_of(callback which) noexcept {
  switch (which) {
    case callback::init: return "init";
    case callback::call: return "handle_call";
    case callback::cast: return "handle_cast";
    case callback::info: return "handle_info";
    case callback::continue_: return "handle_continue";
  }
  return "";
}

term exit_reason(const raised& failure) {
  if (failure.what == "exit"_atom)
    return failure.reason;
  return reported_reason(failure);
}

term reported_reason(const raised& failure) {
  if (failure.what == "throw"_atom)
    return tuple(tuple("nocatch", failure.reason), failure.stack);
  return tuple(failure.reason, failure.stack);
}

answer callbacks::init(const term& arguments, void** state) const {
  raw_term failure = nil();
  answer given;
  {
    inside here(self_, in_, "init"_atom, 1, 0);
    given.how =
        table_.init(table_.data, env_of(self_), &arguments.raw(), state, given.decided.to_be_written(), &failure);
  }
  complete(given, failure, in_.module(), callback::init);
  return given;
}

answer callbacks::handle(callback which, void* state, const term& message, const term& from) const {
  raw_term failure = nil();
  answer given;
  given.how = abi::status::no_clause;
  const auto run = [&](auto* function, auto... arguments) {
    if (!function)
      return;
    inside here(self_, in_, function_of(which), static_cast<std::uint32_t>(arity_of(which)), tag_of(message));
    given.how = function(table_.data, env_of(self_), state, &message.raw(), arguments..., given.decided.to_be_written(),
                         &failure);
  };
  switch (which) {
    case callback::init: break;
    case callback::call: run(table_.handle_call, &from.raw()); break;
    case callback::cast: run(table_.handle_cast); break;
    case callback::info: run(table_.handle_info); break;
    case callback::continue_: run(table_.handle_continue); break;
  }
  complete(given, failure, in_.module(), which);
  return given;
}

answer callbacks::decided_by(held_frame& ended, callback which, void** state) const {
  raw_term failure = nil();
  answer given;
  given.how = ended.decide(state, given.decided.to_be_written(), &failure);
  complete(given, failure, in_.module(), which);
  return given;
}

answer callbacks::terminate(void* state, const term& reason) const {
  answer given;
  if (!table_.terminate)
    return given;
  raw_term failure = nil();
  {
    aside here(self_, in_, "terminate"_atom, 2);
    given.how = table_.terminate(table_.data, env_of(self_), state, &reason.raw(), &failure);
  }
  if (given.how == abi::status::raised)
    given.failure = as_raised(failure, in_.module(), "terminate", 2);
  else
    term::adopt(failure);
  return given;
}

result<term> callbacks::export_state(const void* state) const {
  raw_term made = nil();
  aside here(self_, in_, "export_state"_atom, 1);
  const auto how = table_.export_state(table_.data, state, &made);
  if (how == abi::status::ok)
    return term::adopt(made);
  return error{term::adopt(made)};
}

result<void*> callbacks::import_state(const term& value) const {
  raw_term failure = nil();
  void* state = nullptr;
  aside here(self_, in_, "import_state"_atom, 1);
  const auto how = table_.import_state(table_.data, &value.raw(), &state, &failure);
  const term why = term::adopt(failure);
  if (how == abi::status::ok)
    return state;
  if (how == abi::status::no_clause || !why.is_tuple(3))
    return error{tuple("error", tuple("bad_state", value, why), term{})};
  return error{why};
}

term callbacks::schema() const {
  raw_term made = nil();
  aside here(self_, in_, "schema"_atom, 0);
  table_.schema(table_.data, &made);
  return term::adopt(made);
}

answer callbacks::code_change(const term& old_vsn, const term& state, const term& extra, void** made) const {
  answer given;
  raw_term failure = nil();
  {
    aside here(self_, in_, "code_change"_atom, 3);
    given.how =
        table_.code_change(table_.data, env_of(self_), &old_vsn.raw(), &state.raw(), &extra.raw(), made, &failure);
  }
  if (given.how == abi::status::raised)
    given.failure = as_raised(failure, in_.module(), "code_change", 3);
  else
    term::adopt(failure);
  return given;
}

answer callbacks::code_change_down(const term& to_vsn, const term& state, const term& extra) const {
  answer given;
  raw_term made = nil();
  {
    aside here(self_, in_, "code_change_down"_atom, 3);
    given.how = table_.code_change_down(table_.data, env_of(self_), &to_vsn.raw(), &state.raw(), &extra.raw(), &made);
  }
  if (given.how == abi::status::raised)
    given.failure = as_raised(made, in_.module(), "code_change", 3);
  else
    given.decided.reply = term::adopt(made);
  return given;
}

term callbacks::format_status(const term& state) const {
  if (!table_.format_status)
    return state;
  raw_term made = nil();
  aside here(self_, in_, "format_status"_atom, 1);
  const auto how = table_.format_status(table_.data, &state.raw(), &made);
  const term shown = term::adopt(made);
  return how == abi::status::ok ? shown : state;
}
}  // namespace twinslot::gen_server
