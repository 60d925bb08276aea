// runtime/sdk/twinslot/handler.hpp - handlers of a server that wait: clauses that return ts::task.
//
//     .call("price", [](state& s, ts::self self, std::int64_t dollars) -> ts::task<std::int64_t> {
//       const ts::term rate = co_await self.call("rates", ts::tuple("dollars_to", s.currency));
//       co_return dollars * rate.as_int64();
//     })
//
// A clause of init, call, cast, info or continue_ may be such a coroutine, T what a plain clause would return: a reply,
// a ts::outcome, a state (init), or nothing. In it and in tasks that it awaits, co_await takes self.call, self.sleep,
// self.receive and self.yield; no thread is blocked. Meanwhile the server takes up no other request (they wait in
// order) and stays in this version of the code; get_state and the like are answered, with the state as it is just then.
// Arguments come by value. If the server is stopped or killed, the frame's destructors run where it waits.
// An exception ends it as in a plain clause; that of an awaited call can be caught as any other.
// Source: design 3.5; OTP's gen_server, whose callbacks block.
#pragma once
#include "runtime/sdk/twinslot/faults.hpp"

#include "runtime/sdk/twinslot/coroutine.hpp"
#include "runtime/sdk/twinslot/gen_server.hpp"

namespace twinslot::sdk {

template <class T, class Finish>
struct handling<task<T>, Finish> final : routine {
  using promise = typename task<T>::promise_type;

  /// Makes the frame by `make(call)`, in which the process is this routine's own, so that references to it stay good.
  template <class Make>
  static void begin(frame& call, Make make) {
    auto* const made = new handling(call);
    try {
      input within{made->me, call.state, call.caller};
      const auto root = make(within).release();
      root.promise().mine = made;
      made->root = root;
    } catch (...) {
      delete made;
      throw;
    }
    call.handler = made->opaque();
  }
  static const abi::frames* functions() noexcept { return &frame_functions; }

private:
  explicit handling(const frame& call) noexcept {
    me = call.me;
    name = call.callback;
    arity = call.callback_arity;
    handler = &of_handler;
  }
  static abi::status decide(routine& ended, void** state, abi::outcome* decided, raw_term* result) noexcept {
    return guarded(ended.name, ended.arity, result, [&] {
      promise& last = std::coroutine_handle<promise>::from_address(ended.root.address()).promise();
      frame call(ended.me);
      if constexpr (std::is_void_v<T>) {
        task<T>::result_of(last);
        Finish::nothing(call);
      } else {
        Finish::take(call, task<T>::result_of(last));
      }
      give(std::move(call.decided), decided);
      if (call.new_state != nullptr)
        *state = call.new_state;
      return abi::status::ok;
    });
  }
  static void destroy(routine& stopped) {
    struct owner {
      handling* last;
      ~owner() { delete last; }
    };
    const owner after{static_cast<handling*>(&stopped)};  // what the frame destroys may still use its process
    if (auto raised = task<T>::destroy(std::coroutine_handle<promise>::from_address(stopped.root.address())))
      std::rethrow_exception(raised);
  }
  static constexpr handler_functions of_handler{decide, destroy};
};
}  // namespace twinslot::sdk
