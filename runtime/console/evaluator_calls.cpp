#include "runtime/console/evaluator.hpp"

#include <algorithm>
#include <atomic>

namespace twinslot::console {
namespace {
// What the stack shows of a native that refused its arguments: them; else how many it has.
bool is_about_arguments(const raised& failure) {
  const term& why = failure.reason;
  return failure.what == "error"_atom &&
         (why == "badarg" || why == "badarith" || why == "function_clause" || why == "system_limit" ||
          why.is_tagged("badkey"_atom, 2) || why.is_tagged("badmap"_atom, 2));
}

term entry(atom module, atom function, const term* arguments, std::size_t count, bool shown) {
  return tuple(module, function, shown ? list_of(arguments, count) : term(count), term{});
}

term appended(const term& stack, term last) {
  std::vector<term> all;
  for (const term& frame : stack.elements_of_list())
    all.push_back(frame);
  all.push_back(std::move(last));
  return list_of(all.data(), all.size());
}

// Puts a native on the stack of an exception that came through it from somebody else's function: lists:map/2. Built-in
// functions of the language are in nobody's way, and what a module's own helpers say is enough.
void add_to_stack(raised& failure, atom module, atom function, std::size_t arity) {
  term last;
  for (const term& frame : failure.stack.elements_of_list())
    last = frame;
  if (last.is_tuple(4) && !(last[0] == module) && !(module == "erlang"_atom) && !(module == "c"_atom) &&
      !(module == "twinslot"_atom))
    failure.stack = appended(failure.stack, tuple(module, function, arity, term{}));
}

// Every variable that the expressions mention.
void collect_variables(const term& expressions, std::vector<atom>& found) {
  std::vector<term> waiting{expressions};
  while (!waiting.empty()) {
    const term e = std::move(waiting.back());
    waiting.pop_back();
    if (e.is_cons()) {
      for (const term& element : e.elements_of_list())
        if (element.is_tuple() || element.is_list())
          waiting.push_back(element);
    } else if (e.is_tuple()) {
      if (e.is_tagged("var"_atom, 3)) {
        if (std::find(found.begin(), found.end(), e[2].as_atom()) == found.end())
          found.push_back(e[2].as_atom());
      } else if (!e.is_tagged("value"_atom, 3) && !e.is_tagged("string"_atom, 3)) {
        for (std::size_t i = 0; i < e.size(); ++i)
          if (e[i].is_tuple() || e[i].is_list())
            waiting.push_back(e[i]);
      }
    }
  }
}

const fun_cell& cell_of(const term& fun) {
  return *static_cast<const fun_cell*>(fun.raw().box);
}

term local_fun(std::uint64_t arity, term environment) {
  static std::atomic<std::uint64_t> made_so_far{0};
  auto* made = static_cast<fun_cell*>(host::make_cell(kind::fun, 0, sizeof(fun_cell)));
  made->module = term("erl_eval").detach();
  made->name = term().detach();
  made->environment = environment.detach();
  made->arity = arity;
  made->unique = made_so_far.fetch_add(1, std::memory_order_relaxed) + 1;
  raw_term bits = term::bits(kind::fun);
  bits.box = made;
  return term::adopt(bits);
}

bool is_local_fun(const term& value) {
  return value.is_fun() && cell_of(value).flags == 0;
}
}  // namespace

term evaluator::call(const term& e, place where) {
  const term& function = e[2];
  if (function[0] == "atom"_atom)
    return local_call(e, function[2].as_atom());
  if (function[0] == "remote"_atom) {
    const term module = expression(function[2]);
    const term name = expression(function[3]);
    const terms arguments = values(e[3]);
    if (!module.is_atom() || !name.is_atom())
      throw raised{
          "error"_atom, "badarg",
          list(tuple("erlang", "apply", list(module, name, list_of(arguments.data(), arguments.size())), term{}))};
    return remote_call(module.as_atom(), name.as_atom(), arguments);
  }
  const term fun = expression(function);
  terms arguments = values(e[3]);
  if (where == place::last && is_local_fun(fun)) {
    handed_ = handed_call{fun, std::move(arguments)};
    return {};
  }
  return home_.call_fun(self_, fun, arguments.data(), arguments.size());
}

term evaluator::local_call(const term& e, atom name) {
  if (auto* shell = shell_functions::current())
    if (auto result = shell->call(self_, name, e[3], scope_))
      return *result;
  const terms arguments = values(e[3]);
  if (is_auto_imported(name, arguments.size()))
    return remote_call("erlang"_atom, name, arguments);
  if (const native* command = home_.find_native("c"_atom, name, arguments.size()))
    return native_call(*command, arguments.data());
  throw raised{"error"_atom, "undef",
               list(entry("shell_default"_atom, name, arguments.data(), arguments.size(), true))};
}

void evaluator::add_own_frame(raised& failure) {
  if (!(failure.what == "error"_atom) || !failure.stack.is_nil())
    return;
  const bool is_case = failure.reason.is_tagged("case_clause"_atom, 2);
  failure.stack = failure.reason == "if_clause" ? list(tuple("erl_eval", "if_clauses", 7, term{}))
                  : is_case                     ? list(tuple("erl_eval", "case_clauses", 8, term{}))
                                                : list(tuple("erl_eval", "expr", 6, term{}));
}

term evaluator::run(const term& expressions) {
  try {
    return body(expressions, place::inner);
  } catch (raised& failure) {
    add_own_frame(failure);
    throw;
  }
}

term evaluator::remote_call(atom module, atom function, const terms& arguments) {
  try {
    return home_.apply(self_, module, function, arguments.data(), arguments.size());
  } catch (raised& failure) {
    if (failure.stack.is_nil() && module == "erlang"_atom) {
      // error/1,2, exit/1 and throw/1 are raised by what calls them.
      const bool shows_arguments = function == "error"_atom && arguments.size() > 1 && arguments[1].is_list();
      failure.stack = list(tuple("shell", "apply_fun", shows_arguments ? arguments[1] : term(3), term{}));
    } else if (home_.find_native(module, function, arguments.size()))
      add_to_stack(failure, module, function, arguments.size());
    throw;
  }
}

term evaluator::native_call(const native& function, const term* arguments) {
  try {
    return function.call(self_, arguments);
  } catch (raised& failure) {
    const atom module{function.module}, name{function.name};
    const auto count = static_cast<std::size_t>(function.arity);
    // exit/1 and its like are the caller's own
    if (failure.stack.is_nil() && (failure.what == "error"_atom || !(module == "erlang"_atom)))
      failure.stack = list(entry(module, name, arguments, count, is_about_arguments(failure)));
    else
      add_to_stack(failure, module, name, count);
    throw;
  }
}

// A fun's environment: {Clauses, [{Variable, Value}], Name}, Name [] where it has none.
term evaluator::make_fun(const term& e) {
  const bool is_named = e[0] == "named_fun"_atom;
  if (!is_named && e[2][0] == "function"_atom) {
    const term& what = e[2];
    if (what.is_tuple(3))
      return is_auto_imported(what[1].as_atom(), static_cast<std::size_t>(what[2].as_int64()))
                 ? external_fun("erlang"_atom, what[1].as_atom(), static_cast<std::uint64_t>(what[2].as_int64()))
                 : external_fun("c"_atom, what[1].as_atom(), static_cast<std::uint64_t>(what[2].as_int64()));
    const term module = expression(what[1]), name = expression(what[2]), arity = expression(what[3]);
    if (!module.is_atom() || !name.is_atom() || !arity.is_int64() || arity.as_int64() < 0)
      throw raised{"error"_atom, "badarg", list(tuple("erlang", "make_fun", list(module, name, arity), term{}))};
    return external_fun(module.as_atom(), name.as_atom(), static_cast<std::uint64_t>(arity.as_int64()));
  }
  const term clauses = is_named ? e[3] : e[2][1];
  std::vector<atom> mentioned;
  collect_variables(clauses, mentioned);
  terms captured;
  for (atom name : mentioned)
    if (const term* value = scope_.find(name))
      captured.push_back(tuple(name, *value));
  std::uint64_t arity = 0;
  for (term rest = clauses.head()[2]; rest.is_cons(); rest = rest.tail())
    ++arity;
  return local_fun(arity, tuple(clauses, list_of(captured.data(), captured.size()), is_named ? e[2] : term{}));
}

// Whether a clause takes the arguments; binds its variables.
bool evaluator::enter(const term& clause, const term* arguments, std::size_t count) {
  const auto from = scope_.here();
  term patterns = clause[2];
  for (std::size_t i = 0; i < count; ++i, patterns = patterns.tail())
    if (!match(patterns.head(), arguments[i], from))
      return false;
  return guard(clause[3]);
}

namespace {
void bind_environment(bindings& scope, const term& fun, const term& environment) {
  for (const term& pair : environment[1].elements_of_list())
    scope.bind(pair[0].as_atom(), pair[1]);
  if (environment[2].is_atom())
    scope.bind(environment[2].as_atom(), fun);
}
}  // namespace

term run_fun(process& self, const term& fun, const term* arguments, std::size_t count) {
  term running = fun;
  std::vector<term> given(arguments, arguments + count);
  for (;;) {
    if (cell_of(running).arity != given.size())
      raise_error(tuple("badarity", tuple(running, list_of(given.data(), given.size()))));
    const term environment = term::copy(cell_of(running).environment);
    bindings scope;
    evaluator inside(self, scope);
    bind_environment(scope, running, environment);
    const auto before = scope.here();
    bool entered = false;
    term value;
    try {
      for (const term& clause : environment[0].elements_of_list()) {
        if (!inside.enter(clause, given.data(), given.size())) {
          scope.rewind(before);
          continue;
        }
        entered = true;
        value = inside.body(clause[4], evaluator::place::last);
        break;
      }
    } catch (raised& failure) {
      evaluator::add_own_frame(failure);
      throw;
    }
    if (!entered)
      throw raised{"error"_atom, "function_clause",
                   list(entry("erl_eval"_atom, "-inside-an-interpreted-fun-"_atom, given.data(), given.size(), true))};
    if (!inside.handed_)
      return value;
    running = std::move(inside.handed_->fun);
    given = std::move(inside.handed_->arguments);
    inside.step();
  }
}
}  // namespace twinslot::console
