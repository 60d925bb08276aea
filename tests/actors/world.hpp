// tests/actors/world.hpp - a node with its servers, a process of the test's own, and real plugins to load.
#pragma once
#include "actors/install.hpp"
#include "runtime/process/node.hpp"
#include "runtime/term/print.hpp"
#include "tests/catch.hpp"

#include <mutex>
#include <string>
#include <thread>

namespace twinslot {

inline std::string text(const term& value) {
  return to_text_w(value);
}

/// The few functions of erlang and timer that the fixtures ask for.
std::span<const native> small_library();

class world {
public:
  explicit world(const code_server::options& limits = {});
  ~world();

  node& home() { return node_; }
  process& self() { return **me_; }

  /// Module:Function(Arguments...) in the test's process.
  template <class... Arguments>
  term call(const char* module, const char* function, const Arguments&... arguments) {
    return node_.apply(self(), atom(std::string_view(module)), atom(std::string_view(function)), {term(arguments)...});
  }
  /// As `catch`: {Class, Reason} of what was raised, without the stack.
  template <class... Arguments>
  term caught(const char* module, const char* function, const Arguments&... arguments) {
    try {
      return call(module, function, arguments...);
    } catch (const raised& failure) {
      return tuple(failure.what, failure.reason);
    }
  }
  /// Loads the fixture `file` (without .so) as `module`.
  term load(const char* module, const char* file);
  /// As load, after a soft purge that must succeed.
  void replace(const char* module, const char* file);
  term state(const char* name) { return call("sys", "get_state", atom(std::string_view(name))); }
  /// suspend, change_code, resume: the answer of change_code.
  term change_code(const char* name, const term& old_vsn, const term& extra = {});

  /// The next message that comes within the time; undefined if none does.
  term next(std::chrono::milliseconds patience = std::chrono::seconds(5));
  /// Waits for the end of a process; its reason.
  term reason_of_end(pid who);
  /// A process's own word for it, by the names of process_info/1: [] if there is none. Any thread, as `eventually`.
  term info(pid who, atom key);
  bool eventually(const std::function<bool()>& holds, std::chrono::milliseconds patience = std::chrono::seconds(5));

  /// What the node wrote so far; `forget` empties it.
  std::string output();
  void forget();
  /// `output` with the times of reports replaced by TIME.
  std::string reports();

private:
  std::mutex output_mutex_;  // before the node, which writes until it ends
  std::string output_;
  node node_;
  std::optional<scoped_process> me_;
};
}  // namespace twinslot
