#include "runtime/process/caf_engine.hpp"

#include "runtime/process/caf_parking.hpp"
#include "runtime/process/caf_process.hpp"
#include "runtime/process/caf_terms.hpp"

#include <algorithm>

namespace twinslot {

using kind_of = signal::kind;

struct caf_engine::own_system {
  caf::actor_system_config config;
  std::optional<caf::actor_system> system;

  explicit own_system(unsigned workers) {
    announce(config);
    config.set("scheduler.max-threads", workers ? workers : std::max(2u, std::thread::hardware_concurrency()));
    config.load<parking>();
    config.set("scheduler.max-throughput", 1000u);
    system.emplace(config);
  }
};

caf_engine::caf_engine(caf::actor_system* host, unsigned workers)
    : own_(host ? nullptr : std::make_unique<own_system>(workers)), system_(host ? host : &*own_->system) {}

caf_engine::~caf_engine() = default;

process_ref caf_engine::make_process(node::impl& home, bool blocking) {
  caf::actor_config config{nullptr};
  config.add_flag(caf::abstract_actor::is_hidden_flag);
  auto made = caf::make_actor<caf_process, caf::strong_actor_ptr>(system_->next_actor_id(), system_->node(), system_,
                                                                  config, home, blocking);
  auto* process = static_cast<caf_process*>(made->get());
  process->retain();
  return process_ref::adopt(process);
}

void caf_engine::launch(process& made) {
  static_cast<caf_process&>(made).wake();
}

namespace {
parking& workers_of(caf::actor_system& own) {
  return static_cast<parking&>(own.scheduler());
}
}  // namespace

void caf_engine::attend(poller* outside) {
  if (own_)
    workers_of(*system_).attend(outside);
}

bool caf_engine::workers_rest() const noexcept {
  return !own_ || workers_of(*system_).all_rest();
}

std::uint64_t caf_engine::next_id() {
  return system_->next_actor_id();
}

pid caf_engine::pid_of(const caf::strong_actor_ptr& actor) {
  if (!actor)
    return {};
  const auto id = actor->id();
  const bool is_here = actor->node() == system_->node();
  if (is_here && dynamic_cast<caf_process*>(actor->get()))
    return {id, 0};
  std::lock_guard guard{mutex_};
  if (actors_.size() >= sweep_at_) {
    std::erase_if(actors_, [](auto& known) { return !known.second.lock(); });
    sweep_at_ = std::max<std::size_t>(64, 2 * actors_.size());
  }
  if (is_here) {
    actors_.try_emplace(id, actor.get());
    return {id, 0};
  }
  auto [known, is_new] = remote_actors_.try_emplace({actor->node(), id}, 0);
  if (is_new)
    known->second = system_->next_actor_id();
  actors_.insert_or_assign(known->second, caf::weak_actor_ptr{actor.get()});
  return {known->second, 0};
}

caf::strong_actor_ptr caf_engine::actor_of(pid who) const {
  if (who.node != 0)
    return nullptr;
  std::lock_guard guard{mutex_};
  auto found = actors_.find(who.id);
  return found == actors_.end() ? nullptr : found->second.lock();
}

caf::strong_actor_ptr caf_engine::handle_of(process& who) const {
  return static_cast<caf_process&>(who).ctrl();
}

namespace {
bool has_ended(caf::abstract_actor& actor) {
  return actor.getf(caf::abstract_actor::is_terminated_flag);
}

/// Fires a monitor of a process when a CAF actor ends.
class process_watch final : public caf::attachable {
public:
  struct key {
    static constexpr std::size_t token_type = 0x7473;  // no number of CAF's
    caf::actor_id process;
    std::uint64_t ref;
  };
  process_watch(caf::weak_actor_ptr process, pid watched, std::uint64_t ref)
      : process_(std::move(process)), watched_(watched), ref_(ref) {}
  void actor_exited(const caf::error& reason, caf::execution_unit*) override {
    if (auto alive = process_.lock()) {
      auto down = make_signal(kind_of::down, watched_, ref_, reason_of(reason));
      static_cast<caf_process*>(alive->get())->inside().post(down);
    }
  }
  bool matches(const token& what) override {
    if (what.subtype != key::token_type)
      return false;
    auto& wanted = *static_cast<const key*>(what.ptr);
    return wanted.ref == ref_ && process_ && wanted.process == process_->id();
  }

private:
  caf::weak_actor_ptr process_;
  pid watched_;
  std::uint64_t ref_;
};
}  // namespace

bool caf_engine::is_actor(pid who) const {
  auto actor = actor_of(who);
  return actor && !has_ended(*actor->get());
}

engine::delivered caf_engine::deliver(pid to, signal_ptr& sent) {
  const auto actor = actor_of(to);
  if (!actor || has_ended(*actor->get()))
    return delivered::nobody;
  // Links and monitors are asked for by the process that runs here.
  auto* sender = static_cast<caf_process*>(running_process());
  if (sender && sender->self() != sent->from)
    sender = nullptr;
  const auto sender_ptr = sender ? caf::strong_actor_ptr{sender->ctrl()} : caf::strong_actor_ptr{};
  switch (sent->what) {
    case kind_of::message:
      if (sent->ref != 0 && !sent->from_a_port)  // {Label, From, Request}
        actor->enqueue(sender_ptr, caf::make_message_id(sent->ref), caf::make_message(sent->value[2]), nullptr);
      else
        actor->enqueue(sender_ptr, caf::make_message_id(), caf::make_message(sent->value), nullptr);
      break;
    case kind_of::exit:
      if (!sent->by_link) {  // by a link: CAF's own cleanup tells
        // Without a source, as CAF's anon_send_exit: an actor unlinks from the source of each exit_msg that it takes,
        // and the sender would not hear of the actor's end. current_sender() is the process all the same.
        caf::exit_msg exit{caf::actor_addr{}, error_of(sent->value == "kill"_atom ? "killed"_atom : sent->value)};
        actor->enqueue(sender_ptr, caf::make_message_id(), caf::make_message(std::move(exit)), nullptr);
      }
      break;
    case kind_of::link: sender->caf::monitorable_actor::add_link(actor->get()); break;
    case kind_of::unlink:
      sender->caf::monitorable_actor::remove_link(actor->get());
      // Ended meanwhile: its exit may be on the way, and finds the end of the link given up.
      if (!has_ended(*actor->get()))
        sender->inside().home->post(sent->from, make_signal(kind_of::unlink_ack, to, sent->ref));
      break;
    case kind_of::monitor:
      actor->get()->attach(
          caf::attachable_ptr{new process_watch(caf::weak_actor_ptr{sender_ptr.get()}, to, sent->ref)});
      break;
    case kind_of::demonitor: {
      const process_watch::key key{sent->from.id, sent->ref};
      actor->get()->detach(caf::attachable::token{process_watch::key::token_type, &key});
      break;
    }
    case kind_of::urgent:
      sender->inside().home->post(sent->from, make_signal(kind_of::refusal, to, sent->ref, "not_supported"));
      break;
    case kind_of::inspect: return delivered::nobody;
    default: break;  // answers to what CAF keeps itself
  }
  if (!sent->from_a_port)
    sent.reset();
  return delivered::yes;
}

void caf_engine::expect_answer(std::uint64_t ref, caf::mailbox_element& what, pid server) {
  std::lock_guard guard{mutex_};
  requests_.emplace(ref, request{what.sender, what.mid, what.stages, server});
  requests_by_server_[server.id].insert(ref);
  request_count_.store(requests_.size(), std::memory_order_relaxed);
}

bool caf_engine::answer(std::uint64_t ref, bool ok, const term& value) {
  if (request_count_.load(std::memory_order_relaxed) == 0)
    return false;
  std::optional<request> waiting;
  {
    std::lock_guard guard{mutex_};
    auto found = requests_.find(ref);
    if (found == requests_.end())
      return false;
    waiting = std::move(found->second);
    requests_.erase(found);
    request_count_.store(requests_.size(), std::memory_order_relaxed);
    auto server = requests_by_server_.find(waiting->server.id);
    server->second.erase(ref);
    if (server->second.empty())
      requests_by_server_.erase(server);
  }
  auto content = ok ? caf::make_message(value) : caf::make_message(refusal_of(value));
  if (ok && !waiting->stages.empty()) {
    auto next = std::move(waiting->stages.back());
    waiting->stages.pop_back();
    next->enqueue(caf::make_mailbox_element(waiting->from, waiting->id, std::move(waiting->stages), content), nullptr);
  } else if (waiting->from) {
    waiting->from->enqueue(nullptr, waiting->id.response_id(), content, nullptr);
  }
  return true;
}

void caf_engine::ended(process& who, const term& reason) {
  std::vector<std::uint64_t> left;
  if (request_count_.load(std::memory_order_relaxed) != 0) {
    std::lock_guard guard{mutex_};
    if (auto found = requests_by_server_.find(who.self().id); found != requests_by_server_.end())
      left.assign(found->second.begin(), found->second.end());
  }
  for (auto ref : left)
    answer(ref, false, reason);
  static_cast<caf_process&>(who).cleanup(error_of(reason), nullptr);
}
}  // namespace twinslot
