// The code server's loop: requests one at a time, load hooks on the side.
#include "actors/code_server/purge.hpp"
#include "actors/code_server/state.hpp"
#include "runtime/term/print.hpp"

#include <deque>

namespace twinslot::code_server {
namespace {

/// A load hook that runs, and what it is to publish. The hook's thread and the server share it: whoever is last closes
/// the version, so a hook that never returns keeps its code.
struct hook_run {
  explicit hook_run(code::prepared made) : content(std::move(made)) {}
  code::prepared content;
};

/// Calls the module's load hook. Result: ok | {Class, Reason, Stack} | {value, Value}.
term run_hook(process& self, code::version& in) {
  const auto& info = in.info();
  raw_term bits = term::bits(kind::nil);
  self.dispatching(&in);
  const auto how = info.on_load(info.data, reinterpret_cast<abi::env*>(&self), &bits);
  self.dispatching(nullptr);
  const term made = term::adopt(bits);
  if (how == abi::status::raised)
    return made;
  return made == "ok" ? made : tuple("value", made);
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
    std::shared_ptr<hook_run> run;
    term from;
    pid process;
    reference monitor;
    deadline until;
    std::deque<term> waiting;  // requests for the same module, {From, Request}
  };

  void handle(const term& message) {
    if (message.is_tagged("$code"_atom, 3) && node::is_from(message[1]) && is_request(message[2]))
      request(message[1], message[2]);
    else if (message.is_tagged("hook_done"_atom, 3))
      hook_done(message[1], message[2]);
    else if (message.is_tagged("DOWN"_atom, 5))
      hook_done(message[1], tuple("exit", message[4], term{}));
    else if (message.is_tagged("system"_atom, 3) && node::is_from(message[1]))
      self_.home().reply(message[1], tuple("error", tuple("unknown_system_msg", message[2])));
  }

  /// {load, Module, Parcel, Purges}, {purge, Module, Kills} or {delete, Module}; anybody can send anything.
  static bool is_request(const term& what) noexcept {
    if (!what.is_tuple() || what.size() < 2 || !what[1].is_atom())
      return false;
    return (what.is_tagged("load"_atom, 4) && what[2].is_int64()) || what.is_tagged("purge"_atom, 3) ||
           what.is_tagged("delete"_atom, 2);
  }

  void reply(const term& to, term value) { self_.home().reply(to, std::move(value)); }

  void request(const term& from, const term& what) {
    if (pending* busy = find(what[1])) {
      // A hook that asks for its own module must not wait for itself (C44).
      if (from[0] == term(busy->process))
        return reply(from, tuple("error", "on_load"));
      busy->waiting.push_back(tuple(from, what));
      return;
    }
    const atom module = what[1].as_atom();
    if (what[0] == "load")
      load_request(from, module, what[2], what[3] == "true");
    else if (what[0] == "purge")
      reply(from, purge(self_, shared_, module, what[2] == "true"));
    else if (what[0] == "delete")
      reply(from, delete_module(module));
  }

  pending* find(const term& module) noexcept {
    for (auto& each : hooks_)
      if (term(each.module) == module)
        return &each;
    return nullptr;
  }

  // ---- load

  std::optional<code::prepared> take_parcel(const term& number) {
    std::shared_ptr<parcel> mine;
    {
      std::lock_guard lock(shared_.mutex);
      const auto found = shared_.parcels.find(static_cast<std::uint64_t>(number.as_int64()));
      if (found != shared_.parcels.end())
        mine = found->second.lock();
    }
    if (!mine)
      return {};
    std::lock_guard lock(mine->mutex);
    auto content = std::move(mine->content);
    mine->content.reset();
    return content;
  }

  void load_request(const term& from, atom module, const term& number, bool implicit) {
    auto made = take_parcel(number);
    if (!made)
      return reply(from, tuple("error", "cancelled"));  // its caller is dead
    const bool loaded = self_.home().code().is_loaded(module);
    if (implicit && (loaded || shared_.is_deleted(module)))
      return reply(from, loaded ? tuple("module", module) : tuple("error", "nofile"));
    self_.home().code().sweep();
    if (self_.home().code().has_old(module))
      return not_purged(from, made->version());
    if (!made->version().info().on_load)
      return finish(from, std::move(*made));
    start_hook(from, module, std::move(*made));
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
    const auto done = self_.home().code().finish(std::move(batch));
    if (!done) {
      report("Loading of ~ts failed: ~tp~n", list(string(origin), done.reason()));
      return reply(from, tuple("error", "not_purged"));
    }
    {
      std::lock_guard lock(shared_.mutex);
      shared_.deleted.erase(module.index());
    }
    reply(from, tuple("module", module));
  }

  // ---- load hooks (C42-C47, W26)

  void start_hook(const term& from, atom module, code::prepared made) {
    auto run = std::make_shared<hook_run>(std::move(made));
    const pid me = self_.self();
    const term number = self_.home().make_reference();
    const auto hook = self_.home().spawn_blocking(
        [run, me, number](process& mine) {
          const term outcome = run_hook(mine, run->content.version());
          mine.home().send(me, tuple("hook_done", number, outcome));
        },
        {.parent = &self_, .link = false, .monitor = true, .name = {}, .initial_call = tuple(module, "on_load", 0)});
    hooks_.push_back({module,
                      std::move(run),
                      from,
                      hook.process,
                      hook.monitor,
                      clock::now() + shared_.limits.load_hook_deadline,
                      {}});
    numbers_.push_back(number);
  }

  // `key`: the number of its message, or the monitor.
  void hook_done(const term& key, const term& outcome) {
    for (std::size_t i = 0; i < hooks_.size(); ++i)
      if (numbers_[i] == key || term(hooks_[i].monitor) == key)
        return end_hook(i, outcome);
  }

  void end_hook(std::size_t at, const term& outcome) {
    pending ended = std::move(hooks_[at]);
    hooks_.erase(hooks_.begin() + static_cast<std::ptrdiff_t>(at));
    numbers_.erase(numbers_.begin() + static_cast<std::ptrdiff_t>(at));
    self_.demonitor(ended.monitor, true);
    if (outcome == "ok") {
      code::prepared made = std::move(ended.run->content);
      if (self_.home().code().has_old(ended.module))
        not_purged(ended.from, made.version());
      else
        finish(ended.from, std::move(made));
    } else {
      hook_failed(ended, outcome);
    }
    for (const term& each : ended.waiting)
      request(each[0], each[1]);
  }

  void hook_failed(const pending& ended, const term& outcome) {
    // A plain atom is the module's own, quiet way of saying no (C47).
    const bool quiet = outcome.is_tagged("value"_atom, 2) && outcome[1].is_atom();
    if (!quiet)
      self_.home().log("warning"_atom,
                       format("The on_load function for module ~ts returned:~n~tp~n",
                              list(ended.module, outcome.is_tagged("value"_atom, 2) ? outcome[1] : outcome)));
    report("Loading of ~ts failed: on_load_failure~n", list(string(ended.run->content.version().origin())));
    reply(ended.from, tuple("error", "on_load_failure"));
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
      const auto limit_ms = shared_.limits.load_hook_deadline.count();
      return end_hook(i, tuple("timeout", static_cast<std::int64_t>(limit_ms), "ms"));
    }
  }

  // ---- delete

  term delete_module(atom module) {
    auto& table = self_.home().code();
    if (!table.is_loaded(module))
      return false;
    if (!table.demote(module)) {
      report("Module ~ts must be purged before deleting~n", list(module));
      return false;
    }
    std::lock_guard lock(shared_.mutex);
    shared_.deleted.insert(module.index());
    return true;
  }

  void report(const char* text, const term& arguments) { self_.home().log("error"_atom, format(text, arguments)); }

  process& self_;
  state& shared_;
  std::vector<pending> hooks_;
  std::vector<term> numbers_;  // of hooks_, in the same order
};
}  // namespace

void serve(process& self, const std::shared_ptr<state>& shared) {
  server(self, *shared).run();
}
}  // namespace twinslot::code_server
