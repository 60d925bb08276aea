// runtime/console/library/filelib.cpp - filelib: what there is on a disk, and names that match a pattern.
#include "runtime/console/library/arguments.hpp"
#include "runtime/console/library/clock.hpp"
#include "runtime/console/library/tables.hpp"
#include "runtime/os/file.hpp"

#include <algorithm>

namespace twinslot::library {
namespace {

constexpr auto filelib = "filelib";

/// The file's name; empty where the term is none: then nothing is there.
std::optional<std::string> name_of(const term& value) {
  try {
    return take_file_name(value);
  } catch (const raised&) {
    return {};
  }
}
std::optional<os::file_info> info_of(const term& value) {
  const auto name = name_of(value);
  if (!name)
    return {};
  const auto found = os::stat_file(*name);
  return found ? std::optional(*found) : std::nullopt;
}
term is_file(process&, const term* a) {
  const auto found = info_of(a[0]);
  return found && found->type != os::file_type::other;
}
term is_dir(process&, const term* a) {
  const auto found = info_of(a[0]);
  return found && found->type == os::file_type::directory;
}
term is_regular(process&, const term* a) {
  const auto found = info_of(a[0]);
  return found && found->type == os::file_type::regular;
}
term file_size(process&, const term* a) {
  const auto found = info_of(a[0]);
  return found ? term(found->bytes) : term(0);
}
term last_modified(process&, const term* a) {
  const auto found = info_of(a[0]);
  if (!found)
    return 0;
  const std::time_t seconds = std::chrono::system_clock::to_time_t(found->modified);
  std::tm fields{};
  localtime_r(&seconds, &fields);
  return datetime_of(fields);
}

/// Makes every directory of the path that is missing.
term make_path(const std::string& path) {
  for (std::size_t at = 1; at <= path.size(); ++at) {
    if (at < path.size() && path[at] != '/')
      continue;
    const std::string part = path.substr(0, at);
    const auto made = os::make_dir(part);
    if (!made && !os::is_directory(part))
      return tuple("error", made.reason());
  }
  return "ok";
}
term ensure_dir(process&, const term* a) {
  const auto name = name_of(a[0]);
  if (!name)
    return tuple("error", "badarg");
  const std::size_t slash = name->rfind('/');
  return slash == std::string::npos || slash == 0 ? term("ok") : make_path(name->substr(0, slash));
}
term ensure_path(process&, const term* a) {
  const auto name = name_of(a[0]);
  return name ? make_path(*name) : tuple("error", "badarg");
}

// Patterns: ? one character, * any number, [a-z] one of a set, {a,b} one of the parts, ** directories at any depth.
/// a{b,c}d as abd and acd.
std::vector<std::string> alternatives(const std::string& pattern) {
  const std::size_t open = pattern.find('{');
  const std::size_t close = pattern.find('}', open == std::string::npos ? 0 : open);
  if (open == std::string::npos || close == std::string::npos)
    return {pattern};
  std::vector<std::string> made;
  for (std::size_t from = open + 1; from <= close;) {
    const std::size_t to = std::min(pattern.find(',', from), close);
    for (std::string& each :
         alternatives(pattern.substr(0, open) + pattern.substr(from, to - from) + pattern.substr(close + 1)))
      made.push_back(std::move(each));
    from = to + 1;
  }
  return made;
}

/// Whether one character is of the set that begins after `[`; moves `at` past the closing bracket.
bool in_set(std::string_view pattern, std::size_t& at, char character) {
  bool found = false;
  for (std::size_t first = at; at < pattern.size() && (pattern[at] != ']' || at == first); ++at) {
    const bool range = at + 2 < pattern.size() && pattern[at + 1] == '-' && pattern[at + 2] != ']';
    found = found || (range ? pattern[at] <= character && character <= pattern[at + 2] : pattern[at] == character);
    at += range ? 2 : 0;
  }
  ++at;
  return found;
}
/// A name against one part of a pattern. A star that was passed is tried again with one character more.
bool matches(std::string_view pattern, std::string_view name) {
  std::size_t at = 0;
  std::size_t in_name = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_name = 0;
  while (in_name < name.size() || at < pattern.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      star_name = in_name;
      continue;
    }
    bool fits = at < pattern.size() && in_name < name.size();
    if (fits && pattern[at] == '[' && pattern.find(']', at) != std::string_view::npos) {
      fits = in_set(pattern, ++at, name[in_name]);
    } else if (fits) {
      const bool literal = pattern[at] == '\\' && at + 1 < pattern.size();
      fits = literal ? pattern[at + 1] == name[in_name] : pattern[at] == '?' || pattern[at] == name[in_name];
      at += literal ? 2 : 1;
    }
    if (fits) {
      ++in_name;
      continue;
    }
    if (star == std::string_view::npos || star_name >= name.size())
      return false;
    at = star + 1;
    in_name = ++star_name;
  }
  return true;
}

class walker {
public:
  explicit walker(std::string directory) : directory_(std::move(directory)) {}

  /// Names that match the pattern, in `found`.
  void find(std::string_view pattern) {
    const bool absolute = pattern.starts_with('/');
    if (absolute)
      pattern.remove_prefix(1);
    descend(absolute ? "/" : "", pattern);
  }
  std::vector<std::string> found;

private:
  std::string on_disk(const std::string& name) const {
    if (name.starts_with('/') || directory_.empty())
      return name.empty() ? "." : name;
    return name.empty() ? directory_ : directory_ + "/" + name;
  }
  static std::string below(const std::string& prefix, const std::string& name) {
    return prefix.empty() || prefix.ends_with('/') ? prefix + name : prefix + "/" + name;
  }
  static bool is_pattern(std::string_view part) { return part.find_first_of("*?[\\") != std::string_view::npos; }

  void descend(const std::string& prefix, std::string_view pattern) {
    while (pattern.starts_with('/'))
      pattern.remove_prefix(1);
    if (pattern.empty()) {
      if (!prefix.empty())
        found.push_back(prefix);
      return;
    }
    const std::size_t slash = std::min(pattern.find('/'), pattern.size());
    const std::string_view part = pattern.substr(0, slash);
    const std::string_view rest = pattern.substr(slash);
    if (part == "**") {
      everywhere(prefix, rest, 0);
    } else if (!is_pattern(part)) {
      const std::string name = below(prefix, std::string(part));
      if (os::stat_file(on_disk(name)))
        descend(name, rest);
    } else {
      for (const std::string& name : names_in(prefix))
        if ((name[0] != '.' || part[0] == '.') && matches(part, name))
          descend(below(prefix, name), rest);
    }
  }
  void everywhere(const std::string& prefix, std::string_view rest, int depth) {
    constexpr int depth_limit = 64;  // links may go round in circles
    if (!rest.empty())
      descend(prefix, rest);
    for (const std::string& name : names_in(prefix)) {
      if (name[0] == '.')
        continue;
      const std::string inside = below(prefix, name);
      if (rest.empty())
        found.push_back(inside);
      if (depth < depth_limit && os::is_directory(on_disk(inside)))
        everywhere(inside, rest, depth + 1);
    }
  }
  std::vector<std::string> names_in(const std::string& prefix) const {
    const auto names = os::list_dir(on_disk(prefix));
    return names ? *names : std::vector<std::string>{};
  }
  const std::string directory_;
};

term find_names(const term& pattern, std::string directory, std::initializer_list<term> args) {
  std::string text;
  if (!pattern.is_list() || !chardata_to_utf8(pattern, text))
    no_clause(filelib, "wildcard", args);
  if (text.empty())
    raise_at(tuple("badmatch", term{}), filelib, "compile_wildcard", 2);
  walker walk(std::move(directory));
  for (const std::string& each : alternatives(text))
    walk.find(each);
  std::sort(walk.found.begin(), walk.found.end());
  walk.found.erase(std::unique(walk.found.begin(), walk.found.end()), walk.found.end());
  terms made;
  for (const std::string& name : walk.found)
    made.push_back(string(name));
  return list_from(made);
}
term wildcard(process&, const term* a) {
  return find_names(a[0], "", {a[0]});
}
term wildcard_in(process&, const term* a) {
  const auto directory = name_of(a[1]);
  if (!directory)
    no_clause(filelib, "wildcard", {a[0], a[1]});
  return find_names(a[0], *directory, {a[0], a[1]});
}

constexpr native functions[] = {
    {filelib, "ensure_dir", 1, ensure_dir, "ensure_dir(Name)", "Makes the directories that the file is to be in."},
    {filelib, "ensure_path", 1, ensure_path, "ensure_path(Path)", "Makes every directory of the path."},
    {filelib, "file_size", 1, file_size, "file_size(Filename)", "Bytes; 0 if there is no such file."},
    {filelib, "is_dir", 1, is_dir, "is_dir(Name)", "True if it is a directory."},
    {filelib, "is_file", 1, is_file, "is_file(Name)", "True if it is a file or a directory."},
    {filelib, "is_regular", 1, is_regular, "is_regular(Name)", "True if it is an ordinary file."},
    {filelib, "last_modified", 1, last_modified, "last_modified(Name)", "Date and time; 0 if there is no such file."},
    {filelib, "wildcard", 1, wildcard, "wildcard(Wildcard)", "Names that match, sorted: * ? [a-z] {a,b} **."},
    {filelib, "wildcard", 2, wildcard_in, "wildcard(Wildcard, Dir)", "Names below Dir that match."},
};
}  // namespace

std::span<const native> filelib_functions() {
  return functions;
}
}  // namespace twinslot::library
