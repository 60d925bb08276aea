// tests/term/map_test.cpp - maps below and above the size at which they become trees.
#include "runtime/term/map_cells.hpp"
#include "tests/catch.hpp"

#include <algorithm>
#include <map>
#include <random>

using namespace twinslot;

namespace {
/// Height of the tree, -1000 where the counts don't add up or a side is too heavy.
int height(const map_node* node) {
  if (!node)
    return 0;
  const std::uint64_t left = node->left ? node->left->size : 0;
  const std::uint64_t right = node->right ? node->right->size : 0;
  if (node->size != left + right + 1 || left + 1 > 3 * (right + 1) || right + 1 > 3 * (left + 1))
    return -1000;
  return 1 + std::max(height(node->left), height(node->right));
}
}  // namespace

TEST_CASE("a map holds what a std::map would, through 20,000 random changes") {
  std::mt19937 random(1);
  for (const int key_count : {8, 40, 1000}) {
    std::map<int, int> model;
    term mine = map();
    for (int round = 0; round < 20'000; ++round) {
      const int key = static_cast<int>(random() % static_cast<unsigned>(key_count));
      if (random() % 2) {
        model[key] = round;
        mine = mine.with(key, round);
      } else {
        model.erase(key);
        mine = mine.without(key);
      }
      REQUIRE(mine.size() == model.size());
      const auto found = model.find(key);
      REQUIRE((mine.get(key) != nullptr) == (found != model.end()));
      if (found != model.end())
        REQUIRE(*mine.get(key) == term{found->second});
    }
    term rest = mine.to_list();
    std::vector<std::pair<term, term>> pairs;
    for (const auto& [key, value] : model) {
      REQUIRE(rest.head() == tuple(key, value));
      rest = rest.tail();
      pairs.emplace_back(value, value);
      pairs.emplace_back(key, value);
    }
    CHECK(rest.is_nil());
    if (mine.raw().box->flags == map_is_node)
      CHECK(height(static_cast<const map_node*>(mine.raw().box)) > 0);
  }
}

TEST_CASE("100,000 keys in any order make a balanced tree, and equal maps are equal however they were made") {
  constexpr int count = 100'000;
  term upwards = map();
  term downwards = map();
  std::vector<std::pair<term, term>> entries;
  for (int i = 0; i < count; ++i) {
    upwards = upwards.with(i, "value");
    downwards = downwards.with(count - 1 - i, "value");
    entries.emplace_back(i, "other");
    entries.emplace_back(i, "value");
  }
  const int levels = height(static_cast<const map_node*>(upwards.raw().box));
  CHECK(levels > 0);
  CHECK(levels < 41);  // 2.41 * log2(100,000)
  CHECK(upwards == downwards);
  CHECK(upwards == map_of(entries));
  CHECK(term_hash{}(upwards) == term_hash{}(downwards));
}

TEST_CASE("a change leaves the map it started from as it was") {
  for (const int size : {3, 32, 33, 200}) {
    term before = map();
    for (int i = 0; i < size; ++i)
      before = before.with(i, i);
    const term after = before.with(1, "changed").without(2).with("new", 1);
    CHECK(*before.get(1) == term{1});
    CHECK(before.get(2) != nullptr);
    CHECK(before.size() == static_cast<std::size_t>(size));
    CHECK(*after.get(1) == "changed");
    CHECK(after.get(2) == nullptr);
    CHECK(after.size() == before.size());
  }
}

TEST_CASE("a map that shrank is equal to one that never grew") {
  term grown = map();
  for (int i = 0; i < 100; ++i)
    grown = grown.with(i, i);
  for (int i = 3; i < 100; ++i)
    grown = grown.without(i);
  const term small = map({{0, 0}, {1, 1}, {2, 2}});
  CHECK(grown == small);
  CHECK(term_hash{}(grown) == term_hash{}(small));
  CHECK(grown.without(7) == grown);
}
