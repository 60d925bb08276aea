// runtime/console/terminal.hpp - the terminal is left as it was found, however the program ends.
#pragma once

namespace twinslot::console {

/// Remembers the settings of the terminal at standard input, and puts them back at exit and on a crash.
/// Once, before anything changes them. Does nothing where standard input is no terminal.
void remember_terminal();
/// Puts them back now. Any thread, also in a signal handler.
void restore_terminal() noexcept;
/// Columns of the terminal at standard output; 80 where it is none.
int terminal_columns() noexcept;
}  // namespace twinslot::console
