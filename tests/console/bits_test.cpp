#include "runtime/console/bits.hpp"

#include "runtime/term/arithmetic.hpp"
#include "runtime/term/print.hpp"
#include "tests/catch.hpp"

#include <random>

using namespace twinslot;
using namespace twinslot::console;
using type = segment_format::type;

TEST_CASE("what is written is read back, wherever it starts") {
  std::mt19937_64 random(42);
  for (int round = 0; round < 2000; ++round) {
    const std::uint64_t before = random() % 17;
    const segment_format how{
        .what = type::integer, .size = random() % 200, .little = random() % 2 == 1, .is_signed = random() % 2 == 1};
    // A value of as many bits as the segment has.
    term value = 0;
    for (std::uint64_t bit = 0; bit < how.size; ++bit)
      value = add(multiply(value, 2), static_cast<std::int64_t>(random() % 2));
    const bool is_negative = how.is_signed && how.size > 0 && random() % 2 == 1;
    if (how.is_signed && how.size > 0)
      value = shift_right(value, 1);
    if (is_negative)
      value = negate(value);
    bit_writer out;
    out.integer(0, {.size = before});
    out.integer(value, how);
    out.integer(5, {.size = 3});
    bit_reader in(out.finish());
    CHECK(in.left() == before + how.size + 3);
    CHECK(in.skip(before));
    INFO(how.size << (how.little ? " little " : " big ") << to_text_w(value));
    CHECK(in.integer(how) == value);
    CHECK(in.integer({.size = 3}) == term(5));
    CHECK(in.left() == 0);
  }
}

TEST_CASE("a value that is too large keeps its low bits") {
  bit_writer out;
  out.integer(300, {.size = 8});
  out.integer(-1, {.size = 4});
  CHECK(to_text_p(out.finish()) == "<<44,15:4>>");
}

TEST_CASE("a long part of a binary refers to it, a short one does not") {
  const term whole = binary(std::string(1000, 'x') + "end");
  bit_reader in(whole);
  CHECK(in.skip(8));
  const auto part = in.bitstring(8 * 999);
  REQUIRE(part);
  CHECK(part->bytes().data() == whole.bytes().data() + 1);
  const auto end = in.bitstring(24);
  REQUIRE(end);
  CHECK(end->bytes() == "end");
  CHECK(end->bytes().data() != whole.bytes().data() + 1000);
}

TEST_CASE("parts outlive the whole") {
  term part;
  {
    bit_reader in(binary(std::string(500, 'y')));
    REQUIRE(in.skip(80));
    part = in.rest();
  }
  CHECK(part.bytes() == std::string(490, 'y'));
}

TEST_CASE("bits that are not a part's are 0") {
  bit_reader in(binary("\xff\xff"));
  const auto part = in.bitstring(11);
  REQUIRE(part);
  CHECK(part->bytes() == "\xff\xe0");
  CHECK(bit_size(*part) == 11);
  const auto rest = in.bitstring(5);
  REQUIRE(rest);
  CHECK(rest->bytes() == "\xf8");
}

TEST_CASE("code points in three formats") {
  for (const type what : {type::utf8, type::utf16, type::utf32})
    for (const bool little : {false, true})
      for (const std::int64_t code : {0x24, 0xE9, 0x20AC, 0x1F600, 0x10FFFF}) {
        bit_writer out;
        REQUIRE(out.code_point(code, {.what = what, .little = little}));
        bit_reader in(out.finish());
        CHECK(in.code_point({.what = what, .little = little}) == term(code));
        CHECK(in.left() == 0);
      }
  bit_writer out;
  CHECK_FALSE(out.code_point(0xD800, {.what = type::utf8}));
  CHECK_FALSE(out.code_point(0x110000, {.what = type::utf32}));
  CHECK_FALSE(out.code_point(-1, {.what = type::utf16}));
}

TEST_CASE("bytes that are no UTF are not taken") {
  for (const std::string_view bytes : {"\xff", "\xc3", "\xc3(", "\xed\xa0\x80", "\xc0\x80", "\xf5\x80\x80\x80", ""}) {
    bit_reader in(binary(bytes));
    CHECK_FALSE(in.code_point({.what = type::utf8}));
    CHECK(in.left() == bytes.size() * 8);
  }
}

TEST_CASE("floats of 16, 32 and 64 bits") {
  for (const std::uint64_t size : {16, 32, 64})
    for (const double value : {0.0, 1.0, -2.5, 0.0009765625, 65504.0}) {
      bit_writer out;
      REQUIRE(out.floating(value, {.what = type::floating, .size = size}));
      bit_reader in(out.finish());
      CHECK(in.floating({.what = type::floating, .size = size}) == term(value));
    }
  bit_writer out;
  CHECK_FALSE(out.floating(1.0, {.what = type::floating, .size = 24}));
  CHECK_FALSE(out.floating(1e10, {.what = type::floating, .size = 16}));
  bit_reader infinity(binary(std::string_view("\x7f\xf0\0\0\0\0\0\0", 8)));
  CHECK_FALSE(infinity.floating({.what = type::floating, .size = 64}));
}
