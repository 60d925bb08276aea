// m/0,1 mm/0 why/1: which modules are loaded, in which versions, and who is in them.
#include "runtime/console/commands.hpp"
#include "runtime/console/holders.hpp"
#include "runtime/term/print.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace twinslot::console {
namespace {
using resident = code::table::resident_version;

atom module_of(const term& name) {
  if (!name.is_atom())
    raise_error("function_clause");
  return name.as_atom();
}

std::string hexadecimal(const term& bytes) {
  std::string text;
  if (bytes.is_binary())
    for (char c : bytes.bytes())
      text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

// With a frame in the version, or a state of it.
std::vector<pid> processes_in(node& home, const resident& version) {
  std::vector<pid> all = home.lingering(version.at);
  for (pid bound : version.at->bound())
    if (std::find(all.begin(), all.end(), bound) == all.end())
      all.push_back(bound);
  return all;
}

std::string module_line(std::string_view module, std::string_view slot, std::string_view version, std::string_view md5,
                        std::string_view processes, std::string_view file) {
  return fmt::format("{:<21} {:<8} {:<10} {:<9} {:>5}  {}\n", module, slot, version, md5, processes, file);
}

// Both slots of every plugin, then what the program has built in.
term m_0(process& self, const term*) {
  node& home = self.home();
  std::string text = module_line("Module", "Slot", "Version", "MD5", "Procs", "File");
  for (const resident& one : home.code().resident_versions())
    text += module_line(quoted(one.module).substr(0, 21), one.slot.text(), vsn_text(one.vsn).substr(0, 10),
                        hexadecimal(one.md5).substr(0, 8), std::to_string(processes_in(home, one).size()), one.origin);
  std::vector<std::string> natives;
  for (atom module : home.native_modules())
    natives.emplace_back(module.text());
  std::sort(natives.begin(), natives.end());
  for (const std::string& module : natives)
    text += module_line(module, "", "", "", "", "built in");
  show(self, text);
  return "ok";
}

std::string pids_text(const std::vector<pid>& some) {
  std::string text;
  for (pid one : some)
    text += (text.empty() ? "" : " ") + to_text_w(one);
  return text.empty() ? "none" : text;
}

std::string described(node& home, const resident& one) {
  return fmt::format("Version: {} ({})\nMD5: {}\nObject file: {}\nProcesses: {}\n", vsn_text(one.vsn), one.slot.text(),
                     hexadecimal(one.md5), one.origin, pids_text(processes_in(home, one)));
}

// As Erlang's m/1: in two columns where there are many.
std::string export_lines(std::vector<std::string> exports) {
  constexpr std::size_t most_in_one_column = 16;
  std::sort(exports.begin(), exports.end());
  std::string text = "Exports: \n";
  if (exports.size() <= most_in_one_column) {
    for (const std::string& one : exports)
      text += "         " + one + "\n";
    return text;
  }
  const std::size_t half = exports.size() / 2;
  for (std::size_t i = 0; i < half; ++i)
    text += fmt::format("{:<30}{}\n", exports[i], exports[half + i]);
  if (exports.size() % 2 != 0)
    text += fmt::format("{:<30}{}\n", "", exports.back());
  return text;
}

term m_1(process& self, const term* arguments) {
  node& home = self.home();
  const atom module = module_of(arguments[0]);
  std::vector<resident> versions = home.code().resident_versions();
  std::erase_if(versions, [&](const resident& one) { return one.module != module; });
  const auto natives = home.natives_of(module);
  if (versions.empty() && natives.empty())
    throw raised{"error"_atom, "undef", list(tuple(module, "module_info", term{}, term{}))};
  std::string text = fmt::format("Module: {}\n", quoted(module));
  for (const resident& one : versions)
    text += described(home, one);
  if (versions.empty())
    text += "Object file: built in\n";
  std::vector<std::string> exports;
  if (const code::pin current = home.code().pin_current(module)) {
    for (std::uint32_t i = 0; i < current->info().function_count; ++i)
      exports.push_back(
          fmt::format("{}/{}", quoted(atom(current->info().functions[i].name)), current->info().functions[i].arity));
  } else {
    for (const native* one : natives)
      exports.push_back(fmt::format("{}/{}", quoted(atom(one->name)), one->arity));
  }
  show(self, text + export_lines(std::move(exports)));
  return "ok";
}

term mm(process& self, const term*) {
  return self.home().apply(self, "code"_atom, "modified_modules"_atom, {});
}

std::string version_line(atom module, const term& vsn, atom slot, std::size_t count) {
  const std::string holders = count == 0   ? "nobody needs it"
                              : count == 1 ? "1 holder"
                                           : fmt::format("{} holders", count);
  return fmt::format("{} {} ({}): {}\n", quoted(module), vsn_text(vsn), slot.text(), holders);
}

// First who needs a version that has left its slot, then the old one: that is what is asked about; then the current
// one.
term why(process& self, const term* arguments) {
  const atom module = module_of(arguments[0]);
  std::vector<holder> all = holders_of(self, module);
  std::vector<resident> versions = self.home().code().resident_versions();
  std::erase_if(versions, [&](const resident& one) { return one.module != module; });
  if (versions.empty() && all.empty())
    return tuple("error", tuple("not_loaded", module));
  std::string text;
  const auto show_some = [&](const term& vsn, atom slot) {
    const auto rest = std::stable_partition(all.begin(), all.end(),
                                            [&](const holder& one) { return one.slot == slot && one.vsn == vsn; });
    const std::vector<holder> here(all.begin(), rest);
    all.erase(all.begin(), rest);
    text += version_line(module, vsn, slot, here.size()) + holder_lines(here);
  };
  const auto next_purged = [&] {
    return std::find_if(all.begin(), all.end(), [](const holder& one) { return one.slot == "purged"_atom; });
  };
  for (auto gone = next_purged(); gone != all.end(); gone = next_purged())
    show_some(term(gone->vsn), gone->slot);
  for (auto version = versions.rbegin(); version != versions.rend(); ++version)
    show_some(version->vsn, version->slot);
  show(self, text);
  return "ok";
}

constexpr native functions[] = {
    {"c", "m", 0, m_0, "m()", "Prints both slots of every module: version, checksum, number of processes, file."},
    {"c", "m", 1, m_1, "m(Module)", "Prints a module's versions, checksums, files, processes and functions."},
    {"c", "mm", 0, mm, "mm()", "Modules whose file has changed since they were loaded."},
    {"c", "why", 1, why, "why(Module)",
     "Prints who still needs a module's code: why, since when, and what would release it."},
};
}  // namespace

std::span<const native> module_commands() {
  return functions;
}
}  // namespace twinslot::console
