// flush/0 i/0,1,3 pid/3 regs/0 uptime/0: processes.
#include "runtime/console/commands.hpp"
#include "runtime/console/session.hpp"
#include "runtime/term/print.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace twinslot::console {
namespace {
term flush(process& self, const term*) {
  while (const auto message = self.receive([](const term&) { return true; }, clock::now()))
    show(self, format("Shell got ~tp\n", list(*message)));
  return "ok";
}

// {Key, Value} pairs of process_info as a lookup; absent keys are [].
term value_of(const term& info, std::string_view key) {
  for (const term& pair : info.elements_of_list())
    if (pair.is_tuple(2) && pair[0].is_atom() && pair[0].as_atom().text() == key)
      return pair[1];
  return {};
}

// counter:init/1
std::string function_text(const term& mfa) {
  return mfa.is_tuple(3) && mfa[0].is_atom() && mfa[1].is_atom()
             ? quoted(mfa[0].as_atom()) + ":" + quoted(mfa[1].as_atom()) + "/" + to_text_w(mfa[2])
             : "";
}

// counter:handle_call/3 add: the clause, where a server's callback runs or waits.
std::string current_text(const term& info) {
  const std::string function = function_text(value_of(info, "current_function"));
  const term clause = value_of(info, "current_clause");
  return clause.is_atom() ? function + " " + quoted(clause.as_atom()) : function;
}

std::string cut(const std::string& text, std::size_t width) {
  return text.substr(0, width);
}

std::string text_of(const term& value) {
  return value.is_nil() ? "" : value.is_atom() ? std::string(value.as_atom().text()) : to_text_p(value);
}

std::int64_t number_of(const term& value) {
  return value.is_int64() ? value.as_int64() : 0;
}

// What i() adds up.
struct totals {
  std::int64_t reductions = 0;
  std::int64_t messages = 0;
};

std::string table_head() {
  return fmt::format("{:<21} {:<26} {:<17} {:>8} {:>4}\n{:<21} {:<26} {:<17} {:>13}\n", "Pid", "Initial Call", "Module",
                     "Reds", "Msgs", "Registered", "Current Function", "Version", "Status");
}

// Whose code it runs; what it was started with where that is the program's own, or its state waits as a term.
std::string module_text(const term& info) {
  const term module = value_of(info, "module");
  const term started = value_of(info, "initial_call");
  return text_of(module.is_nil() && started.is_tuple(3) ? started[0] : module);
}

// 1.0.0 (old)
std::string version_text(const term& info) {
  std::string text;
  const term vsn = value_of(info, "vsn");
  if (!(vsn.is_cons() && chardata_to_utf8(vsn, text)))
    text = text_of(vsn);
  return value_of(info, "slot") == "old" ? cut(text, 11) + " (old)" : text;
}

// A process that has been running without returning to the scheduler is named busy, and for how long.
std::string status_text(const term& info) {
  const std::int64_t busy_ms = number_of(value_of(info, "busy_ms"));
  if (busy_ms == 0) {
    const std::string standing = text_of(value_of(info, "standing"));
    return standing.empty() ? text_of(value_of(info, "status")) : standing;
  }
  return busy_ms < 10'000 ? fmt::format("busy {} ms", busy_ms) : fmt::format("busy {} s", busy_ms / 1000);
}

// Two lines; empty: it has ended meanwhile.
std::string described(node& home, pid who, totals& sum) {
  const term info = home.process_info(who);
  if (!info.is_cons())
    return "";
  const std::int64_t reductions = number_of(value_of(info, "reductions"));
  const std::int64_t messages = number_of(value_of(info, "message_queue_len"));
  sum.reductions += reductions;
  sum.messages += messages;
  return fmt::format("{:<21} {:<26} {:<17} {:>8} {:>4}\n{:<21} {:<26} {:<17} {:>13}\n", to_text_w(who),
                     cut(function_text(value_of(info, "initial_call")), 26), cut(module_text(info), 17), reductions,
                     messages, cut(text_of(value_of(info, "registered_name")), 21), cut(current_text(info), 26),
                     cut(version_text(info), 17), status_text(info));
}

// Whether to go on with a table: a person at a terminal is asked, a script is not.
bool wants_more(process& self) {
  session* here = session::current();
  if (!here || !here->runner().can_ask())
    return true;
  for (;;) {
    const auto answer = here->runner().ask(self, "(c)ontinue (q)uit -->");
    if (!answer || *answer == "q")
      return false;
    if (answer->empty() || *answer == "c")
      return true;
  }
}

// More than 100 processes are shown 50 at a time, as by Erlang's shell.
term show_processes(process& self, const std::vector<pid>& which) {
  constexpr std::size_t most_at_once = 100;
  constexpr std::size_t page = 50;
  totals sum;
  std::string text = table_head();
  const std::size_t step = which.size() > most_at_once ? page : most_at_once;
  for (std::size_t i = 0; i < which.size(); ++i) {
    if (i > 0 && i % step == 0) {
      show(self, std::exchange(text, {}));
      if (!wants_more(self))
        return "quit";
    }
    text += described(self.home(), which[i], sum);
  }
  text += fmt::format("{:<21} {:<26} {:<17} {:>8} {:>4}\n", "Total", "", "", sum.reductions, sum.messages);
  show(self, text);
  return "ok";
}

term i_0(process& self, const term*) {
  return show_processes(self, self.home().processes());
}

term i_1(process& self, const term* arguments) {
  std::vector<pid> which;
  for (const term& one : arguments[0].elements_of_list()) {
    if (!one.is_pid())
      raise_error("function_clause");
    which.push_back(one.as_pid());
  }
  if (!arguments[0].is_list())
    raise_error("function_clause");
  return show_processes(self, which);
}

term pid_3(process& self, const term* arguments) {
  for (int k = 0; k < 3; ++k)
    if (!arguments[k].is_int64() || arguments[k].as_int64() < 0)
      raise_error("function_clause");
  const std::string text =
      fmt::format("<{}.{}.{}>", arguments[0].as_int64(), arguments[1].as_int64(), arguments[2].as_int64());
  return self.home().apply(self, "erlang"_atom, "list_to_pid"_atom, {string(text)});
}

term i_3(process& self, const term* arguments) {
  return self.home().apply(self, "erlang"_atom, "process_info"_atom, {pid_3(self, arguments)});
}

term regs(process& self, const term*) {
  node& home = self.home();
  std::string text = fmt::format("\n** Registered procs on node nonode@nohost **\n{:<21} {:<12} {:<25} {:>12} {:>4}\n",
                                 "Name", "Pid", "Initial Call", "Reds", "Msgs");
  std::vector<std::pair<std::string, pid>> named;
  for (atom name : home.registered())
    if (const auto who = home.whereis(name))
      named.emplace_back(name.text(), *who);
  std::sort(named.begin(), named.end());
  for (const auto& [name, who] : named) {
    const term info = home.process_info(who);
    text += fmt::format("{:<21} {:<12} {:<25} {:>12} {:>4}\n", cut(name, 21), to_text_w(who),
                        cut(function_text(value_of(info, "initial_call")), 25), number_of(value_of(info, "reductions")),
                        number_of(value_of(info, "message_queue_len")));
  }
  show(self, text);
  return "ok";
}

const auto program_start = clock::now();

term uptime(process& self, const term*) {
  std::int64_t seconds = std::chrono::duration_cast<std::chrono::seconds>(clock::now() - program_start).count();
  std::string text;
  for (auto [name, length] : {std::pair{"days", 86400}, std::pair{"hours", 3600}, std::pair{"minutes", 60}})
    if (seconds >= length) {
      text += fmt::format("{} {}, ", seconds / length, name);
      seconds %= length;
    }
  show(self, fmt::format("{}{} seconds\n", text, seconds));
  return "ok";
}

constexpr native functions[] = {
    {"c", "flush", 0, flush, "flush()", "Prints the messages that wait for this process, and takes them."},
    {"c", "i", 0, i_0, "i()", "Prints every process: what it runs, in which version, what waits for it; who is busy."},
    {"c", "i", 1, i_1, "i([Pid])", "Prints these processes."},
    {"c", "i", 3, i_3, "i(X, Y, Z)", "What is known of process <X.Y.Z>."},
    {"c", "pid", 3, pid_3, "pid(X, Y, Z)", "The pid <X.Y.Z>."},
    {"c", "regs", 0, regs, "regs()", "Prints the registered processes."},
    {"c", "uptime", 0, uptime, "uptime()", "Prints how long the node has been running."},
};
}  // namespace

std::span<const native> process_commands() {
  return functions;
}
}  // namespace twinslot::console
