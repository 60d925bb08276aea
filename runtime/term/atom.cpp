// runtime/term/atom.cpp - the atom table: text to index and back. Both readings take no lock.
//
// An atom is never removed, so a reader may keep what it found. A writer holds the mutex, appends the text, and only
// then publishes its index in the hash table; a table that grew too full is replaced, and the old one is kept, as a
// reader may be inside it (all old ones together are smaller than the newest).
#include "runtime/term/atom_table.hpp"

#include "runtime/term/raised.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <vector>

namespace twinslot {
namespace {

struct atom_entry {
  std::uint64_t hash;
  std::size_t bytes;
  const char* text;
};

// Chunk number c holds 1024 << c entries, so that no entry ever moves; 22 chunks hold more than twice the largest
// limit.
constexpr std::uint32_t first_chunk_size = 1024;
constexpr std::size_t chunk_count = 22;
constexpr std::size_t default_limit = 1 << 20;
constexpr std::size_t largest_limit = std::size_t{1} << 30;
static_assert((std::size_t{first_chunk_size} << chunk_count) - first_chunk_size > 2 * largest_limit);

/// Those that are told, and what the table has told them. A watcher is called with the mutex held, so that it does not
/// end meanwhile; a call that finds the mutex taken is left out: the next level tells, too.
struct watchers {
  std::mutex mutex;
  std::vector<atom_watcher*> all;
};
watchers& watching() noexcept {
  static auto* const made = new watchers;
  return *made;
}

template <class Call>
void tell_watchers(Call call) noexcept {
  static thread_local bool is_telling = false;
  if (is_telling)
    return;
  const std::unique_lock guard(watching().mutex, std::try_to_lock);
  if (!guard)
    return;
  is_telling = true;
  for (atom_watcher* const each : watching().all)
    call(*each);
  is_telling = false;
}

struct slot_table {
  explicit slot_table(std::size_t size, slot_table* before)
      : mask(size - 1), slots(new std::atomic<std::uint32_t>[size]()), previous(before) {}
  const std::size_t mask;
  const std::unique_ptr<std::atomic<std::uint32_t>[]> slots;  // index + 1; 0 is free
  const std::unique_ptr<slot_table> previous;
};

/// Eight bytes at a time: plugins make atoms of literals while they run.
std::uint64_t text_hash(std::string_view text) noexcept {
  constexpr std::uint64_t factor = 0x9E3779B97F4A7C15;
  std::uint64_t hash = text.size() * factor;
  std::uint64_t word = 0;
  const auto mix = [&] {
    hash = (hash ^ word) * factor;
    hash ^= hash >> 32;
  };
  std::size_t at = 0;
  for (; text.size() - at >= sizeof word; at += sizeof word) {
    std::memcpy(&word, text.data() + at, sizeof word);
    mix();
  }
  word = 0;
  for (; at < text.size(); ++at)
    word = word << 8 | static_cast<unsigned char>(text[at]);
  mix();
  return hash;
}

class atom_table {
public:
  atom_table() { insert(""); }

  std::uint32_t index_of(std::string_view text) noexcept {
    if (const auto known_or_new = index_below(text, 2 * limit()))
      return *known_or_new;
    std::fprintf(stderr, "twinslot: there are %zu atoms, twice the limit, and none can be removed: the program ends\n",
                 count());
    std::abort();
  }

  /// Nothing: the atom is new, and there are `most` already.
  std::optional<std::uint32_t> index_below(std::string_view text, std::size_t most) noexcept {
    const std::uint64_t hash = text_hash(text);
    std::uint32_t found = 0;
    if (find(*slots_.load(std::memory_order_acquire), text, hash, found))
      return found;
    std::size_t level = 0;
    {
      const std::lock_guard lock(writer_);
      if (find(*slots_.load(std::memory_order_relaxed), text, hash, found))
        return found;
      if (count_ >= most)
        return {};
      found = insert(text);
      if (count_ >= told_at_)
        level = next_level();
    }
    if (level)
      tell_watchers([&](atom_watcher& each) { each.filling(level, limit()); });
    if (found >= limit() + limit() / 2)
      tell_watchers([&](atom_watcher& each) { each.over(limit()); });
    return found;
  }

  std::size_t limit() const noexcept { return limit_.load(std::memory_order_relaxed); }
  void set_limit(std::size_t count) noexcept {
    const std::lock_guard lock(writer_);
    limit_.store(std::min(count, largest_limit), std::memory_order_relaxed);
    told_at_ = limit() / 2;
  }

  std::optional<std::uint32_t> known(std::string_view text) const noexcept {
    std::uint32_t found = 0;
    if (!find(*slots_.load(std::memory_order_acquire), text, text_hash(text), found))
      return {};
    return found;
  }
  std::size_t count() noexcept {
    const std::lock_guard lock(writer_);
    return count_;
  }

  const atom_entry& entry(std::uint32_t index) const noexcept {
    const std::uint32_t shifted = index / first_chunk_size + 1;
    const int chunk = 31 - __builtin_clz(shifted);
    const std::uint32_t before = ((1U << chunk) - 1) * first_chunk_size;
    return chunks_[chunk].load(std::memory_order_acquire)[index - before];
  }

private:
  bool find(const slot_table& table, std::string_view text, std::uint64_t hash, std::uint32_t& index) const noexcept {
    for (std::size_t at = hash & table.mask;; at = (at + 1) & table.mask) {
      const std::uint32_t taken = table.slots[at].load(std::memory_order_acquire);
      if (taken == 0)
        return false;
      const atom_entry& known = entry(taken - 1);
      if (known.hash == hash && text == std::string_view{known.text, known.bytes}) {
        index = taken - 1;
        return true;
      }
    }
  }

  std::uint32_t insert(std::string_view text) noexcept {
    const std::uint32_t index = count_;
    const int chunk = 31 - __builtin_clz(index / first_chunk_size + 1);
    if (!chunks_[chunk].load(std::memory_order_relaxed))
      chunks_[chunk].store(new atom_entry[std::size_t{first_chunk_size} << chunk], std::memory_order_release);
    char* kept = new char[text.size() + 1];
    text.copy(kept, text.size());
    kept[text.size()] = 0;
    const_cast<atom_entry&>(entry(index)) = {text_hash(text), text.size(), kept};
    ++count_;
    slot_table* table = slots_.load(std::memory_order_relaxed);
    if (std::size_t{count_} * 2 > table->mask)
      table = grow(table);
    else
      publish(*table, index);
    return index;
  }

  void publish(slot_table& table, std::uint32_t index) noexcept {
    std::size_t at = entry(index).hash & table.mask;
    while (table.slots[at].load(std::memory_order_relaxed) != 0)
      at = (at + 1) & table.mask;
    table.slots[at].store(index + 1, std::memory_order_release);
  }

  slot_table* grow(slot_table* full) noexcept {
    auto* larger = new slot_table((full->mask + 1) * 2, full);
    for (std::uint32_t index = 0; index < count_; ++index)
      publish(*larger, index);
    slots_.store(larger, std::memory_order_release);
    return larger;
  }

  /// The count that is told now; told_at_ is the next one after it.
  std::size_t next_level() noexcept {
    for (const std::size_t eighths : {6, 7, 8})
      if (told_at_ = limit() * eighths / 8; told_at_ > count_)
        return count_;
    told_at_ = ~std::size_t{0};
    return count_;
  }

  std::mutex writer_;
  std::uint32_t count_ = 0;
  std::size_t told_at_ = default_limit / 2;
  std::atomic<std::size_t> limit_{default_limit};
  std::atomic<atom_entry*> chunks_[chunk_count] = {};
  std::atomic<slot_table*> slots_{new slot_table(4096, nullptr)};
};

/// Never destroyed: atoms are used by static objects' destructors too.
atom_table& atoms() noexcept {
  static auto* const table = new atom_table;
  return *table;
}
}  // namespace

namespace host {
std::uint32_t atom_index(const char* text, std::size_t bytes) noexcept {
  return atoms().index_of({text, bytes});
}

const char* atom_text(std::uint32_t index, std::size_t* bytes) noexcept {
  const atom_entry& found = atoms().entry(index);
  *bytes = found.bytes;
  return found.text;
}
}  // namespace host

std::optional<atom> existing_atom(std::string_view text) noexcept {
  const std::optional<std::uint32_t> index = atoms().known(text);
  return index ? std::optional(atom::from_index(*index)) : std::nullopt;
}

std::optional<atom> atom_within_limit(std::string_view text) noexcept {
  const auto index = atoms().index_below(text, atoms().limit());
  return index ? std::optional(atom::from_index(*index)) : std::nullopt;
}

atom make_atom(std::string_view text) {
  const auto made = atom_within_limit(text);
  if (!made)
    raise_error("system_limit");
  return *made;
}

std::size_t atom_count() noexcept {
  return atoms().count();
}

std::size_t atom_limit() noexcept {
  return atoms().limit();
}

void limit_atoms(std::size_t count) noexcept {
  atoms().set_limit(count);
}

atom_watcher::atom_watcher() {
  const std::lock_guard guard(watching().mutex);
  watching().all.push_back(this);
}

void atom_watcher::end() noexcept {
  const std::lock_guard guard(watching().mutex);
  std::erase(watching().all, this);
}

atom_watcher::~atom_watcher() {
  end();
}
}  // namespace twinslot
