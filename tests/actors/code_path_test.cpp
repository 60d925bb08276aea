// The code path, sticky directories, what is found where: C37-C41.
#include "tests/actors/shelf.hpp"

using namespace twinslot;

TEST_CASE("the code path: order, moving, refusals (C37-C39)") {
  world w;
  CHECK(w.call("code", "get_path") == list(string(".")));
  const std::string base = *os::make_temp_dir(os::temp_dir(), "twinslot-path");
  for (const char* name : {"/a", "/b"})
    REQUIRE(os::make_dir(base + name));
  REQUIRE(os::write_file(base + "/file", "x"));
  const term a = string(base + "/a"), b = string(base + "/b"), file = string(base + "/file");
  CHECK(w.call("code", "add_pathz", string(base + "/a/")) == "true");
  CHECK(w.call("code", "add_patha", b) == "true");
  CHECK(w.call("code", "get_path") == list(b, string("."), a));
  CHECK(w.call("code", "add_patha", a) == "true");  // moves
  CHECK(w.call("code", "add_pathz", a) == "true");  // stays
  CHECK(w.call("code", "get_path") == list(a, b, string(".")));
  CHECK(text(w.call("code", "add_path", file)) == "{error,bad_directory}");
  CHECK(text(w.call("code", "add_path", string("/no/such"))) == "{error,bad_directory}");
  CHECK(w.call("code", "add_paths", list(string("/no/such"), b)) == "ok");
  CHECK(text(w.call("code", "set_path", list(b, file))) == "{error,bad_directory}");
  CHECK(w.call("code", "get_path") == list(a, b, string(".")));
  CHECK(w.call("code", "set_path", list(b, a)) == "true");
  CHECK(w.call("code", "add_pathsa", list(a, b)) == "ok");
  CHECK(w.call("code", "get_path") == list(b, a));
  CHECK(w.call("code", "del_path", a) == "true");
  CHECK(w.call("code", "del_path", a) == "false");
  CHECK(w.call("code", "where_is_file", string("file")) == "non_existing");
  static_cast<void>(os::remove_tree(base));
  CHECK(w.call("code", "where_is_file", string("file")) == "non_existing");  // a directory that vanished (C40)
}

namespace {
/// Directories below one of the test's own.
struct tree {
  ~tree() { static_cast<void>(os::remove_tree(base)); }
  term make(const std::string& name) const {
    std::string path = base;
    for (std::size_t from = 0; from < name.size();) {
      const auto slash = std::min(name.find('/', from), name.size());
      path += "/" + name.substr(from, slash - from);
      static_cast<void>(os::make_dir(path));
      from = slash + 1;
    }
    return string(path);
  }
  const std::string base = *os::make_temp_dir(os::temp_dir(), "twinslot-path");
};
}  // namespace

TEST_CASE("entries are replaced and removed by application name or by directory (C39)") {
  world w;
  tree dirs;
  const term one = dirs.make("tool-1.0"), two = dirs.make("tool-2.0.1"), ebin = dirs.make("tool/ebin");
  const term other = dirs.make("other"), dash = dirs.make("x-y");
  const auto replace = [&](const term& name, const term& directory) {
    return text(w.call("code", "replace_path", name, directory));
  };
  REQUIRE(w.call("code", "set_path", list(other)) == "true");
  CHECK(replace("tool", one) == "true");  // unknown: appended
  CHECK(w.call("code", "get_path") == list(other, one));
  CHECK(w.call("code", "add_pathz", dash) == "true");
  CHECK(replace(string("tool"), two) == "true");
  CHECK(w.call("code", "get_path") == list(other, two, dash));
  CHECK(replace("tool", ebin) == "true");
  CHECK(w.call("code", "get_path") == list(other, ebin, dash));
  CHECK(replace("tool", other) == "{error,bad_name}");
  CHECK(replace("x", dash) == "{error,bad_name}");  // -y is no version
  CHECK(replace("tool", string(dirs.base + "/none")) == "{error,bad_directory}");
  CHECK(w.call("code", "get_path") == list(other, ebin, dash));
  CHECK(w.call("code", "del_path", "tool") == "true");
  CHECK(w.call("code", "del_path", "tool") == "false");
  CHECK(w.call("code", "del_path", string("x-y")) == "true");
  CHECK(w.call("code", "get_path") == list(other));
}

TEST_CASE("clash tells which files hide which; a directory that is gone is tolerated (C40)") {
  world w;
  tree dirs;
  const term a = dirs.make("a"), b = dirs.make("b"), gone = dirs.make("gone");
  REQUIRE(w.call("code", "set_path", list(a, gone, b)) == "true");
  static_cast<void>(os::remove_tree(dirs.base + "/gone"));
  for (const char* file : {"/a/one.so", "/a/two.so", "/b/two.so", "/b/three.so", "/b/two.txt"})
    REQUIRE(os::write_file(dirs.base + file, ""));
  CHECK(w.call("code", "clash") == "ok");
  CHECK(w.output() ==
        "** " + dirs.base + "/a/two.so hides " + dirs.base + "/b/two.so\n** Found 1 name clashes in code paths \n");
  w.forget();
  w.call("code", "del_path", b);
  CHECK(w.call("code", "clash") == "ok");
  CHECK(w.output() == "** Found 0 name clashes in code paths \n");
}

TEST_CASE("all_available lists what is loaded and what could be") {
  world w;
  shelf shelves(w);
  shelves.put("functions", "functions");
  shelves.put("counter_v1", "counter");
  w.call("code", "load_file", "functions");
  std::vector<std::string> plugins;
  bool has_code = false;
  for (const term& each : w.call("code", "all_available").elements_of_list()) {
    has_code = has_code || each == tuple(string("code"), "preloaded", true);
    if (each[1].is_list())
      plugins.push_back(to_text_p(each));
  }
  CHECK(has_code);
  REQUIRE(plugins.size() == 2);
  CHECK(plugins[0].starts_with("{\"counter\","));
  CHECK(plugins[0].ends_with("false}"));
  CHECK(plugins[1].starts_with("{\"functions\","));
  CHECK(plugins[1].ends_with("true}"));
}

TEST_CASE("a module of a sticky directory is loaded once; deleting it is not guarded (C41)") {
  world w;
  shelf shelves(w);
  shelves.put("functions", "functions");
  const auto refused = "{error,sticky_directory}";
  CHECK(w.call("code", "stick_dir", string(shelves.path + "/")) == "ok");
  CHECK(w.call("code", "is_sticky", "functions") == "false");  // not loaded
  CHECK(text(w.call("code", "load_file", "functions")) == "{module,functions}");
  CHECK(w.call("code", "is_sticky", "functions") == "true");
  const term image = binary(*os::read_file(shelves.path + "/functions.so"));
  CHECK(text(w.call("code", "load_file", "functions")) == refused);
  CHECK(text(w.call("code", "load_abs", string(shelves.path + "/functions"))) == refused);
  CHECK(text(w.call("code", "load_binary", "functions", string("x"), image)) == refused);
  CHECK(text(w.call("code", "ensure_loaded", "functions")) == "{module,functions}");
  CHECK_FALSE(w.home().code().has_old("functions"_atom));
  CHECK(w.reports().starts_with(
      "=ERROR REPORT==== TIME ===\nCan't load module 'functions' that resides in sticky dir\n"));
  CHECK(w.call("code", "delete", "functions") == "true");
  CHECK(w.call("code", "purge", "functions") == "false");
  CHECK(text(w.call("code", "load_file", "functions")) == "{module,functions}");
  CHECK(w.call("code", "unstick_dir", string(shelves.path)) == "ok");
  CHECK(w.call("code", "is_sticky", "functions") == "false");
  CHECK(text(w.call("code", "load_file", "functions")) == "{module,functions}");
}
