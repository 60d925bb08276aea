#include "runtime/code/note.hpp"

#include "tests/code/loader_world.hpp"

#include <cstring>

using namespace twinslot;
using namespace twinslot::code;

namespace {
std::string number(std::uint32_t value) {
  std::string bytes(4, '\0');
  std::memcpy(bytes.data(), &value, 4);
  return bytes;
}

/// Reads the note whose contents these are.
result<note> read(const std::string& contents) {
  os::elf_file file;
  file.notes.push_back({"GNU", 3, "12345678"});
  file.notes.push_back({"twinslot", 1, contents});
  file.notes.push_back({"twinslot", 2, "not stamped yet."});
  return read_note(file);
}
}  // namespace

TEST_CASE("a note gives module and version") {
  const auto found = read(number(abi::version) + number(4) + number(7) + number(5) + std::string("counter\0", 8) +
                          std::string("1.0.0\0\0\0", 8));
  REQUIRE(found);
  CHECK(found->module == "counter");
  CHECK(found->vsn == "1.0.0");
  CHECK(found->sdk_minor == 4);
}

TEST_CASE("sizes that count the padding, or a last padding that is missing") {
  const auto padded = read(number(abi::version) + number(0) + number(8) + number(8) + std::string("counter\0", 8) +
                           std::string("1.0.0\0\0\0", 8));
  REQUIRE(padded);
  CHECK(padded->module == "counter");
  CHECK(padded->vsn == "1.0.0");
  const auto bare = read(number(abi::version) + number(0) + number(4) + number(1) + "abcd" + "7");
  REQUIRE(bare);
  CHECK(bare->vsn == "7");
}

TEST_CASE("a note that ends early says so, wherever it ends") {
  const std::string whole =
      number(abi::version) + number(0) + number(7) + number(5) + std::string("counter\0", 8) + "1.0.0";
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const auto found = read(whole.substr(0, length));
    REQUIRE_FALSE(found);
    REQUIRE(found.reason() == tuple("badfile", tuple("bad_note", "truncated")));
  }
  CHECK(read(whole));
}

TEST_CASE("sizes beyond the note, and names that are none") {
  const auto reason = [](std::uint32_t module_bytes, std::uint32_t vsn_bytes) {
    return read(number(abi::version) + number(0) + number(module_bytes) + number(vsn_bytes) + std::string(8, '\0'))
        .reason()[1];
  };
  CHECK(reason(0xFFFFFFFF, 0) == tuple("bad_note", "truncated"));
  CHECK(reason(4, 0xFFFFFFFF) == tuple("bad_note", "truncated"));
  CHECK(reason(0, 0) == tuple("bad_note", "module"));
  CHECK(reason(4, 0) == tuple("bad_note", "module"));
}

TEST_CASE("another ABI is told before anything else is looked at") {
  CHECK(read(number(abi::version + 1)).reason() == tuple("bad_abi", abi::version + 1, abi::version));
}

TEST_CASE("no note of ours") {
  os::elf_file file;
  file.notes.push_back({"twinslot", 3, ""});
  CHECK(read_note(file).reason() == tuple("badfile", "no_note"));
}

TEST_CASE("a stamp's note stands beside the other, once") {
  const auto read_with = [](std::size_t stamps) {
    const std::string contents = number(abi::version) + number(0) + number(4) + number(0) + "abcd";
    os::elf_file file;
    file.notes.push_back({"twinslot", 1, contents});
    for (std::size_t i = 0; i < stamps; ++i)
      file.notes.push_back({"twinslot", 2, "not stamped yet."});
    const auto found = read_note(file);
    return found ? term("read") : found.reason();
  };
  CHECK(read_with(0) == tuple("badfile", tuple("bad_note", "no_stamp")));
  CHECK(read_with(1) == "read"_atom);
  CHECK(read_with(2) == tuple("badfile", tuple("bad_note", "two")));
}
