// runtime/sdk/twinslot/process.hpp - processes that run in the module's own code: coroutines.
//
//     ts::process loop(ts::self self, std::int64_t count) {
//       co_return co_await self.receive(
//           [&](ts::pid from, ts::is<"quit">) { return self.done(); },                        // {From,quit}
//           [&](ts::pid from, ts::term message) { return self.qualified("loop", count + 1); },  // {From,Message}
//           ts::after(1000, [&] { return self.local("loop", count); }));
//     }
//     TWINSLOT_MODULE(counting, "1") {
//       return ts::module().process("loop", loop).function("start", [](ts::self& self) {
//         return self.spawn("loop", 0);
//       });
//     }
//
// The suspended frame is the process's stack: what it holds lives as long, and the version whose frame it is stays in
// memory. A frame ends by a co_return; the process ends with it, or goes on in a new frame of the same version
// (`local`) or of the current one (`qualified`), with nothing but terms in between. So a loop needs no more memory than
// one round of it. Parameters are taken by value. A ts::task<T> is a coroutine that others of the module await.
// All of it belongs to the process: no thread rules but self's. Source: design 3.5; L01-L03.
#pragma once
#include "runtime/sdk/twinslot/coroutine.hpp"

namespace twinslot {

/// A process function's result. Only TWINSLOT_MODULE's `process` has a use for it.
class process {
public:
  struct promise_type : sdk::awaits<promise_type>, sdk::routine {
    process get_return_object() noexcept {
      mine = this;
      root = std::coroutine_handle<promise_type>::from_promise(*this);
      return process(this);
    }
    std::suspend_always final_suspend() const noexcept { return {}; }
    void return_value(next how) noexcept { goes_on = std::move(how); }
    void unhandled_exception() noexcept { failed(); }
  };
  process(const process&) = delete;
  process(process&& other) noexcept : made_(std::exchange(other.made_, nullptr)) {}
  ~process() {
    if (made_ != nullptr)
      made_->root.destroy();
  }
  sdk::routine* release() noexcept { return std::exchange(made_, nullptr); }

private:
  explicit process(sdk::routine* made) noexcept : made_(made) {}
  sdk::routine* made_;
};

inline next self::done() {
  return done("ok"_atom);
}
template <class Value>
next self::done(const Value& value) {
  next result;
  result.value_ = to_term(value);
  return result;
}
template <class... Values>
next self::local(function_name name, const Values&... arguments) {
  static_assert(sizeof...(Values) <= next::room,
                "twinslot: self.local and self.qualified take up to 8 arguments: put some into a tuple or a struct");
  next result;
  result.what_ = abi::step::local;
  result.function_ = name.text();
  ((result.arguments_[result.count_] = to_term(arguments).detach(), ++result.count_), ...);
  return result;
}
template <class... Values>
next self::qualified(function_name name, const Values&... arguments) {
  next result = local(name, arguments...);
  result.what_ = abi::step::qualified;
  return result;
}

// ---- a module's process functions

namespace sdk {
struct as_frame {
  static void take(frame& call, process made) { call.new_state = made.release(); }
};

inline abi::status start_frame(void* data, abi::env* process, const raw_term* arguments, abi::frame** made,
                               raw_term* result) noexcept {
  auto& named = *static_cast<clause*>(data);
  return guarded(named.text, named.arity, result, [&] {
    self me(process);
    frame call(me);
    call.arguments = &term::as_term(*arguments);
    if (!run_named(named, call))
      return abi::status::no_clause;
    auto* const begun = static_cast<routine*>(call.new_state);
    begun->me = me;
    begun->name = named.text;
    begun->arity = named.arity;
    *made = begun->opaque();
    return abi::status::ok;
  });
}

/// A function pointer as a clause's lambda; its ts::self comes by value.
template <class... P>
struct process_function {
  twinslot::process (*function)(self, P...);
  twinslot::process operator()(self& me, P... arguments) const { return function(me, std::move(arguments)...); }
};
template <class... P>
process_function<P...> as_clause(twinslot::process (*function)(self, P...)) {
  static_assert((!std::is_reference_v<P> && ...),
                "twinslot: a process function takes its parameters by value: they live in its frame");
  return {function};
}
template <class Function>
clause* new_process(const char* name, Function* function, const char* doc) {
  auto* made = new_clause<void, as_frame>(shape::positional, name, as_clause(function));
  made->doc = doc;
  made->start = start_frame;
  made->frames = &frame_functions;
  return made;
}
}  // namespace sdk
}  // namespace twinslot
