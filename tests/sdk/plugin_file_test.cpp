// The files that compilers and linkers make of plugins: note, symbols, and that they leave memory when closed.
// PLUGIN_FILES: counter 2.0.0 from each compiler and linker that there is, stripped and with sections collected.
#include "tests/catch.hpp"
#include "tests/sdk/elf_file.hpp"
#include "tests/sdk/fake_host.hpp"

#include <dlfcn.h>

#include <sstream>

using namespace twinslot;
using namespace twinslot::test;

namespace {
std::vector<std::string> words(const char* joined) {
  std::istringstream in(joined);
  return {std::istream_iterator<std::string>(in), {}};
}
const std::vector<std::string> counters = words(PLUGIN_FILES);

const abi::module_info* enter(void* library) {
  const auto entry = reinterpret_cast<abi::entry>(::dlsym(library, abi::entry_symbol));
  return entry ? entry(&fake_host_table()) : nullptr;
}
bool is_mapped(const std::string& path) {
  void* const again = ::dlopen(path.c_str(), RTLD_NOW | RTLD_NOLOAD);
  if (again != nullptr)
    ::dlclose(again);
  return again != nullptr;
}
}  // namespace

TEST_CASE("a plugin's notes are where and what a loader expects") {
  using namespace std::string_literals;
  const std::string expected =
      "\x09\0\0\0\x20\0\0\0\x01\0\0\0twinslot\0\0\0\0"s                 // owner bytes, desc bytes, type, owner
      "\x01\0\0\0\0\0\0\0\x07\0\0\0\x05\0\0\0counter\0002.0.0\0\0\0"s;  // abi, minor, name bytes, vsn bytes, name, vsn
  const std::string stamp = "\x09\0\0\0\x10\0\0\0\x02\0\0\0twinslot\0\0\0\0"s;
  REQUIRE_FALSE(counters.empty());
  for (const std::string& path : counters) {
    INFO(path);
    const auto notes = elf_file(path).notes("twinslot");
    REQUIRE(notes.size() == 2);
    CHECK(notes[0] == expected);
    CHECK(notes[1].substr(0, stamp.size()) == stamp);
    const bool stamped = notes[1].substr(stamp.size()) != abi::not_stamped;
    CHECK(stamped == path.ends_with("/own.so"));  // twinslot_add_plugin() made it
  }
}

TEST_CASE("a plugin exports its descriptor only, and nothing that would keep it mapped") {
  for (const std::string& path : counters) {
    INFO(path);
    std::vector<std::string> exports;
    for (const auto& symbol : elf_file(path).dynamic_symbols()) {
      INFO(symbol.name);
      if (symbol.defined)
        exports.push_back(symbol.name);
      CHECK(symbol.binding != STB_GNU_UNIQUE);
      CHECK(symbol.name != "__cxa_thread_atexit");
      CHECK(symbol.name != "__cxa_atexit");
    }
    CHECK(exports == std::vector<std::string>{abi::entry_symbol});
  }
}

TEST_CASE("a plugin that ran, and threw, is unmapped by dlclose") {
  for (const std::string& path : counters) {
    INFO(path);
    void* const library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    REQUIRE(library != nullptr);
    {
      const abi::module_info* const info = enter(library);
      REQUIRE(info != nullptr);
      const open_module counter(info);
      server_process server(counter);
      CHECK(server.code_change(string("1.0.0"), 41) == "ok");
      CHECK(server.cast("increment").is_noreply());
      CHECK(server.call("get_count").is_reply(42));
      CHECK(server.code_change(string("1.0.0"), "odd")[1] == "function_clause");
      server.process.answer = [](const fake_process::request&) -> term { raise_exit("noproc"); };
      CHECK(counter.call(server.process, "get_info").value[1] == "noproc");
    }
    CHECK(is_mapped(path));
    ::dlclose(library);
    CHECK_FALSE(is_mapped(path));
  }
}

TEST_CASE("plugins with containers, servers and hooks are unmapped, too") {
  for (const char* name : {"flow", "stops", "throws", "raw", "asks", "functions", "nameless", "hidden_state", "slow",
                           "on_load_ok", "on_load_throws", "counter_v1", "counter_v1_fix", "counter_change_throws"}) {
    INFO(name);
    const std::string path = std::string(TWINSLOT_FIXTURES "/") + name + ".so";
    void* const library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    REQUIRE(library != nullptr);
    {
      const abi::module_info* const info = enter(library);
      REQUIRE(info != nullptr);
      const open_module module(info);
      fake_process process;
      if (info->on_load != nullptr)
        module.on_load(process);
      if (info->behaviour != nullptr) {
        server_process server(module);
        server.init();
        server.call(tuple("fail", "cpp"));
        server.call("get");
        CHECK_FALSE(server.schema().is_nil());
      }
    }
    ::dlclose(library);
    CHECK_FALSE(is_mapped(path));
  }
}

TEST_CASE("an object of one version is used by another with the same layout") {
  void* const first = ::dlopen(TWINSLOT_FIXTURES "/counter_v1.so", RTLD_NOW | RTLD_LOCAL);
  void* const second = ::dlopen(TWINSLOT_FIXTURES "/counter_v1_fix.so", RTLD_NOW | RTLD_LOCAL);
  REQUIRE(first != nullptr);
  REQUIRE(second != nullptr);
  {
    const open_module v1(enter(first));
    const open_module fix(enter(second));
    REQUIRE(v1.info().behaviour->layout == fix.info().behaviour->layout);
    server_process before(v1);
    REQUIRE(before.init().is_noreply());
    before.cast("increment");
    server_process after(fix);
    after.adopt(before);
    after.cast("increment");
    CHECK(after.call("get_count").is_reply(11));
  }
  ::dlclose(first);
  ::dlclose(second);
}
