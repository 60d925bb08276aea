// runtime/code/table.hpp - which version of each module runs now, and which is leaving.
//
//     finish(v2):  current v1 -> v2,  old (empty) -> v1;  where nothing is current, old stays as it is
//     remove_old:  old v1 -> (empty), once nobody pins or is bound to v1
//     demote:      current v1 -> (empty), old -> v1           (delete, C26)
//
// Readers pin and never wait for a loader. Operations of the writing side, and questions about old code, take one lock,
// which is never held while a plugin's code runs or a file is closed.
//
// Why a reader's pin is safe: the reader loads `current`, counts itself in that version, and looks at `current` again.
// Same pointer: the version was current after it was counted, so whoever retires it later sees the count (all four
// accesses are seq_cst). Another pointer: it uncounts and tries again. The version object between the two looks may
// have been retired, but never freed: version objects are recycled by the table, not given back, so the count is always
// a count. If it was recycled meanwhile and is current again, it is the new version that was counted: a valid pin.
// A late reader may be counted in a version for a moment without ever entering it: then `remove_old` answers in_use,
// and a second try succeeds. It never errs to the other side.
//
// Why several modules switch at one instant: the writer notes in each slot the version to come and the number of the
// batch, marks `current` (its lowest bit), and then commits by one store of that number. A reader that meets a mark
// asks whether the batch is committed, and looks whether the slot still is the same: no reader sees one module new and
// later another one old. The marks are removed afterwards.
//
// Why unused means unused: of an old version the pins are read first, then the binds. A bind starts under a pin or
// another bind, and pins come to current versions only: so zero pins and then no bind means that both stay so.
// A fun of the version is a third way to come to it, with a pin for each call; each bind, fun and such call is first
// counted as a birth. If no birth came between the first look and the last, nothing was born in between, and what was
// seen to be zero stays zero.
// Source: design 3.3; OTP 25 code_server.erl and erts_code_purger.erl for what the operations mean.
#pragma once
#include "runtime/code/version.hpp"
#include "runtime/term/result.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace twinslot::code {

/// A version that passed every check and waits to become current. Dropped: it is closed again, once it is unused.
class prepared {
public:
  prepared(prepared&&) noexcept;
  prepared& operator=(prepared&&) noexcept;
  ~prepared();
  atom module() const noexcept;
  code::version& version() const noexcept;

private:
  friend class table;
  prepared(class table& home, code::version* made) noexcept : home_(&home), version_(made) {}
  class table* home_ = nullptr;
  code::version* version_ = nullptr;
};

class table {
public:
  table();
  ~table();  // every version must be unpinned and unbound
  /// Pins the current version of `module`. Empty pin: nothing is loaded under that name. Any thread, never waits.
  pin pin_current(atom module) noexcept;
  /// Pins the version that a fun of a plugin belongs to, in whatever slot it is or was. Empty: it is no such fun, or of
  /// another node. The caller keeps the fun until the pin is given back: that is what makes it safe.
  pin pin_fun(const term& fun) noexcept;
  /// The current version without a pin: to compare with (version.hpp says who may read it). May be stale at once.
  version* current(atom module) const noexcept;
  version* old(atom module) const noexcept;
  struct pair {
    version* current;
    version* old;
  };
  /// Both slots as they were together.
  pair slots_of(atom module) const;
  /// True where a load needs the old slot and it is occupied: a version is current as well (C29).
  bool is_full(atom module) const;
  /// The old version's vsn and the processes that are bound to it, copied under the lock, so that no purge frees what
  /// is read. Empty: there is no old version. Any thread.
  struct users {
    term vsn;
    std::vector<pid> bound;
  };
  std::optional<users> users_of_old(atom module) const;
  bool is_loaded(atom module) const noexcept { return current(module) != nullptr; }
  bool has_old(atom module) const noexcept { return old(module) != nullptr; }
  /// Names of the modules with a current version, sorted.
  std::vector<atom> loaded() const;
  /// Names of the modules with a current or an old version, sorted.
  std::vector<atom> resident() const;

  /// What a version is, copied while it is in its slot: for who holds neither pin nor bind.
  struct resident_version {
    const code::version* at;
    atom module;
    atom slot;  // current | old
    term vsn;
    term md5;
    std::string origin;
  };
  /// By module, current before old.
  std::vector<resident_version> resident_versions() const;
  /// Versions that were taken out of their slots though funs, or a purge's victims, still need them; slot: none.
  std::vector<resident_version> removed_versions() const;
  /// The version that a plugin's descriptor is of; null: it was never published. For who executes in it.
  version* version_of(const abi::module_info* described) const;
  /// Empty: it is in no slot.
  std::optional<resident_version> find_resident(const version* which) const;

  /// Modules that were closed but are still in memory; those that left it since then are forgotten.
  /// Shape:  [{Module, Vsn, Path, Why}], oldest first; Why as library::close.
  std::vector<term> still_mapped();

  // The code server's side.
  /// A version that is in no slot yet. Any thread.
  prepared prepare(image made);
  /// Makes every prepared version current in one step, or changes nothing.
  /// Shape:  [{module, Name, Vsn}] in the order given.
  /// Errors: {not_purged, [Name]} - both slots of those modules are occupied; {duplicated, [Name]}.
  result<term> finish(std::vector<prepared> batch);
  /// False and no change where the old slot is occupied or nothing is current (C27).
  bool demote(atom module);
  /// Empties the old slot if nobody pins or is bound to the version, closes it, and tells whether its mapping is gone.
  /// Where only funs are left of it, or threads of its own, the version leaves its slot and is closed with the last of
  /// them (W15).
  /// Shape:  removed | {removed, still_mapped, Why}; Why: {funs, Count}, {threads, Count}, or as library::close
  /// Errors: no_old; {in_use, Pins, [Pid]} - nothing changed.
  result<term> remove_old(atom module);
  /// Takes the version out of the old slot though it is in use; it is closed when `sweep` finds it unused.
  /// For a hard purge whose victim does not return from native code.
  bool abandon_old(atom module);
  /// Closes abandoned versions that are no longer in use; tells how many are left.
  std::size_t sweep();
  /// For a load hook: a frame of a version that is in no slot yet. If it is dropped meanwhile, it counts as abandoned.
  pin pin_prepared(const prepared& waiting) noexcept;

private:
  friend class prepared;
  struct slots;
  struct index;
  struct impl;
  version* current_of(const slots& where) const noexcept;
  std::optional<term> retire(version* unused);
  void drop(version* never_current);
  std::unique_ptr<impl> impl_;
};
}  // namespace twinslot::code
