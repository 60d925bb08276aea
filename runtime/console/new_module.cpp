#include "runtime/console/new_module.hpp"

#include "runtime/console/compile_plugin.hpp"
#include "runtime/os/file.hpp"
#include "runtime/term/print.hpp"

#include <algorithm>
#include <cstdio>

namespace twinslot::console {
namespace {
// NAME stands for the module.
constexpr std::string_view template_text = R"(// NAME.cpp - a server. Change it while it runs, and type c(NAME). again.
#include <twinslot/gen_server.hpp>

namespace ts = twinslot;

struct state {
  std::int64_t count = 0;
};

// Names the fields: that is how a state is shown, and carried over to a version whose state has other fields.
template <class Inspector>
bool inspect(Inspector& f, state& x) {
  return f.object(x).fields(f.field("count", x.count));
}

TWINSLOT_MODULE(NAME, "1") {
  return ts::gen_server<state>("NAME")  // NAME:start(), NAME:start_link(): a process with this name
      .init([] { return state{}; })
      .cast("add", [](state& s, std::int64_t n) { s.count += n; })   // NAME:add(5): answers at once
      .call("count", [](const state& s) { return s.count; });        // NAME:count(): waits for the reply
}
)";

std::string with_name(std::string text, const std::string& name) {
  constexpr std::string_view place = "NAME";
  for (std::size_t at = text.find(place); at != text.npos; at = text.find(place, at + name.size()))
    text.replace(at, place.size(), name);
  return text;
}

// What can be typed without quotes, and is a file's name and a name in C++.
bool is_module_name(const std::string& name) {
  constexpr std::string_view small = "abcdefghijklmnopqrstuvwxyz", rest = "abcdefghijklmnopqrstuvwxyz0123456789_";
  return !name.empty() && small.find(name[0]) != small.npos && name.find_first_not_of(rest) == name.npos;
}

bool exists(const std::string& path) {
  return bool(os::stat_file(path));
}

int complain(const std::string& text) {
  std::fprintf(stderr, "twinslot: %s\n", text.c_str());
  return 1;
}

/// 0; or 1, and it was said why. What is there stays.
int write_new(const std::string& path, const std::string& text, std::string_view about) {
  if (exists(path)) {
    std::printf("%s is there already and stays as it is\n", path.c_str());
    return 0;
  }
  if (const auto written = os::write_file(path, text); !written)
    return complain(path + " cannot be written: " + to_text_p(written.reason()));
  std::printf("%s: %.*s\n", path.c_str(), static_cast<int>(about.size()), about.data());
  return 0;
}
}  // namespace

int make_module(const std::string& name) {
  if (!is_module_name(name)) {
    complain("'" + name + "' is no name for a module: a small letter first, then small letters, digits and _");
    return 2;
  }
  const auto flags = editor_flags();
  if (!flags)
    return complain("the flags for plugins are not there: " + to_text_p(flags.reason()));
  if (write_new(name + ".cpp", with_name(std::string(template_text), name), "the module") != 0 ||
      write_new("compile_flags.txt", *flags, "for editors: where the headers of twinslot lie") != 0)
    return 1;
  std::fputs(with_name("Start twinslot here, and type:\n\n"
                       "    c(NAME).\n"
                       "    NAME:start().\n"
                       "    NAME:add(5).\n"
                       "    NAME:count().\n\n"
                       "Then change NAME.cpp and type c(NAME). again: the process goes on with the new code.\n",
                       name)
                 .c_str(),
             stdout);
  return 0;
}
}  // namespace twinslot::console
