// runtime/process/caf_engine.hpp - the node's side of CAF: makes processes as actors, and lets processes and plain CAF
// actors reach each other. Internal to runtime/process.
//
// A plain CAF actor is known to processes by a pid with its actor id (an actor of another CAF node: a fresh id). It is
// looked up weakly: a pid keeps no actor alive.
#pragma once
#include "runtime/process/caf_headers.hpp"
#include "runtime/process/node_impl.hpp"

#include <map>
#include <unordered_set>

namespace twinslot {

class caf_engine final : public engine {
public:
  /// Inside `host`; null: a system of its own with this many workers.
  caf_engine(caf::actor_system* host, unsigned workers);
  ~caf_engine() override;

  process_ref make_process(node::impl& home, bool blocking) override;
  void launch(process& made) override;
  std::uint64_t next_id() override;
  void attend(poller* outside) override;
  bool workers_rest() const noexcept override;
  delivered deliver(pid to, signal_ptr& sent) override;
  bool is_actor(pid who) const override;
  bool answer(std::uint64_t ref, bool ok, const term& value) override;
  void ended(process& who, const term& reason) override;

  caf::actor_system& system() const noexcept { return *system_; }
  /// The pid that stands for an actor; its own pid if it is a process. pid{}: null.
  pid pid_of(const caf::strong_actor_ptr& actor);
  /// The actor behind a pid; null: none (any more).
  caf::strong_actor_ptr actor_of(pid who) const;
  /// A process as an actor.
  caf::strong_actor_ptr handle_of(process& who) const;
  /// Notes a CAF request, to be answered under the number.
  void expect_answer(std::uint64_t ref, caf::mailbox_element& what, pid server);

private:
  struct own_system;
  std::unique_ptr<own_system> own_;
  caf::actor_system* system_;

  struct request {
    caf::strong_actor_ptr from;
    caf::message_id id;
    caf::mailbox_element::forwarding_stack stages;
    pid server;
  };
  mutable std::mutex mutex_;
  std::unordered_map<std::uint64_t, caf::weak_actor_ptr> actors_;  // by pid
  std::size_t sweep_at_ = 64;                                      // entries: then the ended ones are forgotten
  std::map<std::pair<caf::node_id, std::uint64_t>, std::uint64_t> remote_actors_;  // pids of actors on other CAF nodes
  std::unordered_map<std::uint64_t, request> requests_;                            // by reference
  std::unordered_map<std::uint64_t, std::unordered_set<std::uint64_t>> requests_by_server_;
  std::atomic<std::size_t> request_count_{0};
};
}  // namespace twinslot
