// runtime/term/cell.cpp - where cells come from and where they go.
#include "runtime/term/cell.hpp"

#include "runtime/term/fun_keeper.hpp"
#include "runtime/term/list_limit.hpp"
#include "runtime/term/map_cells.hpp"
#include "runtime/term/memory.hpp"

#include <malloc.h>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <new>
#include <vector>

namespace twinslot {
namespace {

/// Cells whose last reference was given up and whose contents still refer to others: a stack of our own, as a list
/// nested a million times deep would overflow the thread's.
class graveyard {
public:
  void drop(const raw_term& value) noexcept {
    if (!term::as_term(value).in_place())
      drop(value.box);
  }
  void drop(cell* shared) noexcept {
    if (shared && drop_reference(*shared))
      bury(shared);
  }
  void bury(cell* dead) noexcept {
    switch (dead->what) {
      case kind::bignum:
      case kind::text: std::free(dead); return;
      default:
        if (few_count_ < std::size(few_))
          few_[few_count_++] = dead;
        else
          many_.push_back(dead);
    }
  }
  void empty() noexcept {
    while (cell* const next = take()) {
      drop_contents(next);
      std::free(next);
    }
  }

  void drop_contents(cell* dead) noexcept {
    switch (dead->what) {
      case kind::tuple: drop_all(static_cast<tuple_cell*>(dead)->elements, dead->size); break;
      case kind::list:
        drop_all(static_cast<list_cell*>(dead)->elements, dead->size);
        drop(static_cast<list_cell*>(dead)->tail);
        break;
      case kind::binary:
        if (cell* const parent = static_cast<binary_cell*>(dead)->parent)
          drop(parent);
        else if (dead->flags & binary_is_counted)
          count_binary(-static_cast<std::int64_t>(malloc_usable_size(dead)));
        break;
      case kind::fun:
        drop(static_cast<fun_cell*>(dead)->environment);
        if (dead->flags & fun_is_of_plugin)
          fun_keeper::of(static_cast<fun_cell*>(dead)->unique)->drop();
        break;
      case kind::map:
        if (dead->flags == map_is_flat) {
          drop_all(&static_cast<map_flat*>(dead)->entries[0].key, 2 * dead->size);
        } else {
          auto* node = static_cast<map_node*>(dead);
          drop(node->left);
          drop(node->right);
          drop_all(&node->entry.key, 2);
        }
        break;
      default: break;
    }
  }

private:
  void drop_all(const raw_term* values, std::uint64_t count) noexcept {
    for (std::uint64_t i = 0; i < count; ++i)
      drop(values[i]);
  }
  cell* take() noexcept {
    if (many_.empty())
      return few_count_ ? few_[--few_count_] : nullptr;
    cell* const last = many_.back();
    many_.pop_back();
    return last;
  }
  std::size_t few_count_ = 0;
  cell* few_[16];
  std::vector<cell*> many_;  // those that found no room
};
}  // namespace

namespace host {
cell* make_cell(kind what, std::uint64_t size, std::size_t bytes) noexcept {
  if ((what == kind::list || what == kind::text) && size > longest_cell) {
    std::fprintf(stderr, "twinslot: a list of %llu elements in one piece: %llu are the limit\n",
                 static_cast<unsigned long long>(size), static_cast<unsigned long long>(longest_cell));
    std::abort();
  }
  void* memory = std::malloc(bytes < sizeof(cell) ? sizeof(cell) : bytes);
  if (!memory) {
    std::fprintf(stderr, "twinslot: out of memory: a term of %zu bytes\n", bytes);
    std::abort();
  }
  cell* made = new (memory) cell;
  made->count.store(1, std::memory_order_relaxed);
  made->what = what;
  made->flags = 0;
  made->spare = 0;
  made->size = size;
  if (what == kind::binary && bytes > binary_head_bytes + counted_binary_bytes) {
    made->flags = binary_is_counted;
    count_binary(static_cast<std::int64_t>(malloc_usable_size(made)));
  }
  return made;
}

void free_cell(cell* dead) noexcept {
  graveyard dying;
  dying.drop_contents(dead);
  std::free(dead);
  dying.empty();
}
}  // namespace host
}  // namespace twinslot
