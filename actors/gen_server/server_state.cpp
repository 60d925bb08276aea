#include "actors/gen_server/server_state.hpp"

#include "actors/gen_server/schema.hpp"
#include "runtime/process/node.hpp"
#include "runtime/term/print.hpp"

#include <utility>

namespace twinslot::gen_server {

namespace {
/// What a requester sees of a failed clause (M06).
term failure_of(const raised& failure) {
  if (failure.what == "throw"_atom)
    return failure.reason;
  return tuple("EXIT", exit_reason(failure));
}

term failure_of(const term& class_reason_stack) {
  return failure_of(unpack(class_reason_stack));
}
}  // namespace

void candidate::swap(candidate& other) noexcept {
  std::swap(self_, other.self_);
  std::swap(bind_, other.bind_);
  std::swap(object_, other.object_);
  std::swap(owns_object_, other.owns_object_);
  std::swap(before_, other.before_);
  std::swap(from_, other.from_);
  std::swap(to_, other.to_);
  std::swap(away_, other.away_);
  std::swap(changes, other.changes);
  std::swap(nothing_to_do, other.nothing_to_do);
}

void candidate::drop() noexcept {
  if (std::exchange(owns_object_, false))
    callbacks(*self_, *bind_.get()).destroy_state(object_);
  object_ = nullptr;
  bind_.release();
  away_.reset();
}

result<void> server_state::bind_current() {
  const code::pin current = self_->home().code().pin_current(module_);
  if (!current || !current->server())
    return error{"undef"};
  bound_ = current->bind(self_->self());
  return {};
}

void server_state::clear() noexcept {
  TWINSLOT_ASSERT(!native_ || bound_);
  if (std::exchange(native_, false))
    code().destroy_state(object_);
  object_ = nullptr;
  bound_.release();
  if (std::exchange(waiting_, nullptr))
    gate_.moved_on(module_, self_->self());
}

result<term> server_state::to_term() const {
  if (waiting_)
    return waiting_->value;
  return code().export_state(object_);
}

result<void> server_state::assign(const term& value) {
  if (waiting_) {
    waiting_->value = value;
    if (!waiting_->reserve.is_nil())
      waiting_->reserve = "not_asked";  // about this one
    return {};
  }
  const auto made = code().import_state(value);
  if (!made)
    return made.error();
  code().destroy_state(object_);
  object_ = *made;
  return {};
}

bool server_state::settled() const noexcept {
  return !waiting_ && version() == self_->home().code().current(module_);
}

void server_state::stays(const term& reason) {
  if (waiting_)
    gate_.waits(module_, {self_->self(), waiting_->vsn, reason});
}

/// A clause for the other's vsn, on either side, says that the same fields mean something else.
bool server_state::may_adopt(code::version& next) const noexcept {
  return next.server() && next.server()->layout == version()->server()->layout &&
         !callbacks(*self_, next).has_code_change(version()->vsn()) && !code().has_code_change(next.vsn());
}

bool server_state::adopt(code::pin& current) noexcept {
  if (!may_adopt(*current.get()))
    return false;
  bound_ = current->bind(self_->self());
  return true;
}

result<candidate> server_state::settle() {
  if (!waiting_) {
    if (code::pin current = self_->home().code().pin_current(module_); current && current.get() != version())
      adopt(current);
    return candidate{};
  }
  auto made = up({});
  if (!made)
    return made.error();
  candidate done;
  done.from_ = made->from();
  done.to_ = made->to();
  done.changes = made->changes;
  commit(std::move(*made));
  return done;
}

result<candidate> server_state::compute(const term& old_vsn, const term& extra, same_version how) {
  if (old_vsn.is_tagged("down"_atom, 2))
    return down(old_vsn[1], extra);
  const bool unnamed = old_vsn.is_nil() || old_vsn == "undefined";
  if (!unnamed && !(old_vsn == vsn()))
    return error{tuple("vsn_mismatch", old_vsn, vsn())};
  const code::pin current = self_->home().code().pin_current(module_);
  if (how == same_version::again && native_ && current.get() == version())
    return again(*current.get(), extra);
  return up(extra);
}

// What the candidate was made of is what the server has: so it was held in between.
void server_state::commit(candidate&& made) noexcept {
  if (made.nothing_to_do)
    return;
  candidate taken = std::move(made);
  TWINSLOT_ASSERT(taken.before_ == version());
  const bool adopted = taken.bind_ && !taken.owns_object_;
  if (!adopted) {
    if (native_)
      code().destroy_state(object_);
    object_ = std::exchange(taken.owns_object_, false) ? taken.object_ : nullptr;
  }
  native_ = static_cast<bool>(taken.bind_);
  const bool waited = waiting_ != nullptr;
  waiting_ = std::move(taken.away_);
  if (waiting_)
    gate_.waits(module_, {self_->self(), waiting_->vsn, {}});  // first: at each moment it can be found in one place
  bound_ = std::move(taken.bind_);
  if (waited && !waiting_)
    gate_.moved_on(module_, self_->self());
  TWINSLOT_ASSERT(native_ == (bound_.get() != nullptr) && native_ != (waiting_ != nullptr));
}

// A version of the same layout is nearer than one that needs a change: a state that went down to a version which is
// loaded again stays down.
result<server_state::departure> server_state::leave(std::uint64_t number, bool in_any_case) {
  code::binding incoming = gate_.bind_incoming(number, self_->self());
  if (incoming && !incoming->server())
    incoming.release();
  if (incoming && may_adopt(*incoming.get()))
    return departure{bound_to(std::move(incoming)), {}};
  term refused, reserve = "not_asked";
  if (self_->home().code().is_loaded(module_)) {
    auto made = up({});
    if (made)
      return departure{std::move(*made), {}};
    refused = made.reason();
    reserve = tuple("refused", refused);
  }
  auto from = leaving();
  if (!from)
    return from.error();
  if (incoming)
    if (auto made = into(bound_to(std::move(incoming)), *from, {}, false))
      return departure{std::move(*made), {}};
  if (!refused.is_nil() && !in_any_case)
    return error{tuple("code_change", refused)};
  *from = {std::move(from->value), version()->vsn(), code().schema(), version()->md5(), nullptr, std::move(reserve)};
  return departure{waiting_as(std::move(*from)), std::move(refused)};
}

// Errors: {Class, Reason, Stack}.
result<exported> server_state::leaving() const {
  if (waiting_)
    return *waiting_;
  auto value = code().export_state(object_);
  if (!value)
    return value.error();
  return exported{std::move(*value), {}, {}, {}, version(), {}};
}

candidate server_state::bound_to(code::binding target) const {
  candidate made;
  made.self_ = self_;
  made.bind_ = std::move(target);
  made.before_ = version();
  if (waiting_)
    made.from_ = waiting_->vsn;
  return made;
}

candidate server_state::waiting_as(exported value) const {
  candidate made = bound_to({});
  made.to_ = value.vsn;
  made.away_ = std::make_unique<exported>(std::move(value));
  return made;
}

result<candidate> server_state::imported(candidate made, const term& value) const {
  const auto object = callbacks(*self_, *made.bind_.get()).import_state(value);
  if (!object)
    return error{failure_of(object.reason())};
  made.object_ = *object;
  made.owns_object_ = true;
  return made;
}

error server_state::no_code_change(const term& vsn, const term& extra, term why, const std::string& advice) const {
  auto state = to_term();
  const term arguments = list(vsn, state ? *state : term("unknown"), extra);
  term info;
  if (!advice.empty()) {
    const bool down = vsn.is_tagged("down"_atom, 2);
    const std::string clause = down ? "code_change_down(" : "code_change(";
    info = list(tuple("advice", string(advice + "; write ." + clause + to_text_p(down ? vsn[1] : vsn) + ", ...)")));
  }
  if (!why.is_nil())
    info = cons(tuple("schema", std::move(why)), info);
  return error{tuple("EXIT", tuple("undef", list(tuple(module_, "code_change", arguments, info))))};
}

result<candidate> server_state::up(const term& extra) {
  const code::pin current = self_->home().code().pin_current(module_);
  if (!current || !current->server())
    return no_code_change(vsn(), extra, {});
  if (current.get() == version()) {
    candidate same;
    same.from_ = same.to_ = vsn();
    same.nothing_to_do = true;
    return same;
  }
  candidate made = bound_to(current->bind(self_->self()));
  if (native_ && may_adopt(*current.get()))
    return made;  // the object as it is

  const auto old = leaving();
  if (!old)
    return error{failure_of(old.reason())};
  const bool same_code = waiting_ && (old->md5 == current->md5() || (old->schema.is_nil() && old->vsn == made.to()));
  if (same_code)
    return imported(std::move(made), old->value);
  return into(std::move(made), *old, extra, false);
}

// The current version's clause for its own vsn, if it has one: Extra may ask for a change of the same version's state.
result<candidate> server_state::again(code::version& current, const term& extra) {
  if (current.server() && callbacks(*self_, current).has_code_change(vsn())) {
    const auto old = leaving();
    if (!old)
      return error{failure_of(old.reason())};
    return into(bound_to(current.bind(self_->self())), *old, extra, false);
  }
  if (!extra.is_nil())
    return no_code_change(vsn(), extra, {});
  return up(extra);
}

result<candidate> server_state::down(const term& to, const term& extra) {
  const code::pin current = self_->home().code().pin_current(module_);
  const bool is_current = current && current->server() && current.get() != version() && current->vsn() == to;
  if (to == vsn()) {
    // It is of that version already; one that has waited for it moves on.
    if (waiting_ && is_current)
      return up(extra);
    return error{tuple("vsn_mismatch", tuple("down", to), vsn())};
  }
  const auto old = leaving();
  if (!old)
    return error{failure_of(old.reason())};
  if (is_current)
    return into(bound_to(current->bind(self_->self())), *old, extra, true);
  if (auto older = gate_.bind_old(self_->home().code(), module_, to, self_->self()); older && older->server())
    return into(bound_to(std::move(older)), *old, extra, true);

  // The older version is not loaded yet (M10): its term waits for it.
  code::version* knows = old->version;
  if (!knows && current && current->server() && current->vsn() == old->its_vsn())
    knows = current.get();
  if (!knows)
    return no_code_change(tuple("down", to), extra, {});
  const answer older = callbacks(*self_, *knows).code_change_down(to, old->value, extra);
  if (older.how == abi::status::raised)
    return error{failure_of(older.failure)};
  if (older.how == abi::status::no_clause)
    return no_code_change(tuple("down", to), extra, {});
  return waiting_as({older.decided.reply, to, {}, {}, nullptr, {}});
}

// `made` is bound to its version. Asks the clauses in turn, then the schema.
result<candidate> server_state::into(candidate made, const exported& old, const term& extra, bool descending) {
  const callbacks next(*self_, *made.bind_.get());
  for (const bool ask_older : {descending, !descending}) {
    if (ask_older && old.version) {
      const answer older = callbacks(*self_, *old.version).code_change_down(made.to(), old.value, extra);
      if (older.how == abi::status::raised)
        return error{failure_of(older.failure)};
      if (older.how == abi::status::ok)
        return imported(std::move(made), older.decided.reply);
    } else if (!ask_older) {
      void* object = nullptr;
      const answer newer = next.code_change(old.its_vsn(), old.value, extra, &object);
      if (newer.how == abi::status::raised) {
        const raised& thrown = newer.failure;
        if (thrown.what == "throw"_atom && thrown.reason.is_tagged("ok"_atom, 2))
          return imported(std::move(made), thrown.reason[1]);  // M07
        return error{failure_of(thrown)};
      }
      if (newer.how == abi::status::ok) {
        made.object_ = object;
        made.owns_object_ = true;
        return made;
      }
    }
  }
  const auto none = [&](const term& why, const std::string& advice = {}) {
    return no_code_change(descending ? tuple("down", made.to()) : old.its_vsn(), extra, why, advice);
  };
  if (old.reserve.is_tuple())
    return none(old.reserve);
  const term schema = next.schema();
  const term before = old.version ? callbacks(*self_, *old.version).schema() : old.schema;
  if (schema == before)
    return imported(std::move(made), old.value);
  std::string advice;
  auto fitted = adapt(old.value, before, schema, &advice);
  if (!old.version)
    advice.clear();  // the server's report says what to do
  if (!fitted)
    return none(fitted.reason(), advice);
  if (!fitted->lost.is_nil())
    return none(tuple("lost", fitted->lost[0], fitted->lost[1]), advice);
  made.changes = fitted->changes;
  made.from_ = made.from();
  return imported(std::move(made), fitted->state);
}
}  // namespace twinslot::gen_server
