#include "actors/code_server/state.hpp"

#include "runtime/os/file.hpp"

namespace twinslot::code_server {
namespace {
void put(std::set<std::uint32_t>& in, atom module, bool is) {
  if (is)
    in.insert(module.index());
  else
    in.erase(module.index());
}
/// As origins of modules have it.
std::string directory_name(std::string given) {
  while (given.size() > 1 && given.back() == '/')
    given.pop_back();
  return absolute(given);
}
}  // namespace

std::uint64_t state::send_parcel(code::prepared content) {
  auto sent = std::make_shared<parcel>();
  sent->content.emplace(std::move(content));
  const std::uint64_t number = home.make_reference().id;
  std::lock_guard lock(mutex_);
  parcels_.emplace(number, std::move(sent));
  return number;
}

std::shared_ptr<parcel> state::find_parcel(std::uint64_t number) {
  std::lock_guard lock(mutex_);
  const auto found = parcels_.find(number);
  return found == parcels_.end() ? nullptr : found->second;
}

void state::forget_parcel(std::uint64_t number) {
  std::shared_ptr<parcel> last;  // closed without the lock
  std::lock_guard lock(mutex_);
  const auto found = parcels_.find(number);
  if (found == parcels_.end())
    return;
  last = std::move(found->second);
  parcels_.erase(found);
}

bool state::is_deleted(atom module) {
  std::lock_guard lock(mutex_);
  return deleted_.contains(module.index());
}
void state::deleted(atom module, bool is) {
  std::lock_guard lock(mutex_);
  put(deleted_, module, is);
}

bool state::is_hooking(atom module) {
  std::lock_guard lock(mutex_);
  return hooking_.contains(module.index());
}
void state::hooking(atom module, bool is) {
  std::lock_guard lock(mutex_);
  put(hooking_, module, is);
}

bool state::is_sticky(atom module) {
  if (!home.natives_of(module).empty())
    return true;
  std::string origin;
  if (const code::pin current = home.code().pin_current(module))
    origin = current->origin();
  std::lock_guard lock(mutex_);
  return !origin.empty() && sticky_directories_.contains(os::dir_name(origin));
}

bool state::stick(const std::string& directory) {
  if (!os::is_directory(directory))
    return false;
  std::lock_guard lock(mutex_);
  sticky_directories_.insert(directory_name(directory));
  return true;
}

void state::unstick(const std::string& directory) {
  std::lock_guard lock(mutex_);
  sticky_directories_.erase(directory_name(directory));
}

std::string file_of(atom module) {
  return std::string(module.text()) + ".so";
}
}  // namespace twinslot::code_server
