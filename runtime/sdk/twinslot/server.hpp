// runtime/sdk/twinslot/server.hpp - the callbacks of abi::server over a module's clauses: the SDK's inner part.
//
// Each function here is one member of abi::server; `data` is the module_block. All catch every exception.
#pragma once
#include "runtime/sdk/twinslot/module.hpp"

namespace twinslot::sdk {

/// `to` is as the host made it: nothing decided, no terms. Most outcomes have one term or none.
inline void give(outcome&& from, abi::outcome* to) noexcept {
  to->what = from.what;
  to->next = from.next;
  to->timeout_ms = from.timeout_ms;
  if (!from.reply.is_nil())
    to->reply = from.reply.detach();
  if (!from.reason.is_nil())
    to->reason = from.reason.detach();
  if (!from.argument.is_nil())
    to->argument = from.argument.detach();
}

inline constexpr std::size_t init_argument_limit = 16;

/// Init's argument is one value, or a list with one element per parameter ([] for none).
[[gnu::cold]] inline bool take_init(clause* first, frame& call, const term& argument) {
  term elements[init_argument_limit];
  std::size_t count = 0;
  auto at = argument.elements_of_list().begin();
  for (; at != list_range::sentinel{}; ++at) {
    if (count < init_argument_limit)
      elements[count] = *at;
    ++count;
  }
  const bool is_proper_list = argument.is_list() && at.rest().is_nil();
  for (clause* c = first; c != nullptr; c = c->next) {
    call.arguments = &argument;
    if (c->arity == 1 && c->run(*c, call))
      return true;
    call.arguments = elements;
    if (is_proper_list && count == c->arity && c->run(*c, call))
      return true;
  }
  return false;
}

[[gnu::cold]] inline abi::status handle_init(void* data, abi::env* process, const raw_term* argument, void** state,
                                             abi::outcome* decided, raw_term* result) noexcept {
  return guarded("init", 1, result, [&] {
    self me(process);
    frame call(me);
    call.callback = "init";
    call.callback_arity = 1;
    if (!take_init(static_cast<module_block*>(data)->first(slot::init), call, term::as_term(*argument)))
      return abi::status::no_clause;
    if (call.handler != nullptr) {
      decided->handler = call.handler;
      return abi::status::waits;
    }
    give(std::move(call.decided), decided);
    if (call.new_state != nullptr)
      *state = call.new_state;
    return abi::status::ok;
  });
}

/// What handle_call, handle_cast ... have in common; made once, as a plugin's compile time is its code's size.
struct message_callback {
  slot clauses;
  const char* name;
  std::uint32_t arity;
};
[[gnu::noinline]] inline abi::status handle_message(message_callback which, void* data, abi::env* process, void* state,
                                                    const raw_term* message, const raw_term* caller,
                                                    abi::outcome* decided, raw_term* result) noexcept {
  return guarded(which.name, which.arity, result, [&] {
    self me(process);
    frame call(me, state, caller);
    call.callback = which.name;
    call.callback_arity = which.arity;
    if (!take_message(static_cast<module_block*>(data)->first(which.clauses), call, term::as_term(*message)))
      return abi::status::no_clause;
    if (call.handler != nullptr) {
      decided->handler = call.handler;
      return abi::status::waits;
    }
    if (decided != nullptr)
      give(std::move(call.decided), decided);
    else
      *result = call.value.detach();
    return abi::status::ok;
  });
}
inline abi::status handle_call(void* data, abi::env* process, void* state, const raw_term* request,
                               const raw_term* from, abi::outcome* decided, raw_term* result) noexcept {
  return handle_message({slot::call, "handle_call", 3}, data, process, state, request, from, decided, result);
}
inline abi::status handle_cast(void* data, abi::env* process, void* state, const raw_term* message,
                               abi::outcome* decided, raw_term* result) noexcept {
  return handle_message({slot::cast, "handle_cast", 2}, data, process, state, message, nullptr, decided, result);
}
inline abi::status handle_info(void* data, abi::env* process, void* state, const raw_term* message,
                               abi::outcome* decided, raw_term* result) noexcept {
  return handle_message({slot::info, "handle_info", 2}, data, process, state, message, nullptr, decided, result);
}
inline abi::status handle_continue(void* data, abi::env* process, void* state, const raw_term* argument,
                                   abi::outcome* decided, raw_term* result) noexcept {
  return handle_message({slot::continue_, "handle_continue", 2}, data, process, state, argument, nullptr, decided,
                        result);
}
inline abi::status handle_terminate(void* data, abi::env* process, void* state, const raw_term* reason,
                                    raw_term* result) noexcept {
  abi::outcome unused;
  return handle_message({slot::terminate, "terminate", 2}, data, process, state, reason, nullptr, &unused, result);
}
inline abi::status format_status(void* data, const raw_term* state, raw_term* result) noexcept {
  return handle_message({slot::format_status, "format_status", 1}, data, nullptr, nullptr, state, nullptr, nullptr,
                        result);
}

struct change_request {
  slot clauses;
  const raw_term* vsn;
  const raw_term* state;
  const raw_term* extra;
};
/// The clauses for a version, in order. A version with clauses none of which takes the state is Erlang's error:
/// function_clause, with the arguments in the stack. `state` null: the result is the value.
[[gnu::cold]] inline abi::status change(change_request asked, void* data, abi::env* process, void** state,
                                        raw_term* result) noexcept {
  return guarded("code_change", 3, result, [&] {
    self me(process);
    frame call(me);
    const term arguments[] = {term::copy(*asked.vsn), term::copy(*asked.state), term::copy(*asked.extra)};
    call.arguments = arguments + 1;
    bool has_clause = false;
    bool taken = false;
    for (clause* c = static_cast<module_block*>(data)->first(asked.clauses); c != nullptr && !taken; c = c->next)
      if (c->vsn == arguments[0]) {
        has_clause = true;
        taken = c->run(*c, call);
      }
    if (!has_clause)
      return abi::status::no_clause;
    if (!taken)
      throw exception{"error"_atom, "function_clause",
                      list(tuple(module_name, "code_change", list_of(arguments, 3), term{}))};
    if (state == nullptr)
      *result = call.value.detach();
    else if (call.new_state != nullptr)
      *state = call.new_state;
    else
      raise_error(call.decided.reason);  // the clause returned ts::stop(Reason)
    return abi::status::ok;
  });
}
[[gnu::cold]] inline int has_code_change(void* data, const raw_term* old_vsn) noexcept {
  for (const clause* c = static_cast<module_block*>(data)->first(slot::code_change); c != nullptr; c = c->next)
    if (c->vsn == term::as_term(*old_vsn))
      return 1;
  return 0;
}
inline abi::status code_change(void* data, abi::env* process, const raw_term* old_vsn, const raw_term* old_state,
                               const raw_term* extra, void** state, raw_term* result) noexcept {
  return change({slot::code_change, old_vsn, old_state, extra}, data, process, state, result);
}
inline abi::status code_change_down(void* data, abi::env* process, const raw_term* to_vsn, const raw_term* own_state,
                                    const raw_term* extra, raw_term* result) noexcept {
  return change({slot::code_change_down, to_vsn, own_state, extra}, data, process, nullptr, result);
}

// What depends on the state's type.
template <class State>
[[gnu::cold]] void state_schema(void*, raw_term* result) noexcept {
  raw_term raised = term::bits(kind::nil);
  const auto done = guarded("schema", 0, &raised, [&] {
    *result = schema_of<State>().detach();
    return abi::status::ok;
  });
  if (done != abi::status::ok)
    *result = tuple(atom(), list(tuple("error", term::adopt(raised), term{}))).detach();
}
template <class State>
abi::status export_state(void*, const void* state, raw_term* result) noexcept {
  return guarded("export_state", 1, result, [&] {
    *result = to_term(*static_cast<const State*>(state)).detach();
    return abi::status::ok;
  });
}
template <class State>
[[gnu::cold]] abi::status import_state(void*, const raw_term* value, void** state, raw_term* result) noexcept {
  return guarded("import_state", 1, result, [&] {
    State read{};
    if (!codec<State>::from(term::as_term(*value), read))
      raise_error(tuple("bad_state", term::as_term(*value), why_not<State>(term::as_term(*value))));
    *state = new State(std::move(read));
    return abi::status::ok;
  });
}
/// A state's destructor that throws, where it may: a report, as there is nothing left that could fail.
[[gnu::cold]] inline void report_raised_by_state() noexcept {
  const term what = caught("destroy_state", 1);
  try {
    self(nullptr).log("error"_atom, "The destructor of a state of module {} raised {}\n", module_name,
                      tuple(what[0], what[1]));
  } catch (...) {  // no process runs any more
  }
}
template <class State>
void destroy_state(void*, void* state) noexcept {
  if constexpr (std::is_nothrow_destructible_v<State>) {
    delete static_cast<State*>(state);
  } else {
    try {
      delete static_cast<State*>(state);
    } catch (...) {
      report_raised_by_state();
    }
  }
}

// The functions that a server's module has of itself: clients of its clauses, start/N and start_link/N.
struct client : clause {
  atom server_name;  // '' if the server is the first argument
  atom operation;    // call, cast, start, start_link
};
inline bool send_request(clause& own, frame& call) {
  auto& c = static_cast<client&>(own);
  const bool has_name = c.server_name != atom();
  const term server = has_name ? term(c.server_name) : call.arguments[0];
  const term* const values = call.arguments + (has_name ? 0 : 1);
  const std::size_t count = c.arity - (has_name ? 0U : 1U);
  term request = c.name;
  if (count > 0) {
    request = new_tuple(count + 1);
    set_element(request, 0, c.name);
    for (std::size_t i = 0; i < count; ++i)
      set_element(request, i + 1, values[i]);
  }
  const term arguments[] = {server, std::move(request)};
  call.value = call.me.apply_terms("gen_server"_atom, c.operation, arguments, 2);
  return true;
}
[[gnu::cold]] inline bool start_server(clause& own, frame& call) {
  auto& c = static_cast<client&>(own);
  const term argument = list_of(call.arguments, c.arity);
  const term arguments[] = {tuple("local", c.server_name), module_name, argument, term{}};
  const std::size_t skipped = c.server_name == atom() ? 1 : 0;  // without a name: Module, Argument, Options
  call.value = call.me.apply_terms("gen_server"_atom, c.operation, arguments + skipped, 4 - skipped);
  return true;
}
[[gnu::cold]] inline void destroy_client(clause* own) {
  delete static_cast<client*>(own);
}
/// Added unless the author wrote a function of that name and arity.
[[gnu::cold]] inline void add_client(module_block& block, client wanted, const char* text, std::uint32_t arity) {
  const atom name{std::string_view(text)};
  if (block.find_function(name, arity) != nullptr)
    return;
  auto* made = new client(wanted);
  made->name = name;
  made->text = text;
  made->arity = arity;
  made->server_name = block.registered ? atom(std::string_view(block.registered)) : atom();
  made->destroy = destroy_client;
  block.add(slot::function, made);
}
[[gnu::cold]] inline void add_starters(module_block& block, const clause& init) {
  client wanted;
  wanted.run = start_server;
  wanted.doc = "starts the server and links it to the caller";
  wanted.operation = "start_link"_atom;
  add_client(block, wanted, "start_link", init.arity);
  wanted.doc = "starts the server";
  wanted.operation = "start"_atom;
  add_client(block, wanted, "start", init.arity);
}
[[gnu::cold]] inline void add_clients_of(module_block& block, slot where, atom operation) {
  for (const clause* c = block.first(where); c != nullptr; c = c->next) {
    if (c->text == nullptr)
      continue;
    client wanted;
    wanted.run = send_request;
    wanted.doc = c->doc;
    wanted.operation = operation;
    add_client(block, wanted, c->text, c->arity + (block.registered ? 0 : 1));
  }
}
[[gnu::cold]] inline void add_clients(module_block& block) {
  for (const clause* c = block.first(slot::init); c != nullptr; c = c->next)
    add_starters(block, *c);
  add_clients_of(block, slot::call, "call"_atom);
  add_clients_of(block, slot::cast, "cast"_atom);
}
}  // namespace twinslot::sdk
