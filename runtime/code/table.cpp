// runtime/code/table.cpp
#include "runtime/code/table.hpp"

#include "runtime/code/library.hpp"
#include "runtime/os/file.hpp"
#include "runtime/os/mapped.hpp"
#include "runtime/term/fun_keeper.hpp"

#include <algorithm>
#include <deque>
#include <set>

// Between two steps of an argument in table.hpp. Tests let other threads run there; for everybody else it is nothing.
#ifndef TWINSLOT_INTERLEAVE
#define TWINSLOT_INTERLEAVE() static_cast<void>(0)
#endif

namespace twinslot::code {
namespace {
constexpr auto strict = std::memory_order_seq_cst;
constexpr std::uintptr_t mark = 1;  // a version's address is a multiple of 64

version* unmarked(std::uintptr_t word) noexcept {
  return reinterpret_cast<version*>(word & ~mark);
}
std::uintptr_t word_of(const version* which) noexcept {
  return reinterpret_cast<std::uintptr_t>(which);
}

bool by_name(atom a, atom b) noexcept {
  return a.text() < b.text();
}
term names(const std::vector<atom>& modules) {
  const std::vector<term> all(modules.begin(), modules.end());
  return list_of(all.data(), all.size());
}
}  // namespace

/// A module's two slots. Made at its first load, never freed before the table.
struct table::slots {
  explicit slots(atom name) : module(name) {}
  const atom module;
  std::atomic<std::uintptr_t> current{0};  // the version's address; with the mark: look at `batch`
  std::atomic<version*> next{nullptr};     // what becomes current with that batch
  std::atomic<std::uint64_t> batch{0};
  version* old = nullptr;  // under the lock
};

/// Open addressing by atom index; at most half full, never shrinks. A reader may be inside a table that grew too small,
/// so those are kept: together they are smaller than the newest.
struct table::index {
  explicit index(std::size_t capacity, std::unique_ptr<index> before)
      : mask(capacity - 1), places(new std::atomic<slots*>[capacity]()), previous(std::move(before)) {}
  const std::size_t mask;  // capacity is a power of two
  const std::unique_ptr<std::atomic<slots*>[]> places;
  const std::unique_ptr<index> previous;

  slots* find(atom module) const noexcept {
    for (std::size_t at = first(module);; ++at) {
      slots* here = places[at & mask].load(std::memory_order_acquire);
      if (here == nullptr || here->module == module)
        return here;
    }
  }
  void insert(slots& added) noexcept {
    std::size_t at = first(added.module);
    while (places[at & mask].load(std::memory_order_relaxed) != nullptr)
      ++at;
    places[at & mask].store(&added, std::memory_order_release);
  }

private:
  static std::size_t first(atom module) noexcept { return module.index() * std::size_t{0x9E3779B1}; }
};

struct table::impl {
  struct remnant {
    term what;  // {Module, Vsn, Path, Why}
    std::string path;
  };

  mutable std::mutex mutex;
  std::atomic<std::uint64_t> committed{0};  // the last batch that counts
  std::unique_ptr<index> by_module = std::make_unique<index>(64, nullptr);
  std::atomic<index*> readable{by_module.get()};
  std::deque<slots> modules;
  std::deque<version> versions;  // all that ever were; their addresses stay
  std::vector<version*> unused;
  std::vector<version*> abandoned;
  std::vector<remnant> remnants;

  slots* find(atom module) const noexcept { return readable.load(std::memory_order_acquire)->find(module); }
  slots& find_or_make(atom module);
  void switch_all(const std::vector<std::pair<slots*, version*>>& changes);
};

table::slots& table::impl::find_or_make(atom module) {
  if (slots* known = find(module))
    return *known;
  slots& made = modules.emplace_back(module);
  if (modules.size() * 2 > by_module->mask) {
    const std::size_t capacity = (by_module->mask + 1) * 2;
    by_module = std::make_unique<index>(capacity, std::move(by_module));
    for (slots& one : modules)
      by_module->insert(one);
    readable.store(by_module.get(), std::memory_order_release);
  } else {
    by_module->insert(made);
  }
  return made;
}

/// Each slot's current becomes its new version, at the instant of the store to `committed`; the one before, if there
/// was one, becomes old.
void table::impl::switch_all(const std::vector<std::pair<slots*, version*>>& changes) {
  const std::uint64_t number = committed.load(strict) + 1;
  for (auto [where, to] : changes) {
    where->next.store(to, strict);
    TWINSLOT_INTERLEAVE();
    where->batch.store(number, strict);
    TWINSLOT_INTERLEAVE();
    where->current.store(where->current.load(strict) | mark, strict);
    TWINSLOT_INTERLEAVE();
  }
  committed.store(number, strict);
  for (auto [where, to] : changes) {
    TWINSLOT_INTERLEAVE();
    if (version* const before = unmarked(where->current.load(strict)))
      where->old = before;
    where->current.store(word_of(to), strict);
  }
}

prepared::prepared(prepared&& other) noexcept : home_(other.home_), version_(std::exchange(other.version_, nullptr)) {}

prepared& prepared::operator=(prepared&& other) noexcept {
  std::swap(home_, other.home_);
  std::swap(version_, other.version_);
  return *this;
}

prepared::~prepared() {
  if (version_)
    home_->drop(version_);
}

atom prepared::module() const noexcept {
  return version_->module();
}

version& prepared::version() const noexcept {
  return *version_;
}

table::table() : impl_(std::make_unique<impl>()) {}

table::~table() {
  for (slots& one : impl_->modules)
    for (version* last : {unmarked(one.current.exchange(0)), std::exchange(one.old, nullptr)})
      if (last) {
        TWINSLOT_ASSERT(last->needed() != version::need::code);
        retire(last);
      }
  sweep();
  for (version* kept : std::exchange(impl_->abandoned, {})) {
    TWINSLOT_ASSERT(kept->needed() == version::need::funs);  // nobody calls them any more
    retire(kept);
  }
}

version* table::current_of(const slots& where) const noexcept {
  for (;;) {
    const std::uintptr_t word = where.current.load(strict);
    if ((word & mark) == 0)
      return unmarked(word);
    // A switch is under way, or was. The last two looks tell whether all that was read belongs together.
    TWINSLOT_INTERLEAVE();
    const std::uint64_t batch = where.batch.load(strict);
    TWINSLOT_INTERLEAVE();
    version* next = where.next.load(strict);
    TWINSLOT_INTERLEAVE();
    const bool done = impl_->committed.load(strict) >= batch;
    TWINSLOT_INTERLEAVE();
    if (where.current.load(strict) == word && where.batch.load(strict) == batch)
      return done ? next : unmarked(word);
  }
}

pin table::pin_current(atom module) noexcept {
  const slots* where = impl_->find(module);
  if (!where)
    return {};
  for (;;) {
    version* seen = current_of(*where);
    if (!seen)
      return {};
    TWINSLOT_INTERLEAVE();
    seen->pins_.fetch_add(1, strict);
    TWINSLOT_INTERLEAVE();
    if (current_of(*where) == seen)
      return pin(seen);
    seen->pins_.fetch_sub(1, strict);
  }
}

pin table::pin_fun(const term& fun) noexcept {
  const auto& cell = *static_cast<const fun_cell*>(fun.raw().box);
  if (!(cell.flags & fun_is_of_plugin))
    return {};
  auto* of = static_cast<version*>(fun_keeper::of(cell.unique)->version);
  if (!of)
    return {};
  of->births_.fetch_add(1, strict);
  TWINSLOT_INTERLEAVE();
  of->pins_.fetch_add(1, strict);
  return pin(of);
}

version* table::version_of(const abi::module_info* described) const {
  const std::lock_guard lock(impl_->mutex);
  for (const slots& one : impl_->modules)
    for (version* at : {current_of(one), one.old})
      if (at && at->info_ == described)
        return at;
  for (version* at : impl_->abandoned)
    if (at->info_ == described)
      return at;
  return nullptr;
}

namespace {
/// A copy of what the version says; under the table's lock.
table::resident_version described(const version& at, atom slot) {
  return {&at, at.module(), slot, at.vsn(), at.md5(), at.origin()};
}
}  // namespace

std::vector<table::resident_version> table::removed_versions() const {
  std::vector<resident_version> all;
  const std::lock_guard lock(impl_->mutex);
  for (const version* at : impl_->abandoned)
    all.push_back(described(*at, "none"_atom));
  return all;
}

version* table::current(atom module) const noexcept {
  const slots* where = impl_->find(module);
  return where ? current_of(*where) : nullptr;
}

version* table::old(atom module) const noexcept {
  return slots_of(module).old;
}

table::pair table::slots_of(atom module) const {
  const std::lock_guard lock(impl_->mutex);
  const slots* where = impl_->find(module);
  return where ? pair{current_of(*where), where->old} : pair{nullptr, nullptr};
}

bool table::is_full(atom module) const {
  const pair both = slots_of(module);
  return both.current && both.old;
}

std::optional<table::users> table::users_of_old(atom module) const {
  const std::lock_guard lock(impl_->mutex);
  const slots* where = impl_->find(module);
  if (!where || !where->old)
    return std::nullopt;
  return users{where->old->vsn(), where->old->bound()};
}

std::vector<atom> table::loaded() const {
  std::vector<atom> all;
  const std::lock_guard lock(impl_->mutex);
  for (const slots& one : impl_->modules)
    if (current_of(one))
      all.push_back(one.module);
  std::sort(all.begin(), all.end(), by_name);
  return all;
}

std::vector<atom> table::resident() const {
  std::vector<atom> all;
  const std::lock_guard lock(impl_->mutex);
  for (const slots& one : impl_->modules)
    if (current_of(one) || one.old)
      all.push_back(one.module);
  std::sort(all.begin(), all.end(), by_name);
  return all;
}

std::vector<table::resident_version> table::resident_versions() const {
  std::vector<resident_version> all;
  {
    const std::lock_guard lock(impl_->mutex);
    for (const slots& one : impl_->modules)
      for (const auto& [at, slot] : {std::pair{current_of(one), "current"_atom}, std::pair{one.old, "old"_atom}})
        if (at)
          all.push_back(described(*at, slot));
  }
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return by_name(a.module, b.module); });
  return all;
}

std::optional<table::resident_version> table::find_resident(const version* which) const {
  const std::lock_guard lock(impl_->mutex);
  for (const slots& one : impl_->modules) {
    const bool is_current = current_of(one) == which;
    if (which && (is_current || one.old == which))
      return described(*which, is_current ? "current"_atom : "old"_atom);
  }
  return std::nullopt;
}

prepared table::prepare(image made) {
  version* fresh = nullptr;
  {
    const std::lock_guard lock(impl_->mutex);
    if (impl_->unused.empty()) {
      fresh = &impl_->versions.emplace_back();
    } else {
      fresh = impl_->unused.back();
      impl_->unused.pop_back();
    }
  }
  fresh->become(std::move(made));
  return {*this, fresh};
}

result<term> table::finish(std::vector<prepared> batch) {
  std::vector<atom> twice, occupied;
  std::set<std::uint32_t> seen;
  const std::lock_guard lock(impl_->mutex);  // `batch` is closed after it is given back, where that is needed
  for (const prepared& one : batch) {
    if (!seen.insert(one.module().index()).second)
      twice.push_back(one.module());
    const slots* where = impl_->find(one.module());
    if (where && where->old && current_of(*where))
      occupied.push_back(one.module());
  }
  if (!twice.empty())
    return error{tuple("duplicated", names(twice))};
  if (!occupied.empty())
    return error{tuple("not_purged", names(occupied))};

  std::vector<std::pair<slots*, version*>> changes;
  std::vector<term> done;
  for (prepared& one : batch) {
    changes.emplace_back(&impl_->find_or_make(one.module()), one.version_);
    done.push_back(tuple("module", one.module(), one.version_->vsn()));
  }
  impl_->switch_all(changes);
  for (prepared& one : batch)
    one.version_ = nullptr;
  return list_of(done.data(), done.size());
}

bool table::demote(atom module) {
  const std::lock_guard lock(impl_->mutex);
  slots* where = impl_->find(module);
  if (!where || where->old || !current_of(*where))
    return false;
  impl_->switch_all({{where, nullptr}});
  return true;
}

result<term> table::remove_old(atom module) {
  version* leaving = nullptr;
  {
    const std::lock_guard lock(impl_->mutex);
    slots* where = impl_->find(module);
    if (!where || !where->old)
      return error{"no_old"};
    const auto need = where->old->needed();
    if (need == version::need::funs) {
      const auto count = where->old->fun_count();
      const auto threads = where->old->thread_count();
      impl_->abandoned.push_back(std::exchange(where->old, nullptr));
      return tuple("removed", "still_mapped", count != 0 ? tuple("funs", count) : tuple("threads", threads));
    }
    if (need == version::need::code) {
      const auto bound = where->old->bound();
      const std::vector<term> pids(bound.begin(), bound.end());
      return error{tuple("in_use", where->old->pin_count(), list_of(pids.data(), pids.size()))};
    }
    leaving = std::exchange(where->old, nullptr);
  }
  if (auto stayed = retire(leaving))
    return tuple("removed", "still_mapped", *stayed);
  return term("removed");
}

bool table::abandon_old(atom module) {
  const std::lock_guard lock(impl_->mutex);
  slots* where = impl_->find(module);
  if (!where || !where->old)
    return false;
  impl_->abandoned.push_back(std::exchange(where->old, nullptr));
  return true;
}

std::size_t table::sweep() {
  std::vector<version*> leaving;
  std::size_t left = 0;
  {
    const std::lock_guard lock(impl_->mutex);
    auto& abandoned = impl_->abandoned;
    const auto needed = std::partition(abandoned.begin(), abandoned.end(),
                                       [](version* one) { return one->needed() != version::need::nothing; });
    leaving.assign(needed, abandoned.end());
    abandoned.erase(needed, abandoned.end());
    left = abandoned.size();
  }
  for (version* one : leaving)
    retire(one);
  return left;
}

pin table::pin_prepared(const prepared& waiting) noexcept {
  waiting.version_->pins_.fetch_add(1, strict);
  return pin(waiting.version_);
}

/// A prepared version that did not become current; its load hook may still run.
void table::drop(version* never_current) {
  if (never_current->needed() == version::need::nothing) {
    retire(never_current);
    return;
  }
  const std::lock_guard lock(impl_->mutex);
  impl_->abandoned.push_back(never_current);
}

/// Closes a version that is in no slot and not needed, and keeps its object for the next one.
std::optional<term> table::retire(version* unused) {
  const atom module = unused->module();
  const term vsn = unused->vsn();
  const std::string path = unused->library_ ? unused->library_->path() : std::string();
  auto stayed = unused->close();
  const std::lock_guard lock(impl_->mutex);
  impl_->unused.push_back(unused);
  if (stayed)
    impl_->remnants.push_back({tuple(module, vsn, string(path), *stayed), path});
  return stayed;
}

std::vector<term> table::still_mapped() {
  std::vector<term> all;
  const std::lock_guard lock(impl_->mutex);
  std::erase_if(impl_->remnants, [](const impl::remnant& one) {
    if (os::is_mapped(one.path))
      return false;
    static_cast<void>(os::delete_file(one.path));  // its copy; the cache's end removes it otherwise
    return true;
  });
  for (const impl::remnant& one : impl_->remnants)
    all.push_back(one.what);
  return all;
}
}  // namespace twinslot::code
