// runtime/term/map.cpp - maps: sorted arrays while small, persistent balanced trees above 32 keys.
#include "runtime/term/map_cells.hpp"

#include <algorithm>

namespace twinslot {
namespace {

raw_term retained(const raw_term& value) noexcept {
  return term::copy(value).detach();
}

map_node* shared(map_node* node) noexcept {
  if (node)
    node->count.fetch_add(1, std::memory_order_relaxed);
  return node;
}

void release(map_node* node) noexcept {
  if (node && drop_reference(*node))
    host::free_cell(node);
}

std::uint64_t weight(const map_node* node) noexcept {
  return node ? node->size + 1 : 1;
}

raw_term map_bits(cell* box) noexcept {
  raw_term bits = term::bits(kind::map);
  bits.box = box;
  return bits;
}

/// Atoms and small integers, the usual keys, need no call.
int compare_keys(const raw_term& a, const raw_term& b) noexcept {
  if (a.what == kind::integer && b.what == kind::integer)
    return a.integer < b.integer ? -1 : a.integer > b.integer;
  if (a.what == kind::atom && b.what == kind::atom && a.id == b.id)
    return 0;
  return host::compare(a, b, true);
}

map_flat* make_flat(std::uint64_t count) noexcept {
  return static_cast<map_flat*>(
      host::make_cell(kind::map, count, sizeof(cell) + (count ? count : 1) * sizeof(map_entry)));
}

/// Owns `left` and `right`; adds a reference to the entry's terms.
map_node* make_node(map_node* left, const map_entry& entry, map_node* right) noexcept {
  const std::uint64_t size = weight(left) + weight(right) - 1;
  auto* made = static_cast<map_node*>(host::make_cell(kind::map, size, sizeof(map_node)));
  made->flags = map_is_node;
  made->left = left;
  made->right = right;
  made->entry = {retained(entry.key), retained(entry.value)};
  return made;
}

map_node* rotate_left(map_node* left, const map_entry& entry, map_node* right) noexcept {
  map_node* made = nullptr;
  if (weight(right->left) < 2 * weight(right->right)) {
    made = make_node(make_node(left, entry, shared(right->left)), right->entry, shared(right->right));
  } else {
    map_node* middle = right->left;
    made = make_node(make_node(left, entry, shared(middle->left)), middle->entry,
                     make_node(shared(middle->right), right->entry, shared(right->right)));
  }
  release(right);
  return made;
}

map_node* rotate_right(map_node* left, const map_entry& entry, map_node* right) noexcept {
  map_node* made = nullptr;
  if (weight(left->right) < 2 * weight(left->left)) {
    made = make_node(shared(left->left), left->entry, make_node(shared(left->right), entry, right));
  } else {
    map_node* middle = left->right;
    made = make_node(make_node(shared(left->left), left->entry, shared(middle->left)), middle->entry,
                     make_node(shared(middle->right), entry, right));
  }
  release(left);
  return made;
}

/// As make_node, where one side may have grown or shrunk by one.
map_node* balanced(map_node* left, const map_entry& entry, map_node* right) noexcept {
  if (weight(right) > 3 * weight(left))
    return rotate_left(left, entry, right);
  if (weight(left) > 3 * weight(right))
    return rotate_right(left, entry, right);
  return make_node(left, entry, right);
}

map_node* inserted(map_node* node, const map_entry& entry) noexcept {
  if (!node)
    return make_node(nullptr, entry, nullptr);
  const int order = compare_keys(entry.key, node->entry.key);
  if (order < 0)
    return balanced(inserted(node->left, entry), node->entry, shared(node->right));
  if (order > 0)
    return balanced(shared(node->left), node->entry, inserted(node->right, entry));
  return make_node(shared(node->left), {node->entry.key, entry.value}, shared(node->right));
}

map_node* without_first(map_node* node) noexcept {
  if (!node->left)
    return shared(node->right);
  return balanced(without_first(node->left), node->entry, shared(node->right));
}

const map_node* first(const map_node* node) noexcept {
  while (node->left)
    node = node->left;
  return node;
}

/// The key is there.
map_node* removed(map_node* node, const raw_term& key) noexcept {
  const int order = compare_keys(key, node->entry.key);
  if (order < 0)
    return balanced(removed(node->left, key), node->entry, shared(node->right));
  if (order > 0)
    return balanced(shared(node->left), node->entry, removed(node->right, key));
  if (!node->right)
    return shared(node->left);
  return balanced(shared(node->left), first(node->right)->entry, without_first(node->right));
}

/// A tree of entries in key order.
map_node* planted(const map_entry* entries, std::uint64_t count) noexcept {
  if (count == 0)
    return nullptr;
  const std::uint64_t half = count / 2;
  map_node* left = planted(entries, half);
  return make_node(left, entries[half], planted(entries + half + 1, count - half - 1));
}

struct position {
  std::uint64_t index;
  bool found;
};

position find(const map_flat* map, const raw_term& key) noexcept {
  std::uint64_t low = 0;
  std::uint64_t high = map->size;
  while (low < high) {
    const std::uint64_t middle = (low + high) / 2;
    const int order = compare_keys(key, map->entries[middle].key);
    if (order == 0)
      return {middle, true};
    (order < 0 ? high : low) = order < 0 ? middle : middle + 1;
  }
  return {low, false};
}

raw_term flat_with(const map_flat* map, const raw_term& key, const raw_term& value) noexcept {
  const position at = find(map, key);
  const std::uint64_t count = map->size + (at.found ? 0 : 1);
  map_entry entries[map_flat_limit + 1];
  std::copy_n(map->entries, at.index, entries);
  entries[at.index] = {at.found ? map->entries[at.index].key : key, value};
  std::copy_n(map->entries + at.index + at.found, map->size - at.index - at.found, entries + at.index + 1);
  if (count > map_flat_limit)
    return map_bits(planted(entries, count));
  map_flat* made = make_flat(count);
  for (std::uint64_t i = 0; i < count; ++i)
    made->entries[i] = {retained(entries[i].key), retained(entries[i].value)};
  return map_bits(made);
}

raw_term flat_without(const map_flat* map, std::uint64_t gone) noexcept {
  map_flat* made = make_flat(map->size - 1);
  for (std::uint64_t from = 0, to = 0; from < map->size; ++from)
    if (from != gone)
      made->entries[to++] = {retained(map->entries[from].key), retained(map->entries[from].value)};
  return map_bits(made);
}

raw_term node_without(map_node* root, const raw_term& key) noexcept {
  map_node* smaller = removed(root, key);
  if (smaller->size > map_flat_limit)
    return map_bits(smaller);
  map_flat* made = make_flat(smaller->size);
  for (std::uint64_t i = 0; i < smaller->size; ++i) {
    const map_entry& entry = map_at(smaller, i);
    made->entries[i] = {retained(entry.key), retained(entry.value)};
  }
  release(smaller);
  return map_bits(made);
}
}  // namespace

const map_entry& map_at(const cell* map, std::uint64_t index) noexcept {
  if (map->flags == map_is_flat)
    return static_cast<const map_flat*>(map)->entries[index];
  const auto* node = static_cast<const map_node*>(map);
  for (;;) {
    const std::uint64_t left = node->left ? node->left->size : 0;
    if (index == left)
      return node->entry;
    if (index < left) {
      node = node->left;
    } else {
      index -= left + 1;
      node = node->right;
    }
  }
}

term map_of(std::vector<std::pair<term, term>> entries) {
  std::stable_sort(entries.begin(), entries.end(),
                   [](const auto& a, const auto& b) { return compare_keys(a.first.raw(), b.first.raw()) < 0; });
  std::vector<map_entry> kept;
  kept.reserve(entries.size());
  for (const auto& [key, value] : entries) {
    if (!kept.empty() && compare_keys(kept.back().key, key.raw()) == 0)
      kept.back().value = value.raw();
    else
      kept.push_back({key.raw(), value.raw()});
  }
  if (kept.size() > map_flat_limit)
    return term::adopt(map_bits(planted(kept.data(), kept.size())));
  map_flat* made = make_flat(kept.size());
  for (std::size_t i = 0; i < kept.size(); ++i)
    made->entries[i] = {retained(kept[i].key), retained(kept[i].value)};
  return term::adopt(map_bits(made));
}

namespace host {
const raw_term* map_get(const raw_term& map, const raw_term& key) noexcept {
  if (map.box->flags == map_is_flat) {
    const auto* flat = static_cast<const map_flat*>(map.box);
    const position at = find(flat, key);
    return at.found ? &flat->entries[at.index].value : nullptr;
  }
  const auto* node = static_cast<const map_node*>(map.box);
  while (node) {
    const int order = compare_keys(key, node->entry.key);
    if (order == 0)
      return &node->entry.value;
    node = order < 0 ? node->left : node->right;
  }
  return nullptr;
}

raw_term map_with(const raw_term& map, const raw_term& key, const raw_term* value) noexcept {
  const bool flat = map.box->flags == map_is_flat;
  if (value) {
    return flat ? flat_with(static_cast<map_flat*>(map.box), key, *value)
                : map_bits(inserted(static_cast<map_node*>(map.box), {key, *value}));
  }
  if (!map_get(map, key))
    return retained(map);
  return flat ? flat_without(static_cast<map_flat*>(map.box), find(static_cast<map_flat*>(map.box), key).index)
              : node_without(static_cast<map_node*>(map.box), key);
}

raw_term map_empty() noexcept {
  static const raw_term empty = map_bits(make_flat(0));  // for ever: static objects' destructors use maps too
  return retained(empty);
}

raw_term map_to_list(const raw_term& map) noexcept {
  std::vector<term> pairs;
  pairs.reserve(map.box->size);
  for (std::uint64_t i = 0; i < map.box->size; ++i) {
    const map_entry& entry = map_at(map.box, i);
    const term both[] = {term::copy(entry.key), term::copy(entry.value)};
    pairs.push_back(tuple_of(both, 2));
  }
  return list_of(pairs.data(), pairs.size()).detach();
}
}  // namespace host
}  // namespace twinslot
