// runtime/sdk/twinslot/gen_server.hpp - a module that is a server: its state, and one lambda per message.
//
//     TWINSLOT_MODULE(counter, "2.0.0") {
//       return ts::gen_server<state>("counter")
//           .init([](ts::self&) { return state{}; })
//           .cast("add", [](state& s, std::int64_t n) { s.count += n; })       // {add,N}; counter:add/1
//           .call("get_count", [](const state& s) { return s.count; })         // get_count; counter:get_count/0
//           .info("timeout", [](state&) {...})
//           .code_change("1.0.0", [](std::int64_t old) { return state{old}; });
//     }
//
// A lambda's parameter types are its pattern (clause.hpp); clauses are tried in the order they are written. One whose
// arguments don't convert is not taken; a message that none takes is the host's to refuse.
// The module also gets start_link/N and start/N for each init, and a function for each named call and cast.
// An exception ends the call as in Erlang; a C++ one is the error {cpp_exception,What}.
// A clause of init, call, cast, info or continue_ may return ts::task<T> and wait within (handler.hpp).
// Source: OTP's gen_server.
#pragma once
// The compiler names the way to a file with each error: what says what is wrong with a plugin is included from here.
#include "runtime/sdk/twinslot/faults.hpp"

#include "runtime/sdk/twinslot/inspect.hpp"

#include "runtime/sdk/twinslot/server.hpp"

namespace twinslot {

template <class State>
class gen_server {
  static_assert(!std::is_polymorphic_v<State>,
                "twinslot: state may not hold code pointers: a virtual function table leaves memory with its version; "
                "remove the virtual functions");
  static_assert(std::is_default_constructible_v<State>,
                "twinslot: a state needs a default constructor (so it has no reference members): it is filled field by "
                "field when it comes from a term");

public:
  /// `registered`: the name, a literal, that start_link registers and the module's own functions talk to. Without one,
  /// these functions take the server as their first argument.
  explicit gen_server(const char* registered = nullptr) : block_(new sdk::module_block) {
    block_->registered = registered;
    // Here, where the compiler's way to what is wrong with a member is short.
    if constexpr (inspected<State>) {
      if (inspector* none = nullptr)
        inspect(*none, *static_cast<State*>(nullptr));
    } else if constexpr (sdk::judge<State>() != sdk::unfit::none) {
      static_assert(sdk::refused<sdk::unfit_in<State>, sdk::judge<State>()>::told);
    }
  }
  gen_server(const gen_server&) = delete;
  gen_server& operator=(const gen_server&) = delete;
  ~gen_server() { delete block_; }

  // Typed clauses.
  /// [](ts::self&, Args...) -> State, ts::started<State> or ts::outcome (stop, ignore). Args: the list's elements, or
  /// one parameter for the whole argument. Without any init: init([]) makes a new State.
  template <class Function>
  gen_server& init(Function f) {
    static_assert(sdk::plan_for<void, Function>.arity <= sdk::init_argument_limit,
                  "twinslot: init with more parameters");
    return add<void, sdk::as_first_state<State>>(sdk::slot::init, sdk::shape::positional, nullptr, std::move(f));
  }
  /// [](State&, [ts::self&], [ts::from], Args...) -> value, ts::outcome or nothing (the reply is ok).
  template <class Function>
  gen_server& call(const char* name, Function f, const char* doc = nullptr) {
    return add<State, sdk::as_reply>(sdk::slot::call, sdk::shape::named, name, std::move(f), doc);
  }
  /// [](State&, [ts::self&], Args...) -> nothing or ts::outcome.
  template <class Function>
  gen_server& cast(const char* name, Function f, const char* doc = nullptr) {
    return add<State, sdk::as_outcome>(sdk::slot::cast, sdk::shape::named, name, std::move(f), doc);
  }
  /// The atom `name` or {name,Args...}.
  template <class Function>
  gen_server& info(const char* name, Function f) {
    return add<State, sdk::as_outcome>(sdk::slot::info, sdk::shape::named, name, std::move(f));
  }
  /// One argument: the whole message; several: a tuple of as many; none: any message.
  template <class Function>
  gen_server& info(Function f) {
    return add<State, sdk::as_outcome>(sdk::slot::info, sdk::shape::message, nullptr, std::move(f));
  }
  template <class Function>
  gen_server& continue_(const char* name, Function f) {
    return add<State, sdk::as_outcome>(sdk::slot::continue_, sdk::shape::named, name, std::move(f));
  }
  template <class Function>
  gen_server& continue_(Function f) {
    return add<State, sdk::as_outcome>(sdk::slot::continue_, sdk::shape::message, nullptr, std::move(f));
  }
  /// [](State&, [ts::self&], [Reason]).
  template <class Function>
  gen_server& terminate(Function f) {
    static_assert(sdk::plan_for<State, Function>.arity <= 1, "twinslot: terminate takes the reason or nothing");
    return add<State, sdk::as_nothing>(sdk::slot::terminate, sdk::shape::message, nullptr, std::move(f));
  }

  // Change of code. `vsn` is the other version: text for a string, a term for anything else.
  /// [](Old, [Extra], [ts::self&]) -> State, or a term that has its form. ts::stop(Reason) or an exception refuses.
  /// A clause for a version says that states must be changed, even if the types are the same.
  template <class Vsn, class Function>
  gen_server& code_change(const Vsn& vsn, Function f) {
    check_change<Function>();
    add<void, sdk::as_state<State>>(sdk::slot::code_change, sdk::shape::positional, nullptr, std::move(f));
    return set_vsn(sdk::slot::code_change, vsn);
  }
  /// [](State, [Extra], [ts::self&]) -> what that older version takes for its state. Asked by sys:change_code and
  /// upgrade/1, and by a purge of this version while that older one is current: nobody could go that way later.
  template <class Vsn, class Function>
  gen_server& code_change_down(const Vsn& vsn, Function f) {
    check_change<Function>();
    add<void, sdk::as_value>(sdk::slot::code_change_down, sdk::shape::positional, nullptr, std::move(f));
    return set_vsn(sdk::slot::code_change_down, vsn);
  }

  // Raw clauses: the message as it is, always taken; written last, they get what no typed clause took.
  /// [](ts::self&, const ts::term& request, const ts::term& from, State&) -> ts::outcome
  template <class Function>
  gen_server& handle_call(Function f) {
    constexpr bool fits = std::is_invocable_r_v<outcome, Function&, self&, const term&, const term&, State&>;
    static_assert(
        fits,
        "twinslot: handle_call is [](ts::self&, const ts::term& request, const ts::term& from, State&) -> ts::outcome");
    return add_raw(sdk::slot::call, std::move(f), [](sdk::clause& own, sdk::frame& call) {
      [[maybe_unused]] auto& function = static_cast<sdk::clause_of<Function>&>(own).function;
      if constexpr (fits)
        call.decided =
            function(call.me, *call.arguments, term::as_term(*call.caller), *static_cast<State*>(call.state));
      return true;
    });
  }
  /// [](ts::self&, const ts::term& message, State&) -> ts::outcome
  template <class Function>
  gen_server& handle_cast(Function f) {
    return add_raw_message(sdk::slot::cast, std::move(f));
  }
  template <class Function>
  gen_server& handle_info(Function f) {
    return add_raw_message(sdk::slot::info, std::move(f));
  }
  template <class Function>
  gen_server& handle_continue(Function f) {
    return add_raw_message(sdk::slot::continue_, std::move(f));
  }

  // The module.
  /// Module:Name/Arity, run in the caller's process.
  template <class Function>
  gen_server& function(const char* name, Function f, const char* doc = nullptr) {
    return add<void, sdk::as_value>(sdk::slot::function, sdk::shape::positional, name, std::move(f), doc);
  }
  /// A function that returns ts::process (process.hpp).
  template <class Function>
  gen_server& process(const char* name, Function* f, const char* doc = nullptr) {
    block_->add(sdk::slot::function, sdk::new_process(name, f, doc));
    return *this;
  }
  /// Runs before the version becomes current; anything but the atom ok (or nothing) refuses the load.
  template <class Function>
  gen_server& on_load(Function f) {
    static_assert(sdk::plan_for<void, Function>.arity == 0, "twinslot: on_load takes a ts::self& or nothing");
    return add<void, sdk::as_value>(sdk::slot::on_load, sdk::shape::positional, nullptr, std::move(f));
  }
  /// [](const State&) or [](ts::term): what get_status and reports show for the state.
  template <class Function>
  gen_server& format_status(Function f) {
    static_assert(sdk::plan_for<void, Function>.arity == 1, "twinslot: format_status takes the state");
    return add<void, sdk::as_value>(sdk::slot::format_status, sdk::shape::message, nullptr, std::move(f));
  }
  gen_server& doc(const char* line) {
    block_->info.doc = line;
    return *this;
  }

  operator sdk::built() {
    if constexpr (sdk::judge<State>() == sdk::unfit::none)
      finish();
    return sdk::built(std::exchange(block_, nullptr));
  }

private:
  void finish() {
    if (block_->first(sdk::slot::init) == nullptr)
      init([] { return State{}; });
    sdk::add_clients(*block_);
    fill_in(block_->server);
    block_->info.behaviour = &block_->server;
  }
  template <class Seen, class Finish, class Function>
  gen_server& add(sdk::slot where, sdk::shape matches, const char* name, Function f, const char* doc = nullptr) {
    constexpr sdk::fault found = sdk::judge_clause<Seen, Finish, Function>();
    if constexpr (found != sdk::fault::none) {
      static_assert(found == sdk::fault::broken || sdk::clause_fault<found>::told);
    } else if constexpr (sdk::unfit_in_clause<Seen, Finish, Function>::why != sdk::unfit::none) {
      using unfit = sdk::unfit_in_clause<Seen, Finish, Function>;
      static_assert(sdk::refused<typename unfit::type, unfit::why>::told);
    } else {
      sdk::clause* made = sdk::new_clause<Seen, Finish>(matches, name, std::move(f));
      made->doc = doc;
      block_->add(where, made);
    }
    return *this;
  }
  template <class Function>
  gen_server& add_raw(sdk::slot where, Function f, bool (*run)(sdk::clause&, sdk::frame&)) {
    auto* made = new sdk::clause_of<Function>(std::move(f));
    made->matches = sdk::shape::message;
    made->run = run;
    made->destroy = sdk::destroy_clause<Function>;
    block_->add(where, made);
    return *this;
  }
  template <class Function>
  gen_server& add_raw_message(sdk::slot where, Function f) {
    constexpr bool fits = std::is_invocable_r_v<outcome, Function&, self&, const term&, State&>;
    static_assert(fits,
                  "twinslot: handle_cast, handle_info and handle_continue are [](ts::self&, const ts::term& message, "
                  "State&) -> ts::outcome");
    return add_raw(where, std::move(f), [](sdk::clause& own, sdk::frame& call) {
      [[maybe_unused]] auto& function = static_cast<sdk::clause_of<Function>&>(own).function;
      if constexpr (fits)
        call.decided = function(call.me, *call.arguments, *static_cast<State*>(call.state));
      return true;
    });
  }
  template <class Function>
  static void check_change() {
    constexpr auto arity = sdk::plan_for<void, Function>.arity;
    static_assert(arity == 1 || arity == 2, "twinslot: code_change takes the other state, and Extra if it wants it");
  }
  template <class Vsn>
  gen_server& set_vsn(sdk::slot where, const Vsn& vsn) {
    sdk::clause* last = block_->first(where);
    while (last->next != nullptr)
      last = last->next;
    if constexpr (std::is_convertible_v<const Vsn&, std::string_view>)
      last->vsn = string(vsn);
    else
      last->vsn = to_term(vsn);
    return *this;
  }

  void fill_in(abi::server& to) {
    const auto has = [this](sdk::slot where) { return block_->first(where) != nullptr; };
    to.bytes = sizeof(abi::server);
    to.data = block_;
    to.registered = block_->registered;
    to.layout = fingerprint_of<State>();
    to.schema = sdk::state_schema<State>;
    to.init = sdk::handle_init;
    to.handle_call = sdk::handle_call;
    to.handle_cast = sdk::handle_cast;
    to.handle_info = has(sdk::slot::info) ? sdk::handle_info : nullptr;
    to.handle_continue = has(sdk::slot::continue_) ? sdk::handle_continue : nullptr;
    to.terminate = has(sdk::slot::terminate) ? sdk::handle_terminate : nullptr;
    to.export_state = sdk::export_state<State>;
    to.import_state = sdk::import_state<State>;
    to.destroy_state = sdk::destroy_state<State>;
    to.has_code_change = sdk::has_code_change;
    to.code_change = sdk::code_change;
    to.code_change_down = sdk::code_change_down;
    to.format_status = has(sdk::slot::format_status) ? sdk::format_status : nullptr;
  }

  sdk::module_block* block_;
};
}  // namespace twinslot
