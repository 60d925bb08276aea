// actors/code_server/search_path.hpp - the directories where modules are looked for, in order; first hit wins.
//
// Any thread. Entries are kept as they were given ("." follows the working directory), without a trailing slash.
// Source: OTP's code, "Code Path"; C37-C40.
#pragma once
#include "runtime/term/result.hpp"

#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace twinslot::code_server {

class search_path {
public:
  std::vector<std::string> get() const;
  /// All or nothing. Errors: bad_directory - an entry that is no directory.
  result<void> set(std::vector<std::string> directories);
  enum class end { front, back };
  /// At the front an entry that is there already moves; at the back it stays where it is.
  /// Errors: bad_directory.
  result<void> add(const std::string& directory, end where);
  /// By directory, or by the name of the application in it (application_of). False: it was not there.
  bool remove(const std::string& directory_or_name);
  /// The directory takes the place of the application's first entry, or goes to the end.
  /// Errors: bad_directory; bad_name - the directory is another application's.
  result<void> replace(const std::string& name, const std::string& directory);

  /// Absolute path of the first file of this name.
  std::optional<std::string> find(const std::string& file) const;

private:
  mutable std::mutex mutex_;
  std::vector<std::string> directories_{"."};
};

/// What a directory is called as an application: name of name, name-1.2 and name-1.2/ebin.
std::string application_of(const std::string& directory);
/// The path from the root, without "." steps: what a loaded module's origin is.
std::string absolute(const std::string& path);
}  // namespace twinslot::code_server
