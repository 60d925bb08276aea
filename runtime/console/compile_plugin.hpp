// runtime/console/compile_plugin.hpp - counter.cpp to counter.so, as c/1 does it: with the flags that the build of this
// program has recorded, its precompiled SDK header, the fastest linker found; then stamped (runtime/code/stamp.hpp).
//
// The recorded flags are libexec/twinslot/plugin_flags.txt beside the program; its first lines say what is in it.
// Any thread. Source: design 3.8; cmake/plugin_flags.cmake writes the file.
#pragma once
#include "runtime/term/result.hpp"

#include <string>
#include <vector>

namespace twinslot::console {

struct compile_job {
  std::string source;
  std::string output;                  // replaced only if everything went well
  std::vector<std::string> options{};  // for compiler and linker, behind the recorded ones
  int cancel = -1;                     // see os::command
};
struct compiled {
  bool ok;
  std::string messages;  // the compiler's own, as it wrote them
};

/// Several at once, also for one output, are fine: the last one to end leaves its file there.
/// Errors: {no_plugin_flags, [Path]} - where they were looked for; {compiler, Reason, Program} - it could not be
/// started or was killed by a signal; cancelled.
result<compiled> compile_plugin(const compile_job& what);

/// What an editor's language server (clangd) has to know to understand a plugin, as the text of a compile_flags.txt:
/// the language, warnings, and where the SDK's headers lie. Errors: {no_plugin_flags, [Path]}.
result<std::string> editor_flags();
}  // namespace twinslot::console
