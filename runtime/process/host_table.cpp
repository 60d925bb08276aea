// What plugins may ask of the host: terms (runtime/code has them) and the process that runs them.
#include "runtime/code/host_table.hpp"

#include "runtime/process/node_impl.hpp"

namespace twinslot {

namespace {
process& process_of(abi::env* env) noexcept {
  return *reinterpret_cast<process*>(env);
}

void self_of(abi::env* env, raw_term* result) {
  *result = term(process_of(env).self()).detach();
}

abi::status raise_into(raw_term* result, atom what, term reason, term stack = {}) {
  *result = tuple(what, std::move(reason), std::move(stack)).detach();
  return abi::status::raised;
}

// No exception passes a plugin's frames: each becomes a status, and the plugin unwinds by its own means. That the
// process is to end is not lost: it stays marked, and node::apply or the process's loop looks.
abi::status apply_from_plugin(abi::env* env, std::uint32_t module, std::uint32_t function, const raw_term* arguments,
                              std::size_t count, raw_term* result) {
  auto& self = process_of(env);
  try {
    *result = self.home()
                  .apply(self, atom::from_index(module), atom::from_index(function), &term::as_term(*arguments), count)
                  .detach();
    return abi::status::ok;
  } catch (raised& thrown) {
    return raise_into(result, thrown.what, thrown.reason, thrown.stack);
  } catch (process_exit& exit) {
    return raise_into(result, "exit"_atom, exit.reason);
  } catch (std::exception& thrown) {
    return raise_into(result, "error"_atom, tuple("native_exception", string(thrown.what())));
  }
}
}  // namespace

abi::host_table make_host_table() {
  auto table = code::term_functions();
  table.self = self_of;
  table.apply = apply_from_plugin;
  return table;
}
}  // namespace twinslot
