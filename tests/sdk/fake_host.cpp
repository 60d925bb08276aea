#include "tests/sdk/fake_host.hpp"

#include <algorithm>
#include <cstdlib>

namespace twinslot::test {
namespace {
abi::status fake_apply(abi::env* process, std::uint32_t module, std::uint32_t function, const raw_term* arguments,
                       std::size_t count, raw_term* result) {
  auto& running = *reinterpret_cast<fake_process*>(process);
  const term* first = &term::as_term(*arguments);
  running.asked.push_back({atom::from_index(module), atom::from_index(function), {first, first + count}});
  try {
    *result = running.answer(running.asked.back()).detach();
    return abi::status::ok;
  } catch (const raised& e) {
    *result = tuple(e.what, e.reason, e.stack).detach();
    return abi::status::raised;
  }
}

abi::status fake_send(abi::env* process, const raw_term* pid, raw_term message, raw_term* result) {
  const term arguments[] = {term::as_term(*pid), term::adopt(message)};
  return fake_apply(process, "erlang"_atom.index(), "send"_atom.index(), &arguments->raw(), 2, result);
}

/// An external fun stands for it: what was asked can be read from that.
abi::status fake_make_fun(abi::env*, const abi::module_info* of, std::uint32_t function, std::uint32_t arity,
                          const raw_term*, std::size_t, raw_term* result) {
  *result = external_fun(atom(std::string_view(of->name)), atom::from_index(function), arity).detach();
  return abi::status::ok;
}
}  // namespace

const abi::host_table& fake_host_table() {
  static const abi::host_table table{
      .version = abi::version,
      .bytes = sizeof(abi::host_table),
      .make_cell = host::make_cell,
      .free_cell = host::free_cell,
      .atom_index = host::atom_index,
      .atom_text = host::atom_text,
      .compare = [](const raw_term* a, const raw_term* b, int exact) { return host::compare(*a, *b, exact != 0); },
      .hash = [](const raw_term* value) { return host::hash(*value); },
      .map_get = [](const raw_term* map, const raw_term* key) { return host::map_get(*map, *key); },
      .map_with = [](const raw_term* map, const raw_term* key, const raw_term* value,
                     raw_term* result) { *result = host::map_with(*map, *key, value); },
      .map_empty = [](raw_term* result) { *result = host::map_empty(); },
      .map_to_list = [](const raw_term* map, raw_term* result) { *result = host::map_to_list(*map); },
      .print = [](const raw_term*, int, raw_term* result) { *result = binary("printed by the host").detach(); },
      .self = [](abi::env*, raw_term* result) { *result = term(own_pid).detach(); },
      .apply = fake_apply,
      .make_fun = fake_make_fun,
      .send = fake_send,
      .take_memory = [](std::size_t bytes) { return std::malloc(bytes); },
      .give_memory = [](void* memory, std::size_t) { std::free(memory); }};
  return table;
}

const abi::exported* open_module::find(std::string_view name, std::uint32_t arity) const {
  for (std::uint32_t i = 0; i < info_->function_count; ++i)
    if (name == info_->functions[i].name && info_->functions[i].arity == arity)
      return &info_->functions[i];
  return nullptr;
}

std::vector<std::string> open_module::function_names() const {
  std::vector<std::string> names;
  for (std::uint32_t i = 0; i < info_->function_count; ++i)
    names.push_back(info_->functions[i].name + ("/" + std::to_string(info_->functions[i].arity)));
  std::sort(names.begin(), names.end());
  return names;
}

open_module::reply open_module::call(fake_process& process, std::string_view name, std::vector<term> arguments) const {
  const abi::exported* const found = find(name, static_cast<std::uint32_t>(arguments.size()));
  if (found == nullptr)
    return {abi::status::no_clause, "undef"};
  arguments.emplace_back();  // data() is never null
  raw_term result = term::bits(kind::nil);
  const abi::status status = found->call(found->data, process.env(), &arguments.data()->raw(), &result);
  return {status, term::adopt(result)};
}

open_module::reply open_module::on_load(fake_process& process) const {
  raw_term result = term::bits(kind::nil);
  const abi::status status = info_->on_load(info_->data, process.env(), &result);
  return {status, term::adopt(result)};
}

template <class Call>
decided server_process::run(Call call) {
  abi::outcome made{.what = abi::action::noreply,
                    .next = abi::then::wait,
                    .timeout_ms = 0,
                    .reply = term::bits(kind::nil),
                    .reason = term::bits(kind::nil),
                    .argument = term::bits(kind::nil),
                    .handler = nullptr};
  raw_term raised = term::bits(kind::nil);
  const abi::status status = call(&made, &raised);
  return {status,
          made.what,
          made.next,
          made.timeout_ms,
          term::adopt(made.reply),
          term::adopt(made.reason),
          term::adopt(made.argument),
          term::adopt(raised)};
}

decided server_process::init(const term& argument) {
  drop();
  return run([&](abi::outcome* made, raw_term* raised) {
    return server_.init(server_.data, process.env(), &argument.raw(), &state_, made, raised);
  });
}
decided server_process::call(const term& request) {
  return run([&](abi::outcome* made, raw_term* raised) {
    return server_.handle_call(server_.data, process.env(), state_, &request.raw(), &caller.raw(), made, raised);
  });
}
decided server_process::cast(const term& message) {
  return run([&](abi::outcome* made, raw_term* raised) {
    return server_.handle_cast(server_.data, process.env(), state_, &message.raw(), made, raised);
  });
}
decided server_process::info(const term& message) {
  return run([&](abi::outcome* made, raw_term* raised) {
    return server_.handle_info(server_.data, process.env(), state_, &message.raw(), made, raised);
  });
}
decided server_process::continue_(const term& argument) {
  return run([&](abi::outcome* made, raw_term* raised) {
    return server_.handle_continue(server_.data, process.env(), state_, &argument.raw(), made, raised);
  });
}
decided server_process::terminate(const term& reason) {
  return run([&](abi::outcome*, raw_term* raised) {
    return server_.terminate(server_.data, process.env(), state_, &reason.raw(), raised);
  });
}

term server_process::state() const {
  raw_term result = term::bits(kind::nil);
  const abi::status status = server_.export_state(server_.data, state_, &result);
  term value = term::adopt(result);
  return status == abi::status::ok ? value : tuple("raised", value);
}

term server_process::replace(abi::status status, void* made, term raised) {
  if (status == abi::status::no_clause)
    return "no_clause";
  if (status == abi::status::raised)
    return raised;
  drop();
  state_ = made;
  return "ok";
}
term server_process::import(const term& value) {
  void* made = nullptr;
  raw_term raised = term::bits(kind::nil);
  const abi::status status = server_.import_state(server_.data, &value.raw(), &made, &raised);
  return replace(status, made, term::adopt(raised));
}
term server_process::code_change(const term& old_vsn, const term& old_state, const term& extra) {
  void* made = nullptr;
  raw_term raised = term::bits(kind::nil);
  const abi::status status =
      server_.code_change(server_.data, process.env(), &old_vsn.raw(), &old_state.raw(), &extra.raw(), &made, &raised);
  return replace(status, made, term::adopt(raised));
}
term server_process::code_change_down(const term& to_vsn, const term& own_state, const term& extra) {
  raw_term result = term::bits(kind::nil);
  const abi::status status =
      server_.code_change_down(server_.data, process.env(), &to_vsn.raw(), &own_state.raw(), &extra.raw(), &result);
  const term value = term::adopt(result);
  return status == abi::status::no_clause ? term("no_clause") : value;
}
term server_process::format_status(const term& state) const {
  raw_term result = term::bits(kind::nil);
  server_.format_status(server_.data, &state.raw(), &result);
  return term::adopt(result);
}
term server_process::schema() const {
  raw_term result = term::bits(kind::nil);
  server_.schema(server_.data, &result);
  return term::adopt(result);
}
void server_process::drop() {
  if (state_ != nullptr)
    server_.destroy_state(server_.data, std::exchange(state_, nullptr));
}
}  // namespace twinslot::test
