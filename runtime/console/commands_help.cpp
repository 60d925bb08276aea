// help/0 h/1,2 q/0.
#include "runtime/console/commands.hpp"
#include "runtime/console/session.hpp"
#include "runtime/term/print.hpp"

#include <fmt/format.h>

namespace twinslot::console {
namespace {
std::string line(std::string_view usage, std::string_view doc) {
  return fmt::format("{:<16} {}\n", usage, doc);
}

term help(process& self, const term*) {
  std::string text = "** commands of the session **\n";
  for (const session_command& one : session_commands())
    text += line(one.usage, one.doc);
  text += "** commands of module c **\n";
  for (const native* command : self.home().natives_of("c"_atom))
    text += line(command->usage, command->doc);
  text += "Ctrl-C stops what is being read or evaluated, Ctrl-D leaves, Tab completes; h(lists) explains a module.\n";
  show(self, text);
  return true;
}

std::string entry(std::string_view usage, const char* doc) {
  return doc ? fmt::format("  {}\n      {}\n", usage, doc) : fmt::format("  {}\n", usage);
}

// The functions of a module, or those of one name; empty: there are none.
std::string documentation(node& home, atom module, const term& name) {
  std::string text;
  if (module == "c"_atom)
    for (const session_command& one : session_commands())
      if (name.is_nil() || name == atom(one.name))
        text += entry(one.usage, one.doc);
  for (const native* one : home.natives_of(module))
    if (name.is_nil() || name == atom(one->name))
      text += entry(one->usage, one->doc);
  if (const code::pin version = home.code().pin_current(module)) {
    const abi::module_info& info = version->info();
    if (info.doc && name.is_nil())
      text += fmt::format("  {}\n", info.doc);
    for (std::uint32_t i = 0; i < info.function_count; ++i) {
      const abi::exported& one = info.functions[i];
      if (name.is_nil() || name == atom(one.name))
        text += entry(fmt::format("{}/{}", one.name, one.arity), one.doc);
    }
  }
  return text;
}

term show_documentation(process& self, const term& module, const term& name) {
  if (!module.is_atom())
    raise_error("function_clause");
  const std::string text = documentation(self.home(), module.as_atom(), name);
  if (text.empty())
    return tuple("error", "non_existing");
  show(self, fmt::format("  {}\n\n{}", quoted(module.as_atom()), text));
  return "ok";
}

term h_1(process& self, const term* arguments) {
  return show_documentation(self, arguments[0], term{});
}
term h_2(process& self, const term* arguments) {
  return show_documentation(self, arguments[0], arguments[1]);
}

term quit(process&, const term*) {
  if (session* here = session::current())
    here->leave();
  return "ok";
}

constexpr native functions[] = {
    {"c", "h", 1, h_1, "h(Module)", "Prints what the functions of a module do."},
    {"c", "h", 2, h_2, "h(Module, Name)", "Prints what a function does."},
    {"c", "help", 0, help, "help()", "Prints this."},
    {"c", "q", 0, quit, "q()", "Ends the console."},
};
}  // namespace

std::span<const native> help_commands() {
  return functions;
}
}  // namespace twinslot::console
