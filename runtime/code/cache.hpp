// runtime/code/cache.hpp - private copies of plugin files: a directory of this process, below one that processes share.
//
//     twinslot-UID/            shared: $TMPDIR, or where the options say
//       node-PID-XXXXXX/       locked (flock) while its process lives; without a lock it is left over and is removed
//         counter@1f3a90c2-7.so
//
// A copy and not a link: the system's loader knows an open library by its inode. A name that was never used before: it
// knows it by its path, too. The copy stays until its library left memory, so that gdb and perf find what they need.
// Any thread.
#pragma once
#include "runtime/term/result.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace twinslot::code {

class cache {
public:
  /// `shared` empty: a directory of this user below the system's temporary one. Nothing is made before the first copy.
  explicit cache(std::string shared);
  ~cache();  // removes this process's directory
  /// Writes a copy and gives its absolute path. `mark` tells versions apart for a human: some digits of the build-id.
  /// Errors: {copy_failed, PosixAtom, Directory}.
  result<std::string> store(std::string_view module, std::string_view mark, std::string_view bytes);
  /// Empty before the first copy.
  std::string directory() const;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};
}  // namespace twinslot::code
