// The part of module code that loads.
#include "actors/code_server/arguments.hpp"
#include "actors/code_server/load.hpp"
#include "actors/code_server/natives.hpp"
#include "runtime/os/file.hpp"
#include "runtime/term/raised.hpp"

#include <algorithm>
#include <set>

namespace twinslot::code_server {
namespace {
constexpr const char* extension = ".so";

// ---- one module

term load_from_path(process& self, atom module, policy how, bool reports = false) {
  const auto shared = state_of(self.home());
  if (const auto path = shared->path.find(file_of(module)); path || shared->is_sticky(module))
    return load(self, *shared, module, path.value_or(""), how, reports);
  return tuple("error", "nofile");
}
term load_file_1(process& self, const term* arguments) {
  return load_from_path(self, module_argument("load_file", arguments, 1), policy::refuse);
}

term load_named(process& self, atom module, const std::string& file, policy how = policy::refuse,
                bool reports = false) {
  const auto shared = state_of(self.home());
  const std::string whole = absolute(file.ends_with(extension) && os::is_regular(file) ? file : file + extension);
  return load(self, *shared, module, whole, how, reports);
}
/// Erlang's load_abs raises badarg where a list is no file name.
std::string file_argument(const char* function, const term* arguments, std::size_t count) {
  const auto file = file_name(arguments[0]);
  if (!file && arguments[0].is_list())
    raise_badarg();
  if (!file)
    raise_function_clause(function, arguments, count);
  return *file;
}
term load_abs_1(process& self, const term* arguments) {
  const std::string file = file_argument("load_abs", arguments, 1);
  std::string name = os::base_name(file);
  if (name.ends_with(extension) && os::is_regular(file))
    name = os::root_name(name);
  return load_named(self, atom(name), file);
}
term load_abs_2(process& self, const term* arguments) {
  if (!arguments[1].is_atom())
    raise_function_clause("load_abs", arguments, 2);
  return load_named(self, arguments[1].as_atom(), file_argument("load_abs", arguments, 2));
}

/// For c/1 and l/1, which say what making room cost, or why there is none: load_with_report(Module, File | [],
/// make_room | kill); [] stands for the code path.
term load_with_report(process& self, const term* arguments) {
  const bool kills = arguments[2] == "kill";
  const auto file = arguments[1].is_nil() ? std::optional<std::string>("") : file_name(arguments[1]);
  if (!arguments[0].is_atom() || !file || !(kills || arguments[2] == "make_room"))
    raise_function_clause("load_with_report", arguments, 3);
  const auto how = kills ? policy::kill : policy::make_room;
  const atom module = arguments[0].as_atom();
  return file->empty() ? load_from_path(self, module, how, true) : load_named(self, module, *file, how, true);
}

term load_image(process& self, const term* arguments, std::size_t count, policy how) {
  const auto file = file_name(arguments[1]);
  if (!arguments[0].is_atom() || !file || !arguments[2].is_binary())
    raise_function_clause("load_binary", arguments, count);
  const auto shared = state_of(self.home());
  return load_bytes(self, *shared, arguments[0].as_atom(), *file, std::string(arguments[2].bytes()), how);
}
term load_binary_3(process& self, const term* arguments) {
  return load_image(self, arguments, 3, policy::make_room);
}

// ---- with a policy (W03)

struct chosen {
  policy how = policy::refuse;
  deadline wait_until = clock::now();
};
/// refuse | kill | {wait, Timeout}
std::optional<chosen> chosen_in(const term& given) {
  if (given == "refuse" || given == "kill")
    return chosen{given == "kill" ? policy::kill : policy::refuse, clock::now()};
  if (given.is_tagged("wait"_atom, 2))
    return chosen{policy::make_room, deadline_from(given[1])};
  return {};
}
/// Purges softly until the old slot is free or the time is over. Waits here and not in the server, which others need.
void wait_for_room(process& self, atom module, const deadline& until) {
  const auto shared = state_of(self.home());
  const auto is_over = [&] { return until && clock::now() >= *until; };
  while (const code::version* old = self.home().code().old(module)) {
    while (old->pin_count() != 0 && self.home().code().old(module) == old && !is_over())
      self.sleep_until(clock::now() + std::chrono::milliseconds(10));
    const term report = ask(self, *shared, tuple("purge", module, false));
    if (report.is_tagged("error"_atom, 2))
      raise_error(report[1]);  // deadlock, or busy: serve.cpp
    if (*report.get("purged") == "true" || is_over())
      return;
    self.sleep_until(clock::now() + std::chrono::milliseconds(10));
  }
}
term load_file_2(process& self, const term* arguments) {
  const atom module = module_argument("load_file", arguments, 2);
  const auto given = chosen_in(arguments[1]);
  if (!given)
    raise_function_clause("load_file", arguments, 2);
  if (arguments[1].is_tuple())
    wait_for_room(self, module, given->wait_until);
  return load_from_path(self, module, given->how);
}
term load_binary_4(process& self, const term* arguments) {
  const atom module = module_argument("load_binary", arguments, 4);
  const auto given = chosen_in(arguments[3]);
  if (!given)
    raise_function_clause("load_binary", arguments, 4);
  if (arguments[3].is_tuple())
    wait_for_room(self, module, given->wait_until);
  return load_image(self, arguments, 4, given->how);
}

// ---- ensure

term ensure(process& self, atom module) {
  node& home = self.home();
  if (home.code().is_loaded(module) || !home.natives_of(module).empty())
    return tuple("module", module);
  const auto shared = state_of(home);
  if (shared->limits.embedded)
    return tuple("error", "embedded");
  if (shared->is_hooking(module)) {
    if (ask(self, *shared, tuple("await", module, self.self())) == "deadlock")
      return tuple("error", "deadlock");
    if (home.code().is_loaded(module))
      return tuple("module", module);
  }
  const auto path = shared->path.find(file_of(module));
  if (!path)
    return tuple("error", "nofile");
  return load(self, *shared, module, *path, policy::by_name);  // which is explicit (W20)
}
term ensure_loaded_1(process& self, const term* arguments) {
  return ensure(self, module_argument("ensure_loaded", arguments, 1));
}
term ensure_modules_loaded(process& self, const term* arguments) {
  const auto wanted = elements_of(arguments[0]);
  if (!wanted || !std::all_of(wanted->begin(), wanted->end(), [](const term& it) { return it.is_atom(); }))
    raise_function_clause("ensure_modules_loaded", arguments, 1);
  std::set<std::uint32_t> seen;
  std::vector<term> failed;
  for (const term& each : *wanted)
    if (seen.insert(each.as_atom().index()).second)
      if (const term done = ensure(self, each.as_atom()); done.is_tagged("error"_atom, 2))
        failed.push_back(tuple(each, done[1]));
  return failed.empty() ? term("ok") : tuple("error", list_of_vector(failed));
}

// ---- several in one step (C48, C49)

/// A module, or {Module, File, Binary}.
bool is_member(const term& it) {
  return it.is_atom() || (it.is_tuple(3) && it[0].is_atom() && file_name(it[1]) && it[2].is_binary());
}
atom name_of(const term& member) {
  return (member.is_atom() ? member : term(member[0])).as_atom();
}

struct batch {
  std::vector<code::prepared> made;
  std::vector<term> failed;  // {Module, Reason}
};

result<code::prepared> prepare_member(process& self, state& shared, const term& member) {
  const atom module = name_of(member);
  if (!self.home().natives_of(module).empty())
    return error{"sticky_directory"};
  if (member.is_tuple())
    return self.home().loader().prepare_bytes(module, std::string(member[2].bytes()), *file_name(member[1]));
  const auto path = shared.path.find(file_of(module));
  if (!path)
    return error{"nofile"};
  return self.home().loader().prepare(module, *path);
}

batch prepare_all(process& self, state& shared, const char* function, const term* arguments) {
  const auto members = elements_of(arguments[0]);
  if (!members || !std::all_of(members->begin(), members->end(), is_member))
    raise_function_clause(function, arguments, 1);
  batch all;
  std::map<std::uint32_t, int> seen;
  for (const term& each : *members)
    if (++seen[name_of(each).index()] == 2)
      all.failed.push_back(tuple(name_of(each), "duplicated"));
  if (!all.failed.empty())
    return all;
  for (const term& each : *members) {
    auto made = prepare_member(self, shared, each);
    if (!made)
      all.failed.push_back(tuple(name_of(each), load_reason(made.reason())));
    else if (made->version().info().on_load)
      all.failed.push_back(tuple(name_of(each), "on_load_not_allowed"));
    else
      all.made.push_back(std::move(*made));
  }
  return all;
}

term finish_all(process& self, state& shared, const term& parcels) {
  const term done = ask(self, shared, tuple("finish", parcels));
  if (done == "badarg")
    raise_badarg();
  return done;
}

/// Parcels of a batch; forgotten at the end, unless they are kept.
struct parcels {
  explicit parcels(state& where) : shared(where) {}
  ~parcels() {
    for (const auto number : numbers)
      shared.forget_parcel(number);
  }
  parcels(const parcels&) = delete;
  state& shared;
  std::vector<std::uint64_t> numbers;
};

term atomic_load(process& self, const term* arguments) {
  const auto shared = state_of(self.home());
  batch all = prepare_all(self, *shared, "atomic_load", arguments);
  if (!all.failed.empty())
    return tuple("error", list_of_vector(all.failed));
  parcels sent(*shared);
  std::vector<term> pairs;
  for (code::prepared& each : all.made) {
    const atom module = each.module();
    sent.numbers.push_back(shared->send_parcel(std::move(each)));
    pairs.push_back(tuple(module, sent.numbers.back()));
  }
  return finish_all(self, *shared, list_of_vector(pairs));
}

/// {ok, {'$prepared$', [{Module, {Ref, File, undefined}}]}}, as Erlang's: opaque.
term prepare_loading(process& self, const term* arguments) {
  const auto shared = state_of(self.home());
  batch all = prepare_all(self, *shared, "prepare_loading", arguments);
  if (!all.failed.empty())
    return tuple("error", list_of_vector(all.failed));
  parcels sent(*shared);
  std::vector<term> shown, numbers;
  for (code::prepared& each : all.made) {
    const term module = each.module(), file = string(each.version().origin());
    sent.numbers.push_back(shared->send_parcel(std::move(each)));
    numbers.push_back(sent.numbers.back());
    shown.push_back(tuple(module, tuple(reference{sent.numbers.back(), 0}, file, "undefined")));
  }
  if (!numbers.empty())
    ask(self, *shared, tuple("keep", list_of_vector(numbers)));
  sent.numbers.clear();
  return tuple("ok", tuple("$prepared$", list_of_vector(shown)));
}

bool is_prepared(const term& it) {
  return it.is_tuple(2) && it[0].is_atom() && it[1].is_tuple(3) && it[1][0].is_reference();
}
term finish_loading(process& self, const term* arguments) {
  const auto given = arguments[0].is_tagged("$prepared$"_atom, 2) ? elements_of(arguments[0][1]) : std::nullopt;
  if (!given || !std::all_of(given->begin(), given->end(), is_prepared))
    raise_function_clause("finish_loading", arguments, 1);
  std::vector<term> pairs;
  for (const term& each : *given)
    pairs.push_back(tuple(each[0], each[1][0].as_reference().id));
  return finish_all(self, *state_of(self.home()), list_of_vector(pairs));
}

constexpr native all[] = {
    {"code", "load_file", 1, load_file_1, "load_file(Module)", "loads Module.so from the code path"},
    {"code", "load_file", 2, load_file_2, "load_file(Module, Policy)",
     "as load_file/1; who runs in old code: refuse, kill or {wait,Timeout}"},
    {"code", "load_abs", 1, load_abs_1, "load_abs(Filename)", "loads Filename.so; the module is named as the file"},
    {"code", "load_abs", 2, load_abs_2, "load_abs(Filename, Module)", "loads Filename.so as Module"},
    {"code", "load_with_report", 3, load_with_report, "load_with_report(Module, File, make_room | kill)",
     "as c/1 loads: {module,Module} or {module,Module,Report}; {error,{not_purged,Report}}: soft_purge_report/1's"},
    {"code", "load_binary", 3, load_binary_3, "load_binary(Module, Filename, Binary)",
     "loads a plugin's bytes; purges first, as code:purge/1 does"},
    {"code", "load_binary", 4, load_binary_4, "load_binary(Module, Filename, Binary, Policy)",
     "as load_binary/3; who runs in old code: refuse, kill or {wait,Timeout}"},
    {"code", "ensure_loaded", 1, ensure_loaded_1, "ensure_loaded(Module)", "loads Module unless it is loaded"},
    {"code", "ensure_modules_loaded", 1, ensure_modules_loaded, "ensure_modules_loaded(Modules)",
     "loads each that is not loaded; ok or {error,[{Module,Reason}]}"},
    {"code", "atomic_load", 1, atomic_load, "atomic_load(Modules)",
     "loads all at one instant, or none; names or {Module,Filename,Binary}"},
    {"code", "prepare_loading", 1, prepare_loading, "prepare_loading(Modules)",
     "the part of atomic_load/1 that changes nothing: {ok,Prepared}, for as long as the caller lives"},
    {"code", "finish_loading", 1, finish_loading, "finish_loading(Prepared)",
     "makes all prepared modules current at one instant, or none"},
};
}  // namespace

std::span<const native> load_natives() {
  return all;
}
}  // namespace twinslot::code_server
