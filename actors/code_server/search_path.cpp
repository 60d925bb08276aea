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
std::vector<std::string>::iterator find_application(std::vector<std::string>& in, const std::string& name) {
  return std::find_if(in.begin(), in.end(), [&](const std::string& it) { return application_of(it) == name; });
}
}  // namespace

std::string application_of(const std::string& directory) {
  std::string last = os::base_name(directory);
  if (last == "ebin")
    last = os::base_name(os::dir_name(directory));
  const auto dash = last.rfind('-');
  const bool has_vsn = dash != std::string::npos && dash + 1 < last.size() &&
                       last.find_first_not_of("0123456789.", dash + 1) == std::string::npos;
  return has_vsn ? last.substr(0, dash) : last;
}

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

bool search_path::remove(const std::string& directory_or_name) {
  std::lock_guard lock(mutex_);
  if (std::erase(directories_, without_slash(directory_or_name)) != 0)
    return true;
  const auto named = find_application(directories_, directory_or_name);
  if (named == directories_.end())
    return false;
  directories_.erase(named);
  return true;
}

result<void> search_path::replace(const std::string& name, const std::string& directory) {
  const std::string added = without_slash(directory);
  if (!os::is_directory(added))
    return error{"bad_directory"};
  if (application_of(added) != name)
    return error{"bad_name"};
  std::lock_guard lock(mutex_);
  const auto named = find_application(directories_, name);
  if (named == directories_.end())
    directories_.push_back(added);
  else
    *named = added;
  return {};
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
