#include "actors/tcp/reactor.hpp"

#include <pthread.h>

namespace twinslot::tcp {
using namespace std::chrono_literals;

namespace {
constexpr int handlers_a_poll = 64;  // then the worker has a look at its jobs
constexpr auto patience = 1ms;       // with workers that don't come by
}  // namespace

reactor::reactor(node& home) : home_(home) {
  thread_ = std::thread([this] {
    ::pthread_setname_np(::pthread_self(), "tcp");
    run();
  });
  home_.attend(this);
}

reactor::~reactor() {
  home_.attend(nullptr);
  stopped_.store(true);
  unattended();
  context_.stop();
  thread_.join();
}

bool reactor::poll() {
  if (open_.load(std::memory_order_relaxed) == 0)
    return false;
  polls_.fetch_add(1, std::memory_order_relaxed);
  return poll_some();
}

bool reactor::poll_some() {
  int done = 0;
  while (done < handlers_a_poll && context_.poll_one() != 0)
    ++done;
  return done != 0;
}

void reactor::unattended() {
  {
    const std::lock_guard guard(mutex_);
    is_called_ = true;
  }
  called_.notify_one();
}

/// True: a worker has come by meanwhile, or may have.
bool reactor::leave_to_workers() {
  const auto before = polls_.load(std::memory_order_relaxed);
  std::unique_lock guard(mutex_);
  const bool called = called_.wait_for(guard, patience, [this] { return is_called_; });
  is_called_ = false;
  return !called && polls_.load(std::memory_order_relaxed) != before;
}

void reactor::run() {
  while (!stopped_.load()) {
    if (!home_.workers_rest() && leave_to_workers())
      continue;
    if (context_.run_one() != 0)
      poll_some();
  }
}
}  // namespace twinslot::tcp
