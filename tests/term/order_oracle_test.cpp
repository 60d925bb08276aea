// tests/term/order_oracle_test.cpp - the order of random terms: total, and Erlang's.
#include "runtime/term/print.hpp"
#include "tests/catch.hpp"
#include "tests/term/oracle.hpp"

#include <algorithm>

using namespace twinslot;
using test::ask_erlang;
using test::random_terms;

namespace {
/// Another term that is close to `value`, so that comparisons reach deep.
term neighbour(random_terms& random, const term& value) {
  if (value.is_tuple() && value.size() > 0) {
    std::vector<term> elements(value.elements(), value.elements() + value.size());
    term& changed = elements[random.below(static_cast<unsigned>(elements.size()))];
    changed = neighbour(random, changed);
    return tuple_of(elements.data(), elements.size());
  }
  if (value.is_cons()) {
    std::vector<term> elements;
    term rest = value;
    for (; rest.is_cons(); rest = rest.tail())
      elements.push_back(rest.head());
    term& changed = elements[random.below(static_cast<unsigned>(elements.size()))];
    changed = neighbour(random, changed);
    return list_of(elements.data(), elements.size(), rest);
  }
  if (value.is_map() && value.size() > 0) {
    const term entry = value.to_list().head();
    return random.chance(50) ? value.with(entry[0], neighbour(random, entry[1]))
                             : value.without(entry[0]).with(neighbour(random, entry[0]), entry[1]);
  }
  if (value.is_int64() && value.as_int64() > -1000 && value.as_int64() < 1000 && random.chance(50))
    return static_cast<double>(value.as_int64());
  return random.chance(30) ? random.any(0) : value;
}
}  // namespace

TEST_CASE("random terms stand in Erlang's order") {
  random_terms random(31);
  std::vector<term> questions;
  std::vector<term> ours;
  for (int i = 0; i < 6000; ++i) {
    const term a = random.any(3);
    const term b = random.chance(80) ? neighbour(random, a) : random.any(3);
    questions.push_back(tuple("order", a, b));
    ours.push_back(tuple(compare(a, b), a == b));
  }
  for (int i = 0; i < 4000; ++i) {
    const term a = random.number();
    const term b = random.chance(50) ? random.number() : a.is_float() ? a : neighbour(random, a);
    questions.push_back(tuple("order", a, b));
    ours.push_back(tuple(compare(a, b), a == b));
  }
  const auto answers = ask_erlang(questions);
  if (!answers)
    return;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    INFO(to_text_w(questions[i]));
    REQUIRE((*answers)[i] == ours[i]);
  }
}

TEST_CASE("both orders are total, and equal terms hash alike") {
  random_terms random(32);
  for (int i = 0; i < 3000; ++i) {
    const term a = random.any(3);
    const term b = neighbour(random, a);
    const term c = neighbour(random, b);
    for (const bool exact : {false, true}) {
      const auto order = [exact](const term& x, const term& y) { return host::compare(x.raw(), y.raw(), exact); };
      REQUIRE(order(a, a) == 0);
      REQUIRE(order(a, b) == -order(b, a));
      if (order(a, b) <= 0 && order(b, c) <= 0)
        REQUIRE(order(a, c) <= 0);
      if (order(a, b) >= 0 && order(b, c) >= 0)
        REQUIRE(order(a, c) >= 0);
    }
    REQUIRE((compare_exact(a, b) == 0) == (a == b));
    if (a == b)
      REQUIRE(term_hash{}(a) == term_hash{}(b));
  }
}

TEST_CASE("different terms rarely share a hash") {
  random_terms random(33);
  std::vector<term> all;
  for (int i = 0; i < 20'000; ++i)
    all.push_back(random.any(2));
  for (int i = 0; i < 20'000; ++i)
    all.push_back(tuple(i, list(i)));
  std::sort(all.begin(), all.end(), term_less{});
  all.erase(std::unique(all.begin(), all.end()), all.end());
  std::vector<std::size_t> hashes;
  for (const term& value : all)
    hashes.push_back(term_hash{}(value));
  std::sort(hashes.begin(), hashes.end());
  CHECK(std::adjacent_find(hashes.begin(), hashes.end()) == hashes.end());
}
