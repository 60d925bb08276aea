// tests/code/stamp_test.cpp - who carries a stamp, who writes it, and what it survives.
#include "runtime/code/stamp.hpp"

#include "runtime/code/note.hpp"
#include "runtime/os/child.hpp"
#include "tests/code/loader_world.hpp"

#include <sys/stat.h>
#include <unistd.h>

using namespace twinslot;
using namespace twinslot::code;

namespace {
std::string bytes_of(const std::string& path) {
  return os::read_file(path).value();
}

std::string copy_of(const std::string& name, const std::string& to) {
  REQUIRE(os::copy_file(fixture(name), to));
  return to;
}

/// The stamp in a file's bytes.
std::string_view stamp_in(const std::string& bytes) {
  return find_note(os::read_elf(bytes).value(), abi::stamp_type).value().value();
}

bool has_stamp(const std::string& path) {
  const std::string bytes = bytes_of(path);
  return stamp_in(bytes) != abi::not_stamped;
}

/// A tool that rewrites the file: the version's text, there twice, becomes another.
void rewrite(const std::string& path) {
  std::string bytes = bytes_of(path);
  std::size_t found = 0;
  for (std::size_t at = bytes.find("1.0.0"); at != std::string::npos; at = bytes.find("1.0.0", at), ++found)
    bytes[at] = '3';
  REQUIRE(found == 2);
  REQUIRE(os::write_file(path, bytes));
}
}  // namespace

TEST_CASE("a build stamps; what is not stamped is loaded on trial") {
  loader_world world;
  CHECK(has_stamp(fixture("v1")));
  CHECK_FALSE(has_stamp(fixture("not_stamped")));
  CHECK(world.reason(fixture("v1")) == "accepted"_atom);
  CHECK(world.reason(fixture("not_stamped")) == "accepted"_atom);
  CHECK(world.load.trial_count() == 2);
}

TEST_CASE("no room for a stamp: something is lost") {
  loader_world world;
  CHECK(world.reason(fixture("no_stamp")) == about_file("badfile", fixture("no_stamp"), tuple("bad_note", "no_stamp")));
  CHECK(world.load.trial_count() == 0);
}

TEST_CASE("a stamp changes nothing else: not the checksum, not the size, no permission, no link") {
  loader_world world;
  const std::string path = copy_of("not_stamped", world.dir / "fixture.so");
  const std::string link = world.dir / "link.so";
  REQUIRE(::symlink(path.c_str(), link.c_str()) == 0);
  REQUIRE(::chmod(path.c_str(), 0751) == 0);
  const std::string before = bytes_of(path);
  const term md5 = world.load.md5_of(path).value();
  REQUIRE(stamp_file(link));
  CHECK(has_stamp(path));
  CHECK(world.load.md5_of(path).value() == md5);
  std::string after = bytes_of(path);
  CHECK(binary(stamp_in(after)) == md5);
  const auto room = static_cast<std::size_t>(stamp_in(before).data() - before.data());
  CHECK(after.replace(room, 16, abi::not_stamped) == before);
  struct stat found {};
  REQUIRE(::stat(path.c_str(), &found) == 0);
  CHECK((found.st_mode & 0777) == 0751);
  struct stat linked {};
  REQUIRE(::lstat(link.c_str(), &linked) == 0);
  CHECK(S_ISLNK(linked.st_mode));
}

TEST_CASE("a file that a tool rewrote is damaged until it is stamped again") {
  loader_world world;
  const std::string path = copy_of("v1", world.dir / "fixture.so");
  rewrite(path);
  CHECK(world.reason(path) == about_file("badfile", path, "damaged"));
  CHECK(world.load.md5_of(path).reason() == about_file("badfile", path, "damaged"));
  CHECK(world.load.about_bytes(bytes_of(path)).reason() == about_file("badfile", "", "damaged"));
  CHECK(world.load.trial_count() == 0);
  REQUIRE(stamp_file(path));
  CHECK(world.reason(path) == "accepted"_atom);
  CHECK(world.load.about(path)->vsn == string("3.0.0"));
}

TEST_CASE("a stamp survives strip, from each linker that there is") {
  loader_world world;
  const std::string linker = GENERATE("", "_bfd", "_lld", "_mold");
  const std::string option = GENERATE("--strip-debug", "--strip-unneeded", "--strip-all");
  if (!os::is_regular(fixture("debug" + linker)))
    return;
  const std::string path = copy_of("debug" + linker, world.dir / "fixture.so");
  INFO(path << " " << option);
  REQUIRE(has_stamp(path));
  const auto whole = os::stat_file(path).value().bytes;
  const auto done = os::run({.arguments = {STRIP, option, path}});
  REQUIRE(done);
  INFO(done->output);
  REQUIRE(done->ok());
  CHECK(os::stat_file(path).value().bytes < whole);
  CHECK(world.reason(path) == "accepted"_atom);
}

TEST_CASE("the helper stamps from the command line") {
  loader_world world;
  const std::string path = copy_of("not_stamped", world.dir / "fixture.so");
  const auto done = os::run({.arguments = {PROBE, "--stamp", path}}).value();
  CHECK(done.ok());
  CHECK(done.output.empty());
  CHECK(has_stamp(path));
  CHECK(world.reason(path) == "accepted"_atom);
  const auto failed = os::run({.arguments = {PROBE, "--stamp", "/no/such/file.so"}}).value();
  CHECK(failed.code == 1);
  CHECK(failed.output == "twinslot-probe: not stamped: {badfile,\"/no/such/file.so\",{unreadable,enoent}}\n");
}

TEST_CASE("what cannot be stamped is left alone") {
  loader_world world;
  const auto why = [](const std::string& path) {
    const auto done = stamp_file(path);
    REQUIRE_FALSE(done);
    CHECK(done.reason()[1] == string(path));
    return done.reason()[2];
  };
  CHECK(why(fixture("no_note")) == tuple("bad_note", "no_stamp"));
  CHECK(why(fixture("no_stamp")) == tuple("bad_note", "no_stamp"));
  CHECK(why(fixture("two_notes")) == tuple("bad_note", "two"));
  CHECK(why(world.dir.path()) == tuple("unreadable", "eisdir"));
  const std::string text = world.dir / "text.so";
  REQUIRE(os::write_file(text, "hello"));
  CHECK(why(text) == "not_elf"_atom);
  CHECK(bytes_of(text) == "hello");
}

TEST_CASE("a stamp of another size is none") {
  os::elf_file file;
  file.notes.push_back({"twinslot", 2, "123"});
  CHECK(checked_sum("", file).reason() == tuple("badfile", tuple("bad_note", "stamp")));
}
