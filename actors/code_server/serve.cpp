// The code server's loop: requests one at a time, load hooks on the side.
//
// Requests, as {'$code', From, Request}:
//   {load, Module, Parcel, How, Reports}                {module, Name} | {error, Reason}; with Reports, where a purge
//       made room or could not, {module, Name, Report} | {error, {not_purged, Report}}: Report as purge()
//       How: refuse | make_room | kill | implicit | by_name
//   {await, Module, Asker}                              ok, after the module's load hook; deadlock: it is the hook
//   {purge, Module, Kills}                              as purge()
//   {delete, Module}                                    boolean
//   {holders, Module}                                   as holders()
//   {keep, [Parcel]}                                    ok: until they are finished, or the sender ends
//   {finish, [{Module, Parcel}]}                        ok | {error, [{Module, Reason}]} | badarg
// What changes a module waits while another change of it goes on: its load hook, an upgrade (change_locks).
// {error, deadlock}: the load hook itself asks; {error, {busy, [{Module, What, Pid}]}}: a process that the change waits
// for asks.
#include "actors/code_server/holders.hpp"
#include "actors/code_server/purge.hpp"
#include "actors/code_server/state.hpp"
#include "runtime/term/print.hpp"

#include <algorithm>
#include <optional>

namespace twinslot::code_server {
namespace {

/// Calls the module's load hook. Throws what it raised; exits with a value other than ok.
void run_hook(process& self, code::pin held) {
  term made;
  abi::status how{};
  {
    const auto& info = held->info();
    const process::frame frame{self, std::move(held)};
    raw_term bits = term::bits(kind::nil);
    how = info.on_load(info.data, reinterpret_cast<abi::env*>(&self), &bits);
    made = term::adopt(bits);
  }
  if (how == abi::status::raised && made.is_tuple(3) && made[0].is_atom())
    throw raised{made[0].as_atom(), made[1], made[2]};
  if (!(made == "ok"))
    raise_exit(made);
}

term list_of_vector(const std::vector<term>& all) {
  return list_of(all.data(), all.size());
}

bool is_list_of(const term& list, bool (*each)(const term&)) {
  const term* rest = &list;
  term tail;
  for (; rest->is_cons(); rest = &tail) {
    if (!each(rest->head()))
      return false;
    tail = rest->tail();
  }
  return rest->is_nil();
}

class server {
public:
  server(process& self, state& shared) noexcept : self_(self), shared_(shared) {}

  [[noreturn]] void run() {
    for (;;) {
      const auto message = self_.receive([](const term&) { return true; }, next_deadline());
      if (message)
        handle(*message);
      else
        expire();
    }
  }

private:
  /// A load hook that runs.
  struct pending {
    atom module;
    code::prepared content;
    term from;
    term report;  // of the purge that made room, if it is wanted
    pid process;
    reference monitor;
    deadline until;
    change_locks::ticket lock;
    std::vector<std::pair<term, pid>> awaiting;  // {From, Asker}
  };
  /// A request whose module is being changed.
  struct waiting_request {
    change_locks::ticket lock;
    term from, what;
  };

  void handle(const term& message) {
    if (message.is_tagged("$code"_atom, 3) && node::is_from(message[1])) {
      if (is_request(message[2]))
        request(message[1], message[2]);
    } else if (message.is_tagged("$change_granted"_atom, 2)) {
      granted(message[1]);
    } else if (message.is_tagged("hook_done"_atom, 2)) {
      hook_done(message[1], "ok");
    } else if (message.is_tagged("DOWN"_atom, 5)) {
      down(message[1], message[4]);
    } else if (message.is_tagged("system"_atom, 3) && node::is_from(message[1])) {
      self_.home().reply(message[1], tuple("error", tuple("unknown_system_msg", message[2])));
    }
  }

  /// Anybody can send anything.
  static bool is_request(const term& what) {
    if (what.is_tagged("keep"_atom, 2))
      return is_list_of(what[1], [](const term& it) { return it.is_int64(); });
    if (what.is_tagged("finish"_atom, 2))
      return is_list_of(what[1], [](const term& it) { return it.is_tuple(2) && it[0].is_atom() && it[1].is_int64(); });
    if (!what.is_tuple() || what.size() < 2 || !what[1].is_atom())
      return false;
    return (what.is_tagged("load"_atom, 5) && what[2].is_int64() && what[3].is_atom() && what[4].is_bool()) ||
           (what.is_tagged("await"_atom, 3) && what[2].is_pid()) || what.is_tagged("purge"_atom, 3) ||
           what.is_tagged("delete"_atom, 2) || what.is_tagged("holders"_atom, 2);
  }

  void reply(const term& to, term value) { self_.home().reply(to, std::move(value)); }

  void request(const term& from, const term& what) {
    if (what[0] == "keep")
      return keep(from, what[1]);
    if (what[0] == "finish")
      return request_finish(from, what);
    const atom module = what[1].as_atom();
    if (what[0] == "holders")
      return reply(from, holders(self_, shared_, module));
    pending* const hook = find(module);
    // A hook that asks for its own module must not wait for itself (C44).
    if (hook && from[0] == term(hook->process))
      return reply(from, what[0] == "await" ? term("deadlock") : tuple("error", "deadlock"));
    if (what[0] == "await") {
      if (!hook)
        return reply(from, "ok");
      hook->awaiting.emplace_back(from, what[2].as_pid());
      return;
    }
    if (!hook && is_waited_for(from[0].as_pid(), module))
      return reply(from, tuple("error", tuple("busy", list_of_vector(shared_.locks->in_the_way({module})))));
    begin(from, what, {module});
  }

  void request_finish(const term& from, const term& what) {
    std::vector<atom> modules;
    for (const term& each : what[1].elements_of_list())
      modules.push_back(each[0].as_atom());
    if (std::any_of(modules.begin(), modules.end(), [&](atom each) { return find(each) != nullptr; }))
      return reply(from, finish_all(what[1]));  // says which hook it is
    begin(from, what, std::move(modules));
  }

  /// The upgrade that holds the module waits for this very process, which is in one of its callbacks.
  bool is_waited_for(pid who, atom module) {
    const auto holder = shared_.locks->holder(module);
    if (!holder || holder->what != "upgrade"_atom)
      return false;
    const auto slots = code().slots_of(module);
    return (slots.current && slots.current->bound_since(who)) || (slots.old && slots.old->bound_since(who));
  }

  /// Now, or when the change that goes on is over.
  void begin(const term& from, const term& what, std::vector<atom> modules) {
    auto lock = shared_.locks->take(std::move(modules), {self_.self(), what[0].as_atom()});
    if (lock.granted())
      return carry_out(std::move(lock), from, what);
    waiting_.push_back({std::move(lock), from, what});
  }

  void granted(const term& number) {
    for (std::size_t i = 0; i < waiting_.size(); ++i) {
      if (!(number == term(waiting_[i].lock.number())))
        continue;
      waiting_request next = std::move(waiting_[i]);
      waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
      return carry_out(std::move(next.lock), next.from, next.what);
    }
  }

  void carry_out(change_locks::ticket lock, const term& from, const term& what) {
    const auto module = [&] { return what[1].as_atom(); };
    if (what[0] == "load")
      load_request(std::move(lock), from, what);
    else if (what[0] == "finish")
      reply(from, finish_all(what[1]));
    else if (what[0] == "purge")
      reply(from, purge(self_, shared_, module(), what[2] == "true"));
    else if (what[0] == "delete")
      reply(from, delete_module(module()));
  }

  pending* find(atom module) noexcept {
    for (auto& each : hooks_)
      if (each.module == module)
        return &each;
    return nullptr;
  }

  // ---- load

  std::optional<code::prepared> take_parcel(const term& number) {
    const auto sent = shared_.find_parcel(static_cast<std::uint64_t>(number.as_int64()));
    if (!sent)
      return {};
    std::lock_guard lock(sent->mutex);
    return std::exchange(sent->content, std::nullopt);
  }

  void load_request(change_locks::ticket lock, const term& from, const term& what) {
    const atom module = what[1].as_atom(), how = what[3].as_atom();
    auto made = take_parcel(what[2]);
    if (!made)
      return reply(from, tuple("error", "cancelled"));  // its caller is dead
    const bool loaded = code().is_loaded(module);
    const bool implicit = how == "implicit"_atom;
    if (loaded && (implicit || how == "by_name"_atom))
      return reply(from, tuple("module", module));
    if (implicit && shared_.is_deleted(module))
      return reply(from, tuple("error", "nofile"));
    if (shared_.is_sticky(module))  // since it was asked for
      return reply(from, tuple("error", "sticky_directory"));
    code().sweep();
    const bool has_hook = made->version().info().on_load != nullptr;
    std::optional<purging> room;
    term report;
    if (code().is_full(module) && (how == "kill"_atom || how == "make_room"_atom)) {
      // A version whose load hook has not run takes no state yet.
      room.emplace(self_, shared_, module, has_hook ? nullptr : &made->version());
      report = room->run(how == "kill"_atom);
      if (what[4] == "false")
        log_purge(made->version().origin(), module, report);
    }
    if (code().is_full(module))
      return not_purged(from, made->version(), what[4] == "true" ? report : term{});
    if (has_hook) {
      room.reset();
      return start_hook(std::move(lock), from, module, std::move(*made), what[4] == "true" ? report : term{});
    }
    const term answer = finished(std::move(*made), what[4] == "true" ? report : term{});
    room.reset();  // now its servers go on, with the new version current
    wake_waiting(module);
    reply(from, answer);
  }

  /// Says whom it cost to make room, where the caller does not.
  void log_purge(const std::string& origin, atom module, const term& report) {
    if (const term* killed = report.get("killed"); killed->is_cons())
      self_.home().log("warning"_atom,
                       format("Loading of ~ts killed ~p, in old code of ~tp~n", list(string(origin), *killed, module)));
    warn_of_waiting(self_, module, *report.get("waiting"));
  }

  void not_purged(const term& from, const code::version& refused, const term& purge_report) {
    if (purge_report.is_map())
      return reply(from, tuple("error", tuple("not_purged", purge_report)));
    report("Loading of ~ts failed: not_purged~n", list(string(refused.origin())));
    reply(from, tuple("error", "not_purged"));
  }

  /// The answer to a load, after the version was made current.
  term finished(code::prepared made, const term& purge_report) {
    const atom module = made.module();
    const std::string origin = made.version().origin();
    std::vector<code::prepared> batch;
    batch.push_back(std::move(made));
    const auto done = code().finish(std::move(batch));
    if (!done) {
      report("Loading of ~ts failed: ~tp~n", list(string(origin), done.reason()));
      return tuple("error", "not_purged");
    }
    shared_.deleted(module, false);
    return purge_report.is_map() ? tuple("module", module, purge_report) : tuple("module", module);
  }

  /// Servers whose state waits for a version: this one may take it.
  void wake_waiting(atom module) {
    for (const auto& each : shared_.gate->without_version(module))
      self_.home().urge(self_, each.who, "version_loaded"_atom);
  }

  // ---- several in one step (C48, C49)

  /// Prepared versions belong to who prepared them.
  struct kept {
    reference monitor;
    std::vector<std::uint64_t> parcels;
  };

  void keep(const term& from, const term& numbers) {
    kept mine{self_.monitor(from[0]), {}};
    for (const term& each : numbers.elements_of_list())
      mine.parcels.push_back(static_cast<std::uint64_t>(each.as_int64()));
    kept_.push_back(std::move(mine));
    reply(from, "ok");
  }

  void forget(std::uint64_t parcel) {
    shared_.forget_parcel(parcel);
    for (auto& each : kept_)
      if (std::erase(each.parcels, parcel) != 0 && each.parcels.empty())
        self_.demonitor(each.monitor, true);
    std::erase_if(kept_, [](const kept& it) { return it.parcels.empty(); });
  }

  /// Why a module of a batch cannot become current now; [] where it can.
  term hindrance(atom module) {
    if (find(module))
      return "pending_on_load";
    if (shared_.is_sticky(module))
      return "sticky_directory";
    return code().is_full(module) ? term("not_purged") : term{};
  }

  term finish_all(const term& wanted) {
    code().sweep();
    std::vector<term> hindrances;
    std::vector<std::shared_ptr<parcel>> parcels;
    for (const term& each : wanted.elements_of_list()) {
      const auto found = shared_.find_parcel(static_cast<std::uint64_t>(each[1].as_int64()));
      if (!found || std::find(parcels.begin(), parcels.end(), found) != parcels.end())
        return "badarg";  // finished already, or prepared by a process that has ended
      std::lock_guard lock(found->mutex);
      if (!found->content || found->content->module() != each[0].as_atom())
        return "badarg";
      parcels.push_back(found);
      if (const term reason = hindrance(each[0].as_atom()); !reason.is_nil())
        hindrances.push_back(tuple(each[0], reason));
    }
    if (!hindrances.empty())
      return tuple("error", list_of(hindrances.data(), hindrances.size()));
    std::vector<code::prepared> batch;
    for (const auto& each : parcels) {
      std::lock_guard lock(each->mutex);
      batch.push_back(std::move(*each->content));
      each->content.reset();
    }
    for (const term& each : wanted.elements_of_list())
      forget(static_cast<std::uint64_t>(each[1].as_int64()));
    if (!code().finish(std::move(batch)))  // the same module twice, by a list that was put together by hand
      return "badarg";
    for (const term& each : wanted.elements_of_list())
      shared_.deleted(each[0].as_atom(), false);
    for (const term& each : wanted.elements_of_list())
      wake_waiting(each[0].as_atom());
    return "ok";
  }

  // ---- load hooks (C42-C47, W26)

  void start_hook(change_locks::ticket lock, const term& from, atom module, code::prepared made, const term& report) {
    auto held = std::make_shared<code::pin>(code().pin_prepared(made));
    shared_.hooking(module, true);  // first: the hook may start processes that call the module
    const auto hook = self_.home().spawn_blocking(
        [held = std::move(held), me = self_.self()](process& mine) {
          run_hook(mine, std::move(*held));
          mine.home().send(me, tuple("hook_done", mine.self()));
        },
        {.parent = &self_, .link = false, .monitor = true, .name = {}, .initial_call = tuple(module, "on_load", 0)});
    const auto until = clock::now() + shared_.limits.load_hook_deadline;
    shared_.locks->rename(lock, {hook.process, "on_load"_atom});
    hooks_.push_back({module, std::move(made), from, report, hook.process, hook.monitor, until, std::move(lock), {}});
  }

  void hook_done(const term& process, const term& outcome) {
    for (std::size_t i = 0; i < hooks_.size(); ++i)
      if (term(hooks_[i].process) == process)
        return end_hook(i, outcome);
  }

  void down(const term& monitor, const term& reason) {
    for (std::size_t i = 0; i < hooks_.size(); ++i)
      if (term(hooks_[i].monitor) == monitor)
        return end_hook(i, tuple("exit", reason));
    code().sweep();  // a hook that was given up has ended at last
    const auto owned = std::find_if(kept_.begin(), kept_.end(), [&](const kept& it) { return it.monitor == monitor; });
    if (owned == kept_.end())
      return;
    for (const auto number : owned->parcels)
      shared_.forget_parcel(number);
    kept_.erase(owned);
  }

  /// `outcome`: ok, {exit, Reason}, or timeout: then the hook is still there.
  void end_hook(std::size_t at, const term& outcome) {
    pending ended = std::move(hooks_[at]);
    hooks_.erase(hooks_.begin() + static_cast<std::ptrdiff_t>(at));
    if (!(outcome == "timeout"))
      self_.demonitor(ended.monitor, true);
    term answer = tuple("error", "on_load_failure");
    if (outcome == "ok")
      answer = finished(std::move(ended.content), ended.report);
    else
      hook_failed(ended, outcome);
    wake_waiting(ended.module);
    reply(ended.from, answer);
    shared_.hooking(ended.module, false);  // after all else: a process that looks now finds what became of it
    for (const auto& [from, asker] : ended.awaiting)
      reply(from, "ok");
    // With `ended` its lock is given back: what waited for the module comes next.
  }

  void hook_failed(pending& ended, const term& outcome) {
    const auto limit_ms = shared_.limits.load_hook_deadline.count();
    const term reason = outcome == "timeout" ? tuple("timeout", static_cast<std::int64_t>(limit_ms), "ms") : outcome[1];
    // A plain atom is the module's own, quiet way of saying no (C47).
    if (!reason.is_atom())
      self_.home().log("warning"_atom,
                       format("The on_load function for module ~ts returned:~n~tP~n", list(ended.module, reason, 10)));
    discard(ended);
  }

  /// No process outlives the version that was not to be: those that run in it, and those that the hook has started to
  /// run in it and that wait (C45).
  void discard(pending& ended) {
    for (pid each : self_.home().lingering(&ended.content.version()))
      self_.exit_signal(each, "kill");
    std::erase_if(ended.awaiting, [&](const auto& each) {
      const bool dies = is_child(each.second, ended.process);
      if (dies)
        self_.exit_signal(each.second, "kill");
      return dies;
    });
    const code::prepared closed = std::move(ended.content);
  }

  bool is_child(pid who, pid parent) const {
    const term info = self_.home().process_info(who);
    for (const term& pair : info.elements_of_list())
      if (pair[0] == "parent")
        return pair[1] == term(parent);
    return false;
  }

  deadline next_deadline() const {
    deadline first;
    for (const auto& each : hooks_)
      if (!first || *each.until < *first)
        first = each.until;
    return first;
  }

  void expire() {
    for (std::size_t i = 0; i < hooks_.size(); ++i) {
      if (*hooks_[i].until > clock::now())
        continue;
      self_.exit_signal(hooks_[i].process, "kill");
      return end_hook(i, "timeout");
    }
  }

  // ---- delete

  term delete_module(atom module) {
    if (!code().is_loaded(module))
      return false;
    if (!code().demote(module)) {
      report("Module ~ts must be purged before deleting~n", list(module));
      return false;
    }
    shared_.deleted(module, true);
    return true;
  }

  void report(const char* text, const term& arguments) { self_.home().log("error"_atom, format(text, arguments)); }
  code::table& code() noexcept { return self_.home().code(); }

  process& self_;
  state& shared_;
  std::vector<pending> hooks_;
  std::vector<waiting_request> waiting_;  // in the order of arrival
  std::vector<kept> kept_;
};
}  // namespace

void serve(process& self, const std::shared_ptr<state>& shared) {
  server(self, *shared).run();
}
}  // namespace twinslot::code_server
