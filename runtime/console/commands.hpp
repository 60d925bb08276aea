// runtime/console/commands.hpp - module c: what a person asks of the console without a module name.
//
// Natives like any other, so c:l(counter) works in every process; help/0 lists them, h(c) tells what they do.
// Source: OTP's c and shell; H01-H13.
#pragma once
#include "runtime/process/native.hpp"

#include <array>
#include <span>
#include <string_view>

namespace twinslot::console {

std::span<const native> code_commands();     // c lc l lm upgrade
std::span<const native> file_commands();     // cd pwd ls
std::span<const native> help_commands();     // help h q
std::span<const native> module_commands();   // m mm why
std::span<const native> process_commands();  // flush i pid regs uptime

inline std::array<std::span<const native>, 5> commands() {
  return {code_commands(), module_commands(), process_commands(), file_commands(), help_commands()};
}

/// Text to the node's output, from a command.
void show(process& self, std::string_view text);
}  // namespace twinslot::console
