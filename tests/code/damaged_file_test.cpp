// tests/code/damaged_file_test.cpp - files that lost their end or had bits flipped. The system's loader dies of many, a
// node of some that passed a trial.
#include "runtime/code/note.hpp"
#include "tests/code/loader_world.hpp"

#include <elf.h>
#include <unistd.h>
#include <algorithm>
#include <random>
#include <utility>

using namespace twinslot;
using namespace twinslot::code;

namespace {
std::string bytes_of(const std::string& name) {
  return os::read_file(fixture(name)).value();
}

/// Every byte of the file: does it count for the stamp? All that is mapped does, machine code too, and the stamp
/// itself; what `strip` and debuggers change does not: where sections lie, and the build-id.
std::vector<bool> counting(const std::string& bytes) {
  const auto file = os::read_elf(bytes).value();
  std::vector<bool> counts(bytes.size());
  const auto mark = [&](std::size_t from, std::size_t size, bool value) {
    std::fill_n(counts.begin() + static_cast<std::ptrdiff_t>(from), size, value);
  };
  for (const os::elf_segment& segment : file.segments)
    mark(static_cast<std::size_t>(segment.contents.data() - bytes.data()), segment.contents.size(), true);
  mark(offsetof(Elf64_Ehdr, e_shoff), sizeof(Elf64_Off), false);
  mark(offsetof(Elf64_Ehdr, e_shnum), 2 * sizeof(Elf64_Half), false);
  mark(static_cast<std::size_t>(file.build_id.data() - bytes.data()), file.build_id.size(), false);
  return counts;
}

std::vector<std::size_t> places_of(const std::vector<bool>& counts, bool wanted) {
  std::vector<std::size_t> places;
  for (std::size_t at = 0; at < counts.size(); ++at)
    if (counts[at] == wanted)
      places.push_back(at);
  return places;
}

std::string flipped(std::string bytes, const std::vector<std::size_t>& places, std::mt19937& random) {
  const std::size_t count = 1 + random() % 4;
  for (std::size_t i = 0; i < count; ++i)
    bytes[places[random() % places.size()]] ^= static_cast<char>(1 << random() % 8);
  return bytes;
}

/// Why these bytes are refused; `accepted` if they are not.
term refusal(loader_world& world, std::string bytes) {
  const auto made = world.load.prepare_bytes("fixture"_atom, std::move(bytes), "damaged.so");
  return made ? term("accepted") : made.reason();
}
}  // namespace

TEST_CASE("a file cut off at any byte is refused, and never tried") {
  loader_world world;
  const std::string bytes = bytes_of(GENERATE("v1", "not_stamped"));
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

TEST_CASE("a bit that flipped in any byte of what is loaded: refused, and never tried") {
  loader_world world;
  const std::string bytes = bytes_of("v1");
  std::size_t damaged = 0;
  const auto places = places_of(counting(bytes), true);
  for (std::size_t at : places) {
    std::string other = bytes;
    other[at] ^= static_cast<char>(1 << at % 8);
    const term reason = refusal(world, std::move(other));
    if (!reason.is_tagged("badfile"_atom, 3))
      FAIL("byte " << at << ": " << to_text_w(reason));
    damaged += reason[2] == "damaged"_atom;
  }
  CHECK(damaged > places.size() / 2);  // of the others the headers make no sense
  CHECK(world.load.trial_count() == 0);
}

TEST_CASE("several bits that flipped in what is loaded: refused, and never tried") {
  loader_world world;
  const std::string bytes = bytes_of("v1");
  const auto places = places_of(counting(bytes), true);
  std::mt19937 random(GENERATE(1u, 2u, 3u, 4u, 5u));
  for (int round = 0; round < 1'000; ++round) {
    std::string other = flipped(bytes, places, random);
    if (other == bytes)  // the same bit twice
      continue;
    // With the stamp's note no longer one, the other note's fields are the next to look wrong.
    const term reason = refusal(world, std::move(other));
    if (!reason.is_tagged("badfile"_atom, 3) && !reason.is_tagged("bad_abi"_atom, 4))
      FAIL(to_text_w(reason));
  }
  CHECK(world.load.trial_count() == 0);
}

TEST_CASE("blocks of zeros where a disk lost them: refused, and never tried") {
  loader_world world;
  const std::string bytes = bytes_of("v1");
  const auto counts = counting(bytes);
  const std::size_t block = GENERATE(16u, 64u, 512u, 4096u);
  for (std::size_t at = 0; at < bytes.size(); at += block) {
    std::string other = bytes;
    const std::size_t end = std::min(at + block, bytes.size());
    bool lost = false;
    for (std::size_t i = at; i < end; ++i)
      lost |= counts[i] && std::exchange(other[i], '\0') != '\0';
    if (!lost)
      continue;
    const term reason = refusal(world, std::move(other));
    if (!reason.is_tagged("badfile"_atom, 3))
      FAIL(block << " bytes at " << at << ": " << to_text_w(reason));
  }
  CHECK(world.load.trial_count() == 0);
}

TEST_CASE("bits that flipped outside of what is loaded: as good as new, unless the file seems cut off") {
  loader_world world;
  const std::string bytes = bytes_of("v1");
  const auto places = places_of(counting(bytes), false);
  std::mt19937 random(20);
  std::size_t accepted = 0;
  for (int round = 0; round < 100; ++round) {
    const term reason = refusal(world, flipped(bytes, places, random));
    const bool known =
        reason == "accepted"_atom || reason[2] == "truncated"_atom || reason[2].is_tagged("bad_elf"_atom, 2);
    if (!known)
      FAIL(to_text_w(reason));
    accepted += reason == "accepted"_atom;
  }
  CHECK(accepted > 0);  // debug information, names, padding
  CHECK(world.copy_count() == 0);
}
