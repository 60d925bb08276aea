#include "actors/code_server/natives.hpp"

#include "actors/code_server/state.hpp"
#include "runtime/os/executable_path.hpp"
#include "runtime/os/file.hpp"
#include "runtime/term/print.hpp"

#include <algorithm>

namespace twinslot::code_server {
namespace {
constexpr const char* extension = ".so";

[[noreturn]] void raise_function_clause(const char* function, const term* arguments, std::size_t count) {
  throw raised{"error"_atom, "function_clause", list(tuple("code", atom(function), list_of(arguments, count), term{}))};
}
atom module_argument(const char* function, const term* arguments, std::size_t count) {
  if (!arguments[0].is_atom())
    raise_function_clause(function, arguments, count);
  return arguments[0].as_atom();
}
/// A file name: a string or an atom. Empty: it is neither.
std::optional<std::string> file_name(const term& name) {
  if (name.is_atom())
    return std::string(name.as_atom().text());
  std::string text;
  if (!name.is_list() || !chardata_to_utf8(name, text))
    return {};
  return text;
}
std::string file_of(atom module) {
  return std::string(module.text()) + extension;
}
/// Where the current version came from; [] where there is none.
term origin_of(node& home, atom module) {
  if (const code::pin current = home.code().pin_current(module))
    return string(current->origin());
  if (!home.natives_of(module).empty())
    return "preloaded";
  return {};
}

// ---- loading -------------------------------------------------------------------------------------------------------

term load_file(process& self, const term* arguments) {
  const atom module = module_argument("load_file", arguments, 1);
  const auto shared = state_of(self.home());
  if (const auto path = shared->path.find(file_of(module)); path || shared->is_sticky(module))
    return load(self, *shared, module, path.value_or(""), false);
  return tuple("error", "nofile");
}

term load_named(process& self, atom module, const std::string& file) {
  const auto shared = state_of(self.home());
  const std::string whole = absolute(file.ends_with(extension) && os::is_regular(file) ? file : file + extension);
  return load(self, *shared, module, whole, false);
}
term load_abs_1(process& self, const term* arguments) {
  const auto file = file_name(arguments[0]);
  if (!file)
    raise_function_clause("load_abs", arguments, 1);
  std::string name = os::base_name(*file);
  if (name.ends_with(extension) && os::is_regular(*file))
    name = os::root_name(name);
  return load_named(self, atom(name), *file);
}
term load_abs_2(process& self, const term* arguments) {
  const auto file = file_name(arguments[0]);
  if (!file || !arguments[1].is_atom())
    raise_function_clause("load_abs", arguments, 2);
  return load_named(self, arguments[1].as_atom(), *file);
}

term load_binary(process& self, const term* arguments) {
  const auto file = file_name(arguments[1]);
  if (!arguments[0].is_atom() || !file || !arguments[2].is_binary())
    raise_function_clause("load_binary", arguments, 3);
  const auto shared = state_of(self.home());
  return load_bytes(self, *shared, arguments[0].as_atom(), *file, std::string(arguments[2].bytes()));
}

term ensure_loaded_1(process& self, const term* arguments) {
  const atom module = module_argument("ensure_loaded", arguments, 1);
  node& home = self.home();
  if (home.code().is_loaded(module) || !home.natives_of(module).empty())
    return tuple("module", module);
  const auto shared = state_of(home);
  const auto path = shared->path.find(file_of(module));
  if (!path)
    return tuple("error", "nofile");
  {
    std::lock_guard lock(shared->mutex);  // asked for by name: that is explicit (W20)
    shared->deleted.erase(module.index());
  }
  return load(self, *shared, module, *path, true);
}

// ---- purge, delete -------------------------------------------------------------------------------------------------

term ask_purge(process& self, atom module, bool kill) {
  const auto shared = state_of(self.home());
  const auto answer = self.request(shared->server, "$code"_atom, tuple("purge", module, kill), {});
  if (!answer.ok)
    raise_exit(tuple(answer.value, tuple("code", "purge", list(module))));
  return answer.value;
}
term purge_1(process& self, const term* arguments) {
  const term done = ask_purge(self, module_argument("purge", arguments, 1), true);
  return done.get("killed")->is_cons();
}
term soft_purge(process& self, const term* arguments) {
  return *ask_purge(self, module_argument("soft_purge", arguments, 1), false).get("purged");
}
term purge_report(process& self, const term* arguments) {
  return ask_purge(self, module_argument("purge_report", arguments, 1), true);
}
term soft_purge_report(process& self, const term* arguments) {
  return ask_purge(self, module_argument("soft_purge_report", arguments, 1), false);
}
term delete_1(process& self, const term* arguments) {
  const atom module = module_argument("delete", arguments, 1);
  const auto shared = state_of(self.home());
  const auto answer = self.request(shared->server, "$code"_atom, tuple("delete", module), {});
  if (!answer.ok)
    raise_exit(tuple(answer.value, tuple("code", "delete", list(module))));
  return answer.value;
}

// ---- questions -----------------------------------------------------------------------------------------------------

term is_loaded(process& self, const term* arguments) {
  const term origin = origin_of(self.home(), module_argument("is_loaded", arguments, 1));
  return origin.is_nil() ? term(false) : tuple("file", origin);
}
term which(process& self, const term* arguments) {
  const atom module = module_argument("which", arguments, 1);
  if (const term origin = origin_of(self.home(), module); !origin.is_nil())
    return origin;
  const auto path = state_of(self.home())->path.find(file_of(module));
  return path ? string(*path) : term("non_existing");
}
term all_loaded(process& self, const term*) {
  std::vector<term> all;
  for (atom module : self.home().native_modules())
    all.push_back(tuple(module, "preloaded"));
  for (atom module : self.home().code().loaded())
    if (const code::pin current = self.home().code().pin_current(module))
      all.push_back(tuple(module, string(current->origin())));
  std::sort(all.begin(), all.end(), term_less{});
  return list_of(all.data(), all.size());
}
term is_sticky(process& self, const term* arguments) {
  return state_of(self.home())->is_sticky(module_argument("is_sticky", arguments, 1));
}
term get_object_code(process& self, const term* arguments) {
  const atom module = module_argument("get_object_code", arguments, 1);
  const auto path = state_of(self.home())->path.find(file_of(module));
  if (!path)
    return "error";
  const auto bytes = os::read_file(*path);
  return bytes ? tuple(module, binary(*bytes), string(*path)) : term("error");
}
term where_is_file(process& self, const term* arguments) {
  const auto name = file_name(arguments[0]);
  if (!name)
    raise_function_clause("where_is_file", arguments, 1);
  const auto path = state_of(self.home())->path.find(*name);
  return path ? string(*path) : term("non_existing");
}
term module_md5(process& self, const term* arguments) {
  if (!arguments[0].is_binary())
    raise_function_clause("module_md5", arguments, 1);
  const auto about = self.home().loader().about_bytes(arguments[0].bytes());
  return about ? about->md5 : term("undefined");
}

/// not_loaded | loaded | modified | removed, by checksum (C35).
atom status_of(node& home, state& shared, atom module) {
  term md5;
  std::string origin;
  if (const code::pin current = home.code().pin_current(module)) {
    md5 = current->md5();
    origin = current->origin();
  } else {
    return home.natives_of(module).empty() ? "not_loaded"_atom : "loaded"_atom;
  }
  const auto found = shared.path.find(file_of(module));
  const auto on_disk = home.loader().md5_of(found.value_or(origin));
  if (on_disk)
    return *on_disk == md5 ? "loaded"_atom : "modified"_atom;
  return on_disk.reason().is_tagged("nofile"_atom, 2) ? "removed"_atom : "modified"_atom;
}
term module_status_1(process& self, const term* arguments) {
  const auto shared = state_of(self.home());
  if (arguments[0].is_atom())
    return status_of(self.home(), *shared, arguments[0].as_atom());
  std::vector<term> all;
  for (const term& module : arguments[0].elements_of_list()) {
    if (!module.is_atom())
      raise_function_clause("module_status", arguments, 1);
    all.push_back(tuple(module, status_of(self.home(), *shared, module.as_atom())));
  }
  return list_of(all.data(), all.size());
}
term module_status_0(process& self, const term*) {
  const auto shared = state_of(self.home());
  std::vector<term> all;
  for (atom module : self.home().code().loaded())
    all.push_back(tuple(module, status_of(self.home(), *shared, module)));
  return list_of(all.data(), all.size());
}
term modified_modules(process& self, const term*) {
  const auto shared = state_of(self.home());
  std::vector<term> all;
  for (atom module : self.home().code().loaded())
    if (status_of(self.home(), *shared, module) == "modified"_atom)
      all.push_back(module);
  return list_of(all.data(), all.size());
}
term check_old_code(process& self, const term* arguments) {
  if (!arguments[0].is_atom())
    raise_badarg();
  return self.home().code().has_old(arguments[0].as_atom());
}
term check_process_code(process& self, const term* arguments) {
  if (!arguments[0].is_pid() || !arguments[1].is_atom())
    raise_badarg();
  const code::version* old = self.home().code().old(arguments[1].as_atom());
  if (!old)
    return false;
  const auto there = self.home().lingering(old);
  return std::find(there.begin(), there.end(), arguments[0].as_pid()) != there.end();
}
term module_loaded(process& self, const term* arguments) {
  if (!arguments[0].is_atom())
    raise_badarg();
  return !origin_of(self.home(), arguments[0].as_atom()).is_nil();
}

// ---- search path ---------------------------------------------------------------------------------------------------

term get_path(process& self, const term*) {
  std::vector<term> all;
  for (const std::string& each : state_of(self.home())->path.get())
    all.push_back(string(each));
  return list_of(all.data(), all.size());
}
term set_path(process& self, const term* arguments) {
  if (!arguments[0].is_list())
    raise_function_clause("set_path", arguments, 1);
  std::vector<std::string> wanted;
  for (const term& each : arguments[0].elements_of_list()) {
    const auto name = file_name(each);
    if (!name)
      return tuple("error", "bad_directory");
    wanted.push_back(*name);
  }
  const auto done = state_of(self.home())->path.set(std::move(wanted));
  return done ? term(true) : tuple("error", done.reason());
}
template <search_path::end Where>
term add_path(process& self, const term* arguments) {
  if (!arguments[0].is_list())
    raise_function_clause(Where == search_path::end::front ? "add_patha" : "add_pathz", arguments, 1);
  const auto name = file_name(arguments[0]);
  if (!name)
    return tuple("error", "bad_directory");
  const auto done = state_of(self.home())->path.add(*name, Where);
  return done ? term(true) : tuple("error", done.reason());
}
/// Skips what is no directory (C37).
template <search_path::end Where>
term add_paths(process& self, const term* arguments) {
  if (!arguments[0].is_list())
    raise_function_clause(Where == search_path::end::front ? "add_pathsa" : "add_pathsz", arguments, 1);
  const auto shared = state_of(self.home());
  for (const term& each : arguments[0].elements_of_list())
    if (const auto name = file_name(each))
      (void)shared->path.add(*name, Where);
  return "ok";
}
term del_path(process& self, const term* arguments) {
  const auto name = file_name(arguments[0]);
  if (!name)
    return tuple("error", "bad_name");
  return state_of(self.home())->path.remove(*name);
}
term get_mode(process&, const term*) {
  return "interactive";
}
term root_dir(process&, const term*) {
  return string(os::dir_name(os::dir_name(os::executable_path())));
}
term lib_dir(process&, const term*) {
  return string(os::join(os::dir_name(os::dir_name(os::executable_path())), "lib"));
}

constexpr auto front = search_path::end::front;
constexpr auto back = search_path::end::back;
constexpr native all[] = {
    {"code", "load_file", 1, load_file, "load_file(Module)", "loads Module.so from the code path"},
    {"code", "load_abs", 1, load_abs_1, "load_abs(Filename)", "loads Filename.so; the module is named as the file"},
    {"code", "load_abs", 2, load_abs_2, "load_abs(Filename, Module)", "loads Filename.so as Module"},
    {"code", "load_binary", 3, load_binary, "load_binary(Module, Filename, Binary)", "loads a plugin's bytes"},
    {"code", "ensure_loaded", 1, ensure_loaded_1, "ensure_loaded(Module)", "loads Module unless it is loaded"},
    {"code", "purge", 1, purge_1, "purge(Module)",
     "removes the old version and kills who runs in it; true: somebody was killed"},
    {"code", "soft_purge", 1, soft_purge, "soft_purge(Module)",
     "removes the old version if nobody runs in it; false: somebody does"},
    {"code", "purge_report", 1, purge_report, "purge_report(Module)",
     "as purge/1, and tells what was removed, who moved and who was killed"},
    {"code", "soft_purge_report", 1, soft_purge_report, "soft_purge_report(Module)",
     "as soft_purge/1, and tells what was removed, who moved and who is in the way"},
    {"code", "delete", 1, delete_1, "delete(Module)",
     "the current version becomes old; only an explicit load brings the module back"},
    {"code", "is_loaded", 1, is_loaded, "is_loaded(Module)", "{file,Where} or false"},
    {"code", "which", 1, which, "which(Module)", "where the module was loaded from, or would be"},
    {"code", "all_loaded", 0, all_loaded, "all_loaded()", "[{Module,Where}]"},
    {"code", "is_sticky", 1, is_sticky, "is_sticky(Module)", "true for built-in modules"},
    {"code", "get_object_code", 1, get_object_code, "get_object_code(Module)", "{Module,Binary,Filename} or error"},
    {"code", "where_is_file", 1, where_is_file, "where_is_file(Filename)", "the first such file of the code path"},
    {"code", "module_md5", 1, module_md5, "module_md5(Binary)", "a plugin's checksum, or undefined"},
    {"code", "module_status", 0, module_status_0, "module_status()", "the status of each loaded module"},
    {"code", "module_status", 1, module_status_1, "module_status(Module)", "not_loaded, loaded, modified or removed"},
    {"code", "modified_modules", 0, modified_modules, "modified_modules()", "loaded modules whose file has changed"},
    {"code", "get_path", 0, get_path, "get_path()", "the code path"},
    {"code", "set_path", 1, set_path, "set_path(Directories)", "replaces the code path, or changes nothing"},
    {"code", "add_path", 1, add_path<back>, "add_path(Directory)", "as add_pathz/1"},
    {"code", "add_patha", 1, add_path<front>, "add_patha(Directory)", "puts a directory in front of the code path"},
    {"code", "add_pathz", 1, add_path<back>, "add_pathz(Directory)", "adds a directory to the code path"},
    {"code", "add_paths", 1, add_paths<back>, "add_paths(Directories)", "as add_pathsz/1"},
    {"code", "add_pathsa", 1, add_paths<front>, "add_pathsa(Directories)", "puts directories in front"},
    {"code", "add_pathsz", 1, add_paths<back>, "add_pathsz(Directories)", "adds directories to the code path"},
    {"code", "del_path", 1, del_path, "del_path(Directory)", "takes a directory off the code path"},
    {"code", "get_mode", 0, get_mode, "get_mode()", "interactive: modules are loaded when they are called"},
    {"code", "root_dir", 0, root_dir, "root_dir()", "where this system is installed"},
    {"code", "lib_dir", 0, lib_dir, "lib_dir()", "the installed library directory"},
    {"erlang", "check_old_code", 1, check_old_code, "check_old_code(Module)", "true if there is an old version"},
    {"erlang", "check_process_code", 2, check_process_code, "check_process_code(Pid, Module)",
     "true if the process runs in the old version"},
    {"erlang", "module_loaded", 1, module_loaded, "module_loaded(Module)", "true if a version is current"},
};
}  // namespace

std::span<const native> natives() {
  return all;
}
}  // namespace twinslot::code_server
