// runtime/code/cache.cpp
#include "runtime/code/cache.hpp"

#include "runtime/os/file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <atomic>
#include <filesystem>
#include <mutex>

namespace twinslot::code {
namespace {
constexpr std::string_view node_prefix = "node-";
constexpr int attempt_limit = 8;

/// Holds the lock of a directory; empty if somebody else does, or it is gone.
os::descriptor lock_directory(const std::string& path) {
  os::descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory || ::flock(directory.get(), LOCK_EX | LOCK_NB) != 0)
    return {};
  struct stat locked {
  }, named{};
  // Whoever took it for a leftover may have removed it between its making and our lock.
  if (::fstat(directory.get(), &locked) != 0 || ::lstat(path.c_str(), &named) != 0 || locked.st_ino != named.st_ino)
    return {};
  return directory;
}

/// Below a directory that everybody writes to, another user may have put one of our name there.
bool is_private(const std::string& path) {
  struct stat found {};
  return ::lstat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode) && found.st_uid == ::geteuid() &&
         (found.st_mode & 077) == 0;
}

/// Directories of processes that ended without cleaning up.
void remove_leftovers(const std::string& shared) {
  auto names = os::list_dir(shared);
  if (!names)
    return;
  for (const std::string& name : *names) {
    const std::string path = os::join(shared, name);
    if (!name.starts_with(node_prefix))
      continue;
    // Locked until it is gone: its maker may be about to lock it, and then has to make another one.
    if (const auto lock = lock_directory(path))
      static_cast<void>(os::remove_tree(path));  // what cannot be removed is the next start's
  }
}

/// A module's name as a part of a file's name.
std::string spelled(std::string_view module) {
  std::string name;
  for (char c : module.substr(0, 64)) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    name += plain ? c : '_';
  }
  return name;
}

// One for the process and not one for a cache: a path that was once open must not come back.
std::atomic<std::uint64_t> copy_number{0};
}  // namespace

struct cache::impl {
  std::string wanted;  // as given
  mutable std::mutex mutex;
  std::string shared, own;
  os::descriptor lock;

  result<std::string> ready();
  result<void> make_shared_directory();
  result<void> make_own_directory();
};

/// The directory of this process, made at the first use and again if a cleaner of temporary files took it away.
result<std::string> cache::impl::ready() {
  const std::lock_guard guard(mutex);
  if (!own.empty() && os::is_directory(own))
    return own;
  if (auto made = make_own_directory(); !made)
    return made.error();
  return own;
}

result<void> cache::impl::make_shared_directory() {
  if (!wanted.empty()) {
    std::error_code failed;
    std::filesystem::create_directories(wanted, failed);
    if (failed)
      return error{tuple("copy_failed", os::posix_atom(failed.value()), string(wanted))};
    auto real = os::real_path(wanted);
    if (!real)
      return error{tuple("copy_failed", real.reason(), string(wanted))};
    shared = *real;
    return {};
  }
  auto temporary = os::real_path(os::temp_dir());
  if (!temporary)
    return error{tuple("copy_failed", temporary.reason(), string(os::temp_dir()))};
  shared = os::join(*temporary, "twinslot-" + std::to_string(::geteuid()));
  auto made = os::make_dir(shared, 0700);
  if (is_private(shared))
    return {};
  return error{tuple("copy_failed", made ? "eacces"_atom : made.reason(), string(shared))};
}

result<void> cache::impl::make_own_directory() {
  error failed{tuple("copy_failed", "eagain", string(wanted))};
  for (int attempt = 0; attempt < attempt_limit; ++attempt) {
    if (auto made = make_shared_directory(); !made)
      return made;
    remove_leftovers(shared);
    auto made = os::make_temp_dir(shared, std::string(node_prefix) + std::to_string(::getpid()) + "-");
    if (!made) {
      failed = error{tuple("copy_failed", made.reason(), string(shared))};
      continue;  // its last user may just have removed the shared one
    }
    lock = lock_directory(*made);
    if (lock) {
      own = *made;
      return {};
    }
  }
  return failed;
}

cache::cache(std::string shared) : impl_(std::make_unique<impl>()) {
  impl_->wanted = std::move(shared);
}

cache::~cache() {
  if (impl_->own.empty())
    return;
  static_cast<void>(os::remove_tree(impl_->own));
  if (impl_->wanted.empty())
    ::rmdir(impl_->shared.c_str());  // succeeds for the last one
}

std::string cache::directory() const {
  const std::lock_guard guard(impl_->mutex);
  return impl_->own;
}

result<std::string> cache::store(std::string_view module, std::string_view mark, std::string_view bytes) {
  auto directory = impl_->ready();
  if (!directory)
    return directory.error();
  const std::string name = spelled(module) + "@" + std::string(mark) + "-" + std::to_string(++copy_number) + ".so";
  std::string path = os::join(*directory, name);
  if (auto written = os::write_file(path, bytes); !written) {
    static_cast<void>(os::delete_file(path));
    return error{tuple("copy_failed", written.reason(), string(*directory))};
  }
  return path;
}
}  // namespace twinslot::code
