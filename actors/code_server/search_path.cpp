#include "actors/code_server/search_path.hpp"

#include "runtime/os/file.hpp"

#include <algorithm>

namespace twinslot::code_server {
namespace {
std::string without_slash(std::string directory) {
  while (directory.size() > 1 && directory.back() == '/')
    directory.pop_back();
  return directory;
}
}  // namespace

std::string absolute(const std::string& path) {
  std::string_view rest = path;
  while (rest.starts_with("./")) {
    rest.remove_prefix(2);
    while (rest.starts_with('/'))
      rest.remove_prefix(1);
  }
  if (rest.starts_with('/'))
    return std::string(rest);
  const auto here = os::current_dir();
  if (!here)
    return std::string(rest);
  return rest == "." || rest.empty() ? *here : os::join(*here, std::string(rest));
}

std::vector<std::string> search_path::get() const {
  std::lock_guard lock(mutex_);
  return directories_;
}

result<void> search_path::set(std::vector<std::string> directories) {
  for (std::string& each : directories) {
    each = without_slash(std::move(each));
    if (!os::is_directory(each))
      return error{"bad_directory"};
  }
  std::lock_guard lock(mutex_);
  directories_ = std::move(directories);
  return {};
}

result<void> search_path::add(const std::string& directory, end where) {
  const std::string added = without_slash(directory);
  if (!os::is_directory(added))
    return error{"bad_directory"};
  std::lock_guard lock(mutex_);
  const auto known = std::find(directories_.begin(), directories_.end(), added);
  if (where == end::back) {
    if (known == directories_.end())
      directories_.push_back(added);
    return {};
  }
  if (known != directories_.end())
    directories_.erase(known);
  directories_.insert(directories_.begin(), added);
  return {};
}

bool search_path::remove(const std::string& directory) {
  std::lock_guard lock(mutex_);
  return std::erase(directories_, without_slash(directory)) != 0;
}

std::optional<std::string> search_path::find(const std::string& file) const {
  for (const std::string& directory : get()) {
    const std::string path = absolute(os::join(directory, file));
    if (os::is_regular(path))
      return path;
  }
  return {};
}
}  // namespace twinslot::code_server
