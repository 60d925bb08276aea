// runtime/code/apart.cpp
#include "runtime/code/apart.hpp"

#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>

namespace twinslot::code {
namespace {
/// What it threw, as a term: the object itself may live in the plugin.
std::optional<term> call(const std::function<void()>& body) {
  try {
    body();
    return {};
  } catch (const std::exception& thrown) {
    return tuple("threw", string(thrown.what()));
  } catch (...) {
    return tuple("threw", string("unknown"));
  }
}

/// Shared by the two threads: the one that waits may leave first.
struct one_call {
  std::function<void()> body;
  std::mutex mutex;
  std::condition_variable over;
  bool has_ended = false;
  std::optional<term> failure;

  void run() {
    auto failed = call(body);
    const std::lock_guard lock(mutex);
    failure = std::move(failed);
    has_ended = true;
    over.notify_one();
  }
};
}  // namespace

std::optional<term> run_apart(std::function<void()> body, std::chrono::milliseconds deadline) {
  if (deadline.count() <= 0)
    return call(body);
  const auto shared = std::make_shared<one_call>();
  shared->body = std::move(body);
  std::thread runner;
  try {
    runner = std::thread([shared] { shared->run(); });
  } catch (const std::system_error&) {
    return call(shared->body);
  }
  std::unique_lock lock(shared->mutex);
  const bool ended = shared->over.wait_for(lock, deadline, [&] { return shared->has_ended; });
  lock.unlock();
  if (!ended) {
    runner.detach();
    return term("timeout");
  }
  runner.join();
  return std::move(shared->failure);
}
}  // namespace twinslot::code
