// tests/code/bad_file_test.cpp - every way in which a file is no plugin has an error of its own, and changes nothing.
#include "runtime/os/mapped.hpp"
#include "tests/code/loader_world.hpp"

#include <elf.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

using namespace twinslot;
using namespace twinslot::code;

namespace {
std::string bytes_of(const std::string& name) {
  return os::read_file(fixture(name)).value();
}

/// Writes bytes to a file of the world and gives its path.
std::string put(loader_world& world, std::string_view bytes) {
  const std::string path = world.dir / "fixture.so";
  REQUIRE(os::write_file(path, bytes));
  return path;
}

/// Whoever reads as root can read everything.
class as_nobody {
public:
  as_nobody() : was_(::geteuid()) {
    if (was_ == 0)
      REQUIRE(::seteuid(65534) == 0);
  }
  ~as_nobody() {
    if (was_ == 0)
      static_cast<void>(::seteuid(0));
  }

private:
  uid_t was_;
};
}  // namespace

TEST_CASE("C08: no file") {
  loader_world world;
  const std::string path = world.dir / "absent.so";
  CHECK(world.reason(path) == tuple("nofile", string(path)));
  CHECK(world.reason("") == tuple("nofile", string("")));
  const std::string below_file = put(world, "x") + "/fixture.so";
  CHECK(world.reason(below_file) == tuple("nofile", string(below_file)));
  const std::string with_nul("a\0b", 3);
  CHECK(world.reason(with_nul)[0] == "nofile"_atom);
}

TEST_CASE("C08: what is no plugin file at all") {
  loader_world world;
  const std::string path = world.dir / "fixture.so";
  const auto why = [&](std::string_view bytes) {
    put(world, bytes);
    const term reason = world.reason(path);
    REQUIRE(reason.is_tagged("badfile"_atom, 3));
    CHECK(reason[1] == string(path));
    return reason[2];
  };
  CHECK(why("") == "empty"_atom);
  CHECK(why("hello, this is text\n") == "not_elf"_atom);
  CHECK(why(std::string(4096, '\0')) == "not_elf"_atom);
  CHECK(why("\x7f"
            "ELF") == "truncated"_atom);
  CHECK(world.load.trial_count() == 0);
}

TEST_CASE("a directory, a FIFO, a socket, a device") {
  loader_world world;
  REQUIRE(os::make_dir(world.dir / "dir.so"));
  CHECK(world.reason(world.dir / "dir.so") == about_file("badfile", world.dir / "dir.so", "directory"));
  REQUIRE(::mkfifo((world.dir / "fifo.so").c_str(), 0600) == 0);
  CHECK(world.reason(world.dir / "fifo.so") == about_file("badfile", world.dir / "fifo.so", "not_regular"));
  CHECK(world.reason("/dev/zero") == about_file("badfile", "/dev/zero", "not_regular"));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = world.dir / "socket.so";
  REQUIRE(path.size() < sizeof address.sun_path);
  path.copy(address.sun_path, path.size());
  const os::descriptor socket(::socket(AF_UNIX, SOCK_STREAM, 0));
  REQUIRE(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  CHECK(world.reason(path) == about_file("badfile", path, "not_regular"));
}

TEST_CASE("a file that may not be read") {
  loader_world world;
  const std::string path = put(world, bytes_of("v1"));
  REQUIRE(::chmod(world.dir.path().c_str(), 0755) == 0);
  REQUIRE(::chmod(path.c_str(), 0) == 0);
  const as_nobody reader;
  CHECK(world.reason(path) == about_file("badfile", path, tuple("unreadable", "eacces")));
}

TEST_CASE("a file larger than any plugin") {
  loader_world world;
  const std::string path = put(world, "x");
  REQUIRE(::truncate(path.c_str(), off_t{1} << 40) == 0);  // it has no blocks
  CHECK(world.reason(path) == about_file("badfile", path, tuple("too_large", 1LL << 40, 1 << 30)));
}

TEST_CASE("another machine's file") {
  loader_world world;
  std::string bytes = bytes_of("v1");
  bytes[offsetof(Elf64_Ehdr, e_machine)] = EM_ARM;
  const std::string path = put(world, bytes);
  const term reason = world.reason(path);
  CHECK(reason[0] == "badfile"_atom);
  CHECK(reason[2][0] == "wrong_machine"_atom);
  CHECK(reason[2][1] == "arm"_atom);
}

TEST_CASE("an executable is no plugin") {
  loader_world world;
  CHECK(world.reason(PROBE)[0] == "badfile"_atom);
}

TEST_CASE("notes: none, two, too short, of another ABI, of another module") {
  loader_world world;
  CHECK(world.reason(fixture("no_note")) == about_file("badfile", fixture("no_note"), "no_note"));
  CHECK(world.reason(fixture("two_notes")) == about_file("badfile", fixture("two_notes"), tuple("bad_note", "two")));
  CHECK(world.reason(fixture("short_note")) ==
        about_file("badfile", fixture("short_note"), tuple("bad_note", "truncated")));
  CHECK(world.reason(fixture("other_abi")) == tuple("bad_abi", string(fixture("other_abi")), 77, abi::version));
  CHECK(world.reason(fixture("other_module")) ==
        about_file("badfile", fixture("other_module"), tuple("module_name", string("other"))));
  CHECK(world.load.trial_count() == 0);
}

TEST_CASE("no entry, a missing symbol, a missing library") {
  loader_world world;
  CHECK(world.reason(fixture("no_entry")) ==
        about_file("missing_symbol", fixture("no_entry"), string("twinslot_module")));
  CHECK(world.load.trial_count() == 0);
  CHECK(world.reason(fixture("missing_symbol")) ==
        about_file("missing_symbol", fixture("missing_symbol"), string("nobody_defines_this")));
  CHECK(world.reason(fixture("missing_library")) ==
        about_file("missing_library", fixture("missing_library"), string("libabsent.so")));
}

TEST_CASE("files that would stay in memory are refused before they are opened") {
  loader_world world;
  CHECK(world.reason(fixture("unique_symbol")) ==
        about_file("unloadable", fixture("unique_symbol"), tuple("unique_symbols", list(string("fixture_unique")))));
  CHECK(world.reason(fixture("nodelete")) == about_file("unloadable", fixture("nodelete"), "nodelete"));
  CHECK(world.reason(fixture("static_tls")) == about_file("unloadable", fixture("static_tls"), "static_tls"));
  CHECK(world.reason(fixture("thread_local_destructor")) ==
        about_file("unloadable", fixture("thread_local_destructor"), "thread_local_destructors"));
  CHECK(world.load.trial_count() == 0);
}

TEST_CASE("an entry that throws or refuses, and descriptors that contradict themselves") {
  loader_world world;
  const auto why = [&](const std::string& name) {
    const term reason = world.reason(fixture(name));
    INFO(to_text_w(reason));
    REQUIRE(reason.is_tagged("bad_descriptor"_atom, 3));
    CHECK(reason[1] == string(fixture(name)));
    return reason[2];
  };
  CHECK(why("entry_throws") == "threw"_atom);
  CHECK(why("entry_null") == "host_too_old"_atom);
  CHECK(why("writes_host_table") == "wrote_host_table"_atom);
  CHECK(why("descriptor_version") == tuple("version", 77, abi::version));
  CHECK(why("descriptor_bytes") == tuple("bytes", 8, sizeof(abi::module_info)));
  CHECK(why("descriptor_name") == tuple("module_name", string("other")));
  CHECK(why("descriptor_functions") == tuple("function", 2, "count"));
  CHECK(why("descriptor_function_name") == tuple("function", 1, "name"));
  CHECK(why("descriptor_function_code") == tuple("function", string("count"), "no_code"));
  CHECK(why("descriptor_function_twice") == tuple("function", string("number"), "twice"));
  CHECK(why("descriptor_function_arity") == tuple("function", string("count"), tuple("arity", 256)));
  CHECK(why("descriptor_server") == tuple("server", "init"));
  CHECK(why("descriptor_server_bytes") == tuple("bytes", 0, sizeof(abi::server)));
}

TEST_CASE("descriptors that point nowhere, or to code that is not the plugin's: nothing is followed, nothing called") {
  loader_world world;
  const auto why = [&](const std::string& name) {
    const term reason = world.reason(fixture(name));
    INFO(to_text_w(reason));
    REQUIRE(reason.is_tagged("bad_descriptor"_atom, 3));
    return reason[2];
  };
  CHECK(why("entry_data") == tuple("no_code", "entry"));
  CHECK(why("descriptor_wild") == tuple("no_memory", "module_info"));
  CHECK(why("descriptor_name_wild") == tuple("module_name", string("")));
  CHECK(why("descriptor_vsn") == tuple("no_memory", "vsn"));
  CHECK(why("descriptor_doc") == tuple("no_memory", "doc"));
  CHECK(why("descriptor_on_load") == tuple("no_code", "on_load"));
  CHECK(why("descriptor_close") == tuple("no_code", "close"));
  CHECK(why("descriptor_function_count") == tuple("function", 60'000, "count"));
  CHECK(why("descriptor_function_data") == tuple("function", string("count"), "no_code"));
  CHECK(why("descriptor_foreign_code") == tuple("function", string("count"), "no_code"));
  CHECK(why("descriptor_function_doc") == tuple("function", string("count"), "doc"));
  CHECK(why("descriptor_start") == tuple("function", string("count"), "no_code"));
  CHECK(why("descriptor_routines") == tuple("no_code", "resume"));
  CHECK(why("descriptor_server_wild") == tuple("no_memory", "server"));
  CHECK(why("descriptor_server_data") == tuple("server", "handle_info"));
}

TEST_CASE("a descriptor may be allocated") {
  loader_world world;
  CHECK(world.reason(fixture("descriptor_allocated")) == "accepted"_atom);
}

TEST_CASE("no refused file leaves a copy or a mapping") {
  loader_world world;
  const std::size_t mapped = os::mapped_count();
  for (const char* name : {"throws", "missing_symbol", "descriptor_name", "nodelete", "no_note"})
    CHECK(world.reason(fixture(name)) != "accepted"_atom);
  CHECK(world.copy_count() == 0);
  CHECK(os::mapped_count() == mapped);
}
