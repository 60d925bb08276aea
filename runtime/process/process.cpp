#include "runtime/process/process.hpp"

#include "runtime/process/node_impl.hpp"

#include <ctime>

namespace twinslot {

using kind_of = signal::kind;

namespace {
thread_local process* on_this_thread = nullptr;

/// The name that a local {Name, Node} has for its node.
bool is_this_node(const term& name) {
  return name == "nonode@nohost"_atom;
}

[[noreturn]] void raise_noproc_of_link(pid other) {
  raised noproc{"error"_atom, "noproc", {}};
  noproc.stack = list(tuple("erlang", "link", list(other), term{}));
  throw noproc;
}
}  // namespace

process::impl::impl(std::uint64_t number, node::impl& where, bool blocks)
    : process(number, *where.owner, blocks),
      home(&where),
      blocking(blocks ? std::make_unique<blocking_part>() : nullptr) {}

process* running_process() noexcept {
  return on_this_thread;
}
running_scope::running_scope(process* now) noexcept : before_(std::exchange(on_this_thread, now)) {}
running_scope::~running_scope() {
  on_this_thread = before_;
}

clock::time_point coarse_now() noexcept {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return clock::time_point{std::chrono::seconds{now.tv_sec} + std::chrono::nanoseconds{now.tv_nsec}};
}

namespace {
constexpr std::chrono::milliseconds coarse_lag{10};  // at most

bool has_come(clock::time_point when) noexcept {
  const auto left = when - coarse_now();
  return left <= coarse_lag && (left.count() <= 0 || when <= clock::now());
}
}  // namespace

deadline deadline_in(std::chrono::milliseconds time) noexcept {
  if (time >= std::chrono::seconds{1})
    return coarse_now() + coarse_lag + time;
  return clock::now() + time;
}

deadline deadline_from(const term& timeout) {
  if (timeout == "infinity"_atom)
    return {};
  constexpr std::int64_t longest_ms = 0xFFFFFFFF;  // as the BEAM's
  if (!timeout.is_int64() || timeout.as_int64() < 0 || timeout.as_int64() > longest_ms)
    raise_error("timeout_value");
  return deadline_in(std::chrono::milliseconds{timeout.as_int64()});
}

void process::send(const term& to, term message) {
  inside().count_reduction();
  if (to.is_reference())
    return inside().home->send_by_alias(to.as_reference(), self(), std::move(message));
  if (auto target = inside().home->resolve(to))
    return inside().home->post(*target, make_signal(kind_of::message, self(), 0, std::move(message)));
  if (to.is_atom())
    raise_badarg();
}

void process::link(pid other) {
  if (other == self())
    return;
  auto& me = inside();
  const bool is_there = other.node == 0 && (me.home->processes.contains(other) || me.home->engine->is_actor(other));
  if (!is_there && !trap_exit()) {
    me.check();
    raise_noproc_of_link(other);
  }
  auto [end, is_new] = me.relations_made().links.try_emplace(other.id);
  if (!is_new && end->second.active)
    return;
  end->second = {};
  me.home->post(other, make_signal(kind_of::link, self()));
}

void process::unlink(pid other) {
  auto& me = inside();
  if (!me.related)
    return;
  auto end = me.related->links.find(other.id);
  if (end == me.related->links.end() || !end->second.active)
    return;
  end->second = {false, ++me.related->last_unlink};
  me.home->post(other, make_signal(kind_of::unlink, self(), me.related->last_unlink));
}

reference process::monitor(const term& what, const monitor_options& how) {
  auto& me = inside();
  const auto ref = home_->make_reference();
  const auto target = me.home->resolve(what);
  term object = what;
  if (what.is_atom())
    object = tuple(what, "nonode@nohost");
  if (how.alias)
    me.make_alias(ref.id, *how.alias);
  if (target && *target == self())
    return ref;  // never fires, as in Erlang
  if (how.tag)
    me.relations_made().tags.emplace(ref.id, *how.tag);
  const pid watched = target.value_or(pid{});
  me.relations_made().monitors.emplace(ref.id, relations::watched{watched, object});
  if (target)
    me.home->post(*target, make_signal(kind_of::monitor, self(), ref.id));
  else
    me.home->post(self(), make_signal(kind_of::down, watched, ref.id,
                                      what.is_tuple() && !is_this_node(what[1]) ? term("noconnection") : "noproc"));
  return ref;
}

bool process::demonitor(reference ref, bool flush) {
  auto& me = inside();
  bool found = false;
  if (me.related) {
    auto entry = me.related->monitors.find(ref.id);
    found = entry != me.related->monitors.end();
    if (found) {
      const pid target = entry->second.target;
      me.related->monitors.erase(entry);
      if (target != pid{})
        me.home->post(target, make_signal(kind_of::demonitor, self(), ref.id));
    }
    me.monitor_over(ref.id);
  }
  if (!flush || found)
    return found;
  for (auto* queue : me.queues()) {
    signal* before = nullptr;
    for (auto* at = queue->first(); at; before = at, at = at->next)
      if (at->value.is_tuple(5) && at->value[1] == term(ref)) {  // with whatever tag
        queue->take_after(before);
        me.count_taken();
        return false;
      }
  }
  return false;
}

void process::exit_signal(const term& to, term reason) {
  if (!to.is_pid())
    raise_badarg();
  const pid target = to.as_pid();
  inside().home->post(target, make_signal(kind_of::exit, self(), 0, std::move(reason)));
  if (target == self())
    inside().check();
}

bool process::trap_exit() const noexcept {
  return inside().traps_exits.load(std::memory_order_relaxed);
}

bool process::trap_exit(bool on) noexcept {
  return inside().traps_exits.exchange(on, std::memory_order_relaxed);
}

term& process::dictionary() noexcept {
  auto& mine = inside().more_made();
  if (!std::exchange(mine.has_dictionary, true))
    mine.dictionary = inside().body ? inside().body->first_dictionary() : map();
  return mine.dictionary;
}

term process::group_leader() const {
  return inside().home->group_leader;
}

void process::stop(term reason) {
  inside().end_with(std::move(reason));
}

bool process::stopping() const noexcept {
  return inside().ending;
}

reference process::hold() {
  const auto made = home_->make_reference();
  inside().more_made().held = made.id;
  return made;
}

void process::yield() noexcept {
  inside().turn_due = true;
}

void process::set_timeout(const deadline& when) {
  auto& me = inside();
  me.timeout_due = false;
  if (!when && !me.more)
    return;
  auto& mine = me.more_made();
  mine.timeout_at = when;
  if (when && has_come(*when)) {
    me.timeout_due = true;  // after the messages that wait
    mine.timeout_at.reset();
    return;
  }
  // One timer at most: an earlier one looks at `timeout_at` when it fires, and sets the rest.
  if (!when || (mine.armed_at && *mine.armed_at <= *when))
    return;
  if (mine.armed_at)
    me.home->clock.cancel(mine.armed_timer);
  mine.armed_at = when;
  mine.armed_timer = me.home->next_number();
  me.home->clock.set(*when, mine.armed_timer, {self(), {}, true});
}

void process::look_again() {
  inside().change_look(impl::look::again);
}

void process::look_at_new_only() {
  inside().change_look(impl::look::at_new_only);
}

std::optional<term> process::receive(const std::function<bool(const term&)>& match, deadline until) {
  std::optional<term> found;
  const auto take = [&](const term& message) {
    if (match(message))
      found = message;
    return found.has_value();
  };
  receive_into(take, until);
  return found;
}

bool process::receive_into(const std::function<bool(const term&)>& take, deadline until) {
  auto& me = inside();
  if (!blocking_)
    raise_error(tuple("would_block", "receive"));
  me.count_reduction();
  me.check();
  signal* seen = nullptr;  // the last one that was looked at
  for (bool expired = false;; expired = !me.wait(until)) {
    while (seen ? seen->next : me.messages.first()) {
      auto next = me.messages.take_after(seen);
      const auto gone_before = me.taken.load(std::memory_order_relaxed);
      bool taken = false;
      me.take_in_hand(*next);
      try {
        taken = take(next->value);
      } catch (...) {
        me.put_back(*next);
        me.messages.insert_after(me.still_there(seen, gone_before), std::move(next));
        throw;
      }
      if (taken) {
        me.consumed(*next);
        return true;
      }
      me.put_back(*next);
      signal* const left = next.get();
      me.messages.insert_after(me.still_there(seen, gone_before), std::move(next));
      seen = left;
    }
    if (expired)
      return false;
  }
}

/// `seen`, if it is among the messages that wait; null if it was taken since `gone_before`.
signal* process::impl::still_there(signal* seen, std::uint64_t gone_before) const noexcept {
  if (!seen || taken.load(std::memory_order_relaxed) == gone_before)
    return seen;
  signal* found = messages.first();
  while (found && found != seen)
    found = found->next;
  return found;
}

void process::forward(const std::function<bool(const term&)>& match, pid to) {
  auto& me = inside();
  me.check();
  for (auto* queue : me.queues()) {
    signal* seen = nullptr;
    while (signal* const next = seen ? seen->next : queue->first()) {
      if (!match(next->value)) {
        seen = next;
        continue;
      }
      auto moved = queue->take_after(seen);
      me.count_taken();
      me.home->post(to, std::move(moved));
    }
  }
}

void process::sleep_until(deadline until) {
  if (!blocking_)
    raise_error(tuple("would_block", "sleep"));
  while (inside().wait(until)) {
  }
}

std::optional<term> process::impl::find_server(const term& server, pid& target) {
  if (server.is_port()) {
    target = {server.as_port().id, 0};
    return {};
  }
  const auto found = home->resolve(server);
  if (!found)
    return server.is_tuple() && !is_this_node(server[1]) ? tuple("nodedown", server[1]) : term("noproc");
  if (*found == self())
    return "calling_self";
  target = *found;
  return {};
}

process::answer process::request(const term& server, atom label, term request, deadline until) {
  auto& me = inside();
  me.check();
  if (me.is_posed(server))
    return me.await_answer(until);
  pid target;
  if (auto nobody = me.find_server(server, target))
    return {false, std::move(*nobody)};
  if (!blocking_)
    raise_error(tuple("would_block", label));
  me.pose(server, target, label, request);
  return me.await_answer(until);
}

std::vector<process::answer> process::request_all(const std::vector<pid>& servers, atom label, const term& request,
                                                  deadline until, const std::function<void(std::size_t)>& look) {
  if (!blocking_)
    raise_error(tuple("would_block", label));
  return inside().ask_all(servers, label, request, until, look);
}

std::vector<process::answer> process::impl::ask_all(const std::vector<pid>& servers, std::optional<atom> label,
                                                    const term& request, deadline until,
                                                    const std::function<void(std::size_t)>& tell) {
  // While many answers are still to come, each would wake this process: it looks after them from time to time instead.
  constexpr std::size_t many = 64;
  constexpr std::chrono::microseconds pause{100};
  constexpr std::chrono::milliseconds between_looks{100};
  check();
  std::vector<answer> answers(servers.size(), {false, "timeout"});
  request_batch asked{*this, servers, answers};
  asked.pose(label, request);
  while (asked.open != 0) {
    if (asked.open > many)
      std::this_thread::sleep_for(pause);
    const auto next_look = clock::now() + between_looks;
    const bool looks = tell && (!until || next_look < *until);
    if (!wait(looks ? next_look : until) && !looks)
      break;
    if (tell)
      tell(servers.size() - asked.open);
  }
  return answers;
}

request_batch::request_batch(process::impl& of, const std::vector<pid>& asked, std::vector<process::answer>& into)
    : me(of),
      outer(std::exchange(of.blocking->innermost, this)),
      servers(asked),
      answers(into),
      first(of.home->next_request_numbers(asked.size())),
      open(asked.size()),
      arrived(asked.size()) {}

void request_batch::pose(std::optional<atom> label, const term& request) {
  std::uint64_t ref = first;
  for (pid each : servers) {
    me.count_reduction();
    if (label)
      me.home->post(each, make_signal(kind_of::message, me.self(), ref,
                                      tuple(*label, tuple(me.self(), reference{ref, 0}), request)));
    else
      me.home->post(each, make_signal(kind_of::urgent, me.self(), ref, request));
    ref += 2;
  }
}

bool request_batch::take(signal& got) {
  const std::uint64_t place = (got.ref - first) / 2;
  if (got.ref < first || place >= servers.size())
    return false;
  if (arrived[place])
    return true;  // the second one: dropped
  arrived[place] = true;
  --open;
  answers[place] = {got.what == kind_of::reply, std::move(got.value)};
  if (got.what != kind_of::down && !got.unwatched)
    me.home->post(servers[place], make_signal(kind_of::demonitor, me.self(), got.ref));
  return true;
}

request_batch::~request_batch() {
  me.blocking->innermost = outer;
  for (std::size_t i = 0; i < servers.size() && open != 0; ++i)
    if (!arrived[i]) {
      me.home->post(servers[i], make_signal(kind_of::demonitor, me.self(), first + 2 * i));
      --open;
    }
}

bool process::impl::answer_of_batch(signal& arrived) {
  for (auto* each = blocking ? blocking->innermost : nullptr; each; each = each->outer)
    if (each->take(arrived))
      return true;
  return false;
}

process::impl::opened::~opened() {
  for (std::size_t i = before; i < me.more->requests.size(); ++i)
    me.give_up(me.more->requests[i]);
  me.more->requests.erase(me.more->requests.begin() + static_cast<std::ptrdiff_t>(before), me.more->requests.end());
}

std::optional<term> process::ask(const term& server, atom label, term request, deadline until) {
  auto& me = inside();
  if (me.is_posed(server)) {
    set_timeout(until);
    return {};
  }
  if (server.is_tagged("global"_atom, 2) || server.is_tagged("via"_atom, 3))
    return "noproc";
  const bool is_name = server.is_atom() || (server.is_tuple(2) && server[0].is_atom() && server[1].is_atom());
  if (!server.is_pid() && !server.is_port() && !is_name)
    return "function_clause";
  pid target;
  if (auto nobody = me.find_server(server, target))
    return nobody;
  set_timeout(until);
  me.pose(server, target, label, request);
  return {};
}

void process::answer_at_end(reference request, term value) {
  auto& mine = inside().more_made();
  mine.answered_at_end = request.id;
  mine.last_answer = std::move(value);
}

bool process::impl::is_posed(const term& question) const noexcept {
  return question.is_reference() && more && !more->requests.empty() &&
         more->requests.back().ref == question.as_reference().id;
}

void process::impl::pose(const term& server, pid target, atom label, const term& request) {
  const auto ref = home_->make_request_reference();
  const auto from = tuple(self(), ref);
  count_reduction();
  note_request(ref.id, target, server.is_port());
  if (!server.is_port())
    return home->post(target, make_signal(kind_of::message, self(), ref.id, tuple(label, from, request)));
  if (const auto asked = home->ports.find({target.id, 0}))
    return asked->request(from, label, request);
  more->requests.back().arrived = true;
  more->requests.back().got.value = "noproc";
}

bool process::impl::give_up(const awaited& open) {
  if (!open.is_port) {
    if (!open.unwatched)
      home->post(open.target, make_signal(kind_of::demonitor, self(), open.ref));
    return true;
  }
  if (open.arrived)
    return true;
  if (const auto asked = home->ports.find({open.target.id, 0}))
    return asked->withdraw({open.ref, 0});
  fetch();  // it may have answered before it closed
  return true;
}

void process::impl::take_answer() {
  set_timeout({});
  if (!give_up(more->requests.back()))
    return;  // what a port has read for this process is on its way: it must not be lost
  awaited answered = std::move(more->requests.back());
  more->requests.pop_back();
  body->answered(*this, answered.got.ok, answered.got.value);
}

/// Sends `question`, whose `ref` also is a monitor, and waits.
process::answer process::impl::ask(pid target, signal_ptr question, deadline until) {
  count_reduction();
  note_request(question->ref, target);
  home->post(target, std::move(question));
  return await_answer(until);
}

process::answer process::impl::await_answer(deadline until) {
  // Requests nest (a match function may ask), so the innermost is the last.
  const opened mine{*this, more->requests.size() - 1};
  while (!more->requests.back().arrived && wait(until)) {
  }
  while (!give_up(more->requests.back()) && !ending)  // what a port has read is on its way: it must not be lost
    wait({});
  answer got = std::move(more->requests.back().got);
  more->requests.pop_back();
  return got;
}

void process::dispatching(code::version* in, const clause& which) noexcept {
  auto& me = inside();
  me.callback.store(std::uint64_t{which.module.index()} << 32 | which.function.index(), std::memory_order_release);
  me.callback_clause.store(std::uint64_t{which.arity} << 32 | which.tag, std::memory_order_release);
  me.dispatching.store(in, std::memory_order_relaxed);
}

process::clause process::last_clause() const noexcept {
  const auto& me = const_cast<process&>(*this).inside();
  const auto function = me.callback.load(std::memory_order_relaxed);
  const auto detail = me.callback_clause.load(std::memory_order_relaxed);
  return {atom::from_index(function >> 32), atom::from_index(static_cast<std::uint32_t>(function)),
          static_cast<std::uint32_t>(detail >> 32), static_cast<std::uint32_t>(detail)};
}

void process::dispatched() noexcept {
  inside().dispatching.store(nullptr, std::memory_order_relaxed);
}

process::frame::frame(process& self, code::pin held, bool lasting)
    : self_(self), held_(std::move(held)), lasting_(lasting) {
  auto& me = self.inside();
  auto* stack = me.frames.load(std::memory_order_relaxed);
  if (!stack) {
    stack = new frame_stack;
    me.frames.store(stack, std::memory_order_release);
  }
  const auto depth = stack->depth++;
  if (depth < frame_stack::fast) {
    if (lasting_)
      stack->since[depth].store(clock::now().time_since_epoch().count(), std::memory_order_relaxed);
    stack->in[depth].store(held_.get(), std::memory_order_relaxed);
  } else {
    std::lock_guard guard{stack->mutex};
    stack->deeper.push_back(held_.get());
  }
}

process::frame::~frame() {
  auto* stack = self_.inside().frames.load(std::memory_order_relaxed);
  const auto depth = --stack->depth;
  if (depth < frame_stack::fast) {
    if (lasting_)
      stack->since[depth].store(0, std::memory_order_relaxed);
    stack->in[depth].store(nullptr, std::memory_order_relaxed);
  } else {
    std::lock_guard guard{stack->mutex};
    stack->deeper.pop_back();
  }
}

std::size_t process::message_queue_length() const noexcept {
  const auto taken = inside().taken.load(std::memory_order_relaxed);
  const auto posted = inside().posted.load(std::memory_order_relaxed);
  return posted > taken ? posted - taken : 0;
}

std::uint64_t process::reductions() const noexcept {
  return inside().reductions.load(std::memory_order_relaxed);
}
}  // namespace twinslot
