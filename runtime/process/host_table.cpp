// What plugins may ask of the host: terms (runtime/code has them) and the process that runs them.
#include "runtime/code/host_table.hpp"

#include "runtime/process/node_impl.hpp"
#include "runtime/term/print.hpp"

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

/// Destructors may send, but must not throw: what fails there is a report, and the call's value is undefined.
abi::status raised_in_destructor(process& self, raw_term* result, std::uint32_t module, std::uint32_t function,
                                 const term& what, const term& reason) {
  self.home().log("error"_atom,
                  format("~p:~p raised ~p in a destructor of process ~p~n",
                         list(atom::from_index(module), atom::from_index(function), tuple(what, reason), self.self())));
  *result = term("undefined").detach();
  return abi::status::ok;
}

// No exception passes a plugin's frames: each becomes a status, and the plugin unwinds by its own means. That the
// process is to end is not lost: it stays marked, and node::apply or the process's loop looks.
template <class Function>
abi::status guarded(process& self, raw_term* result, std::uint32_t module, std::uint32_t function, Function&& asked) {
  try {
    *result = asked().detach();
    return abi::status::ok;
  } catch (raised& thrown) {
    if (self.inside().in_destructors)
      return raised_in_destructor(self, result, module, function, thrown.what, thrown.reason);
    return raise_into(result, thrown.what, thrown.reason, thrown.stack);
  } catch (process_exit& exit) {
    return raise_into(result, "exit"_atom, exit.reason);
  } catch (std::exception& thrown) {
    return raise_into(result, "error"_atom, tuple("native_exception", string(thrown.what())));
  }
}

abi::status apply_from_plugin(abi::env* env, std::uint32_t module, std::uint32_t function, const raw_term* arguments,
                              std::size_t count, raw_term* result) {
  auto& self = process_of(env);
  return guarded(self, result, module, function, [&] {
    return self.home().apply(self, atom::from_index(module), atom::from_index(function), &term::as_term(*arguments),
                             count);
  });
}

abi::status send_from_plugin(abi::env* env, const raw_term* pid, raw_term message, raw_term* result) {
  auto& self = process_of(env);
  term sent = term::adopt(message);
  return guarded(self, result, "erlang"_atom.index(), "send"_atom.index(), [&] {
    self.inside().check_end();
    self.send(term::as_term(*pid), std::move(sent));
    return term{};
  });
}

abi::status make_fun(abi::env* env, const abi::module_info* of, std::uint32_t function, std::uint32_t arity,
                     const raw_term* given, std::size_t count, raw_term* result) {
  auto* version = process_of(env).home().code().version_of(of);
  const atom name = atom::from_index(function);
  if (!version)  // its load hook runs: the version may never be published
    return raise_into(result, "error"_atom, "not_loaded");
  if (!version->find(name, arity + count))
    return raise_into(result, "error"_atom, "undef", list(tuple(version->module(), name, arity + count, term())));
  *result = version->make_fun(name, arity, list_of(&term::as_term(*given), count)).detach();
  return abi::status::ok;
}
}  // namespace

abi::host_table make_host_table() {
  auto table = code::term_functions();
  table.self = self_of;
  table.apply = apply_from_plugin;
  table.make_fun = make_fun;
  table.send = send_from_plugin;
  return table;
}
}  // namespace twinslot
