// runtime/console/library/file.cpp - file: reading, writing and moving files; ok, {ok, Value} or {error, Reason}.
#include "runtime/os/file.hpp"
#include "runtime/console/library/arguments.hpp"
#include "runtime/console/library/clock.hpp"
#include "runtime/console/library/tables.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

namespace twinslot::library {
namespace {

constexpr auto file = "file";

term failed(const term& reason) {
  return tuple("error", reason);
}
term failed_with_errno() {
  return failed(os::last_error().reason);
}
term ok_or_error(const result<void>& done) {
  return done ? term("ok") : failed(done.reason());
}
/// A file's name; empty: no name at all, which file's functions answer with {error, badarg}.
std::optional<std::string> file_name(const term& value) {
  try {
    return take_file_name(value);
  } catch (const raised&) {
    return {};
  }
}
term bad_name() {
  return failed("badarg");
}

/// A function of one name, or of two.
template <class Work>
term with_name(const term& value, Work work) {
  const auto name = file_name(value);
  return name ? work(*name) : bad_name();
}
template <class Work>
term with_names(const term* a, Work work) {
  const auto from = file_name(a[0]);
  const auto to = file_name(a[1]);
  return from && to ? work(*from, *to) : bad_name();
}

term read_file(process&, const term* a) {
  return with_name(a[0], [](const std::string& name) {
    const auto bytes = os::read_file(name);
    return bytes ? tuple("ok", binary(*bytes)) : failed(bytes.reason());
  });
}
term write_file(process&, const term* a) {
  std::string bytes;
  if (!(a[1].is_list() || a[1].is_binary()) || !iodata_to_bytes(a[1], bytes))
    return failed("badarg");
  return with_name(a[0], [&](const std::string& name) { return ok_or_error(os::write_file(name, bytes)); });
}

/// open(2)'s flags of file's modes; empty: a mode that there is not.
std::optional<int> open_flags(const term& modes) {
  int flags = O_WRONLY | O_CREAT;
  bool keeps = false;
  if (!is_proper(modes))
    return {};
  for (const term& mode : proper(modes)) {
    if (mode == "append"_atom)
      flags |= O_APPEND;
    else if (mode == "exclusive"_atom)
      flags |= O_EXCL;
    else if (mode == "sync"_atom)
      flags |= O_SYNC;
    else if (mode == "read"_atom)
      keeps = true;
    else if (mode != "write"_atom && mode != "binary"_atom && mode != "raw"_atom && mode != "delayed_write"_atom)
      return {};
  }
  return (flags & O_APPEND) || keeps ? flags : flags | O_TRUNC;
}
term write_all(const std::string& name, int flags, std::string_view bytes) {
  const os::descriptor target(::open(name.c_str(), flags | O_CLOEXEC, 0666));
  if (!target)
    return failed_with_errno();
  while (!bytes.empty()) {
    const ssize_t written = ::write(target.get(), bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR)
      return failed_with_errno();
    bytes.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(written, 0)));
  }
  return "ok";
}
term write_file_modes(process&, const term* a) {
  std::string bytes;
  const auto flags = open_flags(a[2]);
  if (!flags || !(a[1].is_list() || a[1].is_binary()) || !iodata_to_bytes(a[1], bytes))
    return failed("badarg");
  return with_name(a[0], [&](const std::string& name) { return write_all(name, *flags, bytes); });
}

term copy(process&, const term* a) {
  return with_names(a, [](const std::string& from, const std::string& to) {
    const auto bytes = os::copy_file(from, to);
    return bytes ? tuple("ok", *bytes) : failed(bytes.reason());
  });
}
term copy_some(process& self, const term* a) {
  if (a[2] == "infinity"_atom)
    return copy(self, a);
  if (!a[2].is_integer() || less(a[2], 0))
    return failed("badarg");
  return with_names(a, [&](const std::string& from, const std::string& to) {
    const auto bytes = os::read_file(from);
    if (!bytes)
      return failed(bytes.reason());
    const std::size_t limit = a[2].is_int64() ? static_cast<std::size_t>(a[2].as_int64()) : SIZE_MAX;
    const std::string_view part = std::string_view(*bytes).substr(0, limit);
    const auto done = os::write_file(to, part);
    return done ? tuple("ok", part.size()) : failed(done.reason());
  });
}
term rename(process&, const term* a) {
  return with_names(
      a, [](const std::string& from, const std::string& to) { return ok_or_error(os::rename_file(from, to)); });
}
term remove_file(process&, const term* a) {
  return with_name(a[0], [](const std::string& name) { return ok_or_error(os::delete_file(name)); });
}
term make_dir(process&, const term* a) {
  return with_name(a[0], [](const std::string& name) { return ok_or_error(os::make_dir(name)); });
}
term del_dir(process&, const term* a) {
  return with_name(a[0], [](const std::string& name) {
    if (::rmdir(name.c_str()) == 0)
      return term("ok");
    return errno == ENOTEMPTY ? failed("eexist") : failed_with_errno();  // as OTP has it
  });
}
term del_dir_r(process&, const term* a) {
  return with_name(a[0], [](const std::string& name) {
    struct stat about {};
    if (::lstat(name.c_str(), &about) != 0)
      return failed_with_errno();
    return ok_or_error(os::remove_tree(name));
  });
}
term list_dir(process&, const term* a) {
  return with_name(a[0], [](const std::string& name) {
    const auto names = os::list_dir(name);
    if (!names)
      return failed(names.reason());
    terms made;
    for (const std::string& each : *names)
      made.push_back(string(each));
    return tuple("ok", list_from(made));
  });
}
term get_cwd(process&, const term*) {
  const auto directory = os::current_dir();
  return directory ? tuple("ok", string(*directory)) : failed(directory.reason());
}
term set_cwd(process&, const term* a) {
  return with_name(a[0], [](const std::string& name) { return ok_or_error(os::set_current_dir(name)); });
}
term make_symlink(process&, const term* a) {
  return with_names(a, [](const std::string& existing, const std::string& made) {
    return ::symlink(existing.c_str(), made.c_str()) == 0 ? term("ok") : failed_with_errno();
  });
}
term make_link(process&, const term* a) {
  return with_names(a, [](const std::string& existing, const std::string& made) {
    return ::link(existing.c_str(), made.c_str()) == 0 ? term("ok") : failed_with_errno();
  });
}
term read_link(process&, const term* a) {
  return with_name(a[0], [](const std::string& name) {
    char target[4096];
    const ssize_t size = ::readlink(name.c_str(), target, sizeof target);
    return size < 0 ? failed_with_errno()
                    : tuple("ok", string(std::string_view(target, static_cast<std::size_t>(size))));
  });
}

term local_time(std::time_t seconds) {
  std::tm fields{};
  localtime_r(&seconds, &fields);
  return datetime_of(fields);
}
/// The record file_info of OTP's file.hrl.
term info_of(const struct stat& about, const std::string& name) {
  const term type = S_ISREG(about.st_mode)                             ? "regular"_atom
                    : S_ISDIR(about.st_mode)                           ? "directory"_atom
                    : S_ISLNK(about.st_mode)                           ? "symlink"_atom
                    : S_ISCHR(about.st_mode) || S_ISBLK(about.st_mode) ? "device"_atom
                                                                       : "other"_atom;
  const bool reads = ::access(name.c_str(), R_OK) == 0;
  const bool writes = ::access(name.c_str(), W_OK) == 0;
  const term access = reads && writes ? "read_write"_atom : reads ? "read"_atom : writes ? "write"_atom : "none"_atom;
  return tuple("file_info", std::int64_t{about.st_size}, type, access, local_time(about.st_atime),
               local_time(about.st_mtime), local_time(about.st_ctime), about.st_mode, std::uint64_t{about.st_nlink},
               std::uint64_t{about.st_dev}, std::uint64_t{about.st_rdev}, std::uint64_t{about.st_ino}, about.st_uid,
               about.st_gid);
}
term read_file_info(process&, const term* a) {
  return with_name(a[0], [](const std::string& name) {
    struct stat about {};
    return ::stat(name.c_str(), &about) == 0 ? tuple("ok", info_of(about, name)) : failed_with_errno();
  });
}
term read_link_info(process&, const term* a) {
  return with_name(a[0], [](const std::string& name) {
    struct stat about {};
    return ::lstat(name.c_str(), &about) == 0 ? tuple("ok", info_of(about, name)) : failed_with_errno();
  });
}
term change_mode(process&, const term* a) {
  if (!a[1].is_int64())
    return failed("badarg");
  return with_name(a[0], [&](const std::string& name) {
    return ::chmod(name.c_str(), static_cast<mode_t>(a[1].as_int64() & 07777)) == 0 ? term("ok") : failed_with_errno();
  });
}

/// A reason in words. The posix ones are OTP's (and in small letters, unlike strerror's).
term format_error(process&, const term* a) {
  const struct {
    const char* reason;
    const char* text;
  } known[] = {
      {"badarg", "bad argument"},
      {"system_limit", "a system limit was hit, probably not enough ports"},
      {"terminated", "the file server process is terminated"},
      {"enoent", "no such file or directory"},
      {"eacces", "permission denied"},
      {"eexist", "file already exists"},
      {"eisdir", "illegal operation on a directory"},
      {"enotdir", "not a directory"},
      {"enotempty", "directory not empty"},
      {"enospc", "no space left on device"},
      {"erofs", "read-only file system"},
      {"eperm", "not owner"},
      {"emfile", "too many open files"},
      {"enametoolong", "file name too long"},
      {"eloop", "too many levels of symbolic links"},
      {"exdev", "cross-domain link"},
      {"einval", "invalid argument"},
      {"eio", "I/O error"},
      {"ebusy", "file busy"},
  };
  for (const auto& each : known)
    if (a[0] == atom(each.reason))
      return string(each.text);
  if (a[0].is_atom())
    return string("unknown POSIX error");
  if (a[0].is_tuple(3) && a[0][0].is_int64())
    return string(format("~w: ~p", list(a[0][0], a[0][2])));
  return string("unknown POSIX error");
}

constexpr native functions[] = {
    {file, "change_mode", 2, change_mode, "change_mode(Filename, Mode)", "Sets the permission bits."},
    {file, "copy", 2, copy, "copy(Source, Destination)", "{ok, BytesCopied}."},
    {file, "copy", 3, copy_some, "copy(Source, Destination, ByteCount)", "Copies at most that many bytes."},
    {file, "del_dir", 1, del_dir, "del_dir(Dir)", "Removes an empty directory."},
    {file, "del_dir_r", 1, del_dir_r, "del_dir_r(File)", "Removes a directory with everything in it."},
    {file, "delete", 1, remove_file, "delete(Filename)", "Removes a file."},
    {file, "format_error", 1, format_error, "format_error(Reason)", "A reason in words."},
    {file, "get_cwd", 0, get_cwd, "get_cwd()", "{ok, WorkingDirectory}."},
    {file, "list_dir", 1, list_dir, "list_dir(Dir)", "{ok, Filenames}, sorted."},
    {file, "make_dir", 1, make_dir, "make_dir(Dir)", "Makes a directory."},
    {file, "make_link", 2, make_link, "make_link(Existing, New)", "Another name for the same file."},
    {file, "make_symlink", 2, make_symlink, "make_symlink(Existing, New)", "A symbolic link to a file."},
    {file, "read_file", 1, read_file, "read_file(Filename)", "{ok, Binary}."},
    {file, "read_file_info", 1, read_file_info, "read_file_info(File)",
     "{ok, FileInfo}: size, type, access, times ..."},
    {file, "read_link", 1, read_link, "read_link(Name)", "{ok, Filename} that a symbolic link points to."},
    {file, "read_link_info", 1, read_link_info, "read_link_info(Name)", "As read_file_info/1, of a link itself."},
    {file, "rename", 2, rename, "rename(Source, Destination)", "Gives a file another name."},
    {file, "set_cwd", 1, set_cwd, "set_cwd(Dir)", "Changes the working directory."},
    {file, "write_file", 2, write_file, "write_file(Filename, Bytes)", "Writes a file anew."},
    {file, "write_file", 3, write_file_modes, "write_file(Filename, Bytes, Modes)",
     "Modes: append, exclusive, sync ..."},
};
}  // namespace

std::span<const native> file_functions() {
  return functions;
}
}  // namespace twinslot::library
