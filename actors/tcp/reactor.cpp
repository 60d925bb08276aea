#include "actors/tcp/reactor.hpp"

#include <boost/asio/steady_timer.hpp>

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <algorithm>
#include <cerrno>
#include <system_error>

namespace twinslot::tcp {
using namespace std::chrono_literals;

namespace {
constexpr int sockets_a_poll = 32;  // then the worker runs the processes that got something
constexpr auto patience = 5ms;      // with workers that don't come by

os::descriptor opened_or_thrown(int number) {
  if (number < 0)
    throw std::system_error(errno, std::generic_category(), "epoll");
  return os::descriptor{number};
}

/// What an event carries: the descriptor below, the turn above.
std::uint64_t mark_of(int descriptor, std::uint32_t turn) noexcept {
  return std::uint64_t{turn} << 32 | static_cast<std::uint32_t>(descriptor);
}

std::thread named(const char* name, auto run) {
  return std::thread([=] {
    ::pthread_setname_np(::pthread_self(), name);
    run();
  });
}
}  // namespace

reactor::reactor(node& home)
    : home_(home),
      epoll_(opened_or_thrown(::epoll_create1(EPOLL_CLOEXEC))),
      bell_(opened_or_thrown(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC))) {
  places_.resize(static_cast<std::size_t>(bell_.get()) + 1);  // its place stays empty
  ::epoll_event rings{EPOLLIN | EPOLLET, {.u64 = mark_of(bell_.get(), 0)}};
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, bell_.get(), &rings) != 0)
    opened_or_thrown(-1);
  asio::steady_timer{context_};  // Asio opens descriptors of its own with the first timer: while there are some
  thread_ = named("tcp", [this] { run(); });
  timers_ = named("tcp_timers", [this] { context_.run(); });
  home_.attend(this);
}

reactor::~reactor() {
  home_.attend(nullptr);
  stopped_.store(true);
  unattended();
  wake();
  context_.stop();
  thread_.join();
  timers_.join();
}

void reactor::wake() noexcept {
  const std::uint64_t one = 1;
  while (::write(bell_.get(), &one, sizeof one) < 0 && errno == EINTR) {
  }
}

// ---- descriptors

result<void> reactor::watch(int descriptor, std::shared_ptr<ready_object> whose) {
  const auto at = static_cast<std::size_t>(descriptor);
  const std::lock_guard guard(places_mutex_);
  if (at >= places_.size())
    places_.resize(std::max(at + 1, 2 * places_.size()));
  auto& mine = places_[at];
  ::epoll_event told{EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI | EPOLLET, {.u64 = mark_of(descriptor, mine.turn)}};
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &told) != 0)
    return os::last_error();
  mine.whose = std::move(whose);
  return {};
}

void reactor::forget(int descriptor) noexcept {
  std::shared_ptr<ready_object> whose;  // it may end with this, without the lock
  const std::lock_guard guard(places_mutex_);
  auto& its = places_[static_cast<std::size_t>(descriptor)];
  whose.swap(its.whose);
  ++its.turn;
}

void reactor::post(std::shared_ptr<ready_object> next) {
  {
    const std::lock_guard guard(places_mutex_);
    posted_.push_back(std::move(next));
    if (is_posted_.exchange(true))
      return;
  }
  wake();
}

// ---- polling

bool reactor::poll() {
  if (!has_any())
    return false;
  polls_.fetch_add(1, std::memory_order_relaxed);
  return handle_some(0);
}

bool reactor::handle_some(int patience_ms) {
  ::epoll_event events[sockets_a_poll];
  const int count = ::epoll_wait(epoll_.get(), events, sockets_a_poll, patience_ms);
  if (count <= 0 && !is_posted_.load())
    return false;
  std::shared_ptr<ready_object> whose[sockets_a_poll];
  std::vector<std::shared_ptr<ready_object>> posted;
  {
    const std::lock_guard guard(places_mutex_);
    for (int i = 0; i < count; ++i) {
      const auto& its = places_[static_cast<std::uint32_t>(events[i].data.u64)];
      if (its.turn == events[i].data.u64 >> 32)
        whose[i] = its.whose;
    }
    if (is_posted_.exchange(false))
      posted.swap(posted_);
  }
  for (int i = 0; i < count; ++i)
    if (whose[i])
      whose[i]->ready(events[i].events);
  for (const auto& each : posted)
    each->ready(0);
  return true;
}

void reactor::unattended() {
  {
    const std::lock_guard guard(called_mutex_);
    is_called_ = true;
  }
  called_.notify_one();
}

/// True: a worker has come by meanwhile, or may have.
bool reactor::leave_to_workers() {
  const auto before = polls_.load(std::memory_order_relaxed);
  std::unique_lock guard(called_mutex_);
  const bool called = called_.wait_for(guard, patience, [this] { return is_called_; });
  is_called_ = false;
  return !called && polls_.load(std::memory_order_relaxed) != before;
}

void reactor::run() {
  constexpr int for_ever = -1;
  while (!stopped_.load())
    if (home_.workers_rest() || !leave_to_workers())
      handle_some(for_ever);
}
}  // namespace twinslot::tcp
