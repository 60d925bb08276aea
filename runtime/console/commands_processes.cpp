// flush/0 i/0,3 pid/3 regs/0 uptime/0: processes.
#include "runtime/console/commands.hpp"
#include "runtime/console/session.hpp"
#include "runtime/term/print.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace twinslot::console {
namespace {
term flush(process& self, const term*) {
  session* here = session::current();
  const int width = here ? here->columns() : 80;
  while (const auto message = self.receive([](const term&) { return true; }, clock::now()))
    show(self, "Shell got " + to_text_p(*message, shell_layout(width, 10)) + "\n");
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

std::string cut(const std::string& text, std::size_t width) {
  return text.substr(0, width);
}

std::string text_of(const term& value) {
  return value.is_nil() ? "" : value.is_atom() ? std::string(value.as_atom().text()) : to_text_p(value);
}

std::int64_t number_of(const term& value) {
  return value.is_int64() ? value.as_int64() : 0;
}

term i_0(process& self, const term*) {
  node& home = self.home();
  std::string text = fmt::format("{:<21} {:<33} {:>8} {:>8} {:>5}\n{:<21} {:<33} {:>8}\n", "Pid", "Initial Call",
                                 "Version", "Reds", "Msgs", "Registered", "Current Function", "Status");
  std::int64_t reductions = 0, messages = 0;
  for (pid who : home.processes()) {
    const term info = home.process_info(who);
    if (!info.is_cons())
      continue;  // it has ended meanwhile
    reductions += number_of(value_of(info, "reductions"));
    messages += number_of(value_of(info, "message_queue_len"));
    std::string version = text_of(value_of(info, "vsn"));
    version.erase(std::remove(version.begin(), version.end(), '"'), version.end());
    text += fmt::format("{:<21} {:<33} {:>8} {:>8} {:>5}\n{:<21} {:<33} {:>8}\n", to_text_w(who),
                        cut(function_text(value_of(info, "initial_call")), 33), cut(version, 8),
                        number_of(value_of(info, "reductions")), number_of(value_of(info, "message_queue_len")),
                        cut(text_of(value_of(info, "registered_name")), 21),
                        cut(function_text(value_of(info, "current_function")), 33), text_of(value_of(info, "status")));
  }
  text += fmt::format("{:<21} {:<33} {:>8} {:>8} {:>5}\n", "Total", "", "", reductions, messages);
  show(self, text);
  return "ok";
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
  const term who = pid_3(self, arguments);
  return self.home().process_info(who.as_pid());
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
    {"c", "i", 0, i_0, "i()", "Prints every process: what it runs, in which version, what waits for it."},
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
