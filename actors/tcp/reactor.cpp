#include "actors/tcp/reactor.hpp"

#include <pthread.h>

namespace twinslot::tcp {

reactor::reactor(unsigned thread_count) {
  for (unsigned i = 0; i < thread_count; ++i) {
    auto& made = *workers_.emplace_back(std::make_unique<worker>());
    made.thread = std::thread([&made] {
      ::pthread_setname_np(::pthread_self(), "tcp");
      made.context.run();
    });
  }
}

reactor::~reactor() {
  for (auto& each : workers_)
    each->context.stop();
  for (auto& each : workers_)
    each->thread.join();
}

asio::io_context& reactor::next() noexcept {
  return workers_[turn_.fetch_add(1, std::memory_order_relaxed) % workers_.size()]->context;
}
}  // namespace twinslot::tcp
