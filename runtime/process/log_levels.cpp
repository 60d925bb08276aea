#include "runtime/process/log_levels.hpp"

namespace twinslot {
namespace {
struct named {
  std::string_view name;
  int level;
};
// `crash` is the head of a report of a server's end, which is an error's.
constexpr named names[] = {{"emergency", 0},
                           {"alert", 1},
                           {"critical", 2},
                           {"error", 3},
                           {"warning", 4},
                           {"notice", 5},
                           {"info", 6},
                           {"debug", 7},
                           {"crash", 3},
                           {"all", log_levels::all},
                           {"none", log_levels::none}};
}  // namespace

std::optional<int> log_levels::of(atom name) noexcept {
  for (const named& known : names)
    if (name.text() == known.name)
      return known.level;
  return {};
}

atom log_levels::name_of(int level) noexcept {
  for (const named& known : names)
    if (known.level == level)
      return atom(known.name);
  return {};
}

std::optional<int> log_levels::of_module(atom module) const {
  const std::lock_guard guard{mutex_};
  const auto found = modules_.find(module.text());
  return found == modules_.end() ? std::nullopt : std::optional{found->second.second};
}

void log_levels::set_module(atom module, int level) {
  const std::lock_guard guard{mutex_};
  modules_.insert_or_assign(module.text(), std::pair{module, level});
  has_modules_.store(true, std::memory_order_relaxed);
}

void log_levels::unset_module(atom module) {
  const std::lock_guard guard{mutex_};
  modules_.erase(module.text());
  has_modules_.store(!modules_.empty(), std::memory_order_relaxed);
}

void log_levels::unset_modules() {
  const std::lock_guard guard{mutex_};
  modules_.clear();
  has_modules_.store(false, std::memory_order_relaxed);
}

std::vector<std::pair<atom, int>> log_levels::modules() const {
  const std::lock_guard guard{mutex_};
  std::vector<std::pair<atom, int>> found;
  for (const auto& [name, one] : modules_)
    found.push_back(one);
  return found;
}
}  // namespace twinslot
