// tests/code/loader_world.hpp - a table and a loader with real files: fixtures/ and a cache directory of the test's
// own.
#pragma once
#include "runtime/code/host_table.hpp"
#include "runtime/code/loader.hpp"
#include "runtime/os/file.hpp"
#include "runtime/term/print.hpp"
#include "tests/catch.hpp"
#include "tests/os/temp_dir.hpp"

#include <string>

namespace Catch {
template <>
struct StringMaker<twinslot::term> {
  static std::string convert(const twinslot::term& value) { return twinslot::to_text_w(value); }
};
}  // namespace Catch

namespace twinslot::code {

inline std::string fixture(const std::string& name) {
  return std::string(FIXTURE_DIR) + "/" + name + ".so";
}

struct loader_world {
  os::scoped_dir dir;
  abi::host_table host = term_functions();
  table versions;
  loader load;

  explicit loader_world(loader_options options = {}) : load(versions, host, with_places(std::move(options))) {}

  /// Why `path` is refused; `accepted` if it is not.
  term reason(const std::string& path, std::string_view module = "fixture") {
    auto made = load.prepare(atom(module), path);
    return made ? term("accepted") : made.reason();
  }
  /// prepare and finish.
  result<term> load_file(const std::string& path, std::string_view module = "fixture") {
    auto made = load.prepare(atom(module), path);
    if (!made)
      return made.error();
    std::vector<prepared> batch;
    batch.push_back(std::move(*made));
    return versions.finish(std::move(batch));
  }
  /// Module:Function() in a version.
  static std::int64_t call(const version& in, std::string_view function) {
    const abi::exported* found = in.find(atom(function), 0);
    raw_term result = term().detach();
    REQUIRE(found);
    REQUIRE(found->call(found->data, nullptr, nullptr, &result) == abi::status::ok);
    return term::adopt(result).as_int64();
  }
  std::int64_t number() { return call(*versions.pin_current("fixture"_atom).get(), "number"); }
  /// Files in the cache that are copies.
  std::size_t copy_count() {
    const auto names = os::list_dir(load.cache_directory());
    return names ? names->size() : 0;
  }

private:
  loader_options with_places(loader_options options) {
    if (options.cache_directory.empty())
      options.cache_directory = dir / "cache";
    if (options.probe.empty())
      options.probe = PROBE;
    return options;
  }
};

/// {Tag, Path, Why}
inline term about_file(const char* tag, const std::string& path, term why) {
  return tuple(atom(tag), string(path), std::move(why));
}
}  // namespace twinslot::code
