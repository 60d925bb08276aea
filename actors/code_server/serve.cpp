// The code server's loop: requests one at a time, load hooks on the side.
//
// Requests, as {'$code', From, Request}:
//   {load, Module, Parcel, refuse | make_room | kill | implicit}    {module, Name} | {error, Reason}
//   {await, Module, Asker}                              ok, after the module's load hook; deadlock: it is the hook
//   {purge, Module, Kills}                              as purge()
//   {delete, Module}                                    boolean
//   {holders, Module}                                   as holders()
//   {keep, [Parcel]}                                    ok: until they are finished, or the sender ends
//   {finish, [{Module, Parcel}]}                        ok | {error, [{Module, Reason}]} | badarg
// The first three wait while the module's load hook runs, and so does delete.
#include "actors/code_server/holders.hpp"
#include "actors/code_server/purge.hpp"
#include "actors/code_server/state.hpp"
#include "runtime/term/print.hpp"

#include <algorithm>
#include <deque>

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
  struct pending {
    atom module;
    code::prepared content;
    term from;
    pid process;
    reference monitor;
    deadline until;
    std::deque<term> waiting;  // requests for the same module, {From, Request}
  };

  void handle(const term& message) {
    if (message.is_tagged("$code"_atom, 3) && node::is_from(message[1])) {
      if (is_request(message[2]))
        request(message[1], message[2]);
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
    return (what.is_tagged("load"_atom, 4) && what[2].is_int64() && what[3].is_atom()) ||
           (what.is_tagged("await"_atom, 3) && what[2].is_pid()) || what.is_tagged("purge"_atom, 3) ||
           what.is_tagged("delete"_atom, 2) || what.is_tagged("holders"_atom, 2);
  }

  void reply(const term& to, term value) { self_.home().reply(to, std::move(value)); }

  void request(const term& from, const term& what) {
    if (what[0] == "keep")
      return keep(from, what[1]);
    if (what[0] == "finish")
      return reply(from, finish_all(what[1]));
    const atom module = what[1].as_atom();
    if (what[0] == "holders")
      return reply(from, holders(self_, module));
    if (pending* busy = find(module)) {
      // A hook that asks for its own module must not wait for itself (C44).
      if (from[0] == term(busy->process))
        return reply(from, what[0] == "await" ? term("deadlock") : tuple("error", "deadlock"));
      busy->waiting.push_back(tuple(from, what));
      return;
    }
    if (what[0] == "load")
      load_request(from, module, what[2], what[3].as_atom());
    else if (what[0] == "await")
      reply(from, "ok");
    else if (what[0] == "purge")
      reply(from, purge(self_, shared_, module, what[2] == "true"));
    else if (what[0] == "delete")
      reply(from, delete_module(module));
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

  void load_request(const term& from, atom module, const term& number, atom how) {
    auto made = take_parcel(number);
    if (!made)
      return reply(from, tuple("error", "cancelled"));  // its caller is dead
    const bool loaded = code().is_loaded(module);
    const bool implicit = how == "implicit"_atom;
    if (implicit && (loaded || shared_.is_deleted(module)))
      return reply(from, loaded ? tuple("module", module) : tuple("error", "nofile"));
    if (shared_.is_sticky(module))  // since it was asked for
      return reply(from, tuple("error", "sticky_directory"));
    if (how == "kill"_atom || how == "make_room"_atom)
      purge_for(made->version().origin(), module, how == "kill"_atom);
    code().sweep();
    if (code().has_old(module))
      return not_purged(from, made->version());
    if (!made->version().info().on_load)
      return finish(from, std::move(*made));
    start_hook(from, module, std::move(*made));
  }

  /// Makes room, as far as may be, and says whom that cost.
  void purge_for(const std::string& origin, atom module, bool kills) {
    const term report = purge(self_, shared_, module, kills);
    if (const term* killed = report.get("killed"); killed->is_cons())
      self_.home().log("warning"_atom,
                       format("Loading of ~ts killed ~p, in old code of ~tp~n", list(string(origin), *killed, module)));
    warn_of_waiting(self_, module, *report.get("waiting"));
  }

  void not_purged(const term& from, const code::version& refused) {
    report("Loading of ~ts failed: not_purged~n", list(string(refused.origin())));
    reply(from, tuple("error", "not_purged"));
  }

  void finish(const term& from, code::prepared made) {
    const atom module = made.module();
    const std::string origin = made.version().origin();
    std::vector<code::prepared> batch;
    batch.push_back(std::move(made));
    const auto done = code().finish(std::move(batch));
    if (!done) {
      report("Loading of ~ts failed: ~tp~n", list(string(origin), done.reason()));
      return reply(from, tuple("error", "not_purged"));
    }
    shared_.deleted(module, false);
    reply(from, tuple("module", module));
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
    return code().has_old(module) ? term("not_purged") : term{};
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
    return "ok";
  }

  // ---- load hooks (C42-C47, W26)

  void start_hook(const term& from, atom module, code::prepared made) {
    auto held = std::make_shared<code::pin>(code().pin_prepared(made));
    shared_.hooking(module, true);  // first: the hook may start processes that call the module
    const auto hook = self_.home().spawn_blocking(
        [held = std::move(held), me = self_.self()](process& mine) {
          run_hook(mine, std::move(*held));
          mine.home().send(me, tuple("hook_done", mine.self()));
        },
        {.parent = &self_, .link = false, .monitor = true, .name = {}, .initial_call = tuple(module, "on_load", 0)});
    const auto until = clock::now() + shared_.limits.load_hook_deadline;
    hooks_.push_back({module, std::move(made), from, hook.process, hook.monitor, until, {}});
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
    if (!(outcome == "ok"))
      hook_failed(ended, outcome);
    else if (code().has_old(ended.module))
      not_purged(ended.from, ended.content.version());
    else
      finish(ended.from, std::move(ended.content));
    shared_.hooking(ended.module, false);  // last: who looks now finds what became of it
    for (const term& each : ended.waiting)
      request(each[0], each[1]);
  }

  void hook_failed(pending& ended, const term& outcome) {
    const auto limit_ms = shared_.limits.load_hook_deadline.count();
    const term reason = outcome == "timeout" ? tuple("timeout", static_cast<std::int64_t>(limit_ms), "ms") : outcome[1];
    // A plain atom is the module's own, quiet way of saying no (C47).
    if (!reason.is_atom())
      self_.home().log("warning"_atom,
                       format("The on_load function for module ~ts returned:~n~tP~n", list(ended.module, reason, 10)));
    discard(ended);
    reply(ended.from, tuple("error", "on_load_failure"));
  }

  /// Nobody outlives the version that was not to be: who runs in it, and who was started by the hook to run in it and
  /// waits (C45).
  void discard(pending& ended) {
    for (pid each : self_.home().lingering(&ended.content.version()))
      self_.exit_signal(each, "kill");
    std::deque<term> others;
    for (term& each : ended.waiting)
      if (each[1][0] == "await" && is_child(each[1][2].as_pid(), ended.process))
        self_.exit_signal(each[1][2], "kill");
      else
        others.push_back(std::move(each));
    ended.waiting = std::move(others);
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
  std::vector<kept> kept_;
};
}  // namespace

void serve(process& self, const std::shared_ptr<state>& shared) {
  server(self, *shared).run();
}
}  // namespace twinslot::code_server
