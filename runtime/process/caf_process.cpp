#include "runtime/process/caf_process.hpp"

#include "runtime/process/caf_engine.hpp"
#include "runtime/process/caf_terms.hpp"

#include <algorithm>

namespace twinslot {

namespace {
/// The worker that runs a process on this thread: what the process wakes goes to its queue.
thread_local caf::execution_unit* this_worker = nullptr;
constexpr std::size_t messages_an_activation = 1000;
}  // namespace

worker_scope::worker_scope(caf::execution_unit* worker) noexcept : before_(std::exchange(this_worker, worker)) {}
worker_scope::~worker_scope() {
  this_worker = before_;
}

caf_process::caf_process(caf::actor_config& config, node::impl& where, bool blocks)
    : caf::monitorable_actor(config), process::impl(abstract_actor::id(), where, blocks) {}

caf_process::~caf_process() {
  tsan_acquires(ctrl());
}

caf_engine& caf_process::engine() const noexcept {
  return static_cast<caf_engine&>(*home->engine);
}

void caf_process::retain() noexcept {
  caf::intrusive_ptr_add_ref(ctrl());
}

void caf_process::release() noexcept {
  tsan_releases(ctrl());
  caf::intrusive_ptr_release(ctrl());
}

void caf_process::wake() {
  if (blocking_)
    wake_blocked();
  else
    schedule(this_worker);
}

void caf_process::schedule(caf::execution_unit* host) {
  // The scheduler holds a reference while the process is in its queue or running.
  caf::intrusive_ptr_add_ref(ctrl());
  tsan_releases(this);
  if (host)
    host->exec_later(this);
  else
    home_system().scheduler().enqueue(this);
}

caf::resumable::resume_result caf_process::resume(caf::execution_unit* host, std::size_t max_throughput) {
  tsan_acquires(this);
  const running_scope scope{this};
  const worker_scope wakes{host};
  const auto now = run_scheduled(std::min(max_throughput, messages_an_activation));
  tsan_releases(this);
  tsan_releases(ctrl());
  switch (now) {
    case process::impl::state::more: return resume_later;
    case process::impl::state::waiting: return awaiting_message;
    default: return done;
  }
}

void caf_process::enqueue(caf::mailbox_element_ptr what, caf::execution_unit* host) {
  const auto refuse = [&](caf::error why) {
    if (what->mid.is_request())
      caf::detail::sync_request_bouncer{std::move(why)}(*what);
  };
  if (inbox.is_closed())
    return refuse(fail_state());
  auto sent = signal_of(*what, engine(), self(), *home);
  if (!sent)
    return refuse(caf::sec::unexpected_message);
  const worker_scope wakes{host ? host : this_worker};
  const auto ref = sent->ref;
  const bool is_request = sent->from_a_caf;
  post(sent);
  if (sent && is_request)
    engine().answer(ref, false, "noproc");
}

bool caf_process::add_backlink(caf::abstract_actor* other) {
  // `other` links to this process: CAF's part here, the process's own by a signal.
  if (!caf::monitorable_actor::add_backlink(other))
    return false;
  auto linked = make_signal(signal::kind::link, engine().pid_of(caf::actor_cast<caf::strong_actor_ptr>(other)));
  post(linked);
  return true;
}

bool caf_process::remove_backlink(caf::abstract_actor* other) {
  if (!caf::monitorable_actor::remove_backlink(other))
    return false;
  auto unlinked = make_signal(signal::kind::unlink, engine().pid_of(caf::actor_cast<caf::strong_actor_ptr>(other)));
  post(unlinked);
  return true;
}
}  // namespace twinslot
