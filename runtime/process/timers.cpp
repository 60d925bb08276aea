#include "runtime/process/timers.hpp"

namespace twinslot {

timers::timers(fire what) : fire_(std::move(what)) {}

timers::~timers() {
  stop();
}

void timers::stop() {
  std::thread last;
  {
    std::lock_guard guard{mutex_};
    stopping_ = true;
    queue_.clear();
    numbers_.clear();
    last = std::move(thread_);
  }
  changed_.notify_one();
  if (last.joinable())
    last.join();
}

void timers::set(clock::time_point when, std::uint64_t number, timer what) {
  bool first = false;
  {
    std::lock_guard guard{mutex_};
    if (stopping_)
      return;
    const auto added = queue_.emplace(std::pair{when, number}, std::move(what)).first;
    first = added == queue_.begin();
    numbers_.emplace(number, when);
    if (!thread_.joinable())
      thread_ = std::thread{[this] { run(); }};
  }
  if (first)
    changed_.notify_one();
}

std::optional<clock::time_point> timers::cancel(std::uint64_t number) {
  std::lock_guard guard{mutex_};
  auto found = numbers_.find(number);
  if (found == numbers_.end())
    return {};
  auto when = found->second;
  queue_.erase({when, number});
  numbers_.erase(found);
  return when;
}

std::optional<clock::time_point> timers::due(std::uint64_t number) const {
  std::lock_guard guard{mutex_};
  auto found = numbers_.find(number);
  return found == numbers_.end() ? std::nullopt : std::optional{found->second};
}

void timers::run() {
  std::unique_lock guard{mutex_};
  while (!stopping_) {
    if (queue_.empty()) {
      changed_.wait(guard);
      continue;
    }
    auto first = queue_.begin();
    if (auto when = first->first.first; when > clock::now()) {
      changed_.wait_until(guard, when);
      continue;
    }
    auto due = std::move(first->second);
    numbers_.erase(first->first.second);
    queue_.erase(first);
    guard.unlock();
    fire_(std::move(due));
    guard.lock();
  }
}
}  // namespace twinslot
