// runtime/process/caf_process.hpp - a process as a CAF actor: identity, lifetime and turns on the scheduler are CAF's,
// the mailbox and everything that Erlang says about signals are ours (process_impl.hpp).
//
// CAF calls two virtual functions: `enqueue` (any thread), where a CAF message becomes a signal, and `resume` (one
// worker at a time), which lets the process handle up to 1000 messages. A blocking process is never resumed: it has a
// thread. Internal to runtime/process: the only other users of CAF's headers are caf_engine and caf_node.
// Source: CAF's scheduled_actor and blocking_actor.
#pragma once
#include "runtime/process/caf_headers.hpp"
#include "runtime/process/node_impl.hpp"

namespace twinslot {
class caf_engine;

class caf_process final : public caf::monitorable_actor, public caf::resumable, public process::impl {
public:
  caf_process(caf::actor_config& config, node::impl& where, bool blocks);
  ~caf_process() override;

  // CAF's side.
  using caf::abstract_actor::enqueue;
  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit* host) override;
  subtype_t subtype() const override { return caf::resumable::scheduled_actor; }
  resume_result resume(caf::execution_unit* host, std::size_t max_throughput) override;
  void intrusive_ptr_add_ref_impl() override { caf::intrusive_ptr_add_ref(ctrl()); }
  void intrusive_ptr_release_impl() override {
    tsan_releases(ctrl());
    caf::intrusive_ptr_release(ctrl());
  }
  const char* name() const override { return "twinslot.process"; }
  bool add_backlink(caf::abstract_actor* other) override;
  bool remove_backlink(caf::abstract_actor* other) override;

  // The process's side.
  void retain() noexcept override;
  void release() noexcept override;
  void wake() override;

private:
  void schedule(caf::execution_unit* host);
  caf_engine& engine() const noexcept;
};

/// What this thread wakes goes to the queue of `worker`.
class worker_scope {
public:
  explicit worker_scope(caf::execution_unit* worker) noexcept;
  ~worker_scope();
  worker_scope(const worker_scope&) = delete;

private:
  caf::execution_unit* before_;
};
}  // namespace twinslot
