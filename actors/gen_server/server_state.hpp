// actors/gen_server/server_state.hpp - a server's state together with the version of the code that it belongs to.
//
//     native     an object of the bound version's type: callbacks of exactly that version run on it
//     a term     after a purge took the version away: value, vsn and schema, waiting for the next dispatch
//     empty      before init and after the end
//
// A version that knows the way back to an older one that is current again (code_change_down) is asked before it leaves,
// as nobody could go that way later: the state waits as the term that it made.
// There is no fourth form: new code never meets an old object (W01). A change to another version is computed aside as a
// `candidate` and then committed in O(1), or dropped without a trace (W05).
// For the server's own process, except `version()`.
// Source: design 3.4; M01-M11, W01, W05, W16, W17.
#pragma once
#include "actors/code_server/purge_gate.hpp"
#include "actors/gen_server/callbacks.hpp"

#include <atomic>
#include <memory>
#include <optional>

namespace twinslot::gen_server {

/// A new state on its way: bound to its version already, not yet the server's.
class candidate {
public:
  candidate() noexcept = default;
  candidate(candidate&& other) noexcept { swap(other); }
  candidate& operator=(candidate&& other) noexcept {
    swap(other);
    return *this;
  }
  ~candidate() { drop(); }
  void drop() noexcept;
  /// True where the new state belongs to the version at this address (an integer, as a purge sends it).
  bool binds(const term& place) const noexcept {
    return version_ && place == term(static_cast<std::int64_t>(reinterpret_cast<std::intptr_t>(version_)));
  }

  // Vsns; for who holds the state that it is made of. Read where they are: a copy for each of many servers that are
  // upgraded side by side would have all threads count references in one place.
  const term& from() const noexcept { return before_ ? before_->vsn() : from_; }
  const term& to() const noexcept { return version_ ? version_->vsn() : to_; }
  term changes;  // what the schema did, [] where a clause or nobody did it; then `from` is kept, too
  bool nothing_to_do = false;

private:
  friend class server_state;
  void swap(candidate& other) noexcept;
  process* self_ = nullptr;
  code::version* version_ = nullptr;       // bound; null: the new state is `value_`, for a version that is not loaded
  const code::version* before_ = nullptr;  // the server's; null: see `from_`
  term from_, to_;
  void* object_ = nullptr;
  bool owns_object_ = false;  // false with a version: the server's present object is adopted as it is
  term value_;
};

/// A state as a term, and what has to be known of its version once that has gone.
struct exported {
  term value;
  term vsn, schema, md5;             // [] as long as the version can be asked
  code::version* version = nullptr;  // the bound one; null: it has gone
  const term& its_vsn() const noexcept { return version ? version->vsn() : vsn; }
  /// Why its fields alone do not say how to go on; [] where they may. {refused, Reason}: its version was asked for the
  /// way to the current one, and its clause failed; not_asked: nothing was current that it could have been asked for.
  term reserve;
};

class server_state {
public:
  server_state(process& self, atom module, code_server::purge_gate& gate) noexcept
      : self_(self), gate_(gate), module_(module) {}
  ~server_state() { clear(); }
  server_state(const server_state&) = delete;
  server_state& operator=(const server_state&) = delete;

  bool native() const noexcept { return native_; }
  bool as_term() const noexcept { return waiting_ != nullptr; }
  /// The bound version; null: none. Any thread.
  code::version* version() const noexcept { return version_.load(std::memory_order_acquire); }
  /// The version that the state belongs to, by name.
  const term& vsn() const noexcept { return waiting_ ? waiting_->value.vsn : version()->vsn(); }
  /// Calls into the bound version.
  callbacks code() const noexcept { return callbacks(self_, *version()); }
  void* object() const noexcept { return object_; }
  process& owner() const noexcept { return self_; }
  code_server::purge_gate& gate() const noexcept { return gate_; }

  /// Binds to the current version, for init. Errors: undef.
  result<void> bind_current();
  /// The object that init made.
  void hold(void* object) noexcept {
    object_ = object;
    native_ = true;
  }
  /// Ends everything: destroys the object, unbinds.
  void clear() noexcept;

  /// Errors: {Class, Reason, Stack}.
  result<term> to_term() const;
  /// Takes another state of the same version. Errors: {Class, Reason, Stack}; the state is unchanged.
  result<void> assign(const term& value);

  /// Before a dispatch. True: the object and its version may be used. Adopts the object for another current version of
  /// the same layout where neither has a code_change clause for the other, in O(1); moves a state that is a term into
  /// the version that is current now. Errors (the state stays a term): as `compute`.
  result<candidate> settle();
  /// True where the bound version is the current one: the whole cost of a dispatch in ordinary times.
  bool settled() const noexcept;

  /// The state for the current version, or for the version named by {down, Vsn}; nothing changes yet.
  /// `old_vsn`: [] or undefined: the state's own; anything else must be the state's own (W17).
  /// Errors: {vsn_mismatch, Passed, Own}; {'EXIT', {undef, [{Module, code_change, [OldVsn, State, Extra], Info}]}} -
  /// no clause, and Info says why the schema does not help; {'EXIT', Reason} and {'EXIT', {Reason, Stack}} - a clause
  /// exited or failed; any other term - a clause threw it (M06).
  result<candidate> compute(const term& old_vsn, const term& extra);
  void commit(candidate&& made) noexcept;

  /// A purge wants the version back: the object becomes a term, the bind ends, and `settle` gives both back if the
  /// purge is refused. Before that the version's own clause for the way to the current one is asked, if it has one.
  /// Where that fails, the state goes nowhere by its fields alone; with `in_any_case` it waits, with the failure as the
  /// result's value, which is [] otherwise.
  /// Errors: {Class, Reason, Stack}; {code_change, Reason} - the clause failed, Reason as of `compute`.
  result<term> let_go(bool in_any_case);
  /// True where let_go went the way back, and the purge's end will say whether that counts.
  bool undecided() const noexcept { return waiting_ && waiting_->way_back; }
  /// Gives the state back to its version if that is still there, else takes the way back. Errors: as `settle`.
  result<void> decide();

private:
  bool adopt(code::pin& current) noexcept;
  bool may_adopt(code::version& next) const noexcept;
  result<exported> leaving() const;
  result<std::optional<exported>> back_to(code::version& current, const exported& old) const;
  result<candidate> up(const term& extra);
  result<candidate> down(const term& to, const term& extra);
  result<candidate> into(candidate made, const exported& old, const term& extra, bool descending);
  result<candidate> imported(candidate made, const term& value) const;
  candidate bound_to(code::version* target) const;
  error no_code_change(const term& vsn, const term& extra, term why) const;

  process& self_;
  code_server::purge_gate& gate_;  // lives as long as the node
  std::atomic<code::version*> version_{nullptr};
  void* object_ = nullptr;
  const atom module_;
  bool native_ = false;
  // A state that is a term; null: it is none.
  struct waiting {
    exported value;
    std::optional<exported> way_back;  // what becomes of it, unless its version stays
  };
  std::unique_ptr<waiting> waiting_;
};
}  // namespace twinslot::gen_server
