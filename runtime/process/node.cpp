#include "runtime/process/node_impl.hpp"

#include <algorithm>
#include <cstdio>

namespace twinslot {

using kind_of = signal::kind;
using namespace std::chrono_literals;

node::impl::impl(std::unique_ptr<twinslot::engine> on)
    : engine(std::move(on)), clock([this](timers::timer due) { fire(std::move(due)); }) {}

node::node(std::shared_ptr<impl> made, node_options options) : impl_(std::move(made)) {
  static const abi::host_table table = make_host_table();
  impl_->owner = this;
  impl_->versions.emplace();
  impl_->loader.emplace(*impl_->versions, table, std::move(options.loading));
  impl_->group_leader = {impl_->engine->next_id(), 0};
  add_natives(own_natives());
}

node::~node() {
  const auto stuck = impl_->stop();
  for (auto& who : stuck)
    log("error"_atom, "Process " + who + " does not end: it is left behind.");
  for (const port left : ports())
    if (const auto open = impl_->ports.remove(left))
      open->shut();
  if (stuck.empty()) {
    impl_->processes.flush();
    impl_->ports.flush();
    impl_->keepsakes.clear();
    impl_->engine.reset();
    impl_->loader.reset();
    impl_->versions.reset();
  } else {
    // Their threads still run in here, and in the code that they came from.
    static auto& left_behind = *new std::vector<std::shared_ptr<impl>>;
    static std::mutex mutex;
    std::lock_guard guard{mutex};
    left_behind.push_back(impl_);
  }
}

// Processes.

namespace {
/// What a spawned process has from whoever spawns it, before it runs: so no signal is needed and none can be missed.
spawned relate(process_ref& made, const spawn_options& how, std::uint64_t number) {
  spawned result{made->self(), {}};
  auto& child = made.inside();
  if (!how.parent)
    return result;
  auto& parent = how.parent->inside();
  child.parent = how.parent->self().id;
  if (how.link) {
    parent.relations_made().links.insert_or_assign(made->self().id, relations::link_end{});
    child.relations_made().links.insert_or_assign(how.parent->self().id, relations::link_end{});
  }
  if (how.monitor) {
    result.monitor = {number, 0};
    parent.relations_made().monitors.emplace(number, relations::watched{made->self(), made->self()});
    child.in_hand = {number, how.parent->self().id};
  }
  if (how.question) {
    parent.note_request(how.question->id, made->self());
    child.in_hand = {how.question->id, how.parent->self().id};
  }
  return result;
}
}  // namespace

process_ref node::impl::make(bool blocking, const spawn_options& how) {
  auto made = engine->make_process(*this, blocking);
  auto& inside = made.inside();
  {
    std::lock_guard guard{ending_mutex};
    if (stopping)
      raise_error("system_limit");
    process_count.fetch_add(1, std::memory_order_relaxed);
  }
  processes.insert(*made);
  const term& name = how.name;
  if (name.is_nil())
    return made;
  const auto alive = [] { return true; };
  if (name.is_atom() && name != "undefined"_atom && registry.insert(name.as_atom(), made->self(), alive))
    return made;
  const auto holder = name.is_atom() ? registry.find(name.as_atom()) : std::nullopt;
  inside.inbox.close();
  processes.remove(made->self());
  process_finished();
  raise_error(holder ? tuple("already_started", *holder) : term("badarg"));
}

spawned node::spawn(std::unique_ptr<body> what, const spawn_options& how) {
  auto made = impl_->make(false, how);
  made.inside().body = std::move(what);
  auto result = relate(made, how, how.monitor ? impl_->next_number() : 0);
  impl_->engine->launch(*made);
  return result;
}

spawned node::spawn_blocking(std::function<void(process&)> what, const spawn_options& how) {
  auto made = impl_->make(true, how);
  if (!how.initial_call.is_nil())
    made.inside().blocking->initial_call = how.initial_call;
  made.inside().blocking->run = std::move(what);
  auto result = relate(made, how, how.monitor ? impl_->next_number() : 0);
  impl_->threads.run([made = std::move(made)] {
    const running_scope scope{made.get()};
    made.inside().run_blocking();
    made.inside().finish();
  });
  return result;
}

void process::impl::run_blocking() {
  started = true;
  entered_ms.store(coarse_ms(), std::memory_order_relaxed);
  running.store(true, std::memory_order_relaxed);
  term reason = "normal";
  try {
    check();
    blocking->run(*this);
  } catch (...) {
    reason = exit_reason_now(*this);
  }
  blocking->run = nullptr;  // what it holds is given back before anyone hears of the end
  end_with(std::move(reason));
}

void node::impl::process_finished() noexcept {
  std::lock_guard guard{ending_mutex};
  if (process_count.fetch_sub(1, std::memory_order_relaxed) == 1)
    process_gone.notify_all();
}

std::vector<std::string> node::impl::stop() {
  const auto none_left = [this] { return process_count.load(std::memory_order_relaxed) == 0; };
  {
    std::lock_guard guard{ending_mutex};
    stopping = true;
  }
  // Politely, as if from the parent, so that servers terminate; then not; then some time for what is in native code.
  const std::pair<const char*, std::chrono::milliseconds> steps[] = {{"shutdown", 500ms}, {"kill", 2000ms}};
  for (auto& [reason, patience] : steps) {
    for (auto& each : processes.all())
      post(each->self(), make_signal(kind_of::exit, pid{each.inside().parent, 0}, 0, atom(reason)));
    std::unique_lock guard{ending_mutex};
    if (process_gone.wait_for(guard, patience, none_left))
      break;
  }
  clock.stop();
  std::vector<std::string> stuck;
  for (auto& each : processes.all())
    stuck.push_back("<0." + std::to_string(each->self().id) + ".0>");
  if (stuck.empty() && !none_left())
    stuck.push_back("(ending)");
  threads.stop(!stuck.empty());
  return stuck;
}

bool node::is_alive(pid who) const {
  if (impl_->engine->is_actor(who))
    return true;
  // An exit signal that is on its way may end it: give it the time to arrive, as its sender expects (P14). Who shares
  // its thread with others waits less for one that does not come back from native code.
  const auto* asking = running_process();
  const int patience_ms = asking && !asking->may_block() ? 20 : 1000;
  for (int waited_ms = 0;; ++waited_ms) {
    auto found = impl_->processes.find(who);
    if (!found)
      return false;
    auto& inside = found.inside();
    if (inside.kill_in_flight.load(std::memory_order_relaxed))
      return false;
    if (inside.exits_in_flight.load(std::memory_order_relaxed) == 0 || waited_ms == patience_ms ||
        found.get() == asking)
      return true;
    std::this_thread::sleep_for(1ms);
  }
}

std::vector<pid> node::processes() const {
  std::vector<pid> found;
  for (auto& each : impl_->processes.all())
    found.push_back(each->self());
  return found;
}

// Signals.

std::optional<pid> node::impl::resolve(const term& to) {
  if (to.is_pid())
    return to.as_pid();
  if (to.is_atom())
    return registry.find(to.as_atom());
  if (to.is_tuple(2) && to[0].is_atom() && to[1].is_atom())
    return to[1] == "nonode@nohost"_atom ? registry.find(to[0].as_atom()) : std::nullopt;
  raise_badarg();
}

void node::impl::post(pid to, signal_ptr sent) {
  if (processes.visit(to, [&](process& found) { found.inside().post(sent); })) {
    if (!sent)
      return;
  } else if (engine->deliver(to, sent) == engine::delivered::yes) {
    if (sent)
      message_gone(*sent);  // what waits at an actor of CAF's is not known
    return;
  }
  bounce(to, *sent);
}

void node::impl::bounce(pid dead, signal& sent) {
  const auto noproc = dead.node == 0 ? term("noproc") : term("noconnection");
  switch (sent.what) {
    case kind_of::link: {
      auto exit = make_signal(kind_of::exit, dead, 0, noproc);
      exit->by_link = true;
      return post(sent.from, std::move(exit));
    }
    case kind_of::message:
      if (sent.from_a_port)
        return message_gone(sent);
      if (sent.ref == 0 || sent.from_a_caf)
        return;
      [[fallthrough]];
    case kind_of::urgent:
      if (sent.ref == 0)
        return;
      [[fallthrough]];
    case kind_of::monitor: return post(sent.from, make_signal(kind_of::down, dead, sent.ref, noproc));
    case kind_of::unlink: return post(sent.from, make_signal(kind_of::unlink_ack, dead, sent.ref));
    case kind_of::inspect: return answer_enquiry(sent.ref, "undefined");
    case kind_of::own_port:
      if (const auto owned = ports.find({sent.ref, 0}))
        owned->owner_ended(dead);
      return;
    default: return;
  }
}

void node::send(pid to, term message) {
  impl_->post(to, make_signal(kind_of::message, {}, 0, std::move(message)));
}

void node::exit_signal(pid to, term reason, pid from) {
  impl_->post(to, make_signal(kind_of::exit, from, 0, std::move(reason)));
}

namespace {
/// The reference in a From that process::request, or a CAF request, has made.
bool is_request_tag(const term& tag) {
  return tag.is_reference() && tag.as_reference().id % 2 == 1;
}
/// In the tag [alias | Reference] of gen_server:send_request, whose reference is a monitor and an alias.
std::optional<reference> alias_in(const term& tag) {
  term at = tag;
  if (at.is_cons() && at.head().is_cons())  // [[alias | Reference] | Whatever]
    at = at.head();
  const bool has_one = at.is_cons() && at.head() == "alias"_atom && at.tail().is_reference();
  return has_one ? std::optional{at.tail().as_reference()} : std::nullopt;
}
}  // namespace

bool node::impl::answer(const term& from, kind_of how, term value) {
  if (!node::is_from(from))
    raise_badarg();
  if (const auto alias = alias_in(from[1])) {
    auto* server = running_process();
    if (how == kind_of::reply)
      send_by_alias(*alias, server ? server->self() : pid{}, tuple(from[1], std::move(value)));
    else
      post(from[0].as_pid(), make_signal(kind_of::down, server ? server->self() : pid{}, alias->id, std::move(value)));
    return true;
  }
  if (!is_request_tag(from[1])) {
    if (how == kind_of::reply)
      post(from[0].as_pid(), make_signal(kind_of::message, {}, 0, tuple(from[1], std::move(value))));
    return how == kind_of::reply;
  }
  const auto ref = from[1].as_reference().id;
  if (engine->answer(ref, how == kind_of::reply, value))
    return true;
  auto sent = make_signal(how, {}, ref, std::move(value));
  // Usually the server itself answers: then the monitor that came with the request is at hand.
  if (auto* server = running_process()) {
    auto& inside = server->inside();
    sent->from = server->self();
    sent->unwatched = inside.settle(ref);
  }
  post(from[0].as_pid(), std::move(sent));
  return true;
}

bool node::is_from(const term& from) noexcept {
  return from.is_tuple(2) && from[0].is_pid();
}

void node::reply(const term& from, term value) {
  impl_->answer(from, kind_of::reply, std::move(value));
}

bool node::refuse(const term& from, term reason) {
  return impl_->answer(from, kind_of::refusal, std::move(reason));
}

process::answer node::urgent(process& caller, pid server, term request, deadline until) {
  if (!caller.may_block())
    raise_error(tuple("would_block", "urgent"));
  if (server == caller.self())
    return {false, "calling_self"};
  return caller.inside().ask(
      server, make_signal(kind_of::urgent, caller.self(), impl_->next_request_number(), std::move(request)), until);
}

std::vector<process::answer> node::urgent_all(process& caller, const std::vector<pid>& servers, const term& request,
                                              deadline until) {
  if (!caller.may_block())
    raise_error(tuple("would_block", "urgent"));
  return caller.inside().ask_all(servers, std::nullopt, request, until, {});
}

void node::urge(process& caller, pid server, term request) {
  impl_->post(server, make_signal(kind_of::urgent, caller.self(), 0, std::move(request)));
}

std::vector<pid> node::lingering(const code::version* in) const {
  std::vector<pid> found;
  const auto is_in = [in](process::impl& who) {
    if (who.dispatching.load(std::memory_order_relaxed) == in)
      return true;
    auto* stack = who.frames.load(std::memory_order_acquire);
    if (!stack)
      return false;
    for (auto& each : stack->in)
      if (each.load(std::memory_order_relaxed) == in)
        return true;
    std::lock_guard guard{stack->mutex};
    return std::find(stack->deeper.begin(), stack->deeper.end(), in) != stack->deeper.end();
  };
  for (auto& each : impl_->processes.all())
    if (is_in(each.inside()))
      found.push_back(each->self());
  return found;
}

deadline node::lingering_since(pid who, const code::version* in) const {
  const auto found = impl_->processes.find(who);
  const auto* stack = found ? found.inside().frames.load(std::memory_order_acquire) : nullptr;
  for (std::size_t i = 0; stack && i < frame_stack::fast; ++i)
    if (stack->in[i].load(std::memory_order_relaxed) == in)
      if (const auto since = stack->since[i].load(std::memory_order_relaxed); since != 0)
        return clock::time_point{clock::duration{since}};
  return {};
}

// Names.

bool node::register_name(atom name, pid who) {
  if (name == "undefined"_atom)
    return false;
  return impl_->registry.insert(name, who, [&] { return impl_->processes.contains(who); });
}

bool node::unregister_name(atom name) {
  return impl_->registry.erase(name);
}

std::optional<pid> node::whereis(atom name) const {
  return impl_->registry.find(name);
}

std::optional<atom> node::name_of(pid who) const {
  return impl_->registry.name_of(who);
}

std::vector<atom> node::registered() const {
  return impl_->registry.all();
}

constinit thread_local node::impl::number_range node::impl::numbers;

node::impl::number_range node::impl::take_numbers(std::uint64_t count) noexcept {
  static std::atomic<std::uint64_t> last{1};
  const auto first = last.fetch_add(count, std::memory_order_relaxed);
  return {first, first + count};
}

reference node::make_reference() {
  return {impl_->next_number(), 0};
}

reference node::make_request_reference() {
  return {impl_->next_request_number(), 0};
}

// Timers.

reference node::send_after(clock::time_point when, const term& to, term message, bool wrapped) {
  if (!to.is_pid() && !to.is_atom())
    raise_badarg();
  const auto timer = make_reference();
  if (wrapped)
    message = tuple("timeout", timer, std::move(message));
  impl_->clock.set(when, timer.id, {to, std::move(message), false});
  return timer;
}

namespace {
/// Milliseconds until a timer fires, rounded up.
std::optional<std::int64_t> milliseconds_to(std::optional<clock::time_point> when) {
  if (!when)
    return {};
  return std::max<std::int64_t>(std::chrono::ceil<std::chrono::milliseconds>(*when - clock::now()).count(), 0);
}
}  // namespace

std::optional<std::int64_t> node::cancel_timer(reference timer) {
  return milliseconds_to(impl_->clock.cancel(timer.id));
}

std::optional<std::int64_t> node::read_timer(reference timer) const {
  return milliseconds_to(impl_->clock.due(timer.id));
}

void node::impl::fire(timers::timer due) {
  const auto to = resolve(due.to);
  if (!to)
    return;
  if (due.is_timeout)
    post(*to, make_signal(kind_of::timeout, {}));
  else
    post(*to, make_signal(kind_of::message, {}, 0, std::move(due.message)));
}

// A process for the caller's thread.

struct scoped_process::impl {
  process_ref process;
  std::optional<running_scope> scope;
};

scoped_process::scoped_process(node& home) : impl_(std::make_unique<impl>()) {
  impl_->process = home.inside().make(true, {});
  self_ = impl_->process.get();
  auto& inside = impl_->process.inside();
  inside.started = true;
  inside.entered_ms.store(coarse_ms(), std::memory_order_relaxed);
  inside.running.store(true, std::memory_order_relaxed);
  impl_->scope.emplace(self_);
}

scoped_process::~scoped_process() {
  auto& inside = impl_->process.inside();
  inside.end_with("normal");
  inside.finish();
}
}  // namespace twinslot
