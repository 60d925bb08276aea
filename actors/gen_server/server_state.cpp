#include "actors/gen_server/server_state.hpp"

#include "actors/gen_server/schema.hpp"
#include "runtime/process/node.hpp"

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
  std::swap(version_, other.version_);
  std::swap(object_, other.object_);
  std::swap(owns_object_, other.owns_object_);
  std::swap(value_, other.value_);
  std::swap(before_, other.before_);
  std::swap(from_, other.from_);
  std::swap(to_, other.to_);
  std::swap(changes, other.changes);
  std::swap(nothing_to_do, other.nothing_to_do);
}

void candidate::drop() noexcept {
  if (auto* version = std::exchange(version_, nullptr)) {
    if (owns_object_)
      callbacks(*self_, *version).destroy_state(object_);
    version->unbind(self_->self());
  }
  owns_object_ = false;
  object_ = nullptr;
}

result<void> server_state::bind_current() {
  const code::pin current = self_.home().code().pin_current(module_);
  if (!current || !current->server())
    return error{"undef"};
  current->bind(self_.self());
  version_.store(current.get(), std::memory_order_release);
  return {};
}

void server_state::clear() noexcept {
  code::version* bound = version_.exchange(nullptr, std::memory_order_acq_rel);
  if (bound) {
    if (std::exchange(native_, false))
      callbacks(self_, *bound).destroy_state(object_);
    bound->unbind(self_.self());
  }
  object_ = nullptr;
  if (std::exchange(waiting_, nullptr))
    gate_.moved_on(module_, self_.self());
}

result<term> server_state::to_term() const {
  if (waiting_)
    return waiting_->value.value;
  return code().export_state(object_);
}

result<void> server_state::assign(const term& value) {
  if (waiting_) {
    waiting_->value.value = value;
    if (!waiting_->value.reserve.is_nil())
      waiting_->value.reserve = "not_asked";  // about this one
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
  return !waiting_ && version() == self_.home().code().current(module_);
}

/// A clause for the other's vsn, on either side, says that the same fields mean something else.
bool server_state::may_adopt(code::version& next) const noexcept {
  return next.server() && next.server()->layout == version()->server()->layout &&
         !callbacks(self_, next).has_code_change(version()->vsn()) && !code().has_code_change(next.vsn());
}

bool server_state::adopt(code::pin& current) noexcept {
  if (!may_adopt(*current.get()))
    return false;
  current->bind(self_.self());
  version_.exchange(current.get(), std::memory_order_acq_rel)->unbind(self_.self());
  return true;
}

result<candidate> server_state::settle() {
  if (waiting_) {
    if (const auto done = decide(); !done)
      return done.error();
    if (native_)
      return candidate{};
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
  if (code::pin current = self_.home().code().pin_current(module_); current && current.get() != version())
    adopt(current);
  return candidate{};
}

result<void> server_state::decide() {
  if (!waiting_)
    return {};
  // The purge that asked for the state was refused: its version is still there.
  if (auto* still = gate_.rebind(self_.home().code(), module_, waiting_->value.md5, self_.self())) {
    auto made = imported(bound_to(still), waiting_->value.value);
    if (!made)
      return made.error();
    commit(std::move(*made));
  } else if (waiting_->way_back) {
    waiting_->value = std::move(*std::exchange(waiting_->way_back, std::nullopt));
  }
  return {};
}

result<candidate> server_state::compute(const term& old_vsn, const term& extra) {
  if (undecided())
    if (const auto done = decide(); !done)
      return done.error();
  if (old_vsn.is_tagged("down"_atom, 2))
    return down(old_vsn[1], extra);
  const bool unnamed = old_vsn.is_nil() || old_vsn == "undefined";
  if (!unnamed && !(old_vsn == vsn()))
    return error{tuple("vsn_mismatch", old_vsn, vsn())};
  return up(extra);
}

void server_state::commit(candidate&& made) noexcept {
  if (made.nothing_to_do)
    return;
  candidate taken = std::move(made);
  code::version* next = std::exchange(taken.version_, nullptr);
  code::version* bound = version();
  const bool adopted = next && !taken.owns_object_;
  if (native_ && !adopted)
    callbacks(self_, *bound).destroy_state(object_);
  if (!adopted)
    object_ = std::exchange(taken.owns_object_, false) ? taken.object_ : nullptr;
  native_ = next != nullptr;
  version_.store(next, std::memory_order_release);
  if (bound)
    bound->unbind(self_.self());

  const bool waited = std::exchange(waiting_, nullptr) != nullptr;
  if (!next) {
    waiting_ = std::make_unique<waiting>();
    waiting_->value.value = taken.value_;
    waiting_->value.vsn = taken.to_;
  }
  if (waited && !waiting_)
    gate_.moved_on(module_, self_.self());
  if (!waited && waiting_)
    gate_.let_go(module_, self_.self());
}

result<term> server_state::let_go(bool in_any_case) {
  auto from = leaving();
  if (!from)
    return from.error();
  const code::pin current = self_.home().code().pin_current(module_);
  const bool has_goal = current && current->server();
  auto back = has_goal ? back_to(*current.get(), *from) : result(std::optional<exported>{});
  const term refused = back ? term{} : back.reason();
  if (!back && !in_any_case)
    return error{tuple("code_change", refused)};
  if (!back)
    from->reserve = tuple("refused", refused);
  else if (!has_goal)
    from->reserve = "not_asked";
  from->vsn = version()->vsn();
  from->schema = code().schema();
  from->md5 = version()->md5();
  code().destroy_state(object_);
  native_ = false;
  object_ = nullptr;
  waiting_ = std::make_unique<waiting>();
  waiting_->value = std::move(*from);
  waiting_->value.version = nullptr;
  if (back)
    waiting_->way_back = std::move(*back);
  gate_.let_go(module_, self_.self());
  version_.exchange(nullptr, std::memory_order_acq_rel)->unbind(self_.self());
  return refused;
}

/// The state as `current` wants it, made by the bound version, which will have gone; nothing where `current` knows the
/// way itself, or nobody has a clause. Errors: a failed clause, as of `compute`.
result<std::optional<exported>> server_state::back_to(code::version& current, const exported& old) const {
  const callbacks next(self_, current);
  if (next.has_code_change(old.its_vsn()))
    return std::optional<exported>{};
  const answer older = code().code_change_down(current.vsn(), old.value, {});
  if (older.how == abi::status::raised)
    return error{failure_of(older.failure)};
  if (older.how == abi::status::no_clause)
    return std::optional<exported>{};
  current.bind(self_.self());
  if (const auto fits = imported(bound_to(&current), older.decided.reply); !fits)
    return fits.error();
  return std::optional(exported{older.decided.reply, current.vsn(), next.schema(), current.md5(), nullptr, {}});
}

// Errors: {Class, Reason, Stack}.
result<exported> server_state::leaving() const {
  if (waiting_)
    return waiting_->value;
  auto value = code().export_state(object_);
  if (!value)
    return value.error();
  return exported{std::move(*value), {}, {}, {}, version(), {}};
}

candidate server_state::bound_to(code::version* target) const {
  candidate made;
  made.self_ = &self_;
  made.version_ = target;
  made.before_ = waiting_ ? nullptr : version();
  if (waiting_)
    made.from_ = waiting_->value.vsn;
  return made;
}

result<candidate> server_state::imported(candidate made, const term& value) const {
  const auto object = callbacks(self_, *made.version_).import_state(value);
  if (!object)
    return error{failure_of(object.reason())};
  made.object_ = *object;
  made.owns_object_ = true;
  return made;
}

error server_state::no_code_change(const term& vsn, const term& extra, term why) const {
  auto state = to_term();
  const term arguments = list(vsn, state ? *state : term("unknown"), extra);
  const term info = why.is_nil() ? term{} : list(tuple("schema", std::move(why)));
  return error{tuple("EXIT", tuple("undef", list(tuple(module_, "code_change", arguments, info))))};
}

result<candidate> server_state::up(const term& extra) {
  const code::pin current = self_.home().code().pin_current(module_);
  if (!current || !current->server())
    return no_code_change(vsn(), extra, {});
  if (current.get() == version()) {
    candidate same;
    same.from_ = same.to_ = vsn();
    same.nothing_to_do = true;
    return same;
  }
  current->bind(self_.self());
  candidate made = bound_to(current.get());
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

result<candidate> server_state::down(const term& to, const term& extra) {
  if (to == vsn())
    return up(extra);
  const auto old = leaving();
  if (!old)
    return error{failure_of(old.reason())};

  const code::pin current = self_.home().code().pin_current(module_);
  if (current && current->server() && current.get() != version() && current->vsn() == to) {
    current->bind(self_.self());
    return into(bound_to(current.get()), *old, extra, true);
  }
  if (auto* older = gate_.bind_old(self_.home().code(), module_, to, self_.self())) {
    candidate made = bound_to(older);
    if (older->server())
      return into(std::move(made), *old, extra, true);
  }

  // The older version is not loaded yet (M10): its term waits for it.
  code::version* knows = old->version;
  if (!knows && current && current->server() && current->vsn() == old->its_vsn())
    knows = current.get();
  if (!knows)
    return no_code_change(tuple("down", to), extra, {});
  const answer older = callbacks(self_, *knows).code_change_down(to, old->value, extra);
  if (older.how == abi::status::raised)
    return error{failure_of(older.failure)};
  if (older.how == abi::status::no_clause)
    return no_code_change(tuple("down", to), extra, {});
  candidate made;
  made.self_ = &self_;
  made.from_ = vsn();
  made.to_ = to;
  made.value_ = older.decided.reply;
  return made;
}

// `made` is bound to its version. Asks the clauses in turn, then the schema.
result<candidate> server_state::into(candidate made, const exported& old, const term& extra, bool descending) {
  const callbacks next(self_, *made.version_);
  for (const bool ask_older : {descending, !descending}) {
    if (ask_older && old.version) {
      const answer older = callbacks(self_, *old.version).code_change_down(made.to(), old.value, extra);
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
  const auto none = [&](const term& why) {
    return no_code_change(descending ? tuple("down", made.to()) : old.its_vsn(), extra, why);
  };
  if (old.reserve.is_tuple())
    return none(old.reserve);
  const term schema = next.schema();
  const term before = old.version ? callbacks(self_, *old.version).schema() : old.schema;
  if (schema == before)
    return imported(std::move(made), old.value);
  auto fitted = adapt(old.value, before, schema);
  if (!fitted)
    return none(fitted.reason());
  if (!old.reserve.is_nil() && !fitted->lost.is_nil())
    return none(tuple("lost", fitted->lost[0], fitted->lost[1]));
  made.changes = fitted->changes;
  made.from_ = made.from();
  made.before_ = nullptr;
  return imported(std::move(made), fitted->state);
}
}  // namespace twinslot::gen_server
