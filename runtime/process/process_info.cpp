// What a process says about itself, and how others ask it.
#include "runtime/process/node_impl.hpp"
#include "runtime/term/memory.hpp"

namespace twinslot {

std::int64_t coarse_ms() noexcept {
  return std::chrono::duration_cast<std::chrono::milliseconds>(coarse_now().time_since_epoch()).count() + 1;
}

std::int64_t process::impl::busy_ms() const noexcept {
  const auto since = entered_ms.load(std::memory_order_relaxed);
  return running.load(std::memory_order_relaxed) && since != 0 ? coarse_ms() - since : 0;
}

code::version* version_of(process::impl& who) {
  if (auto* bound = who.body ? who.body->bound_version() : nullptr)
    return bound;
  if (auto* dispatched = who.dispatching.load(std::memory_order_relaxed))
    return dispatched;
  code::version* innermost = nullptr;
  if (auto* stack = who.frames.load(std::memory_order_acquire))
    for (auto& each : stack->in)
      if (auto* in = each.load(std::memory_order_relaxed))
        innermost = in;
  return innermost;
}

namespace {
// A process that does not come back for this long is called busy, and answers with what is known from outside.
constexpr std::int64_t patience_ms = 200;

class pairs {
public:
  void add(term key, term value) { all_.push_back(tuple(std::move(key), std::move(value))); }
  term list() const { return list_of(all_.data(), all_.size()); }

private:
  std::vector<term> all_;
};

term list_of_vector(const std::vector<term>& all) {
  return list_of(all.data(), all.size());
}

bool has_frame(process::impl& who) {
  if (auto* stack = who.frames.load(std::memory_order_acquire))
    for (auto& each : stack->in)
      if (each.load(std::memory_order_relaxed))
        return true;
  return false;
}

/// A server's callback that runs, or waits.
bool is_in_callback(process::impl& who) {
  return who.callback.load(std::memory_order_relaxed) != 0 &&
         (who.dispatching.load(std::memory_order_relaxed) || has_frame(who));
}

void add_current_function(pairs& info, process::impl& who) {
  const auto function = [](std::uint64_t packed, std::uint64_t arity) {
    return tuple(atom::from_index(packed >> 32), atom::from_index(static_cast<std::uint32_t>(packed)), arity);
  };
  const auto packed = who.current_function.load(std::memory_order_acquire);
  if (packed != 0)
    return info.add("current_function", function(packed, who.current_arity.load(std::memory_order_relaxed)));
  if (!is_in_callback(who))
    return info.add("current_function", who.initial_call());
  const auto clause = who.callback_clause.load(std::memory_order_acquire);
  info.add("current_function", function(who.callback.load(std::memory_order_acquire), clause >> 32));
  if (const auto tag = static_cast<std::uint32_t>(clause))
    info.add("current_clause", atom::from_index(tag));
}

atom status_of(const process::impl& who) {
  if (!who.running.load(std::memory_order_relaxed))
    return "waiting"_atom;
  return who.entered_ms.load(std::memory_order_relaxed) == 0 ? "runnable"_atom : "running"_atom;
}

void add_version(pairs& info, process::impl& who) {
  const auto in = who.home->versions->find_resident(version_of(who));
  if (!in)
    return;
  info.add("module", in->module);
  info.add("vsn", in->vsn);
  info.add("slot", in->slot);
}

/// A special process that is suspended waits inside the SDK's loop for requests of sys (special.hpp).
body::standing standing_of_impl(const process::impl& who) {
  if (!who.body)
    return body::standing::running;
  const auto function = static_cast<std::uint32_t>(who.current_function.load(std::memory_order_relaxed));
  if (function == "$handle_system"_atom.index())
    return body::standing::suspended;
  return who.body->how_it_stands();
}

/// Why it takes no messages; nothing where it does.
void add_standing(pairs& info, const process::impl& who) {
  switch (standing_of_impl(who)) {
    case body::standing::running: return;
    case body::standing::suspended: return info.add("standing", "suspended");
    case body::standing::held: return info.add("standing", "held");
    case body::standing::parked: return info.add("standing", "parked");
  }
}

/// What every thread may read.
void add_open_part(pairs& info, process::impl& who, atom status) {
  const auto self = who.self();
  if (auto name = who.home->registry.name_of(self))
    info.add("registered_name", *name);
  add_current_function(info, who);
  info.add("initial_call", who.initial_call());
  info.add("status", status);
  info.add("message_queue_len", std::uint64_t{who.message_queue_length()});
  info.add("trap_exit", who.traps_exits.load(std::memory_order_relaxed));
  info.add("priority", "normal");
  info.add("group_leader", who.home->group_leader);
  info.add("reductions", who.process::reductions());
  info.add("parent", who.parent == 0 ? term("undefined") : term(pid{who.parent, 0}));
  if (const auto busy = who.busy_ms(); busy >= patience_ms)
    info.add("busy_ms", busy);
  add_standing(info, who);
  add_version(info, who);
}

term dictionary_of(process::impl& who) {
  if (who.more && who.more->has_dictionary)
    return who.more->dictionary.to_list();
  return who.body ? who.body->first_dictionary().to_list() : term{};
}

void add_own_part(pairs& info, process::impl& who) {
  std::vector<term> links, monitors, watchers, messages;
  if (who.related) {
    for (auto& [other, end] : who.related->links)
      if (end.active)
        links.push_back(pid{other, 0});
    for (const std::uint64_t id : who.related->ports)
      links.push_back(port{id, 0});
    for (auto& [ref, watched] : who.related->monitors)
      monitors.push_back(tuple("process", watched.object));
    for (auto& [ref, watcher] : who.related->watchers)
      watchers.push_back(pid{watcher, 0});
  }
  if (who.in_hand.ref != 0)
    watchers.push_back(pid{who.in_hand.to, 0});
  if (who.more)
    for (auto& one : who.more->owed)
      watchers.push_back(pid{one.to, 0});
  for (auto* queue : who.queues())
    for (auto* at = queue->first(); at; at = at->next) {
      messages.push_back(at->value);
      if (at->is_request())
        watchers.push_back(at->from);
    }
  info.add("links", list_of_vector(links));
  info.add("monitors", list_of_vector(monitors));
  info.add("monitored_by", list_of_vector(watchers));
  info.add("dictionary", dictionary_of(who));
  info.add("messages", list_of_vector(messages));
}

constexpr std::size_t bytes_per_relation = 64;  // a node of a hash table, its place there, and an allocator's share

std::size_t bytes_of(process::impl& who) {
  std::size_t bytes = sizeof(process::impl);
  if (who.body)
    bytes += who.body->state_bytes(who);
  if (who.more)
    bytes += sizeof(seldom_used) + bytes_behind(who.more->dictionary);
  if (who.related)
    bytes += sizeof(relations) + bytes_per_relation * (who.related->links.size() + who.related->monitors.size() +
                                                       who.related->watchers.size() + who.related->aliases.size());
  for (auto* queue : who.queues())
    for (auto* at = queue->first(); at; at = at->next)
      bytes += sizeof(signal) + bytes_behind(at->value);
  return bytes;
}
}  // namespace

term process_info_of(process::impl& who, bool weighs) {
  atom status = status_of(who);
  const bool has_work = !who.started || (!who.is_held() && (!who.messages.empty() || who.timeout_due || who.turn_due));
  if (who.body && status == "waiting"_atom && has_work)
    status = "runnable"_atom;
  pairs info;
  add_open_part(info, who, status);
  add_own_part(info, who);
  if (weighs)
    info.add("memory", std::uint64_t{bytes_of(who)});
  return info.list();
}

term node::process_info(pid who, bool weighs) const {
  auto found = impl_->processes.find(who);
  if (!found)
    return "undefined";
  if (found.get() == running_process()) {
    found.inside().fetch();
    return process_info_of(found.inside(), weighs);
  }
  const auto from_outside = [&] {
    pairs info;
    add_open_part(info, found.inside(), status_of(found.inside()));
    if (weighs)  // what it has can't be looked through: at least this
      info.add("memory", sizeof(process::impl) + found->message_queue_length() * sizeof(signal));
    return info.list();
  };
  if (found.inside().busy_ms() >= patience_ms)
    return from_outside();
  auto asked = std::make_shared<enquiry>();
  const auto number = impl_->next_number();
  {
    std::lock_guard guard{impl_->enquiries_mutex};
    impl_->enquiries.emplace(number, asked);
  }
  impl_->post(who, make_signal(signal::kind::inspect, {}, number, weighs ? term(true) : term{}));
  std::unique_lock guard{asked->mutex};
  if (asked->answered.wait_for(guard, std::chrono::milliseconds{patience_ms}, [&] { return asked->done; }))
    return asked->answer;
  guard.unlock();
  {
    std::lock_guard forget{impl_->enquiries_mutex};
    impl_->enquiries.erase(number);
  }
  return from_outside();
}

body::standing node::standing_of(pid who) const {
  const auto found = impl_->processes.find(who);
  return found ? standing_of_impl(found.inside()) : body::standing::running;
}

bool node::takes_system_requests(pid who) const {
  const auto found = impl_->processes.find(who);
  return found && found.inside().body && found.inside().body->takes_system_requests();
}

void node::impl::answer_enquiry(std::uint64_t number, term answer) {
  std::shared_ptr<enquiry> asked;
  {
    std::lock_guard guard{enquiries_mutex};
    auto found = enquiries.find(number);
    if (found == enquiries.end())
      return;
    asked = std::move(found->second);
    enquiries.erase(found);
  }
  std::lock_guard guard{asked->mutex};
  asked->answer = std::move(answer);
  asked->done = true;
  asked->answered.notify_all();
}
}  // namespace twinslot
