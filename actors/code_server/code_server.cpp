#include "actors/code_server/code_server.hpp"

#include "actors/code_server/natives.hpp"
#include "actors/code_server/state.hpp"

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
}  // namespace

std::shared_ptr<state> state_of(node& home) {
  std::lock_guard lock(states_mutex);
  const auto found = states.find(&home);
  if (found == states.end())
    raise_error("noproc");
  return found->second;
}

namespace {
template <class T>
T& kept(node& home, atom name) {
  void* const found = home.kept(name);
  if (!found)
    raise_error("noproc");
  return *static_cast<T*>(found);
}
}  // namespace

purge_gate& gate_of(node& home) {
  return kept<purge_gate>(home, "purge_gate"_atom);
}
change_locks& locks_of(node& home) {
  return kept<change_locks>(home, "change_locks"_atom);
}

term ask(process& self, const state& shared, term request) {
  const auto answer = self.request(shared.server, "$code"_atom, std::move(request), {});
  if (!answer.ok)
    raise_exit(tuple(answer.value, tuple("code_server", "call", term{})));
  return answer.value;
}

void start(node& home, const options& chosen) {
  auto shared = std::make_shared<state>(home, chosen);
  for (const auto part : {load_natives(), module_natives(), path_natives()})
    home.add_natives(part);
  home.autoload([](process& self, atom module) { return ensure_loaded(self, module); });
  home.keep("purge_gate"_atom, shared->gate);
  home.keep("change_locks"_atom, shared->locks);
  {
    std::lock_guard lock(states_mutex);
    states[&home] = shared;
  }
  const auto made = home.spawn_blocking(
      [shared](process& self) {
        const registration here(shared);
        try {
          serve(self, shared);
        } catch (const process_exit& end) {
          if (shared->limits.on_end)
            shared->limits.on_end(end.reason);
          throw;
        }
      },
      {.parent = nullptr,
       .link = false,
       .monitor = false,
       .name = "code_server",
       .initial_call = tuple("code_server", "init", 1)});
  shared->server = made.process;
}
}  // namespace twinslot::code_server
