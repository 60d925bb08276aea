#include "runtime/os/file.hpp"

#include "tests/catch.hpp"
#include "tests/os/temp_dir.hpp"

#include <sys/stat.h>
#include <unistd.h>
#include <csignal>

using namespace twinslot;
using namespace twinslot::os;

TEST_CASE("error numbers are Erlang's posix atoms") {
  CHECK(posix_atom(ENOENT) == "enoent"_atom);
  CHECK(posix_atom(EACCES) == "eacces"_atom);
  CHECK(posix_atom(EISDIR) == "eisdir"_atom);
  CHECK(posix_atom(123456) == "unknown"_atom);
  CHECK(signal_atom(SIGSEGV) == "sigsegv"_atom);
  CHECK(signal_atom(SIGKILL) == "sigkill"_atom);
}

TEST_CASE("a written file reads back, whatever its size") {
  const scoped_dir dir;
  const std::string path = dir / "file";
  for (std::size_t size : {0, 1, 65'535, 65'536, 65'537, 1'000'000}) {
    const std::string bytes(size, 'x');
    REQUIRE(write_file(path, bytes));
    CHECK(read_file(path).value() == bytes);
    CHECK(read_regular_file(path, size).value() == bytes);
    CHECK(stat_file(path).value().bytes == size);
  }
}

TEST_CASE("reading says why it cannot") {
  const scoped_dir dir;
  CHECK(read_file(dir / "absent").reason() == "enoent"_atom);
  CHECK(read_file(dir.path()).reason() == "eisdir"_atom);
  CHECK(read_file((dir / "absent") + "/x").reason() == "enoent"_atom);
  CHECK(read_regular_file(dir.path(), 10).reason() == "eisdir"_atom);
  REQUIRE(write_file(dir / "file", "12345678901"));
  CHECK(read_regular_file(dir / "file", 10).reason() == tuple("too_large", 11, 10));
  CHECK(read_file((dir / "file") + "/x").reason() == "enotdir"_atom);
}

TEST_CASE("a FIFO nobody writes to does not make read_regular_file wait") {
  const scoped_dir dir;
  REQUIRE(::mkfifo((dir / "fifo").c_str(), 0600) == 0);
  CHECK(read_regular_file(dir / "fifo", 10).reason() == "not_regular"_atom);
  CHECK(read_regular_file("/dev/null", 10).reason() == "not_regular"_atom);
}

TEST_CASE("a file of /proc has no size and is read all the same") {
  CHECK_FALSE(read_file("/proc/self/status").value().empty());
}

TEST_CASE("replace_file leaves nothing else in the directory, and the old file where it fails") {
  const scoped_dir dir;
  REQUIRE(write_file(dir / "file", "old"));
  REQUIRE(replace_file(dir / "file", "new"));
  CHECK(read_file(dir / "file").value() == "new");
  CHECK(list_dir(dir.path()).value() == std::vector<std::string>{"file"});
  REQUIRE(make_dir(dir / "taken"));
  CHECK(replace_file(dir / "taken", "x").reason() == "eisdir"_atom);
  CHECK(list_dir(dir.path()).value() == std::vector<std::string>{"file", "taken"});
}

TEST_CASE("copy_file tells the bytes, keeps permissions, and survives a copy onto itself") {
  const scoped_dir dir;
  REQUIRE(write_file(dir / "from", std::string(200'000, 'y')));
  REQUIRE(::chmod((dir / "from").c_str(), 0750) == 0);
  CHECK(copy_file(dir / "from", dir / "to").value() == 200'000);
  struct stat found {};
  REQUIRE(::stat((dir / "to").c_str(), &found) == 0);
  CHECK((found.st_mode & 0700) == 0700);
  CHECK(copy_file(dir / "from", dir / "from").value() == 200'000);
  CHECK(read_file(dir / "from").value().size() == 200'000);
  CHECK(copy_file(dir / "absent", dir / "to").reason() == "enoent"_atom);
  CHECK(copy_file(dir.path(), dir / "to").reason() == "eisdir"_atom);
  CHECK(copy_file(dir / "from", dir.path()).reason() == "eisdir"_atom);
  CHECK(copy_file(dir / "from", dir / "no/where").reason() == "enoent"_atom);
}

TEST_CASE("list_dir is sorted and says why it cannot") {
  const scoped_dir dir;
  for (const char* name : {"b", "a", ".c"})
    REQUIRE(write_file(dir / name, ""));
  CHECK(list_dir(dir.path()).value() == std::vector<std::string>{".c", "a", "b"});
  CHECK(list_dir(dir / "absent").reason() == "enoent"_atom);
  CHECK(list_dir(dir / "a").reason() == "enotdir"_atom);
}

TEST_CASE("delete_file and remove_tree") {
  const scoped_dir dir;
  REQUIRE(make_dir(dir / "tree"));
  REQUIRE(make_dir(dir / "tree/below"));
  REQUIRE(write_file(dir / "tree/below/file", "x"));
  REQUIRE(write_file(dir / "outside", "x"));
  REQUIRE(::symlink((dir / "outside").c_str(), (dir / "tree/link").c_str()) == 0);
  CHECK(delete_file(dir / "tree").reason() == "eperm"_atom);
  CHECK(delete_file(dir / "absent").reason() == "enoent"_atom);
  CHECK(remove_tree(dir / "tree"));
  CHECK_FALSE(is_directory(dir / "tree"));
  CHECK(is_regular(dir / "outside"));
  CHECK(remove_tree(dir / "tree"));
  CHECK(delete_file(dir / "outside"));
  CHECK(list_dir(dir.path()).value().empty());
}

TEST_CASE("parts of a path") {
  CHECK(dir_name("/a/b.c") == "/a");
  CHECK(dir_name("/a") == "/");
  CHECK(dir_name("a") == ".");
  CHECK(base_name("/a/b.c") == "b.c");
  CHECK(base_name("b") == "b");
  CHECK(root_name("/a/b.c") == "b");
  CHECK(root_name("/a.d/b") == "b");
  CHECK(root_name(".profile") == ".profile");
  CHECK(join("/a", "b") == "/a/b");
  CHECK(join("/a/", "b") == "/a/b");
  CHECK(join("/a", "/b") == "/b");
  CHECK(join("", "b") == "b");
}
