// The part of module code that takes code away and answers questions about modules, and erlang's part of that.
#include "actors/code_server/arguments.hpp"
#include "actors/code_server/natives.hpp"
#include "actors/code_server/purge.hpp"
#include "actors/code_server/state.hpp"
#include "runtime/os/file.hpp"
#include "runtime/term/raised.hpp"

#include <algorithm>

namespace twinslot::code_server {
namespace {

/// Where the current version came from; [] where there is none.
term origin_of(node& home, atom module) {
  if (const code::pin current = home.code().pin_current(module))
    return string(current->origin());
  if (!home.natives_of(module).empty())
    return "preloaded";
  return {};
}

// ---- purge, delete -------------------------------------------------------------------------------------------------

term ask_purge(process& self, const char* function, const term* arguments, bool kill) {
  const atom module = module_argument(function, arguments, 1);
  const term report = ask(self, *state_of(self.home()), tuple("purge", module, kill));
  if (report.is_tagged("error"_atom, 2))
    raise_error(report[1]);  // deadlock, or busy: serve.cpp
  return report;
}
term purge_1(process& self, const term* arguments) {
  const term report = ask_purge(self, "purge", arguments, true);
  warn_of_waiting(self, arguments[0].as_atom(), *report.get("waiting"));
  return report.get("killed")->is_cons();
}
term soft_purge(process& self, const term* arguments) {
  return *ask_purge(self, "soft_purge", arguments, false).get("purged");
}
term purge_report(process& self, const term* arguments) {
  return ask_purge(self, "purge_report", arguments, true);
}
term soft_purge_report(process& self, const term* arguments) {
  return ask_purge(self, "soft_purge_report", arguments, false);
}
term delete_1(process& self, const term* arguments) {
  const atom module = module_argument("delete", arguments, 1);
  const term done = ask(self, *state_of(self.home()), tuple("delete", module));
  if (done.is_tagged("error"_atom, 2))
    raise_error(done[1]);
  return done;
}
term holders_1(process& self, const term* arguments) {
  const atom module = module_argument("holders", arguments, 1);
  return ask(self, *state_of(self.home()), tuple("holders", module));
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
  return list_of_vector(all);
}
term get_object_code(process& self, const term* arguments) {
  const atom module = module_argument("get_object_code", arguments, 1);
  const auto path = state_of(self.home())->path.find(file_of(module));
  if (!path)
    return "error";
  const auto bytes = os::read_file(*path);
  return bytes ? tuple(module, binary(*bytes), string(*path)) : term("error");
}
term module_md5(process& self, const term* arguments) {
  if (!arguments[0].is_binary())
    raise_badarg();
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
term statuses(process& self, const std::vector<atom>& modules) {
  const auto shared = state_of(self.home());
  std::vector<term> all;
  for (atom module : modules)
    all.push_back(tuple(module, status_of(self.home(), *shared, module)));
  return list_of_vector(all);
}
term module_status_1(process& self, const term* arguments) {
  if (arguments[0].is_atom())
    return status_of(self.home(), *state_of(self.home()), arguments[0].as_atom());
  const auto elements = elements_of(arguments[0]);
  std::vector<atom> modules;
  for (const term& each : elements.value_or(std::vector<term>{}))
    if (each.is_atom())
      modules.push_back(each.as_atom());
  if (!elements || modules.size() != elements->size())
    raise_function_clause("module_status", arguments, 1);
  return statuses(self, modules);
}
term module_status_0(process& self, const term*) {
  return statuses(self, self.home().code().loaded());
}
term modified_modules(process& self, const term*) {
  const auto shared = state_of(self.home());
  std::vector<term> all;
  for (atom module : self.home().code().loaded())
    if (status_of(self.home(), *shared, module) == "modified"_atom)
      all.push_back(module);
  return list_of_vector(all);
}
term get_mode(process& self, const term*) {
  return state_of(self.home())->limits.embedded ? term("embedded") : term("interactive");
}

// ---- erlang --------------------------------------------------------------------------------------------------------

term check_old_code(process& self, const term* arguments) {
  if (!arguments[0].is_atom())
    raise_badarg();
  return self.home().code().has_old(arguments[0].as_atom());
}

bool lingers_in_old(process& self, const term& who, const term& module) {
  if (!who.is_pid() || !module.is_atom())
    raise_badarg();
  const code::version* old = self.home().code().old(module.as_atom());
  if (!old)
    return false;
  const auto there = self.home().lingering(old);
  return std::find(there.begin(), there.end(), who.as_pid()) != there.end();
}
term check_process_code_2(process& self, const term* arguments) {
  return lingers_in_old(self, arguments[0], arguments[1]);
}
/// Options: {allow_gc, Boolean}, which means nothing here; {async, Id}: the answer is sent.
term check_process_code_3(process& self, const term* arguments) {
  const auto options = elements_of(arguments[2]);
  if (!options)
    raise_badarg();
  std::optional<term> id;
  for (const term& each : *options)
    if (each.is_tagged("async"_atom, 2))
      id = each[1];
    else if (!each.is_tagged("allow_gc"_atom, 2) || !each[1].is_bool())
      raise_badarg();
  const bool lingers = lingers_in_old(self, arguments[0], arguments[1]);
  if (!id)
    return lingers;
  self.send(self.self(), tuple("check_process_code", *id, lingers));
  return "async";
}
term module_loaded(process& self, const term* arguments) {
  if (!arguments[0].is_atom())
    raise_badarg();
  return !origin_of(self.home(), arguments[0].as_atom()).is_nil();
}

constexpr native all[] = {
    {"code", "purge", 1, purge_1, "purge(Module)",
     "removes the old version and kills who runs in it; true: somebody was killed"},
    {"code", "soft_purge", 1, soft_purge, "soft_purge(Module)",
     "removes the old version if nobody runs in it and states can go; false: somebody, or one cannot"},
    {"code", "purge_report", 1, purge_report, "purge_report(Module)",
     "as purge/1: #{purged,removed,moved,blocked_by,waiting,killed,mapping}"},
    {"code", "soft_purge_report", 1, soft_purge_report, "soft_purge_report(Module)",
     "as soft_purge/1: #{purged,removed,moved,blocked_by,waiting,killed,mapping}"},
    {"code", "delete", 1, delete_1, "delete(Module)",
     "the current version becomes old; only an explicit load brings the module back"},
    {"code", "holders", 1, holders_1, "holders(Module)",
     "who keeps a version: [#{pid,name,slot,vsn,kind,function,since_ms,why,released_by}]"},
    {"code", "is_loaded", 1, is_loaded, "is_loaded(Module)", "{file,Where} or false"},
    {"code", "which", 1, which, "which(Module)", "where the module was loaded from, or would be"},
    {"code", "all_loaded", 0, all_loaded, "all_loaded()", "[{Module,Where}]"},
    {"code", "get_object_code", 1, get_object_code, "get_object_code(Module)", "{Module,Binary,Filename} or error"},
    {"code", "module_md5", 1, module_md5, "module_md5(Binary)", "a plugin's checksum, or undefined"},
    {"code", "module_status", 0, module_status_0, "module_status()", "the status of each loaded module"},
    {"code", "module_status", 1, module_status_1, "module_status(Modules)",
     "not_loaded, loaded, modified or removed; of a list [{Module,Status}]"},
    {"code", "modified_modules", 0, modified_modules, "modified_modules()", "loaded modules whose file has changed"},
    {"code", "get_mode", 0, get_mode, "get_mode()",
     "interactive: modules are loaded when they are called; or embedded"},
    {"erlang", "check_old_code", 1, check_old_code, "check_old_code(Module)", "true if there is an old version"},
    {"erlang", "check_process_code", 2, check_process_code_2, "check_process_code(Pid, Module)",
     "true if the process runs in the old version"},
    {"erlang", "check_process_code", 3, check_process_code_3, "check_process_code(Pid, Module, Options)",
     "as check_process_code/2; [{async,Id}]: the answer comes as a message {check_process_code,Id,Boolean}"},
    {"erlang", "module_loaded", 1, module_loaded, "module_loaded(Module)", "true if a version is current"},
};
}  // namespace

std::span<const native> module_natives() {
  return all;
}
}  // namespace twinslot::code_server
