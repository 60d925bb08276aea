// The part of module code that is about directories: the search path, sticky directories, what is found where.
#include "actors/code_server/arguments.hpp"
#include "actors/code_server/natives.hpp"
#include "actors/code_server/state.hpp"
#include "runtime/os/executable_path.hpp"
#include "runtime/os/file.hpp"
#include "runtime/term/print.hpp"

#include <algorithm>

namespace twinslot::code_server {
namespace {
constexpr std::string_view extension = ".so";

term true_or_error(const result<void>& done) {
  return done ? term(true) : tuple("error", done.reason());
}
/// A string: a list, whatever is in it.
const term& list_argument(const char* function, const term* arguments) {
  if (!arguments[0].is_list())
    raise_function_clause(function, arguments, 1);
  return arguments[0];
}

// ---- the path (C37-C39)

term get_path(process& self, const term*) {
  return list_of_strings(state_of(self.home())->path.get());
}
term set_path(process& self, const term* arguments) {
  const auto given = elements_of(list_argument("set_path", arguments));
  if (!given)
    return tuple("error", "bad_directory");
  std::vector<std::string> wanted;
  for (const term& each : *given) {
    const auto name = file_name(each);
    if (!name)
      return tuple("error", "bad_directory");
    wanted.push_back(*name);
  }
  return true_or_error(state_of(self.home())->path.set(std::move(wanted)));
}

term add(process& self, const char* function, const term* arguments, search_path::end where) {
  const auto name = file_name(list_argument(function, arguments));
  return name ? true_or_error(state_of(self.home())->path.add(*name, where)) : tuple("error", "bad_directory");
}
term add_path(process& self, const term* arguments) {
  return add(self, "add_path", arguments, search_path::end::back);
}
term add_patha(process& self, const term* arguments) {
  return add(self, "add_patha", arguments, search_path::end::front);
}
term add_pathz(process& self, const term* arguments) {
  return add(self, "add_pathz", arguments, search_path::end::back);
}

/// Skips what is no directory.
term add_all(process& self, const char* function, const term* arguments, search_path::end where) {
  const auto shared = state_of(self.home());
  for (const term& each : list_argument(function, arguments).elements_of_list())
    if (const auto name = file_name(each))
      (void)shared->path.add(*name, where);
  return "ok";
}
term add_paths(process& self, const term* arguments) {
  return add_all(self, "add_paths", arguments, search_path::end::back);
}
term add_pathsa(process& self, const term* arguments) {
  return add_all(self, "add_pathsa", arguments, search_path::end::front);
}
term add_pathsz(process& self, const term* arguments) {
  return add_all(self, "add_pathsz", arguments, search_path::end::back);
}

term del_path(process& self, const term* arguments) {
  if (!arguments[0].is_list() && !arguments[0].is_atom())
    raise_function_clause("del_path", arguments, 1);
  const auto name = file_name(arguments[0]);
  return name ? term(state_of(self.home())->path.remove(*name)) : tuple("error", "bad_name");
}
term replace_path(process& self, const term* arguments) {
  for (const term* each : {&arguments[0], &arguments[1]})
    if (!each->is_list() && !each->is_atom())
      raise_function_clause("replace_path", arguments, 2);
  const auto name = file_name(arguments[0]), directory = file_name(arguments[1]);
  if (!directory)
    return tuple("error", "bad_directory");
  return name ? true_or_error(state_of(self.home())->path.replace(*name, *directory)) : tuple("error", "bad_name");
}

// ---- what lies there

/// {Name without extension, Path} of each plugin of the path, in its order.
std::vector<std::pair<std::string, std::string>> plugins_of(const search_path& path) {
  std::vector<std::pair<std::string, std::string>> found;
  for (const std::string& directory : path.get()) {
    const auto names = os::list_dir(directory);
    if (!names)
      continue;  // it has disappeared (C40)
    for (const std::string& name : *names)
      if (name.size() > extension.size() && name.ends_with(extension))
        found.emplace_back(name.substr(0, name.size() - extension.size()), os::join(directory, name));
  }
  return found;
}

term clash(process& self, const term*) {
  node& home = self.home();
  std::map<std::string, std::string> first;
  std::int64_t count = 0;
  for (const auto& [name, path] : plugins_of(state_of(home)->path)) {
    const auto [known, is_first] = first.emplace(name, path);
    if (is_first)
      continue;
    ++count;
    home.put_chars(format("** ~ts hides ~ts~n", list(string(known->second), string(path))));
  }
  home.put_chars(format("** Found ~w name clashes in code paths ~n", list(count)));
  return "ok";
}

term all_available(process& self, const term*) {
  node& home = self.home();
  std::map<std::string, term> all;
  for (atom module : home.native_modules())
    all.emplace(module.text(), tuple(string(module.text()), "preloaded", true));
  for (const auto& each : home.code().resident_versions())
    if (each.slot == "current"_atom)
      all.emplace(each.module.text(), tuple(string(each.module.text()), string(each.origin), true));
  for (const auto& [name, path] : plugins_of(state_of(home)->path))
    all.emplace(name, tuple(string(name), string(path), false));
  std::vector<term> sorted;
  for (auto& [name, entry] : all)
    sorted.push_back(entry);
  return list_of_vector(sorted);
}

term where_is_file(process& self, const term* arguments) {
  const auto name = file_name(list_argument("where_is_file", arguments));
  const auto path = name ? state_of(self.home())->path.find(*name) : std::nullopt;
  return path ? string(*path) : term("non_existing");
}

// ---- sticky directories (C41)

term stick_dir(process& self, const term* arguments) {
  const auto name = file_name(list_argument("stick_dir", arguments));
  return name && state_of(self.home())->stick(*name) ? term("ok") : term("error");
}
term unstick_dir(process& self, const term* arguments) {
  const auto name = file_name(list_argument("unstick_dir", arguments));
  if (!name)
    return "error";
  state_of(self.home())->unstick(*name);
  return "ok";
}
term is_sticky(process& self, const term* arguments) {
  return state_of(self.home())->is_sticky(module_argument("is_sticky", arguments, 1));
}

// ---- the installation

std::string installed_at() {
  return os::dir_name(os::dir_name(os::executable_path()));
}
term root_dir(process&, const term*) {
  return string(installed_at());
}
term lib_dir(process&, const term*) {
  return string(os::join(installed_at(), "lib"));
}

constexpr native all[] = {
    {"code", "get_path", 0, get_path, "get_path()", "the code path: directories, first hit wins"},
    {"code", "set_path", 1, set_path, "set_path(Directories)", "replaces the code path, or changes nothing"},
    {"code", "add_path", 1, add_path, "add_path(Directory)", "as add_pathz/1"},
    {"code", "add_patha", 1, add_patha, "add_patha(Directory)",
     "puts a directory in front of the code path; one that is there moves"},
    {"code", "add_pathz", 1, add_pathz, "add_pathz(Directory)",
     "adds a directory to the end of the code path; one that is there stays where it is"},
    {"code", "add_paths", 1, add_paths, "add_paths(Directories)", "as add_pathsz/1"},
    {"code", "add_pathsa", 1, add_pathsa, "add_pathsa(Directories)", "puts directories in front, skips bad ones"},
    {"code", "add_pathsz", 1, add_pathsz, "add_pathsz(Directories)", "adds directories to the end, skips bad ones"},
    {"code", "del_path", 1, del_path, "del_path(NameOrDir)",
     "takes a directory off the code path, by its path or its application's name"},
    {"code", "replace_path", 2, replace_path, "replace_path(Name, Directory)",
     "puts the directory where the application's was, or at the end"},
    {"code", "clash", 0, clash, "clash()", "prints which files of the code path hide which"},
    {"code", "all_available", 0, all_available, "all_available()",
     "[{Name,Where,IsLoaded}]: loaded modules, and files of the code path"},
    {"code", "where_is_file", 1, where_is_file, "where_is_file(Filename)", "the first such file of the code path"},
    {"code", "stick_dir", 1, stick_dir, "stick_dir(Directory)",
     "modules that were loaded from there are not loaded again; ok or error"},
    {"code", "unstick_dir", 1, unstick_dir, "unstick_dir(Directory)", "undoes stick_dir/1"},
    {"code", "is_sticky", 1, is_sticky, "is_sticky(Module)",
     "true for built-in modules, and loaded ones of a sticky directory"},
    {"code", "root_dir", 0, root_dir, "root_dir()", "where this system is installed"},
    {"code", "lib_dir", 0, lib_dir, "lib_dir()", "the installed library directory"},
};
}  // namespace

std::span<const native> path_natives() {
  return all;
}
}  // namespace twinslot::code_server
