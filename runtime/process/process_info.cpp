// What a process says about itself, and how others ask it.
#include "runtime/process/node_impl.hpp"

namespace twinslot {

namespace {
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

term current_function_of(process::impl& who) {
  const auto packed = who.current_function.load(std::memory_order_relaxed);
  if (packed == 0)
    return who.initial_call;
  return tuple(atom::from_index(packed >> 32), atom::from_index(static_cast<std::uint32_t>(packed)),
               std::uint64_t{who.current_arity.load(std::memory_order_relaxed)});
}

/// What every thread may read.
void add_open_part(pairs& info, process::impl& who) {
  const auto self = who.owner.self();
  if (auto name = who.home->registry.name_of(self))
    info.add("registered_name", *name);
  info.add("current_function", current_function_of(who));
  info.add("initial_call", who.initial_call);
  info.add("status", who.running.load(std::memory_order_relaxed) ? term("running") : term("waiting"));
  info.add("message_queue_len", std::uint64_t{who.owner.message_queue_length()});
  info.add("trap_exit", who.traps_exits.load(std::memory_order_relaxed));
  info.add("group_leader", who.group_leader);
  info.add("reductions", who.owner.reductions());
  auto* bound = who.body ? who.body->bound_version() : nullptr;
  if (bound) {
    info.add("module", bound->module());
    info.add("vsn", bound->vsn());
  }
}

void add_own_part(pairs& info, process::impl& who) {
  std::vector<term> links, monitors, watchers, messages;
  if (who.related) {
    for (auto& [other, end] : who.related->links)
      if (end.active)
        links.push_back(pid{other, 0});
    for (auto& [ref, watched] : who.related->monitors)
      monitors.push_back(tuple("process", watched.object));
    for (auto& [ref, watcher] : who.related->watchers)
      watchers.push_back(pid{watcher, 0});
  }
  for (auto* queue : {&who.skipped, &who.messages})
    for (auto* at = queue->first(); at; at = at->next)
      messages.push_back(at->value);
  info.add("links", list_of_vector(links));
  info.add("monitors", list_of_vector(monitors));
  info.add("monitored_by", list_of_vector(watchers));
  info.add("dictionary", who.has_dictionary ? who.dictionary.to_list() : term{});
  info.add("messages", list_of_vector(messages));
}
}  // namespace

term process_info_of(process::impl& who) {
  pairs info;
  add_open_part(info, who);
  add_own_part(info, who);
  return info.list();
}

term node::process_info(pid who) const {
  auto found = impl_->processes.find(who);
  if (!found)
    return "undefined";
  if (found.get() == running_process()) {
    found.inside().fetch();
    return process_info_of(found.inside());
  }
  auto asked = std::make_shared<enquiry>();
  const auto number = impl_->next_number();
  {
    std::lock_guard guard{impl_->enquiries_mutex};
    impl_->enquiries.emplace(number, asked);
  }
  impl_->post(who, make_signal(signal::kind::inspect, {}, number));
  // A process that is busy for longer answers with what is known from outside.
  constexpr auto patience = std::chrono::milliseconds{200};
  std::unique_lock guard{asked->mutex};
  if (asked->answered.wait_for(guard, patience, [&] { return asked->done; }))
    return asked->answer;
  guard.unlock();
  {
    std::lock_guard forget{impl_->enquiries_mutex};
    impl_->enquiries.erase(number);
  }
  pairs info;
  add_open_part(info, found.inside());
  return info.list();
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
