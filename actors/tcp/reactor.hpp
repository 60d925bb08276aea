// actors/tcp/reactor.hpp - who waits for sockets, timers and names.
//
//     workers that are up   poll between jobs (poller.hpp): what arrives is read, and its process runs, on one thread
//     the thread "tcp"      waits for sockets while all workers rest; while some are up it only looks whether one has
//                           come by in the last 5 ms, and polls itself if none has: a job may take long
//     "tcp_timers"          runs Boost.Asio's timers and look-ups of names, which are rare. The only files that include
//                           Boost.Asio are in this folder.
//
// So no job, however long, keeps sockets waiting; and these threads never run code of a plugin.
//     Each descriptor is in one epoll set from its beginning to its end, edge-triggered: the system tells once when it
// becomes readable or writable, whether anybody wants that or not, and its endpoint remembers it. So a message costs no
// call that arms anything. Each event goes to one thread alone, which handles it before it asks for more: none is left
// behind by a thread that then does something else.
// Source: design 3.9; Go's netpoller and its monitor thread; docs/decisions/0010-sockets-are-watched-once.md.
#pragma once
#include "runtime/os/posix.hpp"
#include "runtime/process/node.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace twinslot::tcp {
namespace asio = boost::asio;

/// What a watched descriptor belongs to.
class ready_object {
public:
  virtual ~ready_object() = default;
  /// EPOLLIN and so on that were not told before; 0: its turn, after reactor::post. Any thread of the reactor's, or a
  /// worker; several at once.
  virtual void ready(std::uint32_t events) = 0;
};

class reactor final : public poller {
public:
  explicit reactor(node& home);
  ~reactor() override;  // joins the threads; what they did not handle is forgotten
  reactor(const reactor&) = delete;
  /// Timers and names; its handlers run on the thread "tcp_timers".
  asio::io_context& context() noexcept { return context_; }

  // poller
  bool poll() override;
  bool has_any() const noexcept override { return open_.load(std::memory_order_relaxed) != 0; }
  void unattended() override;

  // Any thread.
  /// `whose` is told of the descriptor's events, and kept, until `forget`. Errors: posix atoms.
  result<void> watch(int descriptor, std::shared_ptr<ready_object> whose);
  /// Before the descriptor is closed. Events of before may still arrive.
  void forget(int descriptor) noexcept;
  /// ready(0) as soon as sockets that are ready now have had their turn.
  void post(std::shared_ptr<ready_object> next);

  /// A socket more, or less: without any, workers have nothing to poll.
  void opened() noexcept { open_.fetch_add(1, std::memory_order_relaxed); }
  void closed() noexcept { open_.fetch_sub(1, std::memory_order_relaxed); }

private:
  /// Who has a descriptor's number. Events carry the turn as well: those of who had it before are dropped.
  struct place {
    std::shared_ptr<ready_object> whose;
    std::uint32_t turn = 0;
  };
  void run();
  void wake() noexcept;
  bool leave_to_workers();
  bool handle_some(int patience_ms);

  node& home_;
  std::atomic<std::size_t> open_{0};  // outlives the endpoints
  const os::descriptor epoll_;
  const os::descriptor bell_;  // rings in the epoll set
  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> busy_{context_.get_executor()};

  std::mutex places_mutex_;
  std::vector<place> places_;  // by descriptor
  std::vector<std::shared_ptr<ready_object>> posted_;
  std::atomic<bool> is_posted_{false};  // a hint

  std::atomic<std::uint64_t> polls_{0};
  std::atomic<bool> stopped_{false};
  std::mutex called_mutex_;
  std::condition_variable called_;
  bool is_called_ = false;
  std::thread thread_;
  std::thread timers_;
};
}  // namespace twinslot::tcp
