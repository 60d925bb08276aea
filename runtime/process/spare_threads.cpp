#include "runtime/process/spare_threads.hpp"

#include <algorithm>
#include <utility>

namespace twinslot {

namespace {
constexpr std::size_t most_waiting = 8;
}

void spare_threads::run(std::function<void()> job) {
  std::vector<std::thread> ended;
  {
    const std::lock_guard guard{mutex_};
    ended.swap(ended_);
    if (!waiting_.empty()) {
      spare& called = *waiting_.back();
      waiting_.pop_back();
      called.job = std::move(job);
      called.called.notify_one();
    } else {
      auto& made = all_.emplace_back(std::make_unique<spare>());
      made->job = std::move(job);
      try {
        made->thread = std::thread{[this, me = made.get()] { live(*me); }};
      } catch (...) {
        all_.pop_back();
        ended_.swap(ended);
        throw;
      }
    }
  }
  for (auto& thread : ended)
    thread.join();
}

void spare_threads::live(spare& me) {
  std::unique_lock guard{mutex_};  // `thread` is set
  while (me.job) {
    guard.unlock();
    std::exchange(me.job, nullptr)();
    guard.lock();
    if (stopped_ || waiting_.size() == most_waiting)
      break;
    waiting_.push_back(&me);
    me.called.wait(guard, [&] { return me.job || stopped_; });
  }
  auto mine = std::move(me.thread);
  if (leaves_behind_)
    mine.detach();
  else
    ended_.push_back(std::move(mine));
  all_.erase(std::find_if(all_.begin(), all_.end(), [&](const auto& each) { return each.get() == &me; }));
  if (all_.empty())
    none_left_.notify_all();
}

void spare_threads::stop(bool leaves_behind) {
  std::vector<std::thread> ended;
  {
    std::unique_lock guard{mutex_};
    stopped_ = true;
    leaves_behind_ = leaves_behind;
    for (auto* each : waiting_)
      each->called.notify_one();
    waiting_.clear();
    if (!leaves_behind)
      none_left_.wait(guard, [&] { return all_.empty(); });
    ended.swap(ended_);
  }
  for (auto& thread : ended)
    thread.join();
}
}  // namespace twinslot
