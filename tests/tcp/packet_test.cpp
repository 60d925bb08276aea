// Bytes cut into packets: any split of what comes in gives the same packets.
#include "actors/tcp/packet.hpp"
#include "tests/catch.hpp"

#include <algorithm>
#include <random>
#include <vector>

using namespace twinslot;
using tcp::packet;

namespace {
constexpr std::size_t no_limit = 1 << 30;

/// What comes out of `wire`, fed in parts that end at `cuts`; "!reason" where it fails.
std::vector<std::string> packets_of(packet type, std::string_view wire, const std::vector<std::size_t>& cuts,
                                    std::size_t limit = no_limit) {
  tcp::input in;
  std::vector<std::string> all;
  std::size_t from = 0;
  const auto feed = [&](std::size_t to) {
    in.append(wire.substr(from, to - from));
    from = to;
    for (;;) {
      const auto next = in.next(type, limit);
      if (!next) {
        all.push_back("!" + std::string(next.reason().as_atom().text()));
        return false;
      }
      if (!*next)
        return true;
      all.emplace_back(**next);
    }
  };
  for (const std::size_t cut : cuts)
    if (!feed(cut))
      return all;
  feed(wire.size());
  return all;
}

std::string framed(packet type, std::string_view data) {
  return *tcp::header_of(type, data.size()) + std::string(data);
}
std::size_t width(packet type) {
  return static_cast<std::size_t>(type);
}
}  // namespace

TEST_CASE("a packet's header is its length, big endian") {
  CHECK(*tcp::header_of(packet::raw, 70'000) == "");
  CHECK(*tcp::header_of(packet::line, 70'000) == "");
  CHECK(*tcp::header_of(packet::one, 255) == "\xFF");
  CHECK(*tcp::header_of(packet::two, 0x1234) == "\x12\x34");
  CHECK(*tcp::header_of(packet::four, 0x01020304) == "\x01\x02\x03\x04");
}

TEST_CASE("data that is too long for its header is refused, not cut") {
  CHECK(tcp::header_of(packet::one, 256).reason() == "einval");
  CHECK(tcp::header_of(packet::two, 0x10000).reason() == "einval");
  CHECK(tcp::header_of(packet::four, 0x100000000).reason() == "einval");
  CHECK(tcp::header_of(packet::two, 0xFFFF));
}

TEST_CASE("packets come whole and in order, however the bytes arrive") {
  std::mt19937 random(20261121);
  const auto any = [&](std::size_t most) { return std::uniform_int_distribution<std::size_t>(0, most)(random); };
  for (const packet type : {packet::line, packet::one, packet::two, packet::four})
    for (int round = 0; round < 200; ++round) {
      std::vector<std::string> sent;
      std::string wire;
      for (std::size_t i = any(20); i > 0; --i) {
        std::string data(any(type == packet::two && round % 10 == 0 ? 60'000 : 255), '\0');
        std::generate(data.begin(), data.end(), [&] { return static_cast<char>(any(255)); });
        if (type == packet::line) {
          std::replace(data.begin(), data.end(), '\n', ' ');
          data += '\n';
        }
        wire += framed(type, data);
        sent.push_back(std::move(data));
      }
      std::vector<std::size_t> cuts;
      for (std::size_t i = any(30); i > 0; --i)
        cuts.push_back(any(wire.size()));
      std::sort(cuts.begin(), cuts.end());
      REQUIRE(packets_of(type, wire, cuts) == sent);
    }
}

TEST_CASE("packets come whole when every byte arrives alone") {
  for (const packet type : {packet::line, packet::one, packet::two, packet::four}) {
    const std::string wire = framed(type, "first\n") + framed(type, "\n") + framed(type, "last\n");
    std::vector<std::size_t> cuts(wire.size());
    std::generate(cuts.begin(), cuts.end(), [at = std::size_t{0}]() mutable { return ++at; });
    CHECK(packets_of(type, wire, cuts) == std::vector<std::string>{"first\n", "\n", "last\n"});
  }
}

TEST_CASE("raw gives what there is; an empty packet is one, too") {
  tcp::input in;
  CHECK_FALSE(*in.next(packet::raw, no_limit));
  in.append("ab");
  in.append("c");
  CHECK(*in.next(packet::raw, no_limit) == std::string_view("abc"));
  CHECK(in.empty());
  in.append(std::string(1, '\0'));
  CHECK(*in.next(packet::one, no_limit) == std::string_view(""));
}

TEST_CASE("a number of bytes is given once all of them are here") {
  tcp::input in;
  in.append("abc");
  CHECK_FALSE(in.next_bytes(4));
  in.append("de");
  CHECK(in.next_bytes(4) == std::string_view("abcd"));
  CHECK(in.next_bytes(1) == std::string_view("e"));
  CHECK_FALSE(in.next_bytes(1));
}

TEST_CASE("a packet may be as long as the limit, and no longer") {
  for (const packet type : {packet::one, packet::two, packet::four}) {
    CHECK(packets_of(type, framed(type, "12345"), {}, 5) == std::vector<std::string>{"12345"});
    // Known by its header, before any of it is kept.
    CHECK(packets_of(type, framed(type, "123456").substr(0, width(type)), {}, 5) ==
          std::vector<std::string>{"!emsgsize"});
  }
  CHECK(packets_of(packet::line, "1234\n", {}, 5) == std::vector<std::string>{"1234\n"});
  CHECK(packets_of(packet::line, "12345\n", {}, 5) == std::vector<std::string>{"!emsgsize"});
  CHECK(packets_of(packet::line, "12345", {}, 5).empty());
  CHECK(packets_of(packet::line, "123456", {}, 5) == std::vector<std::string>{"!emsgsize"});
}

TEST_CASE("a length that nobody would send is refused at once") {
  CHECK(packets_of(packet::four, "\xFF\xFF\xFF\xFFxxxx", {}, 64 * 1024 * 1024) ==
        std::vector<std::string>{"!emsgsize"});
}

TEST_CASE("the kind of packet may change between two of them") {
  tcp::input in;
  in.append("a line\n\3abcrest without a newline");
  CHECK(*in.next(packet::line, no_limit) == std::string_view("a line\n"));
  CHECK(*in.next(packet::one, no_limit) == std::string_view("abc"));
  CHECK_FALSE(*in.next(packet::line, no_limit));
  CHECK(*in.next(packet::raw, no_limit) == std::string_view("rest without a newline"));
  in.append("\n");
  CHECK(*in.next(packet::line, no_limit) == std::string_view("\n"));
}

TEST_CASE("the room of a long packet is given back") {
  tcp::input in;
  in.append(std::string(1 << 20, 'x') + "\nrest");
  CHECK((*in.next(packet::line, no_limit))->size() == (1 << 20) + 1);
  in.give_back();
  CHECK(in.size() == 4);
  in.append("\n");
  CHECK(*in.next(packet::line, no_limit) == std::string_view("rest\n"));
  in.give_back();
  CHECK(in.room() < 1 << 16);
  in.append("on\n");
  CHECK(*in.next(packet::line, no_limit) == std::string_view("on\n"));
}

TEST_CASE("a long line is looked through once, not with every part of it") {
  // 64 MiB in parts of 1 KiB: looked through again with each part it would be 2 TiB.
  tcp::input in;
  const std::string part(1024, 'x');
  for (int i = 0; i < 64 * 1024 - 1; ++i) {
    in.append(part);
    REQUIRE_FALSE(*in.next(packet::line, 64 << 20));
  }
  in.append("end\n");
  const auto line = in.next(packet::line, 64 << 20);
  REQUIRE(*line);
  CHECK((*line)->size() == (64 * 1024 - 1) * 1024 + 4);
}
