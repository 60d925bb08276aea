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

void report_unhandled(node& home, atom module, const char* function, const term& message, bool whole) {
  const char* what = whole ? "** Undefined ~ts in ~tp~n** Unhandled message: ~tp~n"
                           : "** No clause of ~ts in ~tp~n** Unhandled message: ~tp~n";
  home.log("warning"_atom, format(what, list(string(function), module, message)));
}
}  // namespace twinslot::gen_server
