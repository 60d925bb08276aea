// actors/gen_server/server_state.hpp - a server's state together with the version of the code that it belongs to.
//
//     empty      before init and after the end
//     bound      a native object of the bound version's type: callbacks of exactly that version run on it
//     waiting    a term, with the vsn and the schema of a version that has gone or is not there yet: after a purge
//     without
//                a current version, or a downgrade (M10). It moves on into the version that is current, once that takes
//                it
//
//     empty --bind_current, hold--> bound --settle--> bound         adopted: another current version, same layout, O(1)
//                                   bound --commit--> bound         into another version, by a candidate
//                                   bound --commit--> waiting       by a candidate without a version
//                                   waiting --settle, commit--> bound
//                                   bound, waiting --clear--> empty
//
// There is no fourth form: new code never meets an old object (W01). A change to another version is computed aside as a
// `candidate` and then committed in O(1), or dropped without a trace (W05). Between `compute` or `leave` and `commit`
// the state may not change: the server is held and puts off what would change it. docs/upgrade.md has the whole
// picture. For the server's own process, except `version()`. Source: design 3.4; M01-M11, W01, W05, W16, W17.
#pragma once
#include "actors/code_server/purge_gate.hpp"
#include "actors/gen_server/callbacks.hpp"

#include <atomic>
#include <memory>
#include <optional>

namespace twinslot::gen_server {

/// A state as a term, and what has to be known of its version once that has gone.
struct exported {
  term value;
  term vsn, schema, md5;             // [] as long as the version can be asked
  code::version* version = nullptr;  // the bound one; null: it has gone
  const term& its_vsn() const noexcept { return version ? version->vsn() : vsn; }
  /// Why its fields alone do not say how to go on; [] where they may. {refused, Reason}: the current version did not
  /// take it when its own version left; not_asked: nothing was current that could have been asked.
  term reserve;
};

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

  // Vsns; for the server that holds the state that it is made of. Read where they are: a copy for each of many servers
  // that are upgraded side by side would have all threads count references in one place.
  const term& from() const noexcept { return before_ ? before_->vsn() : from_; }
  const term& to() const noexcept { return bind_ ? bind_->vsn() : to_; }
  term changes;  // what the schema did, [] where a clause did it or there was nothing to do; then `from` is kept, too
  bool nothing_to_do = false;

private:
  friend class server_state;
  void swap(candidate& other) noexcept;
  process* self_ = nullptr;
  code::binding bind_;                     // empty: see `away_`
  const code::version* before_ = nullptr;  // the server's; null: see `from_`
  term from_, to_;
  void* object_ = nullptr;
  bool owns_object_ = false;        // false with a bind: the server's present object is adopted as it is
  std::unique_ptr<exported> away_;  // for a version that is not there
};

class server_state {
public:
  server_state(atom module, code_server::purge_gate& gate) noexcept : gate_(gate), module_(module) {}
  ~server_state() { clear(); }
  server_state(const server_state&) = delete;
  server_state& operator=(const server_state&) = delete;

  /// First: the process that it is the state of.
  void belongs_to(process& owner) noexcept { self_ = &owner; }
  bool native() const noexcept { return native_; }
  bool as_term() const noexcept { return waiting_ != nullptr; }
  /// The bound version; null: none. Any thread.
  code::version* version() const noexcept { return bound_.get(); }
  /// The version that the state belongs to, by name.
  const term& vsn() const noexcept { return waiting_ ? waiting_->vsn : version()->vsn(); }
  /// Calls into the bound version.
  callbacks code() const noexcept { return callbacks(*self_, *version()); }
  void* object() const noexcept { return object_; }
  process& owner() const noexcept { return *self_; }
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
  /// Tells the gate why a state that is a term stays one.
  void stays(const term& reason);

  /// Whether a state of the current version has something to do in `compute`: with `again`, its code_change clause for
  /// its own vsn runs (sys:change_code, M02); else nothing has.
  enum class same_version { again, done };
  /// The state for the current version, or for the version named by {down, Vsn}; nothing changes yet.
  /// `old_vsn`: [] or undefined: the state's own; anything else must be the state's own (W17), and Vsn another one
  /// (W18). Errors: {vsn_mismatch, Passed, Own}; {'EXIT', {undef, [{Module, code_change, [OldVsn, State, Extra],
  /// Info}]}} - no clause, and Info says why the schema does not help; {'EXIT', Reason} and {'EXIT', {Reason, Stack}} -
  /// a clause exited or failed; any other term - a clause threw it (M06).
  result<candidate> compute(const term& old_vsn, const term& extra, same_version how);
  void commit(candidate&& made) noexcept;

  /// A state on its way out of a version that a purge takes away.
  struct departure {
    candidate made;
    term refused;  // why no version takes it, though it leaves in any case; [] otherwise
  };
  /// As `compute`, for purge `number` (purge_gate): into the version that is being loaded where that has the same
  /// layout; else into the current version; where that does not take it, into the one that is being loaded; where
  /// nothing is current, or with `in_any_case`, as a term that waits. Errors: {Class, Reason, Stack} - it has no form
  /// as a term; {code_change, Reason} - Reason as of `compute`, from the current version.
  result<departure> leave(std::uint64_t number, bool in_any_case);

private:
  bool adopt(code::pin& current) noexcept;
  bool may_adopt(code::version& next) const noexcept;
  result<exported> leaving() const;
  result<candidate> up(const term& extra);
  result<candidate> again(code::version& current, const term& extra);
  result<candidate> down(const term& to, const term& extra);
  result<candidate> into(candidate made, const exported& old, const term& extra, bool descending);
  result<candidate> imported(candidate made, const term& value) const;
  candidate bound_to(code::binding target) const;
  candidate waiting_as(exported value) const;
  error no_code_change(const term& vsn, const term& extra, term why, const std::string& advice = {}) const;

  process* self_ = nullptr;
  code_server::purge_gate& gate_;  // lives as long as the node
  code::binding bound_;
  void* object_ = nullptr;
  const atom module_;
  bool native_ = false;
  std::unique_ptr<exported> waiting_;  // a state that is a term; null: it is none
};
}  // namespace twinslot::gen_server
