// runtime/os/file.cpp
#include "runtime/os/file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace twinslot::os {
namespace {

descriptor open_file(const std::string& path, int flags, mode_t mode = 0666) {
  return descriptor(::open(path.c_str(), flags | O_CLOEXEC, mode));
}

/// Appends what is left of an open file.
result<void> read_rest(const descriptor& file, std::string& bytes, std::uint64_t limit_bytes) {
  constexpr std::size_t step = 64 * 1024;
  for (;;) {
    const std::size_t before = bytes.size();
    bytes.resize(std::max(before + step, bytes.capacity()));
    const ssize_t count = ::read(file.get(), bytes.data() + before, bytes.size() - before);
    bytes.resize(before + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    if (count == 0)
      return {};
    if (count < 0 && errno != EINTR)
      return last_error();
    if (bytes.size() > limit_bytes)
      return error{tuple("too_large", bytes.size(), limit_bytes)};
  }
}

result<void> write_all(const descriptor& file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(file.get(), bytes.data(), bytes.size());
    if (count < 0 && errno != EINTR)
      return last_error();
    bytes.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  }
  return {};
}

struct directory_closer {
  void operator()(DIR* open) const noexcept { ::closedir(open); }
};

file_type type_of(mode_t mode) {
  return S_ISREG(mode) ? file_type::regular : S_ISDIR(mode) ? file_type::directory : file_type::other;
}

constexpr std::uint64_t no_limit = UINT64_MAX;
}  // namespace

result<file_info> stat_file(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0)
    return last_error();
  const auto since_epoch = std::chrono::seconds(found.st_mtim.tv_sec) + std::chrono::nanoseconds(found.st_mtim.tv_nsec);
  return file_info{type_of(found.st_mode), static_cast<std::uint64_t>(found.st_size),
                   std::chrono::system_clock::time_point(
                       std::chrono::duration_cast<std::chrono::system_clock::duration>(since_epoch))};
}

bool is_directory(const std::string& path) {
  auto info = stat_file(path);
  return info && info->type == file_type::directory;
}

bool is_regular(const std::string& path) {
  auto info = stat_file(path);
  return info && info->type == file_type::regular;
}

result<std::string> read_file(const std::string& path) {
  const descriptor file = open_file(path, O_RDONLY);
  if (!file)
    return last_error();
  std::string bytes;
  if (auto read = read_rest(file, bytes, no_limit); !read)
    return read.error();
  return bytes;
}

result<std::string> read_regular_file(const std::string& path, std::uint64_t limit_bytes) {
  const descriptor file = open_file(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!file)
    return errno == ENXIO ? error{"not_regular"} : last_error();  // ENXIO: a socket
  struct stat found {};
  if (::fstat(file.get(), &found) != 0)
    return last_error();
  if (S_ISDIR(found.st_mode))
    return error{"eisdir"};
  if (!S_ISREG(found.st_mode))
    return error{"not_regular"};
  if (static_cast<std::uint64_t>(found.st_size) > limit_bytes)
    return error{tuple("too_large", found.st_size, limit_bytes)};
  std::string bytes;
  bytes.reserve(static_cast<std::size_t>(found.st_size) + 1);  // one more: the end is seen without growing
  if (auto read = read_rest(file, bytes, limit_bytes); !read)
    return read.error();
  return bytes;
}

result<void> write_file(const std::string& path, std::string_view bytes) {
  const descriptor file = open_file(path, O_WRONLY | O_CREAT | O_TRUNC);
  if (!file)
    return last_error();
  return write_all(file, bytes);
}

result<void> overwrite_file(const std::string& path, std::uint64_t offset, std::string_view bytes) {
  const descriptor file = open_file(path, O_WRONLY);
  if (!file || ::lseek(file.get(), static_cast<off_t>(offset), SEEK_SET) < 0)
    return last_error();
  return write_all(file, bytes);
}

result<void> replace_file(const std::string& path, std::string_view bytes) {
  static std::atomic<std::uint64_t> counter{0};
  const std::string beside = path + ".new-" + std::to_string(::getpid()) + "-" + std::to_string(++counter);
  {
    const descriptor file = open_file(beside, O_WRONLY | O_CREAT | O_EXCL);
    if (!file)
      return last_error();
    auto written = write_all(file, bytes);
    if (!written) {
      ::unlink(beside.c_str());
      return written;
    }
  }
  auto renamed = rename_file(beside, path);
  if (!renamed)
    ::unlink(beside.c_str());
  return renamed;
}

result<std::uint64_t> copy_file(const std::string& from, const std::string& to) {
  const descriptor source = open_file(from, O_RDONLY);
  if (!source)
    return last_error();
  struct stat found {};
  if (::fstat(source.get(), &found) != 0)
    return last_error();
  if (S_ISDIR(found.st_mode))
    return error{"eisdir"};
  struct stat other {};
  if (::stat(to.c_str(), &other) == 0 && other.st_dev == found.st_dev && other.st_ino == found.st_ino)
    return static_cast<std::uint64_t>(found.st_size);  // onto itself: opening the target would empty the source
  const descriptor target = open_file(to, O_WRONLY | O_CREAT | O_TRUNC, found.st_mode & 0777);
  if (!target)
    return last_error();
  std::uint64_t copied = 0;
  std::vector<char> part(64 * 1024);
  for (;;) {
    const ssize_t count = ::read(source.get(), part.data(), part.size());
    if (count == 0)
      return copied;
    if (count < 0 && errno != EINTR)
      return last_error();
    const std::string_view bytes(part.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    if (auto written = write_all(target, bytes); !written)
      return written.error();
    copied += bytes.size();
  }
}

result<void> delete_file(const std::string& path) {
  if (::unlink(path.c_str()) == 0)
    return {};
  if (errno == EISDIR)  // Linux's answer; POSIX and Erlang say EPERM
    return error{"eperm"};
  return last_error();
}

result<void> rename_file(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0)
    return last_error();
  return {};
}

result<std::vector<std::string>> list_dir(const std::string& path) {
  const std::unique_ptr<DIR, directory_closer> open(::opendir(path.c_str()));
  if (!open)
    return last_error();
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(open.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..")
      names.emplace_back(name);
  }
  if (errno != 0)
    return last_error();
  std::sort(names.begin(), names.end());
  return names;
}

result<void> make_dir(const std::string& path, unsigned mode) {
  if (::mkdir(path.c_str(), mode) != 0)
    return last_error();
  return {};
}

result<void> remove_tree(const std::string& path) {
  std::error_code failed;
  std::filesystem::remove_all(path, failed);
  if (failed)
    return error{posix_atom(failed.value())};
  return {};
}

result<std::string> make_temp_dir(const std::string& parent, const std::string& prefix) {
  std::string name = join(parent, prefix) + "XXXXXX";
  if (::mkdtemp(name.data()) == nullptr)
    return last_error();
  return name;
}

std::string temp_dir() {
  const char* chosen = std::getenv("TMPDIR");
  return chosen && *chosen ? chosen : "/tmp";
}

result<std::string> current_dir() {
  char buffer[4096];
  if (::getcwd(buffer, sizeof buffer) == nullptr)
    return last_error();
  return std::string(buffer);
}

result<void> set_current_dir(const std::string& path) {
  if (::chdir(path.c_str()) != 0)
    return last_error();
  return {};
}

result<std::string> real_path(const std::string& path) {
  char* found = ::realpath(path.c_str(), nullptr);
  if (found == nullptr)
    return last_error();
  std::string real(found);
  std::free(found);
  return real;
}

std::string dir_name(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos)
    return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string base_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

std::string root_name(const std::string& path) {
  std::string name = base_name(path);
  const auto dot = name.rfind('.');
  return dot == std::string::npos || dot == 0 ? name : name.substr(0, dot);
}

std::string join(const std::string& dir, const std::string& name) {
  if (dir.empty() || (!name.empty() && name.front() == '/'))
    return name;
  return dir.back() == '/' ? dir + name : dir + "/" + name;
}
}  // namespace twinslot::os
