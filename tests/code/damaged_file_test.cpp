// tests/code/damaged_file_test.cpp - files that lost their end or had bits flipped. The system's loader dies of many.
#include "runtime/code/note.hpp"
#include "tests/code/loader_world.hpp"

#include <elf.h>
#include <unistd.h>
#include <algorithm>
#include <random>

using namespace twinslot;
using namespace twinslot::code;
using namespace std::chrono_literals;

namespace {
std::string bytes_of(const std::string& name) {
  return os::read_file(fixture(name)).value();
}

/// Places outside machine code: what flipped instructions do, nobody can tell before they run.
std::vector<std::size_t> places_of(const std::string& bytes) {
  const auto file = os::read_elf(bytes).value();
  std::vector<std::size_t> places;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    const bool code = std::any_of(file.segments.begin(), file.segments.end(), [&](const os::elf_segment& segment) {
      return (segment.flags & PF_X) != 0 && bytes.data() + at >= segment.contents.data() &&
             bytes.data() + at < segment.contents.data() + segment.contents.size();
    });
    if (!code)
      places.push_back(at);
  }
  return places;
}

std::string flipped(std::string bytes, const std::vector<std::size_t>& places, std::mt19937& random) {
  const std::size_t count = 1 + random() % 4;
  for (std::size_t i = 0; i < count; ++i)
    bytes[places[random() % places.size()]] ^= static_cast<char>(1 << random() % 8);
  return bytes;
}
}  // namespace

TEST_CASE("a file cut off at any byte is refused, and never tried") {
  loader_world world;
  const std::string bytes = bytes_of("v1");
  const std::string path = world.dir / "fixture.so";
  REQUIRE(os::write_file(path, bytes));
  std::size_t truncated = 0;
  for (std::size_t length = bytes.size(); length-- > 0;) {
    REQUIRE(::truncate(path.c_str(), static_cast<off_t>(length)) == 0);
    const auto made = world.load.prepare("fixture"_atom, path);
    if (made)
      FAIL("accepted with " << length << " of " << bytes.size() << " bytes");
    truncated += made.reason() == about_file("badfile", path, "truncated");
  }
  CHECK(truncated == bytes.size() - 1);  // and one empty
  CHECK(world.load.trial_count() == 0);
}

TEST_CASE("flipped bits in the headers never lead the reader astray") {
  const std::string bytes = bytes_of("v1");
  std::mt19937 random(GENERATE(1u, 2u, 3u));
  std::size_t refused = 0;
  for (int round = 0; round < 5'000; ++round) {
    std::string damaged = bytes;
    // Most of what a reader follows lies in the first pages.
    for (int i = 0; i < 3; ++i)
      damaged[random() % std::min<std::size_t>(damaged.size(), 0x1000)] = static_cast<char>(random());
    const auto file = os::read_elf(damaged);
    refused += !file || !read_note(*file);
  }
  CHECK(refused > 1'000);
}

TEST_CASE("flipped bits outside the code: refused, or loaded and closed again") {
  loader_world world({.trial_deadline = 500ms});
  const std::string bytes = bytes_of("v1");
  const std::string path = world.dir / "fixture.so";
  const auto places = places_of(bytes);
  std::mt19937 random(20);
  std::size_t accepted = 0;
  for (int round = 0; round < 150; ++round) {
    REQUIRE(os::write_file(path, flipped(bytes, places, random)));
    const term reason = world.reason(path);
    const bool known = reason == "accepted"_atom || (reason.is_tuple() && reason[1] == string(path));
    if (!known)
      FAIL(to_text_w(reason));
    accepted += reason == "accepted"_atom;
  }
  CHECK(accepted > 0);  // debug information, names, padding
  CHECK(world.copy_count() == 0);
}
