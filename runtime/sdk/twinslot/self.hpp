// runtime/sdk/twinslot/self.hpp - the process that executes, and what it can ask of its node.
//
// Every clause may take a `ts::self&`. It is valid during the call only and belongs to the executing thread.
// All functions below go through `apply`, so each raises what the Erlang function of that name raises: a
// ts::exception {class, reason, stack}. One that is not caught ends the call as it would in Erlang. An exception that
// says that the process itself is to die comes again with the next call: let it pass.
// In a destructor they raise nothing: they do what they can, what fails is reported, and a process that is to die dies
// afterwards. The same holds in every noexcept function.
#pragma once
#include "runtime/sdk/twinslot/outcome.hpp"
#include "runtime/sdk/twinslot/timestamp.hpp"

#include <optional>

namespace twinslot {

/// How long to wait: milliseconds, a std::chrono::duration or "infinity".
class wait_time {
public:
  wait_time(duration d) noexcept : value_(d.ms) {}
  template <class T>
  requires std::is_constructible_v<duration, T> wait_time(const T& d)
  noexcept : value_(duration(d).ms) {}
  wait_time(const char (&infinity)[9]) noexcept : value_(infinity) {}
  operator const term&() const noexcept { return value_; }

private:
  term value_;
};

/// A format with as many {} (or {s}, {w}) as there are values; {{ and }} are braces. Checked by the compiler.
template <class... Values>
class format_text {
public:
  template <std::size_t N>
  consteval format_text(const char (&text)[N]) : text_(text, N - 1) {
    std::size_t places = 0;
    for (std::size_t i = 0; i + 1 < N; ++i) {
      if (text[i] != '{' && text[i] != '}')
        continue;
      if (text[i + 1] == text[i])
        ++i;
      else if (text[i] == '}')
        throw "a } without its {; write }} for the character";
      else if (text[i + 1] != '}' && ((text[i + 1] != 's' && text[i + 1] != 'w') || text[i + 2] != '}'))
        throw "a place is {}, {s} or {w}; write {{ for the character";
      else if (++places; text[i + 1] != '}')
        i += 2;
      else
        ++i;
    }
    if (places != sizeof...(Values))
      throw "the format has not as many {} as there are values";
  }
  constexpr std::string_view text() const noexcept { return text_; }

private:
  std::string_view text_;
};

class self;
class next;
struct system_message;
namespace sdk {
/// What the host came back with, or the exception that it is.
inline term taken(abi::status status, const raw_term& bits) {
  term result = term::adopt(bits);
  if (status == abi::status::ok)
    return result;
  if (status == abi::status::raised && result.is_tuple(3) && result[0].is_atom())
    throw exception{result[0].as_atom(), result[1], result[2]};
  throw exception{"error"_atom, "function_clause", {}};
}

struct turn {};

/// What was not begun yet: `co_await` it in a coroutine, or wait for it in a plain function.
template <class Wanted>
class unsent {
public:
  unsent(const unsent&) = delete;
  unsent& operator=(const unsent&) = delete;
  operator term() && { return static_cast<Wanted&>(*this).wait(); }

protected:
  explicit unsent(abi::env* process) noexcept : process_(process) {}
  abi::env* process_;
};

/// A request to a server.
class [[nodiscard("write co_await before it; in a plain function, .wait() behind it")]] request
    : public unsent<request> {
public:
  /// Waits right here: for functions that the console or another blocking process calls. A process that shares its
  /// thread with others, as a gen_server does, raises {would_block,Label} instead.
  term wait();

private:
  friend class twinslot::self;
  friend class requesting;
  request(abi::env * process, term server, term what, const term& limit) noexcept
      : unsent(process), server_(std::move(server)), what_(std::move(what)), limit_(limit) {}
  term server_, what_, limit_;  // limit: nil where none was given
};

/// A function of that module which waits for others, and its arguments.
template <fixed_string Module>
class [[nodiscard("write co_await before it; in a plain function, .wait() behind it")]] unsent_call
    : public unsent<unsent_call<Module>> {
public:
  /// As request.
  term wait();

private:
  friend class twinslot::self;
  template <class Promise>
  friend struct awaits;
  unsent_call(abi::env * process, atom function, term arguments) noexcept
      : unsent<unsent_call>(process), function_(function), arguments_(std::move(arguments)) {}
  atom function_;
  term arguments_;  // a tuple
};
using starting = unsent_call<"gen_server">;
using system_request = unsent_call<"sys">;

/// Some time that has not begun to pass: as a request.
class [[nodiscard("write co_await before it; in a plain function, .wait() behind it")]] pause {
public:
  pause(const pause&) = delete;
  pause& operator=(const pause&) = delete;
  void wait();

private:
  friend class twinslot::self;
  friend class pausing;
  pause(abi::env * process, const term& limit) noexcept : process_(process), limit_(limit) {}
  abi::env* process_;
  term limit_;
};
}  // namespace sdk

/// The name of a process function, a literal: the node remembers where it found it.
class function_name {
public:
  consteval function_name(const char* literal) : text_(literal) {}
  constexpr const char* text() const noexcept { return text_; }

private:
  const char* text_;
};

class self {
public:
  explicit self(abi::env* process) noexcept : process_(process) {}

  twinslot::pid pid() const noexcept {
    raw_term result;
    sdk::host_table->self(process_, &result);
    return term::adopt(result).as_pid();
  }

  /// Module:Function(Arguments...): a built-in, or the current version of another module.
  template <class... Values>
  term apply(std::string_view module, std::string_view function, const Values&... arguments) {
    return call_function(atom(module), atom(function), arguments...);
  }
  /// The same where each call counts: `self.apply("lists"_atom, "max"_atom, list)` looks for no names.
  template <class... Values>
  term apply(atom module, atom function, const Values&... arguments) {
    return call_function(module, function, arguments...);
  }

  // Servers. `server` is a pid, a name or {name,node}.
  /// The reply, within 5 s or `limit`: `co_await self.call(...)`, in a plain function `self.call(...).wait()`.
  template <class Server, class Request>
  sdk::request call(const Server& server, const Request& request) {
    return {process_, to_term(server), to_term(request), {}};
  }
  template <class Server, class Request>
  sdk::request call(const Server& server, const Request& request, wait_time limit) {
    return {process_, to_term(server), to_term(request), limit};
  }
  template <class Server, class Request>
  void cast(const Server& server, const Request& request) {
    if constexpr (std::is_same_v<Server, twinslot::pid>)
      send(server, tuple("$gen_cast"_atom, to_term(request)));
    else
      call_function("gen_server"_atom, "cast"_atom, server, request);
  }
  /// Answers a call whose clause said `noreply`.
  template <class Value>
  void reply(const from& to, const Value& value) {
    call_function("gen_server"_atom, "reply"_atom, to.caller, value);
  }
  /// {ok,Pid} | ignore | {error,Reason}, when init has returned: `co_await self.start(...)`, in a plain function
  /// `self.start(...).wait()`.
  template <class Argument>
  sdk::starting start(atom module, const Argument& argument, const term& options = {}) {
    return {process_, "start"_atom, tuple(module, to_term(argument), options)};
  }
  template <class Argument>
  sdk::starting start_link(atom module, const Argument& argument, const term& options = {}) {
    return {process_, "start_link"_atom, tuple(module, to_term(argument), options)};
  }
  /// With a name: {local,Name}.
  template <class Argument>
  sdk::starting start(const term& name, atom module, const Argument& argument, const term& options) {
    return {process_, "start"_atom, tuple(name, module, to_term(argument), options)};
  }
  template <class Argument>
  sdk::starting start_link(const term& name, atom module, const Argument& argument, const term& options) {
    return {process_, "start_link"_atom, tuple(name, module, to_term(argument), options)};
  }
  template <class Server>
  void stop(const Server& server) {
    call_function("gen_server"_atom, "stop"_atom, server);
  }

  // Messages, links, monitors, names.
  template <class To, class Message>
  void send(const To& to, const Message& message) {
    const term target = to_term(to);
    if (!target.is_pid()) {
      call_function("erlang"_atom, "send"_atom, target, message);
      return;
    }
    raw_term bits = term::bits(kind::nil);
    const abi::status status = sdk::host_table->send(process_, &target.raw(), term(to_term(message)).detach(), &bits);
    sdk::taken(status, bits);
  }
  /// `message` after a time; the reference cancels it.
  template <class To, class Message>
  reference send_after(duration after, const To& to, const Message& message) {
    return call_function("erlang"_atom, "send_after"_atom, after.ms, to, message).as_reference();
  }
  /// Milliseconds that were left, or false.
  term cancel_timer(reference timer) { return call_function("erlang"_atom, "cancel_timer"_atom, timer); }
  void link(twinslot::pid other) { call_function("erlang"_atom, "link"_atom, other); }
  void unlink(twinslot::pid other) { call_function("erlang"_atom, "unlink"_atom, other); }
  /// {'DOWN',Reference,process,Pid,Reason} comes when it ends.
  template <class Process>
  reference monitor(const Process& process) {
    return call_function("erlang"_atom, "monitor"_atom, "process", process).as_reference();
  }
  void demonitor(reference monitored) { call_function("erlang"_atom, "demonitor"_atom, monitored); }
  /// Ends this process.
  template <class Reason>
  [[noreturn]] void exit(const Reason& reason) {
    raise_exit(to_term(reason));
  }
  /// Sends an exit signal.
  template <class Reason>
  void exit(twinslot::pid other, const Reason& reason) {
    call_function("erlang"_atom, "exit"_atom, other, reason);
  }
  /// A pid, or undefined.
  term whereis(atom name) { return call_function("erlang"_atom, "whereis"_atom, name); }
  void register_name(atom name, twinslot::pid process) { call_function("erlang"_atom, "register"_atom, name, process); }
  void unregister(atom name) { call_function("erlang"_atom, "unregister"_atom, name); }
  template <class Process>
  bool is_process_alive(const Process& process) {
    return call_function("erlang"_atom, "is_process_alive"_atom, process) == "true"_atom;
  }
  /// A function of this module, in its current version, in a process of its own.
  template <class... Values>
  twinslot::pid spawn(function_name function, const Values&... arguments) {
    return spawn(sdk::module_name, atom(std::string_view(function.text())), list(to_term(arguments)...));
  }
  template <class... Values>
  twinslot::pid spawn_link(function_name function, const Values&... arguments) {
    return spawn_link(sdk::module_name, atom(std::string_view(function.text())), list(to_term(arguments)...));
  }
  /// {Pid,Reference}
  template <class... Values>
  term spawn_monitor(function_name function, const Values&... arguments) {
    return spawn_monitor(sdk::module_name, atom(std::string_view(function.text())), list(to_term(arguments)...));
  }
  /// Module:Function with a list of arguments.
  twinslot::pid spawn(atom module, atom function, const term& arguments) {
    return call_function("erlang"_atom, "spawn"_atom, module, function, arguments).as_pid();
  }
  twinslot::pid spawn_link(atom module, atom function, const term& arguments) {
    return call_function("erlang"_atom, "spawn_link"_atom, module, function, arguments).as_pid();
  }
  term spawn_monitor(atom module, atom function, const term& arguments) {
    return call_function("erlang"_atom, "spawn_monitor"_atom, module, function, arguments);
  }
  /// A local fun over this version's `function`, with its first arguments given: self.fun<1>("add", 5) is
  /// fun(X) -> add(5, X) end. Whoever calls it runs this version, which stays in memory as long as the fun exists.
  /// ts::external_fun(...) follows the current one.
  template <std::size_t Arity, class... Values>
  term fun(function_name function, const Values&... given);
  /// The flag's former value.
  template <class Value>
  term process_flag(atom flag, const Value& value) {
    return call_function("erlang"_atom, "process_flag"_atom, flag, value);
  }
  reference make_ref() { return call_function("erlang"_atom, "make_ref"_atom).as_reference(); }
  /// As call: `co_await self.sleep(100)`, in a plain function `self.sleep(100).wait()`.
  sdk::pause sleep(wait_time time) { return {process_, time}; }

  // Coroutines: functions that return ts::process (process.hpp says how they are written).
  /// Waits for the first message, in the order they came, that one of the clauses takes; the others stay where they
  /// are. A clause is a lambda: one parameter is the message, several are a tuple of as many, none is anything; their
  /// types are the pattern. A ts::after(...) may come last. The result is what the clause returns.
  template <class... Clauses>
  auto receive(Clauses&&... clauses);
  /// A plain function of this version of the module in a thread of its own, for what blocks: a file, a library, a long
  /// computation. `const ts::term text = co_await self.blocking("read_all", path);` waits for its result, and raises
  /// what it raises; the thread of this process is free meanwhile. The function goes on to its end, whatever becomes of
  /// this process.
  template <class... Values>
  auto blocking(function_name function, const Values&... arguments);
  /// Lets other processes run.
  sdk::turn yield() noexcept { return {}; }
  /// The process ends normally.
  template <class Value>
  next done(const Value& value);
  next done();
  /// The process goes on in a function of the version that it runs in now.
  template <class... Values>
  next local(function_name name, const Values&... arguments);
  /// The process goes on in that function of the module's current version: ?MODULE:Name(Arguments).
  template <class... Values>
  next qualified(function_name name, const Values&... arguments);
  /// special.hpp: answers a request of sys; then the process goes on in `loop` with the state.
  template <class State>
  next handle_system(const system_message& asked, function_name loop, const State& state);
  /// With a name that came in a term.
  template <class... Values>
  next local(atom name, const Values&... arguments);
  template <class... Values>
  next qualified(atom name, const Values&... arguments);

  // Output: {} writes a value as ~p, {w} as ~w, {s} as ~s.
  template <class... Values>
  void print(std::type_identity_t<format_text<Values...>> format, const Values&... values) {
    call_function("twinslot"_atom, "print"_atom, binary(format.text()), list(to_term(values)...));
  }
  /// A report of the node's logger; level is debug, info, notice, warning, error ...
  template <class... Values>
  void log(atom level, std::type_identity_t<format_text<Values...>> format, const Values&... values) {
    call_function("twinslot"_atom, "log"_atom, level, binary(format.text()), list(to_term(values)...));
  }

  // System messages (module sys), as call: `co_await self.sys_suspend(...)`, in a plain function
  // `self.sys_suspend(...).wait()`. The answer comes within 5 s or `limit`.
  template <class Server>
  sdk::system_request sys_get_state(const Server& server, const std::optional<wait_time>& limit = {}) {
    return to_system("get_state"_atom, limit, to_term(server));
  }
  template <class Server>
  sdk::system_request sys_get_status(const Server& server, const std::optional<wait_time>& limit = {}) {
    return to_system("get_status"_atom, limit, to_term(server));
  }
  template <class Server>
  sdk::system_request sys_suspend(const Server& server, const std::optional<wait_time>& limit = {}) {
    return to_system("suspend"_atom, limit, to_term(server));
  }
  template <class Server>
  sdk::system_request sys_resume(const Server& server, const std::optional<wait_time>& limit = {}) {
    return to_system("resume"_atom, limit, to_term(server));
  }
  /// Of a server that is suspended.
  template <class Server, class Vsn, class Extra>
  sdk::system_request sys_change_code(const Server& server, atom module, const Vsn& old_vsn, const Extra& extra,
                                      const std::optional<wait_time>& limit = {}) {
    return to_system("change_code"_atom, limit, to_term(server), module, to_term(old_vsn), to_term(extra));
  }
  template <class Server, class Reason>
  sdk::system_request sys_terminate(const Server& server, const Reason& reason,
                                    const std::optional<wait_time>& limit = {}) {
    return to_system("terminate"_atom, limit, to_term(server), to_term(reason));
  }

  /// `apply` with the arguments as they are.
  term apply_terms(atom module, atom function, const term* arguments, std::size_t count) {
    raw_term bits = term::bits(kind::nil);
    const abi::status status =
        sdk::host_table->apply(process_, module.index(), function.index(), &arguments->raw(), count, &bits);
    return sdk::taken(status, bits);
  }
  abi::env* process() const noexcept { return process_; }

private:
  template <class... Terms>
  sdk::system_request to_system(atom function, const std::optional<wait_time>& limit, const Terms&... arguments) {
    return {process_, function, limit ? tuple(arguments..., term(*limit)) : tuple(arguments...)};
  }
  template <class... Values>
  term call_function(atom module, atom function, const Values&... values) {
    const term arguments[sizeof...(Values) + 1] = {to_term(values)..., term{}};
    return apply_terms(module, function, arguments, sizeof...(Values));
  }
  abi::env* process_;
};
/// The module that this plugin holds: ?MODULE.
inline atom this_module() noexcept {
  return sdk::module_name;
}

inline term sdk::request::wait() {
  const term arguments[] = {server_, what_, limit_};
  return self(process_).apply_terms("gen_server"_atom, "call"_atom, arguments, limit_.is_nil() ? 2 : 3);
}
template <fixed_string Module>
term sdk::unsent_call<Module>::wait() {
  return self(this->process_)
      .apply_terms(literals::operator""_atom<Module>(), function_, arguments_.elements(), arguments_.size());
}
inline void sdk::pause::wait() {
  self(process_).apply_terms("timer"_atom, "sleep"_atom, &limit_, 1);
}
}  // namespace twinslot
