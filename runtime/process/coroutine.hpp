// runtime/process/coroutine.hpp - a process in its own code: the frame it is in, and how it goes on. Internal to
// runtime/process; node::apply and node::spawn_function are the ways in.
//
//     begin -> frame -- stops -->  receive, request, yield: see held_frame.hpp
//                ^                 done       the end
//                '--- start ----   local      a new frame, same version    }  the old frame is gone before
//                                  qualified  a new frame, current version }
//
// Whoever holds the object is the process itself, in its own thread. Source: design 3.5; L01-L03.
#pragma once
#include "runtime/process/held_frame.hpp"
#include "runtime/process/node_impl.hpp"

namespace twinslot {

class coroutine {
public:
  /// Runs Module:Function(Arguments...) up to its first stop. It and the next two throw what the code raised.
  void begin(process& self, atom module, atom function, const term* arguments, std::size_t count);
  /// At `receive`: false if no clause takes the message, and nothing has happened.
  bool offer(const term& message);
  void resume(abi::wake why, const term* value = nullptr);
  void end() noexcept { frame_.end(); }

  // As held_frame's; never at local, qualified or raised.
  abi::step stopped_at() const noexcept { return frame_.stopped_at(); }
  bool wants_messages() const noexcept { return frame_.wants_messages(); }
  bool takes_system_requests() const noexcept { return frame_.takes_system_requests(); }
  bool is_limited() const noexcept { return frame_.is_limited(); }
  deadline limit() const { return frame_.limit(); }
  term& value() noexcept { return frame_.value(); }
  /// Any thread: to compare with, as body::bound_version.
  code::version* version() const noexcept { return frame_.version(); }

private:
  void start(const abi::exported* found, atom function, const term* arguments, std::size_t count);
  void find_again(const char* literal, std::size_t count);
  void run_on();
  void enter(code::pin held);
  void follow();
  void go_on_in_next_frame();

  process* self_ = nullptr;
  atom module_;
  held_frame frame_;
  std::uint32_t tail_calls_ = 0;  // since its last turn
  // Where a literal of this version led last.
  const char* known_literal_ = nullptr;
  std::size_t known_count_ = 0;
  const abi::exported* known_ = nullptr;
  atom known_name_;
};

/// The function in the calling process, which may block, up to its end. Throws what it raises.
term run_coroutine(process& self, atom module, atom function, const term* arguments, std::size_t count);
/// The function as a process of its own that shares its thread.
std::unique_ptr<body> coroutine_body(atom module, atom function, std::vector<term> arguments);
}  // namespace twinslot
