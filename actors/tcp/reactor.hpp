// actors/tcp/reactor.hpp - the threads that wait for sockets. They read, write and send messages; no plugin's code ever
// runs on them. The only files that include Boost.Asio are in this folder.
//
// A socket stays with one of the threads, so its handlers never run twice at a time. Source: design 3.9.
#pragma once
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

namespace twinslot::tcp {
namespace asio = boost::asio;

class reactor {
public:
  explicit reactor(unsigned thread_count);
  ~reactor();  // joins the threads; handlers that did not run are destroyed
  reactor(const reactor&) = delete;
  /// For the next socket. Any thread.
  asio::io_context& next() noexcept;

private:
  struct worker {
    asio::io_context context{1};
    asio::executor_work_guard<asio::io_context::executor_type> busy{context.get_executor()};
    std::thread thread;
  };
  std::vector<std::unique_ptr<worker>> workers_;
  std::atomic<std::size_t> turn_{0};
};
}  // namespace twinslot::tcp
