// runtime/code/library.hpp - an open plugin file. The only user of Boost.DLL is library.cpp.
//
// Opened with RTLD_NOW | RTLD_LOCAL: a missing symbol is found now and not at the call, and two versions do not see
// each other. The entry is looked up once, at opening: a lookup waits while another library's constructor runs.
// A copy whose constructors are withheld (constructors.hpp) runs none of its code in `open`: `start` does.
#pragma once
#include "runtime/sdk/twinslot/abi.hpp"
#include "runtime/term/result.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace twinslot::code {

class library {
public:
  enum class after { keep_file, remove_file };
  /// `path` is absolute and was never opened before in this process: the loader answers with the old library where it
  /// knows the path or the inode. `then` says what becomes of the file once it is no longer mapped.
  /// Errors: {missing_symbol, Name}; {missing_library, Name}; {open, Text}; {threw, Text} - a constructor of another
  /// library that it needs did (or its own, if they are not withheld), and the system's loader keeps its lock from now
  /// on; {loader_held, Path, Text} - that happened before, at the file Path: nothing was tried, it would hang.
  static result<std::unique_ptr<library>> open(std::string path, after then);
  ~library();
  struct patience {
    std::chrono::milliseconds start, end;  // for constructors and `then`; for destructors. 0: as long as they take
  };
  /// Runs the constructors that were withheld, then `then`. Once, by one thread. What has a deadline runs on another
  /// one. Errors: {threw, Text}; timeout - code of the file still runs: this object must not be destroyed.
  result<void> start(std::function<void()> then, const patience& limits);
  /// Threads that the plugin has started itself and that have not returned from its code (own_threads.hpp).
  std::uint64_t thread_count() const noexcept;
  const std::string& path() const noexcept;
  abi::entry entry() const noexcept;
  /// Runs its destructors, closes it and looks whether it left memory. Empty: it did. Else why not:
  /// thread_local_destructors - a thread that ran them first must end; {destructors, {threw, Text} | timeout} - they
  /// did not come to their end, so it was not closed; {threads, Count} - of its own run, nothing was done;
  /// {left_behind, [What]} - it was not closed, as these lead into it: {signal_handler, Name}, terminate_handler,
  /// new_handler, {thread_keys, Count} with destructors; loader_held - as above; held - by another handle, or a reason
  /// unknown here.
  std::optional<term> close();
  /// The file imports the registration of thread-local destructors: `close` names them.
  void expect_thread_local_destructors() noexcept;

private:
  library();
  struct impl;
  std::unique_ptr<impl> impl_;
};
}  // namespace twinslot::code
