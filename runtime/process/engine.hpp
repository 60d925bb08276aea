// runtime/process/engine.hpp - what the node needs of CAF, without CAF's headers. Internal to runtime/process.
// One implementation: caf_engine.
#pragma once
#include "runtime/process/poller.hpp"
#include "runtime/process/process_impl.hpp"

namespace twinslot {

class engine {
public:
  virtual ~engine() = default;
  /// A new process that is not found by its pid yet and does not run.
  virtual process_ref make_process(node::impl& home, bool blocking) = 0;
  /// Lets a scheduled process run for the first time.
  virtual void launch(process& made) = 0;
  virtual std::uint64_t next_id() = 0;

  /// Workers without a job look after it from now on; null: they don't any more, and none is still there.
  virtual void attend(poller* outside) = 0;
  /// Whether no worker is up, or none ever looks after a poller: then nobody polls.
  virtual bool workers_rest() const noexcept = 0;

  // CAF actors that are no processes, by the pid that stands for them.
  enum class delivered { yes, nobody };
  /// `nobody`: no such actor; the signal stays with the caller.
  virtual delivered deliver(pid to, signal_ptr& sent) = 0;
  virtual bool is_actor(pid who) const = 0;
  /// The answer to an actor's request. False: that number is no request of a CAF actor.
  virtual bool answer(std::uint64_t ref, bool ok, const term& value) = 0;
  /// A process has ended: what actors still ask of it gets the reason.
  virtual void ended(process& who, const term& reason) = 0;
};
}  // namespace twinslot
