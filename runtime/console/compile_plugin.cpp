#include "runtime/console/compile_plugin.hpp"

#include "runtime/code/coroutine_check.hpp"
#include "runtime/code/stamp.hpp"
#include "runtime/os/child.hpp"
#include "runtime/os/executable_path.hpp"
#include "runtime/os/file.hpp"

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include <unistd.h>

namespace twinslot::console {
namespace {
// Beside the program in a build tree and in an installed one; $TWINSLOT_PLUGIN_FLAGS for other layouts.
std::vector<std::string> places() {
  std::vector<std::string> all;
  if (const char* given = std::getenv("TWINSLOT_PLUGIN_FLAGS"))
    all.emplace_back(given);
  const std::string directory = os::dir_name(os::executable_path());
  all.push_back(os::join(os::dir_name(directory), "libexec/twinslot/plugin_flags.txt"));
  all.push_back(os::join(directory, "plugin_flags.txt"));
  return all;
}

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
}

struct recorded {
  std::vector<std::string> lines;  // one argument each
  std::string directory;
};

result<recorded> read_flags() {
  std::vector<term> tried;
  for (const std::string& place : places()) {
    const auto text = os::read_file(place);
    if (!text) {
      tried.push_back(string(place));
      continue;
    }
    recorded found{{}, os::dir_name(place)};
    std::size_t start = 0;
    while (start < text.value().size()) {
      std::size_t end = text.value().find('\n', start);
      end = end == std::string::npos ? text.value().size() : end;
      const std::string line = text.value().substr(start, end - start);
      if (!line.empty() && line[0] != '#')
        found.lines.push_back(line);
      start = end + 1;
    }
    return found;
  }
  return error{tuple("no_plugin_flags", list_of(tried.data(), tried.size()))};
}

// A precompiled header one of whose sources has changed since would be mixed with the new text. `header`.d beside it
// lists them, as compilers write it: `target: file file \` with line ends behind backslashes. No list: it fits.
bool is_outdated(const std::string& header) {
  const auto list = os::read_file(header + ".d");
  auto made = os::stat_file(header + ".gch");
  if (!made)
    made = os::stat_file(header + ".pch");
  if (!list || !made)
    return false;
  std::string sources = list.value().substr(std::min(list.value().find(": ") + 1, list.value().size()));
  replace_all(sources, "\\\n", " ");
  std::istringstream words(sources);
  for (std::string source; words >> source;) {
    const auto found = os::stat_file(source);
    if (!found || found.value().modified > made.value().modified)
      return true;
  }
  return false;
}

bool is_to_be_looked_at(const std::string& source) {
  const auto written = os::read_file(source);
  return written && code::may_have_coroutines(*written);
}

std::vector<std::string> arguments_of(const recorded& flags, const compile_job& what, const std::string& output,
                                      const std::string& dump) {
  std::vector<std::string> arguments;
  for (std::string line : flags.lines) {
    if (line.find("{dump}") != std::string::npos && !is_to_be_looked_at(what.source))
      continue;
    if (line == "{source}") {
      arguments.insert(arguments.end(), what.options.begin(), what.options.end());
      if (isatty(STDOUT_FILENO))
        arguments.emplace_back("-fdiagnostics-color=always");
    }
    replace_all(line, "{here}", flags.directory);
    replace_all(line, "{source}", what.source);
    replace_all(line, "{output}", output);
    replace_all(line, "{dump}", dump);
    arguments.push_back(std::move(line));
  }
  const auto include = std::find(arguments.begin(), arguments.end(), "-include");
  if (std::distance(include, arguments.end()) > 1 && is_outdated(include[1]))
    arguments.erase(include, include + 2);
  return arguments;
}
}  // namespace

result<compiled> compile_plugin(const compile_job& what) {
  const auto flags = read_flags();
  if (!flags)
    return flags.error();
  // Beside its final name first: nobody ever finds half a file there, and a failure leaves the former one.
  const std::string unfinished = what.output + ".new-" + std::to_string(getpid());
  const std::string dump = unfinished + ".tree";
  const std::vector<std::string> arguments = arguments_of(flags.value(), what, unfinished, dump);
  const auto done = os::run({.arguments = arguments, .cancel = what.cancel});
  if (!done)
    return error{tuple("compiler", done.reason(), string(arguments.empty() ? "" : arguments[0]))};
  const os::ended& end = done.value();
  const std::string complaints = code::complaints_about(what.source, end.output, dump);
  if (end.ok() && complaints.empty()) {
    // What has no room for a stamp is no plugin, which is for whoever loads it to say.
    static_cast<void>(code::stamp_file(unfinished));
    if (const auto moved = os::rename_file(unfinished, what.output); !moved)
      return error{tuple("compiler", moved.error().reason, string(what.output))};
    return compiled{true, end.output};
  }
  static_cast<void>(os::delete_file(unfinished));
  if (end.how == os::ending::exited)
    return compiled{false, end.output + complaints};
  if (end.how == os::ending::cancelled)
    return error{"cancelled"};
  return error{tuple("compiler", end.reason(), string(arguments[0]))};
}
}  // namespace twinslot::console
