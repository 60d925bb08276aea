#include "runtime/console/compile_plugin.hpp"

#include "runtime/code/coroutine_check.hpp"
#include "runtime/code/stamp.hpp"
#include "runtime/os/child.hpp"
#include "runtime/os/executable_path.hpp"
#include "runtime/os/file.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <random>
#include <sstream>

#include <fmt/format.h>

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

// A file whose name starts like an option, or like a list of options, is none.
std::string as_file(const std::string& path) {
  return path.starts_with('-') || path.starts_with('@') ? "./" + path : path;
}

// At the end: the last word counts, and a linker takes from a library what the files before it need. But -x is for the
// files behind it.
struct placed_options {
  std::vector<std::string> before, behind;
};
placed_options placed(const std::vector<std::string>& options) {
  placed_options all;
  bool language_follows = false;
  for (const std::string& option : options) {
    const bool is_language = language_follows || option.starts_with("-x");
    language_follows = option == "-x";
    (is_language ? all.before : all.behind).push_back(option);
  }
  return all;
}

std::vector<std::string> arguments_of(const recorded& flags, const compile_job& what, const std::string& output,
                                      const std::string& dump) {
  const placed_options options = placed(what.options);
  const bool looks =
      is_to_be_looked_at(what.source) && code::tells_trees(flags.lines) && code::tells_trees(what.options);
  std::vector<std::string> arguments;
  const auto append = [&](const std::vector<std::string>& some) {
    arguments.insert(arguments.end(), some.begin(), some.end());
  };
  for (std::string line : flags.lines) {
    if (line.find("{dump}") != std::string::npos && !looks)
      continue;
    if (line == "{source}") {
      append(options.before);
      if (isatty(STDOUT_FILENO))
        arguments.emplace_back("-fdiagnostics-color=always");
    }
    replace_all(line, "{here}", flags.directory);
    replace_all(line, "{source}", as_file(what.source));
    replace_all(line, "{output}", as_file(output));
    replace_all(line, "{dump}", dump);
    arguments.push_back(std::move(line));
  }
  append(options.behind);
  const auto include = std::find(arguments.begin(), arguments.end(), "-include");
  if (std::distance(include, arguments.end()) > 1 && is_outdated(include[1]))
    arguments.erase(include, include + 2);
  return arguments;
}

// No two compiles at one time share it, in whatever process, machine or container they are.
std::string unfinished_name(const std::string& output) {
  static std::atomic<std::uint64_t> count{0};
  return fmt::format("{}.new-{}-{}-{:08x}", output, getpid(), ++count, std::random_device{}());
}

std::string without_dots(const std::string& path) {
  const auto real = os::real_path(path);
  return real ? *real : path;
}

// The recorded directories of headers.
std::vector<std::string> header_directories(const recorded& flags) {
  std::vector<std::string> all;
  for (std::string line : flags.lines)
    if (line.starts_with("-I")) {
      replace_all(line, "{here}", flags.directory);
      all.push_back(line.substr(2));
    }
  return all;
}

// The precompiled header itself, under whatever name it was made.
void name_our_header(std::string& messages, const std::string& directory) {
  constexpr std::string_view header = "/sdk.pch.hpp";
  for (std::size_t at = messages.find(header); at != std::string::npos; at = messages.find(header, at)) {
    const std::size_t before = messages.find_last_of(" \t\n", at);
    const std::size_t begin = before == std::string::npos ? 0 : before + 1;
    messages.replace(begin, at - begin, directory);
    at = begin + directory.size() + header.size();
  }
}

// A precompiled header names its sources where they were when it was made: in the source tree, also once the program is
// installed. Messages name the headers that lie beside this program.
std::string with_our_paths(std::string messages, const recorded& flags) {
  const std::vector<std::string> directories = header_directories(flags);
  for (const std::string& directory : directories)
    replace_all(messages, directory, without_dots(directory));
  const std::string first = directories.empty() ? "" : without_dots(directories[0]);
  if (!first.empty() && first != TWINSLOT_SDK_SOURCES)
    replace_all(messages, TWINSLOT_SDK_SOURCES, first);
  name_our_header(messages, without_dots(flags.directory));
  return messages;
}
}  // namespace

result<std::string> editor_flags() {
  const auto flags = read_flags();
  if (!flags)
    return flags.error();
  std::string text;
  for (const std::string& line : flags.value().lines)
    if (!line.starts_with("-Wl,") && (line.starts_with("-std=") || line.starts_with("-W") || line.starts_with("-D")))
      text += line + "\n";
  for (const std::string& directory : header_directories(flags.value()))
    text += "-I" + without_dots(directory) + "\n";
  return text;
}

result<compiled> compile_plugin(const compile_job& what) {
  const auto flags = read_flags();
  if (!flags)
    return flags.error();
  // Beside its final name first: a reader never finds half a file there, and a failure leaves the former one.
  const std::string unfinished = unfinished_name(what.output);
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
    return compiled{true, with_our_paths(end.output, flags.value())};
  }
  static_cast<void>(os::delete_file(unfinished));
  if (end.how == os::ending::exited)
    return compiled{false, with_our_paths(end.output + complaints, flags.value())};
  if (end.how == os::ending::cancelled)
    return error{"cancelled"};
  return error{tuple("compiler", end.reason(), string(arguments[0]))};
}
}  // namespace twinslot::console
