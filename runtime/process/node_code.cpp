// How a process comes to code: natives, plugins, funs.
#include "runtime/process/coroutine.hpp"
#include "runtime/process/module_info.hpp"

#include <algorithm>

namespace twinslot {

namespace {
/// Says where the process is, for process_info, while it lives.
class current_call {
public:
  current_call(process::impl& in, std::uint64_t function, std::size_t arity) noexcept
      : in_(in),
        function_(in.current_function.load(std::memory_order_relaxed)),
        arity_(in.current_arity.load(std::memory_order_relaxed)) {
    in_.current_function.store(function, std::memory_order_release);
    in_.current_arity.store(static_cast<std::uint32_t>(arity), std::memory_order_relaxed);
    in_.count_reduction();
  }
  ~current_call() {
    in_.current_function.store(function_, std::memory_order_release);
    in_.current_arity.store(arity_, std::memory_order_relaxed);
  }
  current_call(const current_call&) = delete;

private:
  process::impl& in_;
  const std::uint64_t function_;
  const std::uint32_t arity_;
};

/// Whether the arguments are what was wrong: then the stack shows them, as Erlang's does.
bool is_about_arguments(const term& reason) {
  return reason == "badarg" || reason == "badarith" || reason == "function_clause" || reason == "undef" ||
         reason == "system_limit" || reason.is_tagged("badkey"_atom, 2) || reason.is_tagged("badmap"_atom, 2);
}

/// A native's error that does not say where it was raised gets the native itself as the stack entry; so does an exit,
/// but for erlang:exit/1 and its like, which are the caller's own.
term called_native(const native& found, process& self, const term* arguments, std::size_t count) {
  try {
    return found.call(self, arguments);
  } catch (raised& failed) {
    const bool is_of_the_language = std::string_view(found.module) == "erlang";
    if (failed.what == "error"_atom && failed.stack.is_nil() &&
        !(is_of_the_language && std::string_view(found.name) == "error"))
      failed.stack =
          list(tuple(atom(found.module), atom(found.name),
                     is_about_arguments(failed.reason) ? list_of(arguments, count) : term(found.arity), term{}));
    else if (failed.what == "exit"_atom && failed.stack.is_nil() && !is_of_the_language)
      failed.stack = list(tuple(atom(found.module), atom(found.name), found.arity, term{}));
    throw;
  }
}
}  // namespace

void raise_at(term reason, atom module, atom function, const term* arguments, std::size_t count) {
  raised made{"error"_atom, std::move(reason), {}};
  made.stack = list(tuple(module, function, list_of(arguments, count), term{}));
  throw made;
}

void raise_thrown(const term& thrown) {
  if (thrown.is_tuple(3) && thrown[0].is_atom())
    throw raised{thrown[0].as_atom(), thrown[1], thrown[2]};
  throw raised{"error"_atom, tuple("bad_exception", thrown), {}};
}

term returned(process& self, abi::status status, const raw_term& bits, atom module, atom function,
              const term* arguments, std::size_t count) {
  auto result = term::adopt(bits);
  if (status == abi::status::ok)
    return result;
  // A process that was told to end while it was in there ends, whatever the plugin made of it.
  self.inside().check();
  if (status == abi::status::no_clause)
    raise_at("function_clause", module, function, arguments, count);
  raise_thrown(result);
}

code::table& node::code() noexcept {
  return *impl_->versions;
}
code::loader& node::loader() noexcept {
  return *impl_->loader;
}

namespace {
/// The function, with the process lingering in its version meanwhile.
term call_exported(process& self, const abi::exported& exported, code::pin held, atom function, const term* arguments,
                   std::size_t count) {
  const atom module = held->module();
  const process::frame frame{self, std::move(held)};
  raw_term bits = term().detach();
  const auto status = exported.call(exported.data, env_of(self), raw_of(arguments), &bits);
  return returned(self, status, bits, module, function, arguments, count);
}
}  // namespace

code::pin node::impl::pin_for_call(process& self, atom module) {
  auto held = versions->pin_current(module);
  if (!held && autoload && autoload(self, module))
    held = versions->pin_current(module);
  return held;
}

term node::apply(process& self, atom module, atom function, const term* arguments, std::size_t count) {
  auto& me = self.inside();
  me.check();
  const current_call here{me, pack(module, function), count};
  if (auto* found = find_native(module, function, count))
    return called_native(*found, self, arguments, count);
  auto held = impl_->pin_for_call(self, module);
  const auto* exported = held ? held->find(function, count) : nullptr;
  if (!exported) {
    if (function == "module_info"_atom && count <= 1)
      if (auto info = module_info(*this, module, held.get(), count == 1 ? arguments : nullptr))
        return std::move(*info);
    held.release();
    raise_at("undef", module, function, arguments, count);
  }
  if (exported->start) {
    held.release();
    if (!self.may_block())
      raise_error(tuple("would_block", tuple(module, function, std::uint64_t{count})));
    return run_coroutine(self, module, function, arguments, count);
  }
  return call_exported(self, *exported, std::move(held), function, arguments, count);
}

term node::impl::call_plugin_fun(process& self, const term& fun, const term* arguments, std::size_t count) {
  const term kept = fun;  // until the pin is given back
  const auto& cell = *static_cast<const fun_cell*>(kept.raw().box);
  auto held = versions->pin_fun(kept);
  std::vector<term> all;
  for (const term given : term::as_term(cell.environment).elements_of_list())
    all.push_back(given);
  all.insert(all.end(), arguments, arguments + count);
  const atom function = term::as_term(cell.name).as_atom();
  const auto* exported = held ? held->find(function, all.size()) : nullptr;
  if (!exported || !exported->call)
    raise_error(tuple("badfun", kept));
  auto& me = self.inside();
  me.check();
  const current_call here{me, pack(term::as_term(cell.module).as_atom(), function), all.size()};
  return call_exported(self, *exported, std::move(held), function, all.data(), all.size());
}

spawned node::spawn_function(atom module, atom function, std::vector<term> arguments, spawn_options how) {
  if (!find_native(module, function, arguments.size())) {
    const auto held = impl_->versions->pin_current(module);
    const auto* exported = held ? held->find(function, arguments.size()) : nullptr;
    if (exported && exported->start)
      return spawn(coroutine_body(module, function, std::move(arguments)), how);
  }
  how.initial_call = tuple(module, function, arguments.size());
  return spawn_blocking(
      [module, function, arguments = std::move(arguments)](process& made) {
        made.home().apply(made, module, function, arguments.data(), arguments.size());
      },
      how);
}

term node::call_fun(process& self, const term& fun, const term* arguments, std::size_t count) {
  if (!fun.is_fun())
    raise_error(tuple("badfun", fun));
  const auto& cell = *static_cast<const fun_cell*>(fun.raw().box);
  if (cell.arity != count)
    raise_error(tuple("badarity", tuple(fun, list_of(arguments, count))));
  if (cell.flags & 1)
    return apply(self, term::as_term(cell.module).as_atom(), term::as_term(cell.name).as_atom(), arguments, count);
  if (cell.flags & fun_is_of_plugin)
    return impl_->call_plugin_fun(self, fun, arguments, count);
  if (!impl_->interpreter)
    raise_error(tuple("badfun", fun));
  return impl_->interpreter(self, fun, arguments, count);
}

void node::interpreter(term (*run)(process&, const term&, const term*, std::size_t)) {
  impl_->interpreter = run;
}

void node::autoload(bool (*load)(process&, atom)) {
  impl_->autoload = load;
}

void node::add_natives(std::span<const native> functions) {
  for (auto& each : functions) {
    const atom module{each.module};
    impl_->natives.insert_or_assign({pack(module, atom(each.name)), static_cast<std::size_t>(each.arity)}, &each);
    auto& modules = impl_->native_modules;
    auto home = std::find_if(modules.begin(), modules.end(), [&](auto& known) { return known.first == module; });
    if (home == modules.end())
      home = modules.insert(modules.end(), {module, {}});
    home->second.push_back(&each);
  }
}

const native* node::find_native(atom module, atom function, std::size_t arity) const {
  auto found = impl_->natives.find({pack(module, function), arity});
  return found == impl_->natives.end() ? nullptr : found->second;
}

std::vector<atom> node::native_modules() const {
  std::vector<atom> found;
  for (auto& [module, functions] : impl_->native_modules)
    found.push_back(module);
  return found;
}

std::vector<const native*> node::natives_of(atom module) const {
  for (auto& [name, functions] : impl_->native_modules)
    if (name == module)
      return functions;
  return {};
}
}  // namespace twinslot
