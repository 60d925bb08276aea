#include "actors/gen_server/reports.hpp"

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
}  // namespace

bool is_quiet(const term& reason) noexcept {
  return reason == "normal" || reason == "shutdown" || reason.is_tagged("shutdown"_atom, 2);
}

void report_termination(node& home, const crash& what) {
  std::string text = format(
      "** Generic server ~tp terminating ~n** Last message in was ~tp~n** When Server state == ~tp~n"
      "** Reason for termination ==~n** ~tp~n",
      list(what.name, what.last_message, what.state, what.reason));
  text += client_text(home, what.client);
  if (what.log.is_cons())
    text += format("** Log ==~n** ~tp~n", list(what.log));
  home.log("error"_atom, text);
}

void report_crash(process& self, const term& initial_call, const raised& failure) {
  const term info = self.home().process_info(self.self());
  const term name = info_of(info, "registered_name"_atom);
  const term* ancestors = self.dictionary().get("$ancestors");
  std::string text = format("  crasher:~n    initial call: ~tp:~tp/~w~n    pid: ~p~n    registered_name: ~tp~n",
                            list(initial_call[0], initial_call[1], initial_call[2], self.self(), name));
  text += format("    exception ~ts: ~tp~n", list(failure.what, failure.reason));
  const char* place = "      in function  ~tp:~tp/~w~n";
  for (const term& entry : failure.stack.elements_of_list()) {
    if (!entry.is_tuple(4))
      continue;
    std::int64_t arity = entry[2].is_int64() ? entry[2].as_int64() : 0;
    for (const term& argument : entry[2].elements_of_list())
      static_cast<void>(argument), ++arity;
    text += format(place, list(entry[0], entry[1], arity));
    place = "      in call from ~tp:~tp/~w~n";
  }
  text += format("    ancestors: ~tp~n    message_queue_len: ~p~n    messages: ~tp~n    links: ~p~n",
                 list(ancestors ? *ancestors : term{}, info_of(info, "message_queue_len"_atom),
                      info_of(info, "messages"_atom), info_of(info, "links"_atom)));
  text += format("    trap_exit: ~p~n    status: running~n    reductions: ~p~n  neighbours:~n",
                 list(self.trap_exit(), self.reductions()));
  self.home().log("crash"_atom, text);
}

void report_unhandled(node& home, atom module, const char* function, const term& message, bool whole) {
  const char* what = whole ? "** Undefined ~ts in ~tp~n** Unhandled message: ~tp~n"
                           : "** No clause of ~ts in ~tp~n** Unhandled message: ~tp~n";
  home.log("warning"_atom, format(what, list(string(function), module, message)));
}
}  // namespace twinslot::gen_server
