#include "runtime/console/interactive.hpp"

#include "runtime/console/line_editor.hpp"
#include "runtime/console/signals.hpp"
#include "runtime/console/suggestions.hpp"
#include "runtime/console/terminal.hpp"
#include "runtime/os/file.hpp"
#include "runtime/term/print.hpp"

#include <csignal>

namespace twinslot::console {
namespace {
std::vector<std::string> names_of(const std::vector<known_function>& functions) {
  std::vector<std::string> names;
  for (const known_function& one : functions)
    names.push_back(one.name);
  return names;
}

std::vector<std::string> files(const std::string& directory) {
  std::vector<std::string> names;
  if (const auto found = os::list_dir(directory))
    for (const std::string& name : found.value())
      names.push_back(os::is_directory(os::join(directory, name)) ? name + "/" : name);
  return names;
}

completion_world world_of(node& home, const session& told) {
  return {.modules = [&] { return known_modules(home); },
          .functions = [&](const std::string& module) { return names_of(known_functions(home, module)); },
          .commands = [&] { return names_of(known_commands(home)); },
          .names =
              [&] {
                std::vector<std::string> names;
                for (atom name : home.registered())
                  names.push_back(quoted(name));
                return names;
              },
          .variables =
              [&] {
                std::vector<std::string> names;
                for (const auto& [name, value] : told.variables())
                  names.emplace_back(name.text());
                return names;
              },
          .files = files};
}
}  // namespace

void run_at_terminal(node& home, session& told, const std::string& intro,
                     const std::function<void(line_source&)>& converse) {
  remember_terminal();
  line_editor editor({.history_file = history_file(), .world = world_of(home, told)});
  const signal_watch signals([&](int number) {
    if (number == SIGWINCH)
      editor.resized();
    else if (number == SIGCONT)
      editor.continued();
    else if (number != SIGINT)
      signal_watch::end_program(number);
    else if (!editor.interrupt()) {
      editor.write("\n");  // after the ^C that the terminal shows
      told.interrupt();
    }
  });
  home.output([&](std::string_view text) { editor.write(text); });
  told.runner().read_lines_with([&](const std::string& prompt) { return editor.ask(prompt); });
  editor.write(intro);
  converse(editor);
  told.runner().read_lines_with({});
  home.output({});
  restore_terminal();
}
}  // namespace twinslot::console
