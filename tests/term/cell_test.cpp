// tests/term/cell_test.cpp - atoms and cells: how they come, how they are shared, how they go.
#include "runtime/term/list_limit.hpp"
#include "runtime/term/term.hpp"
#include "tests/catch.hpp"

#include <string>
#include <thread>
#include <vector>

using namespace twinslot;

namespace {
constexpr int depth = 1'000'000;

term nested_tuples() {
  term inner = tuple();
  for (int i = 0; i < depth; ++i)
    inner = tuple(std::move(inner));
  return inner;
}

term nested_lists() {
  term inner;
  for (int i = 0; i < depth; ++i)
    inner = cons(inner, term{});
  return inner;
}
}  // namespace

TEST_CASE("the empty atom is index 0 and equal texts are one atom") {
  CHECK(atom{}.text().empty());
  CHECK(atom{""} == atom{});
  CHECK(atom{"counter"} == atom{std::string{"counter"}});
  CHECK("counter"_atom.text() == "counter");
  CHECK_FALSE(atom{"a"} == atom{"b"});
  CHECK(atom{"sm\xC3\xB6rg\xC3\xA5s"}.text() == "sm\xC3\xB6rg\xC3\xA5s");
}

TEST_CASE("atoms keep their text while the table grows under other threads", "[threads]") {
  constexpr int atom_count = 20'000;
  std::vector<std::vector<std::uint32_t>> seen(4);
  std::vector<std::thread> threads;
  for (auto& indexes : seen) {
    threads.emplace_back([&indexes] {
      for (int i = 0; i < atom_count; ++i)
        indexes.push_back(atom{"grown_" + std::to_string(i)}.index());
    });
  }
  for (auto& thread : threads)
    thread.join();
  for (int i = 0; i < atom_count; ++i) {
    const auto index = seen[0][static_cast<std::size_t>(i)];
    REQUIRE(atom::from_index(index).text() == "grown_" + std::to_string(i));
    for (const auto& indexes : seen)
      REQUIRE(indexes[static_cast<std::size_t>(i)] == index);
  }
}

TEST_CASE("a term shared by threads is freed once, by the last of them", "[threads]") {
  const term shared = tuple("ok", string("abc"), list(1, 2.5, binary("bytes")), map({{"key", "value"}}));
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([mine = shared] {
      for (int round = 0; round < 10'000; ++round) {
        const term copy = mine;
        const term rest = copy[2].tail();
        if (rest.head() != term{2.5})
          std::abort();
      }
    });
  }
  for (auto& thread : threads)
    thread.join();
  CHECK(shared.raw().box->count.load() == 1);
}

TEST_CASE("terms nested a million levels deep are freed, compared and hashed") {
  for (auto make : {nested_tuples, nested_lists}) {
    const term a = make();
    const term b = make();
    CHECK(a == b);
    CHECK(term_hash{}(a) == term_hash{}(b));
    CHECK(compare(a, tuple(b)) != 0);
  }
  term long_list;
  for (int i = 0; i < depth; ++i)
    long_list = cons(i, std::move(long_list));
  CHECK(long_list.head() == term{depth - 1});
  term nested_maps = map();
  for (int i = 0; i < depth; ++i)
    nested_maps = map().with("inner", nested_maps);
  CHECK(nested_maps == term{nested_maps});
}

TEST_CASE("the longest text that a term can point into ends, and a longer one is refused") {
  auto* longest = host::make_cell(kind::text, longest_cell, sizeof(cell));  // its bytes are not looked at
  raw_term last = term::bits(kind::text);
  last.aux = static_cast<std::uint32_t>(longest_cell - 1);
  last.box = longest;
  CHECK(term::adopt(last).tail().is_nil());
  const std::string_view longer("never read", longest_cell + 1);
  try {
    list_of_bytes(longer);
    FAIL("it was made");
  } catch (const raised& refused) {
    CHECK(refused.reason == "system_limit");
  }
}
