// runtime/code/own_threads.cpp
#include "runtime/code/own_threads.hpp"

#include "runtime/os/imports.hpp"

#include <cxxabi.h>
#include <dlfcn.h>
#include <pthread.h>
#include <threads.h>

#include <cerrno>
#include <cstdio>
#include <exception>
#include <map>
#include <mutex>
#include <new>
#include <thread>
#include <utility>

namespace twinslot::code {
namespace {
using counts = std::shared_ptr<own_counts>;

/// Which library lies where. The locks are taken at the start of a thread or key, and at a load: none is hot.
struct registry {
  struct watched {
    std::uintptr_t end;
    counts count;
  };
  std::mutex mutex;
  std::map<std::uintptr_t, watched> libraries;  // by their first address
  std::map<pthread_key_t, counts> keys;

  counts find(const void* address) {
    const auto at = reinterpret_cast<std::uintptr_t>(address);
    const std::lock_guard lock(mutex);
    auto after = libraries.upper_bound(at);
    if (after == libraries.begin())
      return {};
    --after;
    return at < after->second.end ? after->second.count : counts();
  }
};
registry& all() {
  static auto& one = *new registry;  // a thread may start or end after main
  return one;
}

/// Counts one thread while it lives; empty: it runs no plugin's code.
class counted {
public:
  explicit counted(counts of) : of_(std::move(of)) {
    if (of_)
      ++of_->threads;
  }
  counted(counted&&) noexcept = default;
  ~counted() {
    if (of_)
      --of_->threads;
  }
  counted& operator=(counted&&) = delete;
  explicit operator bool() const noexcept { return of_ != nullptr; }

private:
  counts of_;
};

/// Calls a thread's function. What it throws is destroyed here, while its code is there. UBSan takes the reference to a
/// forced unwinding, which is no object, for a null pointer.
template <class Function>
#ifdef __SANITIZE_ADDRESS__
__attribute__((no_sanitize("undefined")))
#endif
void run_thread(Function&& function) {
  try {
    function();
  } catch (abi::__forced_unwind&) {  // pthread_exit, or a cancellation
    throw;
  } catch (const std::exception& thrown) {
    std::fprintf(stderr, "twinslot: a thread of a plugin was ended by an exception: %s\n", thrown.what());
  } catch (...) {
    std::fprintf(stderr, "twinslot: a thread of a plugin was ended by an exception\n");
  }
}

template <class Result>
struct c_start {
  counted count;
  Result (*routine)(void*);
  void* argument;

  static Result run(void* given) {
    c_start mine(std::move(*static_cast<c_start*>(given)));
    delete static_cast<c_start*>(given);
    Result result{};
    run_thread([&] { result = mine.routine(mine.argument); });
    return result;
  }
};

/// Starts a thread of C's kind by `start`, which gets the function and its argument. `none`: there was no memory.
template <class Result, class Start>
int start_counted(Result (*routine)(void*), void* argument, const void* caller, int none, Start start) {
  counts of = all().find(reinterpret_cast<const void*>(routine));
  if (!of)
    of = all().find(caller);
  if (!of)
    return start(routine, argument);
  auto* made = new (std::nothrow) c_start<Result>{counted(std::move(of)), routine, argument};
  if (made == nullptr)
    return none;
  const int failed = start(&c_start<Result>::run, made);
  if (failed != 0)
    delete made;
  return failed;
}

int start_pthread(pthread_t* thread, const pthread_attr_t* attributes, void* (*routine)(void*), void* argument) {
  return start_counted(routine, argument, __builtin_return_address(0), EAGAIN, [=](auto* function, void* given) {
    return ::pthread_create(thread, attributes, function, given);
  });
}

int start_c_thread(thrd_t* thread, int (*routine)(void*), void* argument) {
  return start_counted(routine, argument, __builtin_return_address(0), thrd_nomem,
                       [=](auto* function, void* given) { return ::thrd_create(thread, function, given); });
}

/// std::thread's: what it runs is an object whose class, and so whose code, is the plugin's.
class counted_state final : public std::thread::_State {
public:
  counted_state(counted count, std::thread::_State_ptr inner) : count_(std::move(count)), inner_(std::move(inner)) {}
  void _M_run() override {
    run_thread([&] { inner_->_M_run(); });
  }

private:
  counted count_;  // destroyed last
  std::thread::_State_ptr inner_;
};

constexpr const char* start_thread_symbol =
    "_ZNSt6thread15_M_start_threadESt10unique_ptrINS_6_StateESt14default_deleteIS1_EEPFvvE";

void start_std_thread(std::thread* thread, std::thread::_State_ptr state, void (*depend)()) {
  static const auto start = reinterpret_cast<void (*)(std::thread*, std::thread::_State_ptr, void (*)())>(
      ::dlsym(RTLD_DEFAULT, start_thread_symbol));
  const void* const its_class = *reinterpret_cast<const void* const*>(state.get());
  if (counted count{all().find(its_class)})
    state = std::make_unique<counted_state>(std::move(count), std::move(state));
  start(thread, std::move(state), depend);
}

int make_key(pthread_key_t* key, void (*destructor)(void*)) {
  const int failed = ::pthread_key_create(key, destructor);
  counts of = failed == 0 ? all().find(reinterpret_cast<const void*>(destructor)) : counts();
  if (of) {
    ++of->keys;
    const std::lock_guard lock(all().mutex);
    all().keys.insert_or_assign(*key, std::move(of));
  }
  return failed;
}

int delete_key(pthread_key_t key) {
  {
    const std::lock_guard lock(all().mutex);
    if (const auto found = all().keys.find(key); found != all().keys.end()) {
      --found->second->keys;
      all().keys.erase(found);
    }
  }
  return ::pthread_key_delete(key);
}

int make_c_key(tss_t* key, tss_dtor_t destructor) {
  return make_key(key, destructor) == 0 ? thrd_success : thrd_error;
}
void delete_c_key(tss_t key) {
  delete_key(key);
}

template <class Function>
std::uintptr_t address(Function* function) {
  return reinterpret_cast<std::uintptr_t>(function);
}
}  // namespace

own_threads::own_threads(void* handle) : counts_(std::make_shared<own_counts>()) {
  os::imports of(handle);
  begin_ = of.begin();
  end_ = of.end();
  {
    const std::lock_guard lock(all().mutex);
    all().libraries.insert_or_assign(begin_, registry::watched{end_, counts_});
  }
  of.redirect({{"pthread_create", address(start_pthread)},
               {"thrd_create", address(start_c_thread)},
               {start_thread_symbol, address(start_std_thread)},
               {"pthread_key_create", address(make_key)},
               {"pthread_key_delete", address(delete_key)},
               {"tss_create", address(make_c_key)},
               {"tss_delete", address(delete_c_key)}});
}

own_threads::own_threads(own_threads&& other) noexcept
    : begin_(std::exchange(other.begin_, 0)),
      end_(std::exchange(other.end_, 0)),
      counts_(std::exchange(other.counts_, nullptr)) {}

own_threads& own_threads::operator=(own_threads&& other) noexcept {
  std::swap(begin_, other.begin_);
  std::swap(end_, other.end_);
  std::swap(counts_, other.counts_);
  return *this;
}

own_threads::~own_threads() {
  if (!counts_)
    return;
  const std::lock_guard lock(all().mutex);
  const auto mine = all().libraries.find(begin_);
  if (mine != all().libraries.end() && mine->second.count == counts_)  // not one that lies there since
    all().libraries.erase(mine);
}

bool own_threads::is_inside(const void* address) const noexcept {
  const auto at = reinterpret_cast<std::uintptr_t>(address);
  return at >= begin_ && at < end_;
}
}  // namespace twinslot::code
