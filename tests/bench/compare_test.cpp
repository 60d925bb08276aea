// A row that fell is told from one that the machine shook.
#include "tests/bench/compare.hpp"
#include "tests/bench/turns.hpp"
#include "tests/catch.hpp"

#include <cmath>
#include <stdexcept>

using namespace twinslot::bench;

namespace {
verdict found(const values& before, const values& now, measure_of unit = measure_of::rate) {
  return compare(before, now, unit).found;
}

bool is_near(double one, double other) {
  return std::abs(one - other) < 1e-9;
}
}  // namespace

TEST_CASE("a fall of more than 3 % in every round is a fall") {
  CHECK(found({100, 101, 99, 100, 102, 100}, {95, 96, 94, 95, 97, 95}) == verdict::slower);
  CHECK(found({100, 101, 99, 100, 102, 100}, {105, 106, 104, 105, 107, 105}) == verdict::faster);
}

TEST_CASE("less than 3 % is no change, however steady") {
  CHECK(found(values(6, 100), values(6, 97.5)) == verdict::same);
  CHECK(found(values(6, 100), values(6, 102.5)) == verdict::same);
  CHECK_FALSE(compare(values(6, 100), values(6, 97.5), measure_of::rate).is_noisy);
}

TEST_CASE("a fall within the range of the rounds is noise, and said to be") {
  const auto shaken = compare({100, 120, 90, 100, 80, 100}, values(6, 95), measure_of::rate);
  CHECK(shaken.found == verdict::same);
  CHECK(shaken.is_noisy);
  CHECK(is_near(shaken.ratio, 0.95));
  CHECK(is_near(shaken.least, 95.0 / 120));
  CHECK(is_near(shaken.most, 95.0 / 80));
}

TEST_CASE("times and bytes are better when they are less") {
  for (const auto unit : {measure_of::time_ns, measure_of::time_us, measure_of::time_ms, measure_of::bytes}) {
    CHECK(found(values(6, 10), values(6, 11), unit) == verdict::slower);
    CHECK(found(values(6, 10), values(6, 9), unit) == verdict::faster);
    CHECK(is_near(compare({10}, {5}, unit).ratio, 2));
  }
}

TEST_CASE("a machine that slows down for both changes nothing") {
  const values slowing = {100, 50, 25, 12, 6, 3};
  values less = slowing;
  for (double& each : less)
    each *= 0.9;
  CHECK(found(slowing, slowing) == verdict::same);
  CHECK(found(slowing, less) == verdict::slower);
}

TEST_CASE("where nothing is to be measured, a little is nothing and much is a fall") {
  CHECK(found(values(6, 0), {1, 0, 0, 1, 2, 0}, measure_of::switches) == verdict::same);
  CHECK(found(values(6, 0), values(6, 0), measure_of::switches) == verdict::same);
  CHECK(found(values(6, 0), {300, 305, 290, 300, 301, 299}, measure_of::switches) == verdict::slower);
  CHECK(found(values(6, 0.01), values(6, 1), measure_of::percent) == verdict::slower);
}

TEST_CASE("the range leaves out what is rare enough") {
  for (const std::size_t few : {1, 2, 5, 6, 8})
    CHECK(outside_of_range(few) == 0);
  CHECK(outside_of_range(9) == 1);  // 2 * (1 + 9) / 2^9 = 3.9 %
  CHECK(outside_of_range(15) == 3);
  CHECK(outside_of_range(100) == 39);  // as in tables of the sign test: the 40th and the 61st
  // One round of nine in which something else ran does not hide a fall, and does not make one.
  CHECK(found(values(9, 100), {90, 90, 90, 90, 90, 90, 90, 90, 150}) == verdict::slower);
  CHECK(found(values(9, 100), {100, 99, 101, 100, 99, 101, 100, 50, 100}) == verdict::same);
}

TEST_CASE("less than six rounds say nothing") {
  CHECK(found(values(5, 100), values(5, 50)) == verdict::too_few_rounds);
  CHECK(found(values(6, 100), values(6, 50)) == verdict::slower);
}

TEST_CASE("rounds that have no pair are refused") {
  CHECK_THROWS_AS(compare({}, {}, measure_of::rate), std::invalid_argument);
  CHECK_THROWS_AS(compare({1, 2}, {1}, measure_of::rate), std::invalid_argument);
}

TEST_CASE("a row that does not exist is refused, with those that do") {
  try {
    measure_in_turns({}, {.names = {"call_one", "gap_p999"}}, [](const char*) {});
    FAIL("measured");
  } catch (const std::invalid_argument& refused) {
    const std::string text = refused.what();
    CHECK(text.find("no row gap_p999") == 0);
    CHECK(text.find(" upgrade_many ") != text.npos);
  }
}
