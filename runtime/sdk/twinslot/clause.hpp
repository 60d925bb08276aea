// runtime/sdk/twinslot/clause.hpp - one lambda of a module, kept with what it matches: the SDK's inner part.
//
// A lambda's parameter types are its pattern. By type and position:
//     ts::self& or ts::self     the process                      takes no part in matching
//     State& or const State&    the server's state (the first)   takes no part
//     ts::from                  who called (call clauses)        takes no part
//     anything else, by value   one argument: converts (convert.hpp), or the clause is not taken
// A server's clause that returns a ts::task is a coroutine (handler.hpp).
//
// Clauses live in heap blocks that their module owns (module.hpp); the functions here run inside `guarded`.
#pragma once
#include "runtime/sdk/twinslot/inspect.hpp"
#include "runtime/sdk/twinslot/self.hpp"

namespace twinslot {
template <class T>
class task;  // coroutine.hpp
}

namespace twinslot::sdk {

/// What a clause's parameters are made of, and the place for what it makes.
struct input {
  self& me;
  void* state = nullptr;
  const raw_term* caller = nullptr;  // a call's From
  const term* arguments = nullptr;   // of the clause that is tried
  void* new_state = nullptr;         // of init, code_change: owned by whoever takes it;
                                     // of receive: where it goes
};

/// One call into the plugin: what goes in, what comes out.
struct frame : input {
  // Not by an initializer list: that would clear all of it first, word by word.
  explicit frame(self& process, void* its_state = nullptr, const raw_term* from = nullptr) noexcept
      : input{process, its_state, from} {}
  outcome decided = noreply();     // of a server's callback
  term value{};                    // of anything else
  abi::frame* handler = nullptr;   // of a server's callback that is a coroutine
  const char* callback = nullptr;  // its name: handle_call ...
  std::uint32_t callback_arity = 0;
  [[gnu::noinline]] ~frame() = default;
};

enum class shape : std::uint8_t {
  named,       // the atom, or {name,Argument...}
  message,     // one argument: the message; several: a tuple of as many; none:
               // anything
  positional,  // as many arguments as there are
};

struct clause {
  clause* next = nullptr;
  shape matches = shape::positional;
  std::uint32_t arity = 0;     // arguments of the lambda
  const char* text = nullptr;  // its name, a literal
  const char* doc = nullptr;
  atom name;
  term vsn;  // code_change: of the other version
  /// False: the arguments don't convert; nothing has happened.
  bool (*run)(clause& own, frame& call) = nullptr;
  void (*destroy)(clause* own) = nullptr;
  // A process function's (process.hpp).
  decltype(abi::exported::start) start = nullptr;
  const abi::frames* frames = nullptr;
};

template <class Function>
struct clause_of : clause {
  explicit clause_of(Function f) : function(std::move(f)) {}
  Function function;
};

// What a lambda takes and returns.
template <class... P>
struct parameters {
  static constexpr std::size_t count = sizeof...(P);
};
template <class R, class... P>
struct signed_as {
  using type = parameters<P...>;
  using result = R;
};
template <class Function>
struct signature {
  template <class R, class C, class... P>
  static signed_as<R, P...> of(R (C::*)(P...) const);
  template <class R, class C, class... P>
  static signed_as<R, P...> of(R (C::*)(P...));
  template <class R, class C, class... P>
  static signed_as<R, P...> of(R (C::*)(P...) const noexcept);
  template <class R, class C, class... P>
  static signed_as<R, P...> of(R (C::*)(P...) noexcept);
  template <class F>
  static auto find(int) -> decltype(of(&F::operator()));
  template <class F>
  static signed_as<void> find(...);  // generic, or wrong inside: judge_clause
  using written = decltype(find<Function>(0));
};
template <class R, class... P>
struct signature<R (*)(P...)> {
  using written = signed_as<R, P...>;
};
template <class R, class... P>
struct signature<R (*)(P...) noexcept> {
  using written = signed_as<R, P...>;
};
template <class Function>
using parameters_of = typename signature<Function>::written::type;

template <class R>
inline constexpr bool is_task = false;
template <class T>
inline constexpr bool is_task<task<T>> = true;
template <class Function>
inline constexpr bool is_coroutine = is_task<typename signature<Function>::written::result>;
/// A clause's coroutine on its way (handler.hpp).
template <class Task, class Finish>
struct handling;

enum class role : std::uint8_t { process, state, caller, argument };

template <std::size_t N>
struct plan {
  role roles[N + 1]{};
  std::size_t index[N + 1]{};  // of an argument among the arguments
  std::uint32_t arity = 0;
};

/// State is void where a clause gets none.
template <class State, class... P>
consteval auto plan_of(parameters<P...>) {
  constexpr std::size_t count = sizeof...(P);
  constexpr bool processes[count + 1] = {std::is_same_v<std::remove_cvref_t<P>, self>...};
  constexpr bool callers[count + 1] = {std::is_same_v<std::remove_cvref_t<P>, from>...};
  constexpr bool states[count + 1] = {
      (std::is_lvalue_reference_v<P> && std::is_same_v<std::remove_cvref_t<P>, State>)...};
  plan<count> result;
  bool has_state = false;
  for (std::size_t i = 0; i < count; ++i) {
    result.index[i] = result.arity;
    if (processes[i]) {
      result.roles[i] = role::process;
    } else if (callers[i]) {
      result.roles[i] = role::caller;
    } else if (states[i] && !has_state) {
      result.roles[i] = role::state;
      has_state = true;
    } else {
      result.roles[i] = role::argument;
      ++result.arity;
    }
  }
  return result;
}
template <class State, class Function>
inline constexpr auto plan_for = plan_of<State>(parameters_of<Function>{});

template <class T>
struct value_of_task {
  using type = T;
};
template <class T>
struct value_of_task<task<T>> {
  using type = T;
};
template <class P>
consteval fault judge_parameter(role as, bool of_task) {
  if (as == role::argument && std::is_lvalue_reference_v<P> && !std::is_const_v<std::remove_reference_t<P>>)
    return fault::changed_argument;
  if ((as == role::argument || as == role::caller) && of_task && std::is_reference_v<P>)
    return fault::task_arguments;
  return fault::none;
}
template <class State, class Function, class... P>
consteval fault judge_parameters(parameters<P...>) {
  constexpr const auto& how = plan_for<State, Function>;
  std::size_t i = 0;
  fault found = fault::none;
  ((found = found == fault::none ? judge_parameter<P>(how.roles[i], is_coroutine<Function>) : found, ++i), ...);
  return found;
}
template <class State, class Finish, class Function>
consteval fault judge_clause() {
  if constexpr (std::is_class_v<Function> && !requires { &Function::operator(); }) {
    constexpr std::string_view name = full_type_name<Function>();  // by g++: <lambda(auto:1&)>
    return name.find("<lambda(") != name.npos && name.find("auto:") == name.npos ? fault::broken : fault::generic;
  } else {
    using result = typename signature<Function>::written::result;
    using value = std::remove_cvref_t<typename value_of_task<result>::type>;
    constexpr fault found = judge_parameters<State, Function>(parameters_of<Function>{});
    if constexpr (found != fault::none)
      return found;
    else if constexpr (is_coroutine<Function> && !requires { Finish::may_wait; })
      return fault::task_place;
    else if constexpr (is_coroutine<Function> && !requires { sizeof(handling<result, Finish>); })
      return fault::task_header;
    else
      return Finish::template judge<value>();
  }
}
/// A clause's arguments, and its result where that becomes a term.
template <class State, class Finish, class Function, class... P, std::size_t... I>
auto types_of(parameters<P...>, std::index_sequence<I...>) -> first_unfit<
    std::conditional_t<plan_for<State, Function>.roles[I] == role::argument, std::remove_cvref_t<P>, term>...,
    typename Finish::template term_of<typename value_of_task<typename signature<Function>::written::result>::type>>;
template <class State, class Finish, class Function>
using unfit_in_clause = decltype(types_of<State, Finish, Function>(
    parameters_of<Function>{}, std::make_index_sequence<parameters_of<Function>::count>{}));

/// One parameter on its way to the lambda: loaded, then given.
template <std::size_t, role Role, class P>
struct parameter {
  using value_type = std::remove_cvref_t<P>;
  static_assert(!std::is_lvalue_reference_v<P> || std::is_const_v<std::remove_reference_t<P>>,
                "twinslot: an argument is taken by value or by const reference (the state by State&, once)");
  value_type value{};
  bool load(input& call, std::size_t index) { return codec<value_type>::from(call.arguments[index], value); }
  auto give(input&) -> std::conditional_t<std::is_lvalue_reference_v<P>, const value_type&, value_type&&> {
    return static_cast<decltype(give(std::declval<input&>()))>(value);
  }
};
template <std::size_t I, class P>
struct parameter<I, role::process, P> {
  bool load(input&, std::size_t) { return true; }
  self& give(input& call) { return call.me; }
};
template <std::size_t I, class P>
struct parameter<I, role::state, P> {
  bool load(input&, std::size_t) { return true; }
  P give(input& call) { return *static_cast<std::remove_cvref_t<P>*>(call.state); }
};
template <std::size_t I, class P>
struct parameter<I, role::caller, P> {
  bool load(input& call, std::size_t) { return call.caller != nullptr; }
  from give(input& call) { return {term::copy(*call.caller)}; }
};

/// Loads every parameter, and if all fit, calls and hands the result to `Finish`. Call: a frame, or a mere input.
template <class State, class Finish, class Function, class Call, class... P, std::size_t... I>
bool run_with(Function& function, Call& call, parameters<P...>, std::index_sequence<I...>) {
  constexpr const auto& how = plan_for<State, Function>;
  struct all_parameters : parameter<I, how.roles[I], P>... {
  } all;
  if (!(static_cast<parameter<I, how.roles[I], P>&>(all).load(call, how.index[I]) && ...))
    return false;
  if constexpr (is_coroutine<Function>) {
    static_assert(((!std::is_reference_v<P> || how.roles[I] == role::process || how.roles[I] == role::state) && ...),
                  "twinslot: a clause that returns ts::task takes its arguments and ts::from by value: they live in "
                  "its frame, and what a reference means would be gone while it waits");
    using result = typename signature<Function>::written::result;
    handling<result, Finish>::begin(call, [&](input& within) -> result {
      return function(static_cast<parameter<I, how.roles[I], P>&>(all).give(within)...);
    });
  } else if constexpr (std::is_void_v<decltype(function(
                           static_cast<parameter<I, how.roles[I], P>&>(all).give(call)...))>) {
    function(static_cast<parameter<I, how.roles[I], P>&>(all).give(call)...);
    Finish::nothing(call);
  } else {
    Finish::take(call, function(static_cast<parameter<I, how.roles[I], P>&>(all).give(call)...));
  }
  return true;
}
template <class State, class Finish, class Function>
bool run_clause(clause& own, frame& call) {
  return run_with<State, Finish>(static_cast<clause_of<Function>&>(own).function, call, parameters_of<Function>{},
                                 std::make_index_sequence<parameters_of<Function>::count>{});
}

template <class Function>
void destroy_clause(clause* own) {
  delete static_cast<clause_of<Function>*>(own);
}

template <class State, class Finish, class Function>
clause* new_clause(shape matches, const char* text, Function function) {
  auto* made = new clause_of<Function>(std::move(function));
  made->matches = matches;
  made->arity = plan_for<State, Function>.arity;
  made->text = text;
  if (text != nullptr)
    made->name = atom(std::string_view(text));
  if constexpr (is_coroutine<Function>) {
    made->frames = handling<typename signature<Function>::written::result, Finish>::functions();
  }
  made->run = run_clause<State, Finish, Function>;
  made->destroy = destroy_clause<Function>;
  return made;
}

// What becomes of a lambda's result.
struct as_value {  // function, on_load, format_status, code_change_down
  template <class R>
  using term_of = std::conditional_t<std::is_void_v<R> || std::is_same_v<std::remove_cvref_t<R>, outcome> ||
                                         std::is_same_v<std::remove_cvref_t<R>, std::string_view>,
                                     term, std::remove_cvref_t<R>>;
  template <class R>
  static consteval fault judge() {
    return std::is_pointer_v<R> ? fault::literal_result : fault::none;
  }
  template <class R>
  static void take(frame& call, const R& result) {
    static_assert(!std::is_pointer_v<R>, "twinslot: a result is a value: \"ok\"_atom, ts::text(\"...\"), a number ...");
    call.value = to_term(result);
  }
  static void nothing(frame& call) { call.value = "ok"_atom; }
};
struct as_reply {  // call
  template <class R>
  using term_of = std::conditional_t<std::is_void_v<R> || std::is_same_v<std::remove_cvref_t<R>, outcome> ||
                                         std::is_same_v<std::remove_cvref_t<R>, std::string_view>,
                                     term, std::remove_cvref_t<R>>;
  static constexpr bool may_wait = true;
  template <class R>
  static consteval fault judge() {
    return std::is_pointer_v<R> ? fault::literal_result : fault::none;
  }
  template <class R>
  static void take(frame& call, R&& result) {
    static_assert(!std::is_pointer_v<R>, "twinslot: a reply is a value: \"ok\"_atom, ts::text(\"...\"), a number ...");
    if constexpr (std::is_same_v<R, outcome>)
      call.decided = std::move(result);
    else
      reply_with(call, to_term(result));
  }
  static void nothing(frame& call) { reply_with(call, "ok"_atom); }

private:
  static void reply_with(frame& call, term value) noexcept {
    call.decided.what = abi::action::reply;
    call.decided.reply = std::move(value);
  }
};
struct as_outcome {  // cast, info, continue
  template <class R>
  using term_of = term;
  static constexpr bool may_wait = true;
  template <class R>
  static consteval fault judge() {
    return std::is_void_v<R> || std::is_same_v<R, outcome> ? fault::none : fault::no_outcome;
  }
  static void take(frame& call, outcome&& result) { call.decided = std::move(result); }
  template <class R>
  static void take(frame&, const R&) {
    static_assert(std::is_same_v<R, outcome>,
                  "twinslot: only a call has a reply; this clause returns "
                  "nothing or a ts::outcome");
  }
  static void nothing(frame&) {}
};
struct as_nothing {  // terminate
  template <class R>
  using term_of = term;
  template <class R>
  static consteval fault judge() {
    return fault::none;
  }
  template <class R>
  static void take(frame&, const R&) {}
  static void nothing(frame&) {}
};
template <class State>
struct as_state {  // code_change
  template <class R>
  using term_of = term;
  template <class R>
  static consteval fault judge() {
    return fault::none;
  }
  static void take(frame& call, State result) { call.new_state = new State(std::move(result)); }
  static void take(frame& call, started<State> result) {
    if (result.refuses) {
      call.decided = std::move(result.refusal);
      return;
    }
    call.decided.next = result.next;
    call.decided.timeout_ms = result.timeout_ms;
    call.decided.argument = std::move(result.argument);
    take(call, std::move(result.state));
  }
  static void take(frame& call, outcome result) { call.decided = std::move(result); }
  /// A term that must have the state's form.
  template <class Term>
  requires(std::is_same_v<Term, term> && !std::is_same_v<State, term>) static void take(frame& call,
                                                                                        const Term& value) {
    State result{};
    if (!codec<State>::from(value, result))
      raise_error(tuple("bad_state", value, why_not<State>(value)));
    take(call, std::move(result));
  }
};

template <class State>
struct as_first_state : as_state<State> {  // init
  static constexpr bool may_wait = true;
};

/// Where a clause's arguments stand in a message; null: it does not match. `none` marks "no argument needed".
inline const term* arguments_in(const clause& c, const term& message) noexcept {
  if (c.matches == shape::named) {
    if (c.arity == 0)
      return message.is_atom(c.name) ? &message : nullptr;
    return message.is_tagged(c.name, c.arity + 1) ? message.elements() + 1 : nullptr;
  }
  if (c.matches == shape::positional || c.arity < 2)
    return &message;
  return message.is_tuple(c.arity) ? message.elements() : nullptr;
}

/// The first clause of the list that takes the message. False: none does.
inline bool take_message(clause* first, frame& call, const term& message) {
  for (clause* c = first; c != nullptr; c = c->next) {
    call.arguments = arguments_in(*c, message);
    if (call.arguments != nullptr && c->run(*c, call))
      return true;
  }
  return false;
}
}  // namespace twinslot::sdk
