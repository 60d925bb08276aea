// runtime/console/library/erlang_processes.cpp - erlang: making, naming, linking and asking processes; messages.
//
// What is spawned here has a thread of its own, except for coroutines of plugins (node::spawn_function).
#include "runtime/console/library/arguments.hpp"
#include "runtime/console/library/tables.hpp"

#include <algorithm>

namespace twinslot::library {
namespace {

constexpr auto erlang = "erlang";

pid take_pid(const term& value) {
  if (!value.is_pid())
    raise_badarg();
  return value.as_pid();
}

term self_pid(process& self, const term*) {
  return self.self();
}

/// A pid, a name or {Name, Node}: what send takes; badarg otherwise.
void check_destination(const term& to) {
  const bool named = to.is_tuple(2) && to[0].is_atom() && to[1].is_atom();
  if (!to.is_pid() && !to.is_atom() && !to.is_port() && !named && !to.is_reference())
    raise_badarg();
}
term send(process& self, const term* a) {
  check_destination(a[0]);
  self.send(a[0], a[1]);
  return a[1];
}
term send_with(process& self, const term* a) {
  for (const term& option : proper(a[2]))
    if (option != "noconnect"_atom && option != "nosuspend"_atom)
      raise_badarg();
  check_destination(a[0]);
  self.send(a[0], a[1]);
  return "ok";
}

// Spawning.
spawned start_fun(process& self, const term& fun, spawn_options how) {
  if (!fun.is_fun())
    raise_badarg();
  how.parent = &self;
  how.initial_call = tuple("erlang", "apply", 2);
  return self.home().spawn_blocking(
      [fun](process& made) {
        try {
          made.home().call_fun(made, fun, nullptr, 0);
        } catch (raised& failure) {
          if (failure.what == "error"_atom && failure.stack.is_nil())
            failure.stack = list(tuple("erlang", "apply", 2, term{}));
          throw;
        }
      },
      how);
}
spawned start_function(process& self, const term* mfa, spawn_options how) {
  how.parent = &self;
  return self.home().spawn_function(take_atom(mfa[0]), take_atom(mfa[1]), proper(mfa[2]), how);
}
spawn_options options_from(const term& options) {
  spawn_options how;
  for (const term& option : proper(options)) {
    const bool tuning =
        option.is_tuple(2) &&
        (option[0] == "priority"_atom || option[0] == "fullsweep_after"_atom || option[0] == "min_heap_size"_atom ||
         option[0] == "min_bin_vheap_size"_atom || option[0] == "max_heap_size"_atom ||
         option[0] == "message_queue_data"_atom || option[0] == "scheduler"_atom);
    if (option == "link"_atom)
      how.link = true;
    else if (option == "monitor"_atom || option.is_tagged("monitor"_atom, 2))
      how.monitor = true;
    else if (!tuning)
      raise_badarg();
  }
  return how;
}
term result_of(const spawned& made, bool monitored) {
  return monitored ? tuple(made.process, made.monitor) : term(made.process);
}

/// Of another node there is none: what is started there is dead of noconnection at once (D06).
spawned start_nowhere(process& self, spawn_options how) {
  how.parent = &self;
  return self.home().spawn_blocking([](process&) { throw raised{"exit"_atom, "noconnection", {}}; }, how);
}

bool is_here(const term& node) {
  return take_atom(node) == "nonode@nohost"_atom;
}

template <bool Link, bool Monitor>
term spawn_fun(process& self, const term* a) {
  return result_of(start_fun(self, a[0], {.link = Link, .monitor = Monitor, .name = {}, .initial_call = {}}), Monitor);
}
template <bool Link, bool Monitor>
term spawn_function(process& self, const term* a) {
  return result_of(start_function(self, a, {.link = Link, .monitor = Monitor, .name = {}, .initial_call = {}}),
                   Monitor);
}
template <bool Link, bool Monitor>
term spawn_fun_at(process& self, const term* a) {
  const spawn_options how{.link = Link, .monitor = Monitor, .name = {}, .initial_call = {}};
  if (!a[1].is_fun())
    raise_badarg();
  return result_of(is_here(a[0]) ? start_fun(self, a[1], how) : start_nowhere(self, how), Monitor);
}
template <bool Link, bool Monitor>
term spawn_function_at(process& self, const term* a) {
  const spawn_options how{.link = Link, .monitor = Monitor, .name = {}, .initial_call = {}};
  return result_of(is_here(a[0]) ? start_function(self, a + 1, how) : start_nowhere(self, how), Monitor);
}
term spawn_opt_fun(process& self, const term* a) {
  const spawn_options how = options_from(a[1]);
  return result_of(start_fun(self, a[0], how), how.monitor);
}
term spawn_opt_function(process& self, const term* a) {
  const spawn_options how = options_from(a[3]);
  return result_of(start_function(self, a, how), how.monitor);
}

// Links and monitors.
term link(process& self, const term* a) {
  const pid other = take_pid(a[0]);
  if (!self.trap_exit() && other.node == 0 && !self.home().is_alive(other))
    raise_in("noproc", erlang, "link", {a[0]});
  self.link(other);
  return true;
}
term unlink(process& self, const term* a) {
  self.unlink(take_pid(a[0]));
  return true;
}
term monitor(process& self, const term* a) {
  const bool named = a[1].is_atom() || (a[1].is_tuple(2) && a[1][0].is_atom() && a[1][1].is_atom());
  if (a[0] != "process"_atom || (!a[1].is_pid() && !named))
    raise_badarg();
  return self.monitor(a[1]);
}
/// What ends an alias, as the options of alias/1 and monitor/3 say it.
std::optional<process::alias_end> alias_end_from(const term& name, bool monitors) {
  using end = process::alias_end;
  if (name == "explicit_unalias"_atom)
    return end::unalias;
  if (!monitors)
    return name == "reply"_atom ? std::optional{end::reply} : std::nullopt;
  return name == "demonitor"_atom         ? std::optional{end::demonitor}
         : name == "reply_demonitor"_atom ? std::optional{end::reply_or_demonitor}
                                          : std::nullopt;
}
term monitor_with(process& self, const term* a) {
  process::monitor_options how;
  for (const term& option : proper(a[2])) {
    if (option.is_tagged("tag"_atom, 2))
      how.tag = option[1];
    else if (option.is_tagged("alias"_atom, 2) && alias_end_from(option[1], true))
      how.alias = alias_end_from(option[1], true);
    else
      raise_badarg();
  }
  const bool named = a[1].is_atom() || (a[1].is_tuple(2) && a[1][0].is_atom() && a[1][1].is_atom());
  if (a[0] != "process"_atom || (!a[1].is_pid() && !named))
    raise_badarg();
  return self.monitor(a[1], how);
}
term alias(process& self, const term*) {
  return self.alias(process::alias_end::unalias);
}
term alias_with(process& self, const term* a) {
  auto until = process::alias_end::unalias;
  for (const term& option : proper(a[0])) {
    const auto chosen = alias_end_from(option, false);
    if (!chosen)
      raise_badarg();
    until = *chosen;
  }
  return self.alias(until);
}
term unalias(process& self, const term* a) {
  if (!a[0].is_reference())
    raise_badarg();
  return self.unalias(a[0].as_reference());
}
term demonitor(process& self, const term* a) {
  if (!a[0].is_reference())
    raise_badarg();
  self.demonitor(a[0].as_reference());
  return true;
}
term demonitor_with(process& self, const term* a) {
  bool flush = false;
  bool info = false;
  if (!a[0].is_reference())
    raise_badarg();
  for (const term& option : proper(a[1])) {
    if (option != "flush"_atom && option != "info"_atom)
      raise_badarg();
    (option == "flush"_atom ? flush : info) = true;
  }
  const bool was_there = self.demonitor(a[0].as_reference(), flush);
  return !info || was_there;
}

// Names.
term register_name(process& self, const term* a) {
  const atom name = take_atom(a[0]);
  if (name == "undefined"_atom || !self.home().register_name(name, take_pid(a[1])))
    raise_badarg();
  return true;
}
term unregister_name(process& self, const term* a) {
  if (!self.home().unregister_name(take_atom(a[0])))
    raise_badarg();
  return true;
}
term whereis(process& self, const term* a) {
  const auto found = self.home().whereis(take_atom(a[0]));
  return found ? term(*found) : term("undefined");
}
term registered(process& self, const term*) {
  const std::vector<atom> names = self.home().registered();
  return list_from(terms(names.begin(), names.end()));
}

// What is known about them.
term processes(process& self, const term*) {
  const std::vector<pid> all = self.home().processes();
  return list_from(terms(all.begin(), all.end()));
}
term is_process_alive(process& self, const term* a) {
  return self.home().is_alive(take_pid(a[0]));
}
/// What process_info/1 tells, in this order; what is not known of the process is left out.
constexpr const char* told_items[] = {
    "registered_name", "current_function", "initial_call", "status",   "message_queue_len",
    "links",           "dictionary",       "trap_exit",    "priority", "group_leader",
    "reductions",      "suspending",       "module",       "vsn",      "slot",
    "busy_ms",         "standing"};
/// What process_info/2 tells besides.
constexpr const char* other_items[] = {"monitors",         "monitored_by",       "messages", "parent",
                                       "current_location", "current_stacktrace", "memory",   "current_clause"};

const term* found_item(const terms& all, const term& key) {
  for (const term& item : all)
    if (item[0] == key)
      return &item[1];
  return nullptr;
}
term process_info(process& self, const term* a) {
  const term found = self.home().process_info(take_pid(a[0]));
  if (!found.is_list())
    return "undefined";
  const terms all = proper(found);
  terms shown;
  for (const char* name : told_items) {
    const term key = atom(name);
    const term* value = found_item(all, key);
    if (key == "suspending"_atom)
      shown.push_back(tuple(key, term{}));
    else if (value && !(key == "registered_name"_atom && value->is_nil()))
      shown.push_back(tuple(key, *value));
  }
  return list_from(shown);
}
/// One item of a process. What a busy process does not tell is empty; an item that no process has is badarg.
term info_item(const terms& all, const term& key) {
  if (const term* value = found_item(all, key))
    return tuple(key, *value);
  const term* function = found_item(all, "current_function");
  const term here =
      function && function->is_tuple(3) ? tuple((*function)[0], (*function)[1], (*function)[2], term{}) : term{};
  if (key == "current_location"_atom)
    return tuple(key, here);
  if (key == "current_stacktrace"_atom)
    return tuple(key, list(here));
  for (const auto& known : {std::span<const char* const>(told_items), std::span<const char* const>(other_items)})
    for (const char* item : known)
      if (key == atom(item))
        return tuple(key, term{});
  raise_badarg();
}
term process_info_of(process& self, const term* a) {
  const pid who = take_pid(a[0]);
  const bool many = a[1].is_list();
  const terms keys = many ? proper(a[1]) : terms{a[1]};
  const bool weighs = std::find(keys.begin(), keys.end(), term("memory")) != keys.end();
  const term found = self.home().process_info(who, weighs);
  const terms known = found.is_list() ? proper(found) : terms{};
  terms items;
  for (const term& key : keys)
    items.push_back(info_item(known, key));
  if (!found.is_list())
    return "undefined";
  if (many)
    return list_from(items);
  return items[0].is_tagged("registered_name"_atom, 2) && items[0][1].is_nil() ? term{} : items[0];
}
term group_leader(process& self, const term*) {
  return self.group_leader();
}
term process_flag(process& self, const term* a) {
  if (a[0] == "trap_exit"_atom)
    return self.trap_exit(take_bool(a[1]));
  if (a[0] == "priority"_atom) {  // taken, and without effect: threads are scheduled by the system
    for (const atom& level : {"low"_atom, "normal"_atom, "high"_atom, "max"_atom})
      if (a[1] == level)
        return "normal";
  }
  raise_badarg();
}

// Ending.
term exit_signal(process& self, const term* a) {
  if (!a[0].is_pid())
    raise_badarg();
  self.exit_signal(a[0], a[1]);
  return true;
}
// Where these were called from is the caller's to say: their stack is empty.
term exit_with(process&, const term* a) {
  throw raised{"exit"_atom, a[0], {}};
}
term throw_value(process&, const term* a) {
  throw raised{"throw"_atom, a[0], {}};
}
term error_with(process&, const term* a) {
  throw raised{"error"_atom, a[0], {}};
}
term raise_as(process&, const term* a) {
  const bool known = a[0] == "error"_atom || a[0] == "exit"_atom || a[0] == "throw"_atom;
  if (!known || !is_proper(a[2]))
    return "badarg";
  terms stack;
  for (const term& entry : proper(a[2])) {
    const bool shaped = entry.is_tuple() && (entry.size() == 3 || entry.size() == 4) && entry[0].is_atom() &&
                        entry[1].is_atom() && (entry[2].is_int64() || entry[2].is_list());
    if (!shaped)
      return "badarg";
    stack.push_back(tuple(entry[0], entry[1], entry[2], entry.size() == 4 ? entry[3] : term{}));
  }
  throw raised{a[0].as_atom(), a[1], list_from(stack)};
}

// Dictionary.
term put(process& self, const term* a) {
  term& entries = self.dictionary();
  const term* before = entries.get(a[0]);
  const term old = before ? *before : term("undefined");
  entries = entries.with(a[0], a[1]);
  return old;
}
term get(process& self, const term* a) {
  const term* found = self.dictionary().get(a[0]);
  return found ? *found : term("undefined");
}
term get_all(process& self, const term*) {
  return self.dictionary().to_list();
}
term keys_where(process& self, const term* wanted) {
  terms keys;
  for (const term& entry : proper(self.dictionary().to_list()))
    if (!wanted || entry[1] == *wanted)
      keys.push_back(entry[0]);
  return list_from(keys);
}
term get_keys(process& self, const term*) {
  return keys_where(self, nullptr);
}
term get_keys_of(process& self, const term* a) {
  return keys_where(self, &a[0]);
}
term erase(process& self, const term* a) {
  term& entries = self.dictionary();
  const term* before = entries.get(a[0]);
  if (!before)
    return "undefined";
  const term old = *before;
  entries = entries.without(a[0]);
  return old;
}
term erase_all(process& self, const term*) {
  const term all = self.dictionary().to_list();
  self.dictionary() = map();
  return all;
}

constexpr native functions[] = {
    {erlang, "!", 2, send, "'!'(Dest, Msg)", "Sends a message to a pid or a registered name."},
    {erlang, "send", 2, send, "send(Dest, Msg)", "Sends a message; its result is the message."},
    {erlang, "send", 3, send_with, "send(Dest, Msg, Options)", "Options: nosuspend, noconnect; ok."},
    {erlang, "self", 0, self_pid, "self()", "The pid of the calling process."},
    {erlang, "spawn", 1, spawn_fun<false, false>, "spawn(Fun)", "A new process that runs the fun; its pid."},
    {erlang, "spawn", 3, spawn_function<false, false>, "spawn(Module, Function, Args)", "A new process; its pid."},
    {erlang, "spawn", 2, spawn_fun_at<false, false>, "spawn(Node, Fun)", "The same at a node; this is the only one."},
    {erlang, "spawn", 4, spawn_function_at<false, false>, "spawn(Node, Module, Function, Args)",
     "The same at a node; this is the only one."},
    {erlang, "spawn_link", 2, spawn_fun_at<true, false>, "spawn_link(Node, Fun)", "The same at a node."},
    {erlang, "spawn_link", 4, spawn_function_at<true, false>, "spawn_link(Node, Module, Function, Args)",
     "The same at a node."},
    {erlang, "spawn_monitor", 2, spawn_fun_at<false, true>, "spawn_monitor(Node, Fun)", "The same at a node."},
    {erlang, "spawn_monitor", 4, spawn_function_at<false, true>, "spawn_monitor(Node, Module, Function, Args)",
     "The same at a node."},
    {erlang, "spawn_link", 1, spawn_fun<true, false>, "spawn_link(Fun)", "As spawn/1, linked to the caller."},
    {erlang, "spawn_link", 3, spawn_function<true, false>, "spawn_link(Module, Function, Args)",
     "As spawn/3, linked to the caller."},
    {erlang, "spawn_monitor", 1, spawn_fun<false, true>, "spawn_monitor(Fun)", "{Pid, Ref}: watched by the caller."},
    {erlang, "spawn_monitor", 3, spawn_function<false, true>, "spawn_monitor(Module, Function, Args)",
     "{Pid, Ref}: watched by the caller."},
    {erlang, "spawn_opt", 2, spawn_opt_fun, "spawn_opt(Fun, Options)", "Options: link, monitor and tuning."},
    {erlang, "spawn_opt", 4, spawn_opt_function, "spawn_opt(Module, Function, Args, Options)",
     "Options: link, monitor and tuning."},
    {erlang, "link", 1, link, "link(Pid)", "Ends one when the other ends; true."},
    {erlang, "unlink", 1, unlink, "unlink(Pid)", "Removes the link; true."},
    {erlang, "monitor", 2, monitor, "monitor(process, Item)",
     "A reference; {'DOWN', Ref, process, Item, Reason} comes."},
    {erlang, "monitor", 3, monitor_with, "monitor(process, PidOrName, Options)",
     "The same; Options: {alias, explicit_unalias | demonitor | reply_demonitor}, {tag, Tag}."},
    {erlang, "alias", 0, alias, "alias()", "A reference that this process can be sent to by, until unalias/1."},
    {erlang, "alias", 1, alias_with, "alias(Options)", "The same; [reply]: until the first message by it."},
    {erlang, "unalias", 1, unalias, "unalias(Alias)", "Ends an alias; whether it was one."},
    {erlang, "demonitor", 1, demonitor, "demonitor(Ref)", "Stops watching; true."},
    {erlang, "demonitor", 2, demonitor_with, "demonitor(Ref, Options)",
     "flush takes a delivered message back; info: was it still watching?"},
    {erlang, "register", 2, register_name, "register(Name, Pid)", "Gives a process a name."},
    {erlang, "unregister", 1, unregister_name, "unregister(Name)", "Takes a name away."},
    {erlang, "whereis", 1, whereis, "whereis(Name)", "The pid with that name, or undefined."},
    {erlang, "registered", 0, registered, "registered()", "Every registered name."},
    {erlang, "processes", 0, processes, "processes()", "The pids of this node."},
    {erlang, "is_process_alive", 1, is_process_alive, "is_process_alive(Pid)", "True if it has not ended."},
    {erlang, "process_info", 1, process_info, "process_info(Pid)", "[{Item, Value}], or undefined."},
    {erlang, "process_info", 2, process_info_of, "process_info(Pid, Item)",
     "{Item, Value} of one or of a list of items."},
    {erlang, "group_leader", 0, group_leader, "group_leader()", "The pid that stands for the process's output."},
    {erlang, "process_flag", 2, process_flag, "process_flag(Flag, Value)", "Sets trap_exit; returns its former value."},
    {erlang, "exit", 1, exit_with, "exit(Reason)", "Raises an exit exception."},
    {erlang, "exit", 2, exit_signal, "exit(Pid, Reason)", "Sends an exit signal; true."},
    {erlang, "throw", 1, throw_value, "throw(Any)", "Raises a throw exception."},
    {erlang, "error", 1, error_with, "error(Reason)", "Raises an error exception."},
    {erlang, "error", 2, error_with, "error(Reason, Args)", "Raises an error exception."},
    {erlang, "error", 3, error_with, "error(Reason, Args, Options)", "Raises an error exception."},
    {erlang, "raise", 3, raise_as, "raise(Class, Reason, Stacktrace)", "Raises an exception with that stack."},
    {erlang, "put", 2, put, "put(Key, Val)", "Sets a key of the process dictionary; the former value or undefined."},
    {erlang, "get", 0, get_all, "get()", "The process dictionary, [{Key, Val}]."},
    {erlang, "get", 1, get, "get(Key)", "A value of the process dictionary, or undefined."},
    {erlang, "get_keys", 0, get_keys, "get_keys()", "Every key of the process dictionary."},
    {erlang, "get_keys", 1, get_keys_of, "get_keys(Val)", "The keys that have this value."},
    {erlang, "erase", 0, erase_all, "erase()", "Empties the process dictionary and returns it."},
    {erlang, "erase", 1, erase, "erase(Key)", "Removes a key; its value or undefined."},
};
}  // namespace

std::span<const native> erlang_processes() {
  return functions;
}
}  // namespace twinslot::library
