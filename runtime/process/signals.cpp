// What arrives at a process, and how a process ends.
#include "runtime/process/node_impl.hpp"

#include <sched.h>

namespace twinslot {

using kind_of = signal::kind;

void process::impl::post(signal_ptr& sent) {
  const auto what = sent->what;
  const bool kills = what == kind_of::exit && !sent->by_link && sent->value == "kill"_atom;
  if (what == kind_of::message)
    posted.fetch_add(1, std::memory_order_relaxed);
  if (what == kind_of::exit)
    exits_in_flight.fetch_add(1, std::memory_order_relaxed);
  if (kills)
    kill_in_flight.store(true, std::memory_order_relaxed);
  switch (inbox.push(sent)) {
    case inbox::pushed::accepted: break;
    case inbox::pushed::wake: wake(); break;
    case inbox::pushed::closed: return;
  }
  if (what == kind_of::exit || what == kind_of::urgent || what == kind_of::inspect)
    // After the push: a receiver that sees this finds what was pushed. An exchange, as a store of another sender would
    // hide this one's push from the receiver: it synchronises with all exchanges up to the one that it reads.
    pressing.exchange(true, std::memory_order_acq_rel);
}

bool process::impl::fetch(bool as_living) {
  if (pressing.load(std::memory_order_relaxed))
    pressing.exchange(false, std::memory_order_acquire);  // before the inbox is looked at
  if (!inbox.has_some())
    return false;
  auto [arrived, messages_only] = inbox.take();
  const bool is_over = ending && !as_living;
  if (messages_only && !is_over) {
    messages.append(std::move(arrived));  // the rest of a long queue need not be looked at now
    return true;
  }
  while (auto next = arrived.take_first()) {
    if (is_over && next->what != kind_of::own_port)
      more_made().unhandled.append(std::move(next));
    else
      handle(std::move(next));
  }
  return true;
}

void process::impl::handle(signal_ptr arrived) {
  const pid from = arrived->from;
  switch (arrived->what) {
    case kind_of::message: messages.append(std::move(arrived)); break;
    case kind_of::urgent:
      if (arrived->ref != 0)
        relations_made().watchers.emplace(arrived->ref, from.id);
      if (body)
        more_made().urgents.append(std::move(arrived));
      else if (arrived->ref != 0)
        home->post(from, make_signal(kind_of::refusal, self(), arrived->ref, "not_supported"));
      break;
    case kind_of::exit: handle_exit(*arrived); break;
    case kind_of::link: handle_link(*arrived); break;
    case kind_of::unlink: handle_unlink(*arrived); break;
    case kind_of::unlink_ack:
      if (related) {
        auto end = related->links.find(from.id);
        if (end != related->links.end() && !end->second.active && end->second.unlink == arrived->ref)
          related->links.erase(end);
      }
      break;
    case kind_of::monitor: relations_made().watchers.emplace(arrived->ref, from.id); break;
    case kind_of::demonitor:
      if (!settle(arrived->ref) && !is_empty())
        relations_made().withdrawn.insert(arrived->ref);
      break;
    case kind_of::down: handle_down(*arrived); break;
    case kind_of::reply:
    case kind_of::refusal: answer_request(*arrived); break;
    case kind_of::timeout:
      more_made().armed_at.reset();
      if (more->timeout_at)
        set_timeout(deadline{more->timeout_at});  // sets the rest, if some is left
      break;
    case kind_of::inspect: home->answer_enquiry(arrived->ref, process_info_of(*this, !arrived->value.is_nil())); break;
    case kind_of::own_port: relations_made().ports.insert(arrived->ref); break;
    case kind_of::disown_port:
      if (related)
        related->ports.erase(arrived->ref);
      break;
    case kind_of::let_go:
      if (more && more->held == arrived->ref)
        more->held = 0;
      break;
    case kind_of::by_alias: handle_by_alias(*arrived); break;
  }
}

std::array<signal_list*, 3> process::impl::queues() noexcept {
  static signal_list none;
  return {more ? &more->skipped : &none, more ? &more->again : &none, &messages};
}

term process::impl::initial_call() const {
  return body ? body->initial_call() : blocking->initial_call;
}

void process::impl::take_in_hand(signal& message) {
  count_taken();
  if (!message.is_request())
    return;
  if (related && related->withdrawn.erase(message.ref) != 0) {
    message.ref = 0;
    return;
  }
  if (in_hand.ref != 0)  // who looks at that one has begun to look at others
    owe(in_hand);
  in_hand = {message.ref, message.from.id};
}

void process::impl::consumed(signal& message) {
  if (message.ref != 0 && in_hand.ref == message.ref)  // else it need not look there, where senders write
    owe(std::exchange(in_hand, {}));
  if (related && !related->withdrawn.empty() && is_empty())
    related->withdrawn.clear();
  if (message.from_a_port)
    tell_port(message);
}

void process::impl::put_back(signal& message) {
  taken.store(taken.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
  if (message.is_request() && !settle(message.ref))
    message.ref = 0;  // it was answered all the same
}

void process::impl::owe(owed_answer one) {
  constexpr std::size_t few = 16;  // quicker looked through than hashed
  if (auto& owed = more_made().owed; owed.size() < few)
    owed.push_back(one);
  else
    relations_made().watchers.emplace(one.ref, one.to);
}

bool process::impl::settle(std::uint64_t ref) {
  if (in_hand.ref == ref) {
    in_hand = {};
    return true;
  }
  if (more)
    for (auto& one : more->owed)
      if (one.ref == ref) {
        one = more->owed.back();
        more->owed.pop_back();
        return true;
      }
  return related && related->watchers.erase(ref) != 0;
}

void process::impl::append_message(term message, pid from) {
  posted.fetch_add(1, std::memory_order_relaxed);
  messages.append(make_signal(kind_of::message, from, 0, std::move(message)));
}

void process::impl::handle_exit(signal& arrived) {
  if (!ends_by(arrived))
    exits_in_flight.fetch_sub(1, std::memory_order_relaxed);
  // Else it stays in flight until the process has ended: who asks whether it is alive waits for that.
}

bool process::impl::ends_by(signal& arrived) {
  if (arrived.by_link) {
    if (!related)
      return false;
    auto end = related->links.find(arrived.from.id);
    if (end == related->links.end())
      return false;
    const bool was_active = end->second.active;
    related->links.erase(end);
    if (!was_active)
      return false;
  } else if (arrived.value == "kill"_atom) {
    end_with("killed");
    return true;
  }
  if (traps_exits.load(std::memory_order_relaxed)) {
    append_message(tuple("EXIT", arrived.from, arrived.value), arrived.from);
    return false;
  }
  if (arrived.value == "normal"_atom && arrived.from != self())
    return false;
  end_with(std::move(arrived.value));
  return true;
}

void process::impl::handle_link(signal& arrived) {
  auto [end, is_new] = relations_made().links.try_emplace(arrived.from.id);
  // An end that was given up and not acknowledged yet: the other side sent this before it knew, and will know.
  if (!is_new && !end->second.active)
    return;
  end->second.active = true;
}

void process::impl::handle_unlink(signal& arrived) {
  if (related) {
    auto end = related->links.find(arrived.from.id);
    if (end != related->links.end() && end->second.active)
      related->links.erase(end);
  }
  home->post(arrived.from, make_signal(kind_of::unlink_ack, self(), arrived.ref));
}

void process::impl::handle_down(signal& arrived) {
  if (answer_of_batch(arrived))
    return;
  if (more)
    for (auto& request : more->requests)
      if (request.ref == arrived.ref && !request.arrived) {
        request.arrived = request.unwatched = true;
        request.got = {false, std::move(arrived.value)};
        return;
      }
  if (!related)
    return;
  auto found = related->monitors.find(arrived.ref);
  if (found == related->monitors.end())
    return;  // demonitored meanwhile
  term object = std::move(found->second.object);
  related->monitors.erase(found);
  const auto own_tag = related->tags.find(arrived.ref);
  term tag = own_tag == related->tags.end() ? term("DOWN") : own_tag->second;
  monitor_over(arrived.ref);
  append_message(tuple(std::move(tag), reference{arrived.ref, 0}, "process", object, arrived.value), arrived.from);
}

void process::impl::answer_request(signal& arrived) {
  if (answer_of_batch(arrived))
    return;
  if (more)
    for (auto& request : more->requests)
      if (request.ref == arrived.ref && !request.arrived) {
        request.arrived = true;
        request.unwatched = arrived.unwatched;
        request.got = {arrived.what == kind_of::reply, std::move(arrived.value)};
        return;
      }
  // Late, or the second one: dropped (G11, G12).
}

void process::impl::end_with(term reason) {
  if (ending)
    return;
  ending = true;
  more_made().exit_reason = std::move(reason);
}

void process::impl::finish() {
  const pid self = process::self();
  const auto keep_home = home->shared_from_this();
  node::impl& node = *home;
  ending = true;
  const term exit_reason = more_made().exit_reason;
  finishing = true;
  if (body && started)
    body->ended(*this, exit_reason);
  // While the process can still be found: who hears of its end, or does not find it, finds its ports closed.
  fetch();  // the last thing it did may have been to open one
  if (related)
    for (const std::uint64_t id : related->ports)
      if (const auto owned = node.ports.find({id, 0}))
        owned->owner_ended(self);
  auto late = inbox.close();
  node.processes.remove(self);
  node.registry.erase_of(self);
  if (more && more->armed_at)
    node.clock.cancel(more->armed_timer);
  const auto tell = [&](std::uint64_t who, std::uint64_t ref) {
    const bool is_answered = more->answered_at_end == ref;
    auto last = is_answered ? make_signal(kind_of::reply, self, ref, more->last_answer)
                            : make_signal(kind_of::down, self, ref, exit_reason);
    last->unwatched = true;
    node.post({who, 0}, std::move(last));
  };
  if (related) {
    for (auto& [other, end] : related->links)
      if (end.active) {
        auto exit = make_signal(kind_of::exit, self, 0, exit_reason);
        exit->by_link = true;
        node.post({other, 0}, std::move(exit));
      }
    for (auto& [ref, watched] : related->monitors)
      node.post(watched.target, make_signal(kind_of::demonitor, self, ref));
    for (auto& [ref, watcher] : related->watchers)
      tell(watcher, ref);
    for (auto& [ref, until] : related->aliases)
      node.aliases.erase(ref);
  }
  if (in_hand.ref != 0)
    tell(in_hand.to, in_hand.ref);
  if (more) {
    for (auto& one : more->owed)
      tell(one.to, one.ref);
    for (const auto& open : more->requests)  // it ends while it waits for an answer
      give_up(open);
  }
  node.engine->ended(*this, exit_reason);
  // What nobody will handle: messages vanish, the rest is answered as if it had come too late.
  for (auto* rest : queues())
    while (auto next = rest->take_first()) {
      if (next->is_request())
        tell(next->from.id, next->ref);
      node.message_gone(*next);
    }
  if (more)
    late.put_in_front(std::move(more->unhandled));
  while (auto next = late.take_first())
    node.bounce(self, *next);
  related.reset();
  more.reset();
  node.process_finished();
}

process::impl::state process::impl::run_scheduled(std::size_t max) {
  entered_ms.store(coarse_ms(), std::memory_order_relaxed);
  constexpr std::size_t messages_a_look = 16;  // each look takes the inbox's line of the cache from those who send
  for (std::size_t done = 0; done < max; ++done) {
    if (done % messages_a_look == 0 || !has_work() || pressing.load(std::memory_order_relaxed)) {
      running.store(false, std::memory_order_relaxed);  // what fetch answers is answered between two messages
      fetch();
    }
    const bool works = has_work();
    running.store(works, std::memory_order_relaxed);
    if (works && !ending) {
      run_one();
      if (ending)
        fetch(true);  // what came before its code ended is told how
    }
    if (ending) {
      finish();
      return state::done;
    }
    if (!works && inbox.rest())
      return state::waiting;
    if (turn_due && !is_held())
      break;
  }
  entered_ms.store(0, std::memory_order_relaxed);
  return state::more;
}

namespace {
/// What a process dies of when something is thrown out of its code (P11).
term reason_of(const raised& thrown) {
  if (thrown.what == "exit"_atom)
    return thrown.reason;
  if (thrown.what == "throw"_atom)
    return tuple(tuple("nocatch", thrown.reason), thrown.stack);
  return tuple(thrown.reason, thrown.stack);
}
}  // namespace

term exit_reason_now(process& self) {
  try {
    throw;
  } catch (process_exit& exit) {
    return exit.reason;
  } catch (raised& thrown) {
    auto reason = reason_of(thrown);
    if (thrown.what != "exit"_atom)
      report_crash(self, reason);
    return reason;
  } catch (std::bad_alloc&) {
    return "system_limit";
  } catch (std::exception& thrown) {
    auto reason = tuple(tuple("native_exception", string(thrown.what())), term{});
    report_crash(self, reason);
    return reason;
  }
}

void process::impl::run_one() {
  count_reduction();
  try {
    if (!started) {
      started = true;
      return body->start(*this);
    }
    if (have(&seldom_used::urgents)) {
      const auto urgent = more->urgents.take_first();
      return body->urgent(*this, urgent->value,
                          urgent->ref == 0 ? term{} : tuple(urgent->from, reference{urgent->ref, 0}));
    }
    if (std::exchange(turn_due, false))
      return body->turn(*this);
    if (is_answered())
      return take_answer();
    if (auto next = have(&seldom_used::again) ? more->again.take_first() : messages.take_first()) {
      messages.prefetch();
      in_take = true;
      take_in_hand(*next);
      const auto verdict = body->take(*this, next->value);
      in_take = false;
      if (verdict == body::verdict::skipped) {
        put_back(*next);
        more_made().skipped.append(std::move(next));
      } else {
        consumed(*next);
      }
      if (wanted_look != look::on)
        change_look(std::exchange(wanted_look, look::on));
      return;
    }
    if (std::exchange(timeout_due, false))
      body->timeout(*this);
  } catch (...) {
    in_take = false;
    end_with(exit_reason_now(*this));
  }
}

void process::impl::change_look(look how) {
  if (in_take) {
    wanted_look = how;  // the message in hand keeps its place among the skipped ones
    return;
  }
  if (!have(&seldom_used::skipped) && !have(&seldom_used::again))
    return;
  auto& skipped = more->skipped;
  auto& again = more->again;
  again.put_in_front(std::exchange(skipped, {}));
  if (how == look::at_new_only)
    skipped = std::exchange(again, {});
}

void process::impl::wake_blocked() {
  {
    std::lock_guard guard{blocking->mutex};
    blocking->woken = true;
  }
  blocking->arrival.notify_one();
}

bool process::impl::comes_soon() const noexcept {
  constexpr std::chrono::microseconds patience{50};  // as a worker's that searches: one that rests may be 30 away
  const bool asks = (more && !more->requests.empty()) || blocking->innermost;
  if (!asks)
    return false;
  for (const auto until = clock::now() + patience; clock::now() < until; ::sched_yield())
    if (inbox.has_some())
      return true;
  return false;
}

bool process::impl::wait(deadline until) {
  for (;;) {
    if (check())
      return true;
    if (ending && in_destructors)
      return false;  // nothing that comes counts any more
    if (until && *until <= clock::now())
      return false;
    if (comes_soon())
      continue;
    {
      std::lock_guard guard{blocking->mutex};
      blocking->woken = false;
    }
    if (!inbox.rest())
      continue;
    running.store(false, std::memory_order_relaxed);
    {
      std::unique_lock guard{blocking->mutex};
      const auto woken = [this] { return blocking->woken; };
      if (until)
        blocking->arrival.wait_until(guard, *until, woken);
      else
        blocking->arrival.wait(guard, woken);
    }
    // A wake-up may be an old one, of a push that had ended the rest before the sleeper looked; then nothing came.
    inbox.rise();
    const bool came = check();
    entered_ms.store(coarse_ms(), std::memory_order_relaxed);
    running.store(true, std::memory_order_relaxed);
    if (came)
      return true;
  }
}

bool process::impl::check() {
  const bool came = fetch();
  // Not while another exception is on its way, nor at the end: a destructor may be sending.
  if (ending && std::uncaught_exceptions() == 0 && !finishing && !in_destructors)
    throw process_exit{more->exit_reason};
  return came;
}
}  // namespace twinslot
