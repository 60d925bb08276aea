// runtime/os/file.hpp - files and directories, without policy. Reasons are Erlang's posix atoms: enoent, eacces,
// eisdir.
//
// Any thread. Paths are bytes as the system takes them; a relative one starts at the process's working directory.
// Source: what OTP's file module offers.
#pragma once
#include "runtime/os/posix.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace twinslot::os {

enum class file_type { regular, directory, other };
struct file_info {
  file_type type;
  std::uint64_t bytes;
  std::chrono::system_clock::time_point modified;
};
/// Follows symbolic links.
result<file_info> stat_file(const std::string& path);
bool is_directory(const std::string& path);
bool is_regular(const std::string& path);

/// The whole file, also one whose size the system does not tell (/proc).
result<std::string> read_file(const std::string& path);
/// The whole file if it is a regular one; never waits for the other end of a FIFO.
/// Errors: posix atoms; eisdir; not_regular; {too_large, Bytes, Limit}.
result<std::string> read_regular_file(const std::string& path, std::uint64_t limit_bytes);
/// Writes in place, as file:write_file does: creates the file or empties it first.
result<void> write_file(const std::string& path, std::string_view bytes);
/// Writes over a part of a file that is there; the rest stays, and its owner, its permissions and its links.
result<void> overwrite_file(const std::string& path, std::uint64_t offset, std::string_view bytes);
/// A reader sees the old bytes or the new ones, never a part: written beside the file, then renamed over it.
result<void> replace_file(const std::string& path, std::string_view bytes);
/// Bytes copied. The target gets the source's permissions if it is new.
result<std::uint64_t> copy_file(const std::string& from, const std::string& to);
result<void> delete_file(const std::string& path);
result<void> rename_file(const std::string& from, const std::string& to);

/// Names, sorted, without . and ..
result<std::vector<std::string>> list_dir(const std::string& path);
result<void> make_dir(const std::string& path, unsigned mode = 0777);
/// The path with everything below it; what is gone already counts as removed. Symbolic links are not followed.
result<void> remove_tree(const std::string& path);
/// A new directory, mode 0700, below `parent`: its name starts with `prefix`.
result<std::string> make_temp_dir(const std::string& parent, const std::string& prefix);
/// $TMPDIR, or /tmp.
std::string temp_dir();
result<std::string> current_dir();
result<void> set_current_dir(const std::string& path);
/// The path without links and dots.
result<std::string> real_path(const std::string& path);

/// a/b.c -> a and b.c and b; no slash: "." and so on.
std::string dir_name(const std::string& path);
std::string base_name(const std::string& path);
std::string root_name(const std::string& path);
/// `name` below `dir`, unless it is absolute.
std::string join(const std::string& dir, const std::string& name);
}  // namespace twinslot::os
