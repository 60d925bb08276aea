// runtime/sdk/twinslot/coroutine.hpp - coroutines in a module: what they await, and ts::task, which others await.
//
// The SDK's inner part of process.hpp (processes in their own code) and handler.hpp (handlers that wait). The host
// holds the outermost coroutine as a `routine`; whatever waits inside it is its `stopped`, and says what it waits for.
// For the process that runs it, in its thread. Source: design 3.5.
#pragma once
#include "runtime/sdk/twinslot/module.hpp"

#include <coroutine>
#include <exception>
#include <new>
#include <optional>
#include <tuple>

namespace twinslot {
struct system_message;  // special.hpp
namespace sdk {
struct routine;
}

/// How a process goes on when its function ends: made by self.done, self.local, self.qualified.
class [[nodiscard("co_return it")]] next {
public:
  next() noexcept = default;
  next(next && other) noexcept {
    take(other);
  }
  next& operator=(next&& other) noexcept {
    if (this != &other) {
      drop();
      take(other);
    }
    return *this;
  }
  ~next() {
    drop();
  }

private:
  friend class self;
  friend struct sdk::routine;
  static constexpr std::size_t room = 8;
  abi::step what_ = abi::step::done;
  std::uint32_t count_ = 0;
  const char* function_ = nullptr;
  term value_;
  raw_term arguments_[room];  // only the first `count_` are there: a move touches no more

  void take(next & other) noexcept {
    what_ = other.what_;
    function_ = other.function_;
    value_ = std::move(other.value_);
    count_ = std::exchange(other.count_, 0);
    for (std::uint32_t i = 0; i < count_; ++i)  // as terms move, by two words
      new (&arguments_[i]) term(term::adopt(other.arguments_[i]));
  }
  void drop() noexcept {
    while (count_ != 0)
      static_cast<void>(term::adopt(arguments_[--count_]));
  }
};

namespace sdk {

/// A coroutine that waits: lives in its frame, known to the routine meanwhile.
struct waiting {
  std::coroutine_handle<> leaf;
  abi::step what = abi::step::yield;
  std::int64_t timeout_ms = -1;
  abi::wake why = abi::wake::turn;
  bool takes_system = false;  // a clause takes requests of sys
  term value;                 // what is asked; then the answer
  bool (*take)(waiting& own, self& me, const term& message) = nullptr;

  bool await_ready() const noexcept { return false; }
  /// Stops the routine here. How it goes on, await_resume, is the business of each kind of waiting.
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> here) noexcept {
    leaf = here;
    here.promise().mine->stopped = this;
  }
};

/// What a server's handler has beyond a process's coroutine (handler.hpp).
struct handler_functions {
  abi::status (*decide)(routine& ended, void** state, abi::outcome* decided, raw_term* result);
  void (*destroy)(routine& stopped);
};

/// What the host holds: the outermost coroutine of a process or a handler, and where it stopped.
struct routine {
  routine() noexcept = default;
  routine(const routine&) = delete;

  self me{nullptr};
  std::coroutine_handle<> root;
  // Where it goes on when the running coroutine has stopped to await a task, or to go back to who awaits it. From one
  // to the other by symmetric transfer would be a nested call where the compiler does not optimize.
  std::coroutine_handle<> onward;
  waiting* stopped = nullptr;
  const char* name = nullptr;  // of the function or callback, for what is thrown
  std::uint32_t arity = 0;
  const handler_functions* handler = nullptr;
  next goes_on;
  term thrown;  // {Class, Reason, Stack}
  // A destructor that throws while a frame is destroyed ends as any exception of a coroutine: in unhandled_exception,
  // and at the final suspension. So whoever destroys a frame leaves a note here, and destroys it again if that
  // happened.
  bool* dying = nullptr;

  static routine& of(abi::frame* opaque) noexcept { return *reinterpret_cast<routine*>(opaque); }
  abi::frame* opaque() noexcept { return reinterpret_cast<abi::frame*>(this); }
  void run(std::coroutine_handle<> at) {
    do
      at.resume();
    while ((at = std::exchange(onward, nullptr)));
  }
  void failed() noexcept {
    thrown = caught(name, arity);
    if (dying != nullptr)
      *dying = true;
  }
  [[gnu::noinline]] void report(abi::activity* stop) noexcept {
    *stop = {.what = abi::step::done,
             .count = 0,
             .timeout_ms = -1,
             .function = nullptr,
             .arguments = nullptr,
             .value = term::bits(kind::nil)};
    if (stopped != nullptr) {
      stop->what = stopped->what;
      stop->count = stopped->take == nullptr ? 0U : stopped->takes_system ? 2U : 1U;
      stop->timeout_ms = stopped->timeout_ms;
      stop->value = std::exchange(stopped->value, term{}).detach();
    } else if (!thrown.is_nil()) {
      stop->what = abi::step::raised;
      stop->value = std::exchange(thrown, term{}).detach();
    } else {
      stop->what = goes_on.what_;
      stop->function = goes_on.function_;
      stop->count = goes_on.count_;
      stop->value = std::exchange(goes_on.value_, term{}).detach();
      stop->arguments = goes_on.arguments_;
      goes_on.count_ = 0;
    }
  }
};

inline void resume_frame(abi::frame* opaque, abi::wake why, const raw_term* value, abi::activity* stop) noexcept {
  routine& mine = routine::of(opaque);
  if (waiting* const at = std::exchange(mine.stopped, nullptr)) {
    at->why = why;
    if (value != nullptr)
      at->value = term::as_term(*value);
    mine.run(at->leaf);
  } else {
    mine.run(mine.root);
  }
  mine.report(stop);
}
inline int offer_to_frame(abi::frame* opaque, const raw_term* message, abi::activity* stop) noexcept {
  routine& mine = routine::of(opaque);
  waiting* const at = mine.stopped;
  if (at->take == nullptr || !at->take(*at, mine.me, term::as_term(*message)))
    return 0;
  mine.stopped = nullptr;
  mine.run(at->leaf);
  mine.report(stop);
  return 1;
}
inline abi::status destroy_frame(abi::frame* opaque, raw_term* result) noexcept {
  routine& mine = routine::of(opaque);
  return guarded(mine.name, mine.arity, result, [&] {
    if (mine.handler != nullptr) {
      mine.handler->destroy(mine);
      return abi::status::ok;
    }
    bool threw = false;
    mine.dying = &threw;
    mine.root.destroy();
    if (!threw)
      return abi::status::ok;
    *result = std::exchange(mine.thrown, term{}).detach();
    mine.root.destroy();
    return abi::status::raised;
  });
}
inline abi::status decide_frame(abi::frame* opaque, void** state, abi::outcome* decided, raw_term* result) noexcept {
  routine& mine = routine::of(opaque);
  return mine.handler->decide(mine, state, decided, result);
}
inline constexpr abi::frames frame_functions{sizeof(abi::frames), 0,           resume_frame, offer_to_frame,
                                             destroy_frame,       decide_frame};

/// What the destruction of a task raised has nobody to catch it.
[[gnu::cold]] inline void report_lost(routine& mine, const std::exception_ptr& raised) noexcept {
  try {
    std::rethrow_exception(raised);
  } catch (...) {
    const term what = caught(mine.name, mine.arity);
    try {
      mine.me.log("error"_atom, "A destructor in process {} of module {} raised {} when a task ended\n", mine.me.pid(),
                  module_name, tuple(what[0], what[1]));
    } catch (...) {  // the process has no ear any more
    }
  }
}

/// What a coroutine's promise offers to awaiters: its routine.
struct promise_base {
  routine* mine = nullptr;
  // A frame's memory is the host's, who keeps what comes back for the next one.
  static void* operator new(std::size_t bytes) {
    if (void* const memory = host_table->take_memory(bytes))
      return memory;
    throw std::bad_alloc{};
  }
  static void operator delete(void* memory, std::size_t bytes) noexcept { host_table->give_memory(memory, bytes); }
  std::suspend_always initial_suspend() const noexcept { return {}; }
};

struct turning : waiting {
  void await_resume() const noexcept {}
};

class pausing : public waiting {
public:
  explicit pausing(pause&& wanted) {
    what = abi::step::receive;
    timeout_ms = milliseconds(wanted.limit_);
  }
  void await_resume() const noexcept {}
  /// -1: for ever.
  static std::int64_t milliseconds(const term& limit) {
    if (limit == "infinity"_atom)
      return -1;
    constexpr std::int64_t longest = 0xFFFFFFFF;
    if (!limit.is_int64() || limit.as_int64() < 0 || limit.as_int64() > longest)
      raise_error("timeout_value");
    return limit.as_int64();
  }
};

class requesting : public waiting {
public:
  explicit requesting(request&& wanted) : server_(wanted.server_), request_(wanted.what_), limit_(wanted.limit_) {
    what = abi::step::request;
    timeout_ms = limit_.is_nil() ? 5000 : pausing::milliseconds(limit_);
    value = tuple(server_, "$gen_call"_atom, request_);
  }
  term await_resume() {
    if (why == abi::wake::answer)
      return std::move(value);
    const term arguments = limit_.is_nil() ? list(server_, request_) : list(server_, request_, limit_);
    if (value == "function_clause"_atom)  // the server's name is none
      value = tuple(std::move(value), list(tuple("gen_server", "call", arguments, term{})));
    raise_exit(tuple(std::move(value), tuple("gen_server", "call", arguments)));
  }

private:
  term server_, request_, limit_;
};

// ---- receive

template <class Function>
struct after_clause {
  std::int64_t timeout_ms;
  Function function;
};
template <class T>
inline constexpr bool is_after = false;
template <class Function>
inline constexpr bool is_after<after_clause<Function>> = true;

template <class Function>
struct result_of {
  using type = typename signature<Function>::written::result;
};
template <class Function>
struct result_of<after_clause<Function>> : result_of<Function> {};

/// The clauses' results meet here; nothing: the clause has not run, or returns nothing.
struct as_received {
  template <class R>
  static void take(input& call, R&& result) {
    static_cast<std::optional<std::remove_cvref_t<R>>*>(call.new_state)->emplace(std::forward<R>(result));
  }
  static void nothing(input&) {}
};

/// Whether a clause has a ts::system_message (special.hpp) among its parameters.
template <class Parameters>
inline constexpr bool names_system_message = false;
template <template <class...> class Types, class... P>
inline constexpr bool names_system_message<Types<P...>> = (std::is_same_v<std::remove_cvref_t<P>, system_message> ||
                                                           ...);
template <class Clause>
inline constexpr bool takes_system_message = names_system_message<parameters_of<Clause>>;
template <class Function>
inline constexpr bool takes_system_message<after_clause<Function>> = false;

template <class Result, class... Clauses>
class receiving : public waiting {
public:
  template <class... Given>
  explicit receiving(std::in_place_t, Given&&... clauses) : clauses_(std::forward<Given>(clauses)...) {
    what = abi::step::receive;
    take = [](waiting& own, self& me, const term& message) {
      return static_cast<receiving&>(own).take_message(me, message, std::index_sequence_for<Clauses...>{});
    };
    ((timeout_ms = timeout_of(std::get<Clauses>(clauses_), timeout_ms)), ...);
    takes_system = (takes_system_message<Clauses> || ...);
  }
  Result await_resume() {
    if (failure_)
      std::rethrow_exception(failure_);
    if (why == abi::wake::timeout)
      return run_after(std::index_sequence_for<Clauses...>{});
    if constexpr (!std::is_void_v<Result>)
      return std::move(*result_);
  }

private:
  template <class Clause>
  static std::int64_t timeout_of(const Clause& one, std::int64_t before) {
    if constexpr (is_after<Clause>)
      return one.timeout_ms;
    else
      return before;
  }
  template <std::size_t... I>
  bool take_message(self& me, const term& message, std::index_sequence<I...>) {
    try {
      return (take_by(std::get<I>(clauses_), me, message) || ...);
    } catch (...) {
      failure_ = std::current_exception();  // raised where the coroutine waits
      return true;
    }
  }
  template <class Clause>
  bool take_by(Clause& one, self& me, const term& message) {
    if constexpr (is_after<Clause>) {
      return false;
    } else {
      constexpr std::uint32_t arity = plan_for<void, Clause>.arity;
      const term* const arguments = arity < 2 ? &message : message.is_tuple(arity) ? message.elements() : nullptr;
      if (arguments == nullptr)
        return false;
      input call{me, nullptr, nullptr, arguments, &result_};
      using all = parameters_of<Clause>;
      return run_with<void, as_received>(one, call, all{}, std::make_index_sequence<all::count>{});
    }
  }
  template <std::size_t... I>
  Result run_after(std::index_sequence<I...>) {
    if constexpr (std::is_void_v<Result>) {
      (run_if_after(std::get<I>(clauses_)), ...);
    } else {
      (run_if_after(std::get<I>(clauses_)), ...);
      return std::move(*result_);
    }
  }
  template <class Clause>
  void run_if_after(Clause& one) {
    if constexpr (is_after<Clause>) {
      if constexpr (std::is_void_v<Result>)
        one.function();
      else
        result_.emplace(one.function());
    }
  }
  std::tuple<Clauses...> clauses_;
  struct none {};
  std::optional<std::conditional_t<std::is_void_v<Result>, none, Result>> result_;
  std::exception_ptr failure_;
};

template <class First, class... Others>
struct common_result {
  using type = typename result_of<First>::type;
  static_assert((std::is_same_v<type, typename result_of<Others>::type> && ...),
                "twinslot: all clauses of a receive return the same type (ts::next, a value's type, or nothing)");
};
template <class... Clauses>
consteval bool has_after_last_only() {
  constexpr bool after[] = {is_after<Clauses>...};
  for (std::size_t i = 0; i + 1 < sizeof...(Clauses); ++i)
    if (after[i])
      return false;
  return true;
}

// ---- what may be awaited

template <class T>
inline constexpr bool is_awaitable = false;
template <class Result, class... Clauses>
inline constexpr bool is_awaitable<receiving<Result, Clauses...>> = true;

/// What is awaited stays where it is: g++ 12 moves what await_transform refers to into a second place in the frame.
template <class Awaitable>
struct in_its_place {
  Awaitable& awaited;
  bool await_ready() const noexcept { return awaited.await_ready(); }
  template <class Promise>
  auto await_suspend(std::coroutine_handle<Promise> here) noexcept {
    return awaited.await_suspend(here);
  }
  decltype(auto) await_resume() { return awaited.await_resume(); }
};

template <class Derived>
struct awaits : promise_base {
  requesting await_transform(request&& wanted) { return requesting(std::move(wanted)); }
  pausing await_transform(pause&& wanted) { return pausing(std::move(wanted)); }
  turning await_transform(turn) { return {}; }
  task<term> await_transform(starting&& wanted);
  task<term> await_transform(system_request&& wanted);
  template <class T>
  in_its_place<std::remove_reference_t<T>> await_transform(T&& wanted) {
    static_assert(
        is_awaitable<std::remove_cvref_t<T>>,
        "twinslot: co_await takes self.receive, self.call, self.start, self.sys_..., self.sleep, self.yield and a "
        "ts::task");
    return {wanted};
  }
};
}  // namespace sdk

/// The last clause of a receive: runs when no message came within that time. `infinity` waits for ever.
template <class Function>
sdk::after_clause<Function> after(const wait_time& time, Function function) {
  return {sdk::pausing::milliseconds(time), std::move(function)};
}
inline auto after(const wait_time& time) {
  return after(time, [] {});
}

/// A coroutine that another one awaits: `co_await ask(self, server)`. It begins when it is awaited.
template <class T = void>
class [[nodiscard("co_await it")]] task {
  struct result_slot {
    std::optional<T> result;
    template <class V>
    void return_value(V&& value) {
      result.emplace(std::forward<V>(value));
    }
  };
  struct no_slot {
    void return_void() const noexcept {}
  };

public:
  struct promise_type : sdk::awaits<promise_type>, std::conditional_t<std::is_void_v<T>, no_slot, result_slot> {
    std::coroutine_handle<> awaiting;  // null: a handler's root
    std::exception_ptr failure;
    bool* dying = nullptr;  // as a routine's
    task get_return_object() noexcept { return task(std::coroutine_handle<promise_type>::from_promise(*this)); }
    struct back {
      bool await_ready() const noexcept { return false; }
      void await_suspend(std::coroutine_handle<promise_type> ended) const noexcept {
        if (ended.promise().dying == nullptr)
          ended.promise().mine->onward = ended.promise().awaiting;
      }
      void await_resume() const noexcept {}
    };
    back final_suspend() const noexcept { return {}; }
    void unhandled_exception() noexcept {
      failure = std::current_exception();
      if (dying != nullptr)
        *dying = true;
    }
  };
  task(task && other) noexcept : made_(std::exchange(other.made_, nullptr)) {}
  task(const task&) = delete;
  ~task() {
    if (made_)
      destroy_frame();
  }
  bool await_ready() const noexcept {
    return false;
  }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> leaf) noexcept {
    made_.promise().mine = leaf.promise().mine;
    made_.promise().awaiting = leaf;
    leaf.promise().mine->onward = made_;
  }
  T await_resume() {
    return result_of(made_.promise());
  }
  static T result_of(promise_type & ended) {
    if (ended.failure)
      std::rethrow_exception(ended.failure);
    if constexpr (!std::is_void_v<T>)
      return std::move(*ended.result);
  }
  /// For a handler: whoever has it destroys it.
  std::coroutine_handle<promise_type> release() noexcept {
    return std::exchange(made_, nullptr);
  }
  /// What a destructor in there raised; null: nothing.
  static std::exception_ptr destroy(std::coroutine_handle<promise_type> last) noexcept {
    bool threw = false;
    last.promise().dying = &threw;
    last.destroy();
    if (!threw)
      return nullptr;
    auto raised = std::move(last.promise().failure);
    last.destroy();
    return raised;
  }

private:
  explicit task(std::coroutine_handle<promise_type> made) noexcept : made_(made) {}
  void destroy_frame() noexcept {
    sdk::routine* const mine = made_.promise().mine;
    if (auto raised = destroy(made_); raised && mine != nullptr)
      sdk::report_lost(*mine, raised);
  }
  std::coroutine_handle<promise_type> made_;
};
template <class T>
inline constexpr bool sdk::is_awaitable<task<T>> = true;

namespace sdk {
/// Waits for the answer to a request of any kind.
class answer_to : public waiting {
public:
  answer_to(const term& server, atom label, const term& request, std::int64_t limit_ms) {
    what = abi::step::request;
    timeout_ms = limit_ms;
    value = tuple(server, label, request);
  }
  struct result {
    bool came;
    term value;  // else why it did not
  };
  result await_resume() noexcept { return {why == abi::wake::answer, std::move(value)}; }
};
template <>
inline constexpr bool is_awaitable<answer_to> = true;

/// Waits for {'DOWN',Monitor,_,_,_}, a second at most.
class down_news : public waiting {
public:
  explicit down_news(reference monitor) : monitor_(monitor) {
    what = abi::step::receive;
    timeout_ms = 1000;
    take = [](waiting& own, self&, const term& message) {
      return message.is_tagged("DOWN"_atom, 5) && message[1] == static_cast<down_news&>(own).monitor_;
    };
  }
  void await_resume() const noexcept {}

private:
  const term monitor_;
};
template <>
inline constexpr bool is_awaitable<down_news> = true;

/// Waits for the end of a process that gen:begin_blocking/1 started, which is its function's result.
class blocking_end : public waiting {
public:
  explicit blocking_end(reference monitor) : monitor_(monitor) {
    what = abi::step::receive;
    take = [](waiting& own, self&, const term& message) {
      auto& mine = static_cast<blocking_end&>(own);
      if (!message.is_tagged("DOWN"_atom, 5) || !(message[1] == term(mine.monitor_)))
        return false;
      mine.value = message[4];
      return true;
    };
  }
  term await_resume() {
    if (value.is_tagged("$done"_atom, 2))
      return value[1];
    if (value.is_tagged("$raised"_atom, 4))
      throw exception{value[1].as_atom(), value[2], value[3]};
    raise_exit(std::move(value));
  }

private:
  const reference monitor_;
};
template <>
inline constexpr bool is_awaitable<blocking_end> = true;

inline task<term> run_blocking(self me, term function) {
  blocking_end awaited(me.apply_terms("gen"_atom, "begin_blocking"_atom, &function, 1).as_reference());
  co_return co_await awaited;
}

/// gen_server:start and start_link, without occupying the thread. As there, a server that did not come up is gone when
/// this returns: its name is free, its exit signal has arrived.
inline task<term> start_server_of(self me, atom function, term arguments) {
  const term wanted[] = {function, arguments};
  const term begun = me.apply_terms("gen"_atom, "begin_start"_atom, wanted, 2);
  if (!begun.is_tagged("begun"_atom, 4))
    co_return begun;
  const auto [came, result] = co_await answer_to(begun[2], "$start"_atom, {}, pausing::milliseconds(begun[3]));
  if (came)
    co_return result;
  if (result == "timeout"_atom) {
    const pid late = begun[1].as_pid();
    me.unlink(late);
    const reference watch = me.monitor(late);
    me.exit(late, "kill");
    co_await down_news(watch);
    const term watched[] = {watch, list("flush"_atom)};
    me.apply_terms("erlang"_atom, "demonitor"_atom, watched, 2);
  }
  co_return tuple("error", result);
}
template <class Derived>
task<term> awaits<Derived>::await_transform(starting&& wanted) {
  return start_server_of(self(wanted.process_), wanted.function_, wanted.arguments_);
}

/// A function of sys, without occupying the thread; what the native does (actors/sys/natives.cpp), and how it fails.
inline task<term> ask_system(atom function, term given) {
  constexpr std::int64_t default_limit_ms = 5000, time_to_withdraw_ms = 250;
  const std::size_t untimed = function == "change_code"_atom ? 4 : function == "terminate"_atom ? 2 : 1;
  const term server = given[0];
  term wanted = function;
  if (untimed == 2)
    wanted = tuple(function, given[1]);
  if (untimed == 4)
    wanted = tuple(function, given[1], given[2], given[3]);
  const std::int64_t limit_ms = given.size() > untimed ? pausing::milliseconds(given[untimed]) : default_limit_ms;
  const bool may_be_busy = function == "change_code"_atom && limit_ms >= 0;
  const std::int64_t kept_ms = may_be_busy ? std::min(time_to_withdraw_ms, limit_ms / 4) : 0;
  auto [came, value] = co_await answer_to(server, "system"_atom, wanted, limit_ms - kept_ms);
  if (!came && may_be_busy && value == "timeout"_atom) {
    auto [was_withdrawn, how] = co_await answer_to(server, "system"_atom, tuple("withdraw", wanted), kept_ms);
    if (was_withdrawn && how == "busy"_atom)
      co_return tuple("error", "busy");
    if (!was_withdrawn)
      value = how;
  }
  if (!came) {
    const term arguments = list_of(given.elements(), given.size());
    if (value == "function_clause"_atom)  // the server's name is none
      value = tuple(std::move(value), list(tuple("sys", function, arguments, term{})));
    raise_exit(tuple(std::move(value), tuple("sys", function, arguments)));
  }
  if (function != "get_state"_atom)
    co_return value;
  if (value.is_tagged("error"_atom, 2))
    raise_error(value[1]);
  co_return value.is_tagged("ok"_atom, 2) ? value[1] : value;
}
template <class Derived>
task<term> awaits<Derived>::await_transform(system_request&& wanted) {
  return ask_system(wanted.function_, wanted.arguments_);
}
}  // namespace sdk

template <class... Values>
auto self::blocking(function_name function, const Values&... arguments) {
  return sdk::run_blocking(*this, fun<0>(function, arguments...));
}

template <class... Clauses>
auto self::receive(Clauses&&... clauses) {
  static_assert(sizeof...(Clauses) > 0, "twinslot: a receive has at least one clause");
  static_assert(sdk::has_after_last_only<std::remove_cvref_t<Clauses>...>(),
                "twinslot: ts::after is the last clause, and there is one");
  using result = typename sdk::common_result<std::remove_cvref_t<Clauses>...>::type;
  return sdk::receiving<result, std::remove_cvref_t<Clauses>...>(std::in_place, std::forward<Clauses>(clauses)...);
}
}  // namespace twinslot
