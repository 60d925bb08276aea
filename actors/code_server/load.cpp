#include "actors/code_server/load.hpp"

#include "runtime/term/print.hpp"

#include <condition_variable>

namespace twinslot::code_server {
namespace {
const char* name_of(policy how) {
  switch (how) {
    case policy::make_room: return "make_room";
    case policy::kill: return "kill";
    case policy::implicit: return "implicit";
    case policy::by_name: return "by_name";
    default: return "refuse";
  }
}

/// Hands a prepared version to the server and waits for what became of it.
term hand_over(process& self, state& shared, code::prepared content, policy how, bool reports) {
  const atom module = content.module();
  struct forget {
    state& from;
    std::uint64_t number;
    ~forget() { from.forget_parcel(number); }
  } at_end{shared, shared.send_parcel(std::move(content))};
  return ask(self, shared, tuple("load", module, at_end.number, atom(name_of(how)), reports));
}

term hand_over_or_fail(process& self, state& shared, result<code::prepared> made, const std::string& path, policy how,
                       bool reports = false) {
  if (made)
    return hand_over(self, shared, std::move(*made), how, reports);
  const term reason = load_reason(made.reason());
  if (!(reason == "nofile"))
    self.home().log("error"_atom, format("Loading of ~ts failed: ~tp~n", list(string(path), reason)));
  return tuple("error", reason);
}

/// {error, sticky_directory} (C41); [] where the module may be loaded, or need not be.
term refuse_sticky(process& self, state& shared, atom module, policy how) {
  const bool is_there = (how == policy::implicit || how == policy::by_name) && self.home().code().is_loaded(module);
  if (is_there || !shared.is_sticky(module))
    return {};
  self.home().log("error"_atom, format("Can't load module '~ts' that resides in sticky dir~n", list(module)));
  return tuple("error", "sticky_directory");
}
}  // namespace

term load_reason(const term& loader_reason) {
  return loader_reason.is_tagged("nofile"_atom, 2) ? term("nofile") : loader_reason;
}

term load(process& self, state& shared, atom module, const std::string& path, policy how, bool reports) {
  if (const term refused = refuse_sticky(self, shared, module, how); !refused.is_nil())
    return refused;
  return hand_over_or_fail(self, shared, self.home().loader().prepare(module, path), path, how, reports);
}

term load_bytes(process& self, state& shared, atom module, const std::string& origin, std::string bytes, policy how) {
  if (const term refused = refuse_sticky(self, shared, module, how); !refused.is_nil())
    return refused;
  auto made = self.home().loader().prepare_bytes(module, std::move(bytes), origin);
  return hand_over_or_fail(self, shared, std::move(made), origin, how);
}

// ---- the load behind a call (C12)

namespace {
/// `asker` is the process that calls the module; `self` may block, and asks for it.
bool load_for_call(process& self, state& shared, atom module, pid asker) {
  if (shared.is_hooking(module)) {
    if (ask(self, shared, tuple("await", module, asker)) == "deadlock")
      return false;
  }
  if (self.home().code().is_loaded(module))  // by now
    return true;
  if (shared.limits.embedded || shared.is_deleted(module))
    return false;
  const auto path = shared.path.find(file_of(module));
  return path && load(self, shared, module, *path, policy::implicit).is_tagged("module"_atom, 2);
}

/// For a process that may not wait: a helper does, and this thread waits for the helper. Not for long, as every step of
/// a load has its deadline.
bool load_by_helper(process& self, const std::shared_ptr<state>& shared, atom module) {
  struct rendezvous {
    std::mutex mutex;
    std::condition_variable done;
    std::optional<bool> loaded;
  };
  auto meeting = std::make_shared<rendezvous>();
  self.home().spawn_blocking(
      [shared, module, asker = self.self(), meeting](process& helper) {
        struct tell {
          rendezvous& at;
          bool loaded = false;
          ~tell() {
            std::lock_guard lock(at.mutex);
            at.loaded = loaded;
            at.done.notify_all();
          }
        } at_end{*meeting};
        at_end.loaded = load_for_call(helper, *shared, module, asker);
      },
      {.parent = nullptr,
       .link = false,
       .monitor = false,
       .name = {},
       .initial_call = tuple("code", "ensure_loaded", 1)});
  std::unique_lock lock(meeting->mutex);
  meeting->done.wait(lock, [&] { return meeting->loaded.has_value(); });
  return *meeting->loaded;
}
}  // namespace

bool ensure_loaded(process& self, atom module) {
  node& home = self.home();
  if (home.code().is_loaded(module))
    return true;
  const auto shared = state_of(home);
  if (shared->is_sticky(module))
    return false;
  if (!shared->is_hooking(module) &&
      (shared->limits.embedded || shared->is_deleted(module) || !shared->path.find(file_of(module))))
    return false;
  return self.may_block() ? load_for_call(self, *shared, module, self.self()) : load_by_helper(self, shared, module);
}
}  // namespace twinslot::code_server
