// runtime/code/library.hpp - an open plugin file. The only user of Boost.DLL is library.cpp.
//
// Opened with RTLD_NOW | RTLD_LOCAL: a missing symbol is found now and not at the call, and two versions do not see
// each other. The entry is looked up once, at opening: a lookup waits while another library's constructor runs.
#pragma once
#include "runtime/sdk/twinslot/abi.hpp"
#include "runtime/term/result.hpp"

#include <memory>
#include <optional>
#include <string>

namespace twinslot::code {

class library {
public:
  enum class after { keep_file, remove_file };
  /// `path` is absolute and was never opened before in this process: the loader answers with the old library where it
  /// knows the path or the inode. `then` says what becomes of the file once it is no longer mapped.
  /// Errors: {missing_symbol, Name}; {missing_library, Name}; {open, Text}; {threw, Text} - a constructor did, and this
  /// process's loader keeps a lock from now on: the trial finds that out in another one.
  static result<std::unique_ptr<library>> open(std::string path, after then);
  ~library();
  const std::string& path() const noexcept;
  abi::entry entry() const noexcept;
  /// Closes it and looks whether it left memory. Empty: it did. Else why not: thread_local_destructors - a thread that
  /// ran them first must end; held - by somebody else's handle, or a reason unknown here.
  std::optional<term> close();
  /// The file imports the registration of thread-local destructors: `close` names them.
  void expect_thread_local_destructors() noexcept;

private:
  library();
  struct impl;
  std::unique_ptr<impl> impl_;
};
}  // namespace twinslot::code
