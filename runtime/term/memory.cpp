#include "runtime/term/memory.hpp"

#include "runtime/term/map_cells.hpp"

#include <atomic>
#include <unordered_set>
#include <vector>

namespace twinslot {
namespace {

class weighing {
public:
  void add(const raw_term& value) {
    if (!term::as_term(value).in_place())
      add(value.box);
  }
  std::size_t total() {
    while (!waiting_.empty()) {
      cell* const next = waiting_.back();
      waiting_.pop_back();
      bytes_ += bytes_of(*next);
    }
    return bytes_;
  }

private:
  // A cell with one reference is met once; only shared ones need to be remembered.
  void add(cell* one) {
    if (one && (one->count.load(std::memory_order_relaxed) == 1 || seen_.insert(one).second))
      waiting_.push_back(one);
  }
  void add_all(const raw_term* values, std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i)
      add(values[i]);
  }
  std::size_t bytes_of(cell& one) {
    const std::size_t size = one.size;
    switch (one.what) {
      case kind::bignum: return sizeof(cell) + size * sizeof(std::uint64_t);
      case kind::text: return sizeof(cell) + size;
      case kind::tuple: add_all(static_cast<tuple_cell&>(one).elements, size); return sizeof(cell) + size * 16;
      case kind::list:
        add(static_cast<list_cell&>(one).tail);
        add_all(static_cast<list_cell&>(one).elements, size);
        return sizeof(cell) + (size + 1) * sizeof(raw_term);
      case kind::binary: {
        auto& binary = static_cast<binary_cell&>(one);
        add(binary.parent);
        return binary_head_bytes + (binary.parent ? 0 : size);
      }
      case kind::fun: add(static_cast<fun_cell&>(one).environment); return sizeof(fun_cell);
      case kind::map: return bytes_of_map(one);
      default: return sizeof(cell);
    }
  }
  std::size_t bytes_of_map(cell& one) {
    if (one.flags == map_is_flat) {
      add_all(&static_cast<map_flat&>(one).entries[0].key, 2 * one.size);
      return sizeof(cell) + one.size * sizeof(map_entry);
    }
    auto& node = static_cast<map_node&>(one);
    add(node.left);
    add(node.right);
    add_all(&node.entry.key, 2);
    return sizeof(map_node);
  }

  std::size_t bytes_ = 0;
  std::vector<cell*> waiting_;
  std::unordered_set<cell*> seen_;
};

// Many counters, so that threads seldom write to the same line of the cache; only their sum says something.
struct alignas(64) counter {
  std::atomic<std::int64_t> bytes{0};
};
constexpr std::size_t counters_count = 16;
constinit counter counters[counters_count];

counter& own_counter() noexcept {
  static std::atomic<std::size_t> threads{0};
  static thread_local const std::size_t mine = threads.fetch_add(1, std::memory_order_relaxed) % counters_count;
  return counters[mine];
}
}  // namespace

std::size_t bytes_behind(const term& value) {
  weighing all;
  all.add(value.raw());
  return all.total();
}

std::int64_t binary_bytes() noexcept {
  std::int64_t sum = 0;
  for (const counter& one : counters)
    sum += one.bytes.load(std::memory_order_relaxed);
  return sum;
}

void count_binary(std::int64_t bytes) noexcept {
  own_counter().bytes.fetch_add(bytes, std::memory_order_relaxed);
}
}  // namespace twinslot
