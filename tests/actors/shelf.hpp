// tests/actors/shelf.hpp - a code path of a test's own: fixtures under the names that the test wants.
#pragma once
#include "runtime/os/file.hpp"
#include "tests/actors/world.hpp"

namespace twinslot {

inline const std::string fixtures = TWINSLOT_FIXTURES "/";

/// A directory of its own, removed at the end, which is the whole code path of a world.
struct shelf {
  explicit shelf(world& home) : of(home) { REQUIRE(of.call("code", "set_path", list(string(path))) == "true"); }
  ~shelf() { static_cast<void>(os::remove_tree(path)); }
  /// Puts a fixture there under another name.
  void put(const char* fixture, const char* name) {
    REQUIRE(os::copy_file(fixtures + fixture + ".so", path + "/new"));
    REQUIRE(os::rename_file(path + "/new", path + "/" + name + ".so"));
  }
  void remove(const char* name) { REQUIRE(os::delete_file(path + "/" + name + ".so")); }
  world& of;
  const std::string path = *os::make_temp_dir(os::temp_dir(), "twinslot-shelf");
};
}  // namespace twinslot
