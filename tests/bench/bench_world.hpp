// tests/bench/bench_world.hpp - a node as the program `twinslot` has it, with a module loaded, and the measuring thread
// as one of its processes.
#pragma once
#include "runtime/process/node.hpp"
#include "tests/bench/rows.hpp"

#include <string>

namespace twinslot::bench {

class bench_world {
public:
  explicit bench_world(const settings& chosen);

  node& home() { return home_; }
  std::int64_t pairs() const { return pairs_; }
  process& self() { return *me_; }

  /// Module:Function(Arguments...) in the measuring thread.
  template <class... Arguments>
  term call(const char* module, const char* function, const Arguments&... arguments) {
    return home_.apply(*me_, atom(std::string_view(module)), atom(std::string_view(function)), {term(arguments)...});
  }
  /// Purges the module, and loads the file (without .so) as its current version.
  void load(atom module, const std::string& file);
  /// A process in a function of bench_actors.
  pid spawn(const char* function, std::vector<term> arguments);
  /// Throws if no message comes within a minute.
  term next();
  /// Waits for as many messages `ready`.
  void wait_ready(std::int64_t count);
  /// Waits for {done,Count}: the count. Throws when something else comes.
  std::int64_t wait_done();
  /// Waits until there are as many processes as before the first `spawn`.
  void wait_gone();

private:
  std::int64_t pairs_;
  node home_;
  scoped_process me_;
  std::size_t resident_processes_;
};
}  // namespace twinslot::bench
