// What plugins may ask of the host: terms (runtime/code has them) and the process that runs them.
#include "runtime/code/host_table.hpp"

#include "runtime/os/unwinding.hpp"
#include "runtime/process/node_impl.hpp"
#include "runtime/term/print.hpp"

#include <algorithm>

namespace twinslot {

namespace {
/// Where a plugin passes no process (a state is destroyed, a status is formatted), the one that runs.
process& process_of(abi::env* env) noexcept {
  return env ? *reinterpret_cast<process*>(env) : *running_process();
}

void self_of(abi::env* env, raw_term* result) {
  *result = term(process_of(env).self()).detach();
}

abi::status raise_into(raw_term* result, atom what, term reason, term stack = {}) {
  *result = tuple(what, std::move(reason), std::move(stack)).detach();
  return abi::status::raised;
}

/// A call out of a plugin, on its way through here.
struct call_from_plugin {
  process& self;
  const std::uint32_t module, function;
  const void* const where;  // in the plugin
  raw_term* const result;

  /// Whether the call may raise nothing: it is made by a destructor, or another function that may not throw. The
  /// exception that the SDK makes of a status would end the program.
  bool must_not_raise() const noexcept {
    return self.inside().in_destructors || os::would_terminate(where, "N8twinslot9exceptionE");
  }
  /// What fails there is a report, and the call's value is undefined.
  abi::status raise(atom what, term reason, term stack = {}) const {
    if (!must_not_raise())
      return raise_into(result, what, std::move(reason), std::move(stack));
    self.home().log("error"_atom, format("~p:~p raised ~p in a destructor of process ~p~n",
                                         list(atom::from_index(module), atom::from_index(function),
                                              tuple(what, std::move(reason)), self.self())));
    *result = term("undefined").detach();
    return abi::status::ok;
  }
  /// The process is to end. A destructor's call is made nevertheless, and the end comes after it.
  abi::status end(term reason) const {
    if (!must_not_raise())
      return raise_into(result, "exit"_atom, std::move(reason));
    *result = term("undefined").detach();
    return abi::status::ok;
  }
};

/// While a destructor calls in a process that is to end: that is told afterwards.
class spared {
public:
  explicit spared(const call_from_plugin& call) noexcept : me_(call.self.inside()), before_(me_.in_destructors) {
    if (before_)
      return;
    me_.fetch();
    if (me_.ending && !me_.finishing)
      me_.in_destructors = call.must_not_raise();
  }
  ~spared() { me_.in_destructors = before_; }
  spared(const spared&) = delete;

private:
  process::impl& me_;
  const bool before_;
};

// No exception passes a plugin's frames: each becomes a status, and the plugin unwinds by its own means. That the
// process is to end is not lost: it stays marked, and node::apply or the process's loop looks.
template <class Function>
abi::status guarded(const call_from_plugin& call, Function&& asked) {
  try {
    if (call.self.inside().may_end()) {
      const spared now{call};
      *call.result = asked().detach();
    } else {
      *call.result = asked().detach();
    }
    return abi::status::ok;
  } catch (raised& thrown) {
    return call.raise(thrown.what, thrown.reason, thrown.stack);
  } catch (process_exit& exit) {
    return call.end(exit.reason);
  } catch (std::exception& thrown) {
    return call.raise("error"_atom, tuple("native_exception", string(thrown.what())));
  }
}

abi::status apply_from_plugin(abi::env* env, std::uint32_t module, std::uint32_t function, const raw_term* arguments,
                              std::size_t count, raw_term* result) {
  if (!env && !running_process())
    return raise_into(result, "error"_atom, "noproc");
  auto& self = process_of(env);
  return guarded({self, module, function, __builtin_return_address(0), result}, [&] {
    return self.home().apply(self, atom::from_index(module), atom::from_index(function), &term::as_term(*arguments),
                             count);
  });
}

abi::status send_from_plugin(abi::env* env, const raw_term* pid, raw_term message, raw_term* result) {
  auto& self = process_of(env);
  term sent = term::adopt(message);
  return guarded({self, "erlang"_atom.index(), "send"_atom.index(), __builtin_return_address(0), result}, [&] {
    self.inside().check_end();
    self.send(term::as_term(*pid), std::move(sent));
    return term{};
  });
}

/// The version of that module: one that the process is in, which a load hook's is before it is in a slot.
code::version* version_in_use(process& self, const abi::module_info* of) {
  if (auto* const stack = self.inside().frames.load(std::memory_order_relaxed))
    for (std::size_t i = 0; i < std::min(stack->depth, frame_stack::fast); ++i)
      if (auto* const in = stack->in[i].load(std::memory_order_relaxed); in && &in->info() == of)
        return in;
  return self.home().code().version_of(of);
}

abi::status make_fun(abi::env* env, const abi::module_info* of, std::uint32_t function, std::uint32_t arity,
                     const raw_term* given, std::size_t count, raw_term* result) {
  auto& self = process_of(env);
  const atom name = atom::from_index(function);
  return guarded({self, "erlang"_atom.index(), "make_fun"_atom.index(), __builtin_return_address(0), result}, [&] {
    auto* const version = version_in_use(self, of);
    if (!version)
      raise_error("not_loaded");
    if (!version->find(name, arity + count))
      throw raised{"error"_atom, "undef", list(tuple(version->module(), name, arity + count, term()))};
    return version->make_fun(name, arity, list_of(&term::as_term(*given), count));
  });
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
