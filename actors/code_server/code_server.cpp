#include "actors/code_server/code_server.hpp"

#include "actors/code_server/natives.hpp"
#include "actors/code_server/state.hpp"
#include "runtime/term/print.hpp"

#include <condition_variable>

namespace twinslot::code_server {
namespace {

std::mutex states_mutex;
std::map<const node*, std::shared_ptr<state>> states;

/// Takes the state out when the server ends: the node is on its way out.
struct registration {
  explicit registration(std::shared_ptr<state> of) : mine(std::move(of)) {}
  ~registration() {
    std::lock_guard lock(states_mutex);
    states.erase(&mine->home);
  }
  registration(const registration&) = delete;
  std::shared_ptr<state> mine;
};

term ask(process& self, const state& shared, term request) {
  const auto answer = self.request(shared.server, "$code"_atom, std::move(request), {});
  if (!answer.ok)
    raise_exit(tuple(answer.value, tuple("code_server", "call", term{})));
  return answer.value;
}

/// Hands a prepared version to the server and waits for what became of it.
term hand_over(process& self, state& shared, code::prepared content, bool implicit) {
  const atom module = content.module();
  auto mine = std::make_shared<parcel>();
  mine->content.emplace(std::move(content));
  std::uint64_t number = 0;
  {
    std::lock_guard lock(shared.mutex);
    number = ++shared.last_parcel;
    shared.parcels[number] = mine;
  }
  struct forget {
    state& from;
    std::uint64_t number;
    ~forget() {
      std::lock_guard lock(from.mutex);
      from.parcels.erase(number);
    }
  } at_end{shared, number};
  return ask(self, shared, tuple("load", module, number, implicit));
}
}  // namespace

std::shared_ptr<state> state_of(node& home) {
  std::lock_guard lock(states_mutex);
  const auto found = states.find(&home);
  if (found == states.end())
    raise_error("noproc");
  return found->second;
}

std::shared_ptr<purge_gate> gate_of(node& home) {
  return state_of(home)->gate;
}

bool state::is_sticky(atom module) const {
  return !home.natives_of(module).empty();
}

term load_reason(const term& loader_reason) {
  return loader_reason.is_tagged("nofile"_atom, 2) ? term("nofile") : loader_reason;
}

namespace {
term hand_over_or_fail(process& self, state& shared, result<code::prepared> made, const std::string& path,
                       bool implicit) {
  if (made)
    return hand_over(self, shared, std::move(*made), implicit);
  const term reason = load_reason(made.reason());
  if (!(reason == "nofile"))
    self.home().log("error"_atom, format("Loading of ~ts failed: ~tp~n", list(string(path), reason)));
  return tuple("error", reason);
}

/// {error, sticky_directory} for a built-in module (C41); [] otherwise.
term refuse_sticky(process& self, const state& shared, atom module) {
  if (!shared.is_sticky(module))
    return {};
  self.home().log("error"_atom, format("Can't load module '~ts' that resides in sticky dir~n", list(module)));
  return tuple("error", "sticky_directory");
}
}  // namespace

term load(process& self, state& shared, atom module, const std::string& path, bool implicit) {
  if (const term refused = refuse_sticky(self, shared, module); !refused.is_nil())
    return refused;
  return hand_over_or_fail(self, shared, self.home().loader().prepare(module, path), path, implicit);
}

term load_bytes(process& self, state& shared, atom module, const std::string& origin, std::string bytes) {
  if (const term refused = refuse_sticky(self, shared, module); !refused.is_nil())
    return refused;
  auto made = self.home().loader().prepare_bytes(module, std::move(bytes), origin);
  return hand_over_or_fail(self, shared, std::move(made), origin, false);
}

bool ensure_loaded(process& self, atom module) {
  node& home = self.home();
  if (home.code().is_loaded(module))
    return true;
  const auto shared = state_of(home);
  if (shared->is_deleted(module) || shared->is_sticky(module))
    return false;
  const auto path = shared->path.find(std::string(module.text()) + ".so");
  if (!path)
    return false;
  if (self.may_block())
    return load(self, *shared, module, *path, true).is_tagged("module"_atom, 2);

  // A scheduled process may not wait in a receive. A helper does, and this thread waits for the helper: not for long,
  // as every step of a load has its deadline.
  struct rendezvous {
    std::mutex mutex;
    std::condition_variable done;
    std::optional<bool> loaded;
  };
  auto meeting = std::make_shared<rendezvous>();
  home.spawn_blocking(
      [shared, module, path = *path, meeting](process& helper) {
        struct tell {
          rendezvous& at;
          bool loaded = false;
          ~tell() {
            std::lock_guard lock(at.mutex);
            at.loaded = loaded;
            at.done.notify_all();
          }
        } at_end{*meeting};
        at_end.loaded = load(helper, *shared, module, path, true).is_tagged("module"_atom, 2);
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

void start(node& home, const options& chosen) {
  auto shared = std::make_shared<state>(home, chosen);
  home.add_natives(natives());
  home.autoload([](process& self, atom module) { return ensure_loaded(self, module); });
  {
    std::lock_guard lock(states_mutex);
    states[&home] = shared;
  }
  const auto made = home.spawn_blocking(
      [shared](process& self) {
        const registration here(shared);
        serve(self, shared);
      },
      {.parent = nullptr,
       .link = false,
       .monitor = false,
       .name = "code_server",
       .initial_call = tuple("code_server", "init", 1)});
  shared->server = made.process;
}
}  // namespace twinslot::code_server
