#include "actors/gen_server/reports.hpp"

#include "runtime/process/log_levels.hpp"
#include "runtime/term/print.hpp"

namespace twinslot::gen_server {
namespace {
/// Value of a key of process_info, [] where there is none.
term info_of(const term& info, atom key) {
  for (const term& entry : info.elements_of_list())
    if (entry.is_tagged(key, 2))
      return entry[1];
  return {};
}

std::string client_text(node& home, const term& client) {
  if (!client.is_pid())
    return {};
  const term info = home.process_info(client.as_pid());
  if (!info.is_list())
    return format("** Client ~tp is dead~n", list(client));
  const term name = info_of(info, "registered_name"_atom);
  term stack = info_of(info, "current_stacktrace"_atom);
  if (const term function = info_of(info, "current_function"_atom); stack.is_nil() && function.is_tuple(3))
    stack = list(tuple(function[0], function[1], function[2], term{}));
  return format("** Client ~tp stacktrace~n** ~tp~n", list(name.is_atom() ? name : client, stack));
}
std::int64_t count_of(const term& list) {
  std::int64_t count = 0;
  for (const term& element : list.elements_of_list())
    static_cast<void>(element), ++count;
  return count;
}

std::int64_t arity_of(const term& entry) {
  return entry[2].is_int64() ? entry[2].as_int64() : count_of(entry[2]);
}

/// Class, reason and stack. For what names a call, as these two do, the call is the reason.
std::string exception_text(const raised& failure) {
  const std::string start = format("    exception ~ts: ", list(failure.what));
  const term& top = failure.stack.is_cons() ? failure.stack.head() : failure.stack;
  const bool is_undef = failure.reason == "undef" && top.is_tuple(4);
  const bool is_clause = failure.reason == "function_clause" && top.is_tuple(4) && top[2].is_list();
  std::string text = start;
  if (is_undef) {
    text += format("undefined function ~tp:~tp/~w~n", list(top[0], top[1], arity_of(top)));
  } else if (is_clause) {
    std::string arguments;
    for (const term& argument : top[2].elements_of_list())
      arguments += (arguments.empty() ? "" : ",") + format("~tp", list(argument));
    text += "no function clause matching\n" + std::string(start.size(), ' ');
    text += format("~tp:~tp(~ts)~n", list(top[0], top[1], string(arguments)));
  } else {
    text += format("~tp~n", list(failure.reason));
  }
  const char* place = "      in function  ~tp:~tp/~w~n";
  term rest = is_undef || is_clause ? failure.stack.tail() : failure.stack;
  for (const term& entry : rest.elements_of_list())
    if (entry.is_tuple(4)) {
      text += format(place, list(entry[0], entry[1], arity_of(entry)));
      place = "      in call from ~tp:~tp/~w~n";
    }
  return text;
}
}  // namespace

bool is_quiet(const term& reason) noexcept {
  return reason == "normal" || reason == "shutdown" || reason.is_tagged("shutdown"_atom, 2);
}

void report_termination(node& home, const crash& what) {
  if (!home.levels().allow(*log_levels::of("error"_atom), "gen_server"_atom))
    return;
  std::string text = format(
      "** Generic server ~tp terminating ~n** Last message in was ~tp~n** When Server state == ~tp~n"
      "** Reason for termination ==~n** ~tp~n",
      list(what.name, what.last_message, what.state, what.reason));
  text += client_text(home, what.client);
  if (what.log.is_cons())
    text += format("** Log ==~n** ~tp~n", list(what.log));
  home.log("error"_atom, text, "gen_server"_atom);
}

void report_crash(process& self, const term& initial_call, const raised& failure) {
  if (!self.home().levels().allow(*log_levels::of("crash"_atom), "proc_lib"_atom))
    return;
  const term info = self.home().process_info(self.self());
  const term name = info_of(info, "registered_name"_atom);
  const term* ancestors = self.dictionary().get("$ancestors");
  const term messages = info_of(info, "messages"_atom);  // without the one in hand, which process_info counts
  std::string text = format("  crasher:~n    initial call: ~tp:~tp/~w~n    pid: ~p~n    registered_name: ~tp~n",
                            list(initial_call[0], initial_call[1], initial_call[2], self.self(), name));
  text += exception_text(failure);
  text += format("    ancestors: ~tp~n    message_queue_len: ~p~n    messages: ~tp~n    links: ~p~n",
                 list(ancestors ? *ancestors : term{}, count_of(messages), messages, info_of(info, "links"_atom)));
  text += format("    trap_exit: ~p~n    status: running~n    reductions: ~p~n  neighbours:~n",
                 list(self.trap_exit(), self.reductions()));
  self.home().log("crash"_atom, text, "proc_lib"_atom);
}

void report_unhandled(node& home, atom module, const char* function, const term& message, bool whole) {
  const char* what = whole ? "** Undefined ~ts in ~tp~n** Unhandled message: ~tp~n"
                           : "** No clause of ~ts in ~tp~n** Unhandled message: ~tp~n";
  home.log("warning"_atom, format(what, list(string(function), module, message)), "gen_server"_atom);
}
}  // namespace twinslot::gen_server
