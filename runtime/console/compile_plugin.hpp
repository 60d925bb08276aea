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
  std::vector<std::string> options{};  // for the compiler, after the recorded ones
  int cancel = -1;                     // see os::command
};
struct compiled {
  bool ok;
  std::string messages;  // the compiler's own, as it wrote them
};

/// Errors: {no_plugin_flags, [Path]} - where they were looked for; {compiler, Reason, Program} - it could not be
/// started or was killed by a signal; cancelled.
result<compiled> compile_plugin(const compile_job& what);
}  // namespace twinslot::console
