// cd/1 pwd/0 ls/0,1: the working directory, which is also where c/1 looks.
#include "runtime/console/commands.hpp"
#include "runtime/console/session.hpp"
#include "runtime/os/file.hpp"
#include "runtime/term/print.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

namespace twinslot::console {
namespace {
std::string path_of(const term& name) {
  std::string path;
  if (name.is_atom())
    path = name.as_atom().text();
  else if (!name.is_list() || !chardata_to_utf8(name, path))
    raise_badarg();
  return path;
}

void show_directory(process& self) {
  const auto now = os::current_dir();
  show(self, (now ? now.value() : "the working directory is gone") + "\n");
}

term cd(process& self, const term* arguments) {
  static_cast<void>(os::set_current_dir(path_of(arguments[0])));  // where it went is shown, also if it did not
  show_directory(self);
  return "ok";
}

term pwd(process& self, const term*) {
  show_directory(self);
  return "ok";
}

// Names side by side, as wide as the widest.
std::string in_columns(const std::vector<std::string>& names, std::size_t width) {
  std::size_t widest = 0;
  for (const std::string& name : names)
    widest = std::max(widest, name.size());
  const std::size_t column = widest + 5;
  const std::size_t per_line = std::max<std::size_t>(width / column, 1);
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const bool is_last = (i + 1) % per_line == 0 || i + 1 == names.size();
    text += is_last ? names[i] + "\n" : fmt::format("{:<{}}", names[i], column);
  }
  return text;
}

term list_names(process& self, const std::string& path) {
  session* here = session::current();
  if (os::is_regular(path)) {
    show(self, path + "\n");
    return "ok";
  }
  const auto names = os::list_dir(path);
  if (names)
    show(self, in_columns(names.value(), here ? static_cast<std::size_t>(here->columns()) : 80));
  else
    show(self, (names.reason() == "enoent" ? "no such file or directory" : to_text_p(names.reason())) + "\n");
  return "ok";
}

term ls_0(process& self, const term*) {
  return list_names(self, ".");
}
term ls_1(process& self, const term* arguments) {
  return list_names(self, path_of(arguments[0]));
}

constexpr native functions[] = {
    {"c", "cd", 1, cd, "cd(Dir)", "Changes the working directory, where c/1 finds sources, and prints it."},
    {"c", "ls", 0, ls_0, "ls()", "Prints the names in the working directory."},
    {"c", "ls", 1, ls_1, "ls(Dir)", "Prints the names in a directory."},
    {"c", "pwd", 0, pwd, "pwd()", "Prints the working directory."},
};
}  // namespace

std::span<const native> file_commands() {
  return functions;
}
}  // namespace twinslot::console
