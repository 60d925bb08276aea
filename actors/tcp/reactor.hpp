// actors/tcp/reactor.hpp - who waits for sockets. The only files that include Boost.Asio are in this folder.
//
//     workers that are up   poll between jobs (poller.hpp): what arrives is read, and its process runs, on one thread
//     the reactor's thread  waits in epoll while all workers rest; while some are up it only looks whether one has come
//                           by in the last millisecond, and polls itself if none has: a job may take long
//
// So no job, however long, keeps sockets waiting; and the reactor's thread never runs code of a plugin.
// Source: design 3.9; Go's netpoller and its monitor thread.
#pragma once
#include "runtime/process/node.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace twinslot::tcp {
namespace asio = boost::asio;

class reactor final : public poller {
public:
  explicit reactor(node& home);
  ~reactor() override;  // joins the thread; handlers that did not run are destroyed
  reactor(const reactor&) = delete;
  asio::io_context& context() noexcept { return context_; }

  // poller
  bool poll() override;
  void unattended() override;

  /// A socket more, or less: without any, workers have nothing to poll.
  void opened() noexcept { open_.fetch_add(1, std::memory_order_relaxed); }
  void closed() noexcept { open_.fetch_sub(1, std::memory_order_relaxed); }

private:
  void run();
  bool leave_to_workers();
  bool poll_some();

  node& home_;
  std::atomic<std::size_t> open_{0};  // outlives the handlers, which own sockets
  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> busy_{context_.get_executor()};
  std::atomic<std::uint64_t> polls_{0};
  std::atomic<bool> stopped_{false};
  std::mutex mutex_;
  std::condition_variable called_;
  bool is_called_ = false;
  std::thread thread_;
};
}  // namespace twinslot::tcp
