// c/1,2 lc/1 l/1 lm/0 upgrade/1: compiling and loading.
#include "runtime/console/commands.hpp"
#include "runtime/console/compile_plugin.hpp"
#include "runtime/console/holders.hpp"
#include "runtime/console/session.hpp"
#include "runtime/os/file.hpp"
#include "runtime/term/print.hpp"

#include <algorithm>
#include <cctype>
#include <cstring>

#include <fmt/format.h>
#include <unistd.h>

namespace twinslot::console {
namespace {
constexpr auto source_extension = ".cpp";
constexpr auto plugin_extension = ".so";

// counter, "counter", 'counter.cpp', "dir/counter.cpp"
struct target {
  std::string source;  // with .cpp
  std::string plugin;  // counter.so in the working directory
  std::string stem;    // "counter.so" without its extension
  atom module;
};

target target_of(const term& file) {
  std::string name;
  if (file.is_atom())
    name = file.as_atom().text();
  else if (!file.is_cons() || !chardata_to_utf8(file, name))
    raise_error("function_clause");
  if (!name.ends_with(source_extension))
    name += source_extension;
  const std::string stem = os::root_name(os::base_name(name));
  return {name, stem + plugin_extension, stem, atom(stem)};
}

struct choices {
  bool kill = false;
  std::vector<std::string> compiler_options;
};

[[noreturn]] void refuse_option(process& self, const term& option) {
  show(self,
       format("c/2: ~tp is no option. There are: kill, which kills the processes that need the old version; and "
              "texts for the compiler and the linker, such as \"-O2\" and \"-lz\". Line numbers for debuggers are "
              "always there.\n",
              list(option)));
  raise_badarg();
}

// [kill, "-O2", ...]; one option may stand without the list.
choices choices_of(process& self, const term& options) {
  choices chosen;
  std::string single;
  const bool is_text = options.is_cons() && options.head().is_integer() && chardata_to_utf8(options, single);
  for (const term& option : (options.is_list() && !is_text ? options : list(options)).elements_of_list()) {
    std::string text;
    if (option == "kill")
      chosen.kill = true;
    else if (option.is_cons() && chardata_to_utf8(option, text))
      chosen.compiler_options.push_back(text);
    else
      refuse_option(self, option);
  }
  return chosen;
}

term ask_code_server(process& self, const char* function, std::initializer_list<term> arguments) {
  return self.home().apply(self, "code"_atom, atom(function), arguments);
}

// What a clause failed with, without the stack behind it.
std::string failure_text(const term& failure) {
  const bool is_exit = failure.is_tagged("EXIT"_atom, 2);
  const bool has_stack = is_exit && failure[1].is_tuple(2) && failure[1][1].is_list();
  return format("~0tp", list(has_stack ? failure[1][0] : is_exit ? failure[1] : failure));
}

// {undef, [{Module, code_change, [OldVsn, State, Extra], Info}]}: no clause takes it. Empty: it failed otherwise.
std::optional<term> missing_clause(const term& failure) {
  if (!failure.is_tagged("EXIT"_atom, 2) || !failure[1].is_tagged("undef"_atom, 2) || !failure[1][1].is_cons())
    return std::nullopt;
  const term entry = failure[1][1].head();
  return entry.is_tuple(4) && entry[1] == "code_change" && entry[2].is_cons() ? std::optional(entry) : std::nullopt;
}

// Why a state stays in its version, and what to write.
void tell_refusal(holder& of, const term& failure) {
  const auto missing = missing_clause(failure);
  if (!missing) {
    of.why = "its state does not go to the current version: " + failure_text(failure);
    of.released_by = "the end of that, or its exit";
    return;
  }
  const std::string from = vsn_text((*missing)[2].head());
  of.why = "its state of version " + from + " fits no other version: ";
  std::string fields = "there is no code_change for it";
  for (const term& each : (*missing)[3].elements_of_list()) {
    std::string advice;
    if (each.is_tagged("schema"_atom, 2) && !(each[1] == "no_schema"))
      fields = "there is no code_change for it, and its fields do not fit: " + format("~0tp", list(each[1]));
    else if (each.is_tagged("advice"_atom, 2) && chardata_to_utf8(each[1], advice))
      fields = advice;
  }
  of.why += fields;
  of.released_by = "c/1 of a version with .code_change(\"" + from + "\", ...), or its exit";
}

// Says who is in the way of a load, and what would release each.
term refused(process& self, atom module, const term& blocked_by) {
  std::vector<term> in_the_way;
  std::vector<holder> known = holders_of(self, module);
  std::erase_if(known, [](const holder& one) { return one.slot != "old"_atom; });
  std::vector<holder> shown;
  bool runs = false;
  for (const term& one : blocked_by.elements_of_list()) {
    in_the_way.push_back(one[0]);
    const bool stays = one[1].is_tagged("code_change"_atom, 2);
    runs = runs || !stays;
    for (holder& each : known) {
      if (!(each.who == one[0]))
        continue;
      if (stays)
        tell_refusal(each, one[1][1]);
      shown.push_back(each);
    }
  }
  const term pids = list_of(in_the_way.data(), in_the_way.size());
  show(self, format("~tp: the old version is still needed by ~p; c(~tp, [kill]) ~ts\n",
                    list(module, pids, module, string(runs ? "kills them" : "lets them wait with their states"))) +
                 holder_lines(shown));
  return tuple("error", tuple("not_purged", module, pids));
}

// Who is kept without a version after a purge that kills.
void show_waiting(process& self, atom module, const term& waiting) {
  for (const term& one : waiting.elements_of_list())
    show(self, format("~tp: ~p waits for a version that takes its state: ~ts\n",
                      list(module, one[0], string(failure_text(one[1][1])))));
}

// Loads, from the file or from the code path where it is []. Room is made first, and what that cost is shown; where
// there is none, who is in the way: nothing is killed unless it was asked for (W02).
term load_and_tell(process& self, atom module, const term& file, bool kill) {
  const term loaded = ask_code_server(self, "load_with_report", {module, file, kill ? "kill"_atom : "make_room"_atom});
  if (loaded.is_tagged("error"_atom, 2) && loaded[1].is_tagged("not_purged"_atom, 2))
    return refused(self, module, *loaded[1][1].get("blocked_by"));
  if (loaded.is_tagged("module"_atom, 3)) {
    const term& report = loaded[2];
    if (const term* killed = report.get("killed"); killed->is_cons())
      show(self, format("~tp: killed ~p\n", list(module, *killed)));
    show_waiting(self, module, *report.get("waiting"));
    return tuple("module", loaded[1]);
  }
  return loaded;
}

term load_compiled(process& self, const target& made, bool kill) {
  const term loaded = load_and_tell(self, made.module, string(made.stem), kill);
  return loaded.is_tagged("module"_atom, 2) ? tuple("ok", loaded[1]) : loaded;
}

// Why a file cannot be read, in the system's words as Erlang shows them; empty: it can.
std::string unreadable(const std::string& path) {
  if (access(path.c_str(), R_OK) != 0) {
    std::string text = std::strerror(errno);
    text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
    return text;
  }
  return os::is_directory(path) ? "illegal operation on a directory" : "";
}

// ok, error, or {error, Reason}; what the compiler said is shown.
term compiled(process& self, const target& wanted, const std::vector<std::string>& options) {
  if (const std::string why = unreadable(wanted.source); !why.empty()) {
    show(self, wanted.source + ": " + why + "\n");
    return "error";
  }
  session* here = session::current();
  const auto done = compile_plugin({.source = wanted.source,
                                    .output = wanted.plugin,
                                    .options = options,
                                    .cancel = here ? here->cancel_descriptor() : -1});
  if (!done)
    return tuple("error", done.reason());
  show(self, done.value().messages);
  return done.value().ok ? term("ok") : term("error");
}

term compile_and_load(process& self, const term& file, const term& options) {
  const target wanted = target_of(file);
  const choices chosen = choices_of(self, options);
  const term result = compiled(self, wanted, chosen.compiler_options);
  return result == "ok" ? load_compiled(self, wanted, chosen.kill) : result;
}

term c_1(process& self, const term* arguments) {
  return compile_and_load(self, arguments[0], term{});
}
term c_2(process& self, const term* arguments) {
  return compile_and_load(self, arguments[0], arguments[1]);
}

atom module_of(const term& name) {
  if (!name.is_atom())
    raise_error("function_clause");
  return name.as_atom();
}

term l_1(process& self, const term* arguments) {
  return load_and_tell(self, module_of(arguments[0]), term{}, false);
}

term lm(process& self, const term*) {
  std::vector<term> results;
  for (const term& module : ask_code_server(self, "modified_modules", {}).elements_of_list())
    results.push_back(l_1(self, &module));
  return list_of(results.data(), results.size());
}

term upgrade(process& self, const term* arguments) {
  return self.home().apply(self, "twinslot"_atom, "upgrade"_atom, {arguments[0], list("verbose")});
}

// Every file is tried; Erlang's lc/1 says ok whatever came of them.
term lc_1(process& self, const term* arguments) {
  if (!arguments[0].is_list())
    raise_error("function_clause");
  term result = "ok";
  for (const term& file : arguments[0].elements_of_list())
    if (term failed = compiled(self, target_of(file), {}); !(failed == "ok"))
      result = std::move(failed);
  return result;
}

constexpr native functions[] = {
    {"c", "c", 1, c_1, "c(Module)", "Compiles Module.cpp of the working directory and loads it; {ok,Module} or error."},
    {"c", "c", 2, c_2, "c(Module, Options)",
     "The same; kill: who still needs the old version is killed; \"-DX\": passed to the compiler, \"-lX\": to the "
     "linker."},
    {"c", "l", 1, l_1, "l(Module)", "Loads Module.so from the code path; {module,Module} or an error."},
    {"c", "lc", 1, lc_1, "lc([File])", "Compiles several files without loading them; ok, or the last failure."},
    {"c", "lm", 0, lm, "lm()", "Loads every module whose file has changed."},
    {"c", "upgrade", 1, upgrade, "upgrade(ModuleOrModules)",
     "Takes every process of Module to its current version: suspend, code_change, resume."},
};
}  // namespace

std::span<const native> code_commands() {
  return functions;
}

void show(process& self, std::string_view text) {
  if (!text.empty())
    self.home().put_chars(text);
}
}  // namespace twinslot::console
