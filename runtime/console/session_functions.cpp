// The functions of the session itself: what a person calls like a function and no process could, as it looks at the
// session's variables, commands and records.
#include "runtime/console/session.hpp"

#include "runtime/term/print.hpp"

#include <algorithm>
#include <map>

namespace twinslot::console {

// One table: what is called, what help/0 and h/1 say, and what Tab completes.
struct session_functions {
  using given = std::vector<term>;  // arguments as they were written
  struct function {
    session_command what;
    std::optional<term> (*call)(session&, process&, const given&, bindings&);  // null: expansion.cpp has replaced it
  };

  static term value(process& self, const term& expression, bindings& scope) {
    return evaluator(self, scope).run(list(expression));
  }
  static std::int64_t count(process& self, const term& expression, bindings& scope) {
    const term number = value(self, expression, scope);
    if (!number.is_int64() || number.as_int64() < 0)
      raise_error("badarg");
    return number.as_int64();
  }

  static std::optional<term> b(session& in, process&, const given&, bindings& scope) {
    in.list_bindings(scope);
    return "ok"_atom;
  }
  static std::optional<term> catch_exception(session& in, process& self, const given& all, bindings& scope) {
    const term on = value(self, all[0], scope);
    if (!on.is_bool())
      raise_error("badarg");
    return in.evaluator_.catch_exceptions(on == "true");
  }
  static std::optional<term> forget_all(session&, process&, const given&, bindings& scope) {
    scope.clear();
    return "ok"_atom;
  }
  static std::optional<term> forget(session&, process&, const given& all, bindings& scope) {
    if (!(all[0][0] == "var"_atom))
      throw raised{"error"_atom, "function_clause", list(tuple("shell", "f", 1, term{}))};
    scope.forget(all[0][2].as_atom());
    return "ok"_atom;
  }
  static std::optional<term> h(session& in, process&, const given&, bindings&) {
    in.list_history();
    return "ok"_atom;
  }
  static std::optional<term> history(session& in, process& self, const given& all, bindings& scope) {
    return in.history_.keep_commands(count(self, all[0], scope));
  }
  static std::optional<term> results(session& in, process& self, const given& all, bindings& scope) {
    return in.history_.keep_results(count(self, all[0], scope));
  }
  static std::optional<term> rd(session& in, process& self, const given& all, bindings& scope) {
    return in.records_.define(all[0], all[1],
                              [&](const term& default_value) { return value(self, default_value, scope); });
  }
  static std::optional<term> rf(session& in, process&, const given&, bindings&) {
    in.records_.forget_all();
    return "ok"_atom;
  }
  static std::optional<term> rf_some(session& in, process& self, const given& all, bindings& scope) {
    in.records_.forget(value(self, all[0], scope));
    return "ok"_atom;
  }
  static std::optional<term> rl(session& in, process&, const given&, bindings&) {
    in.print(in.records_.definitions(nullptr));
    return "ok"_atom;
  }
  static std::optional<term> rl_some(session& in, process& self, const given& all, bindings& scope) {
    const term names = value(self, all[0], scope);
    in.print(in.records_.definitions(&names));
    return "ok"_atom;
  }
  static std::optional<term> rp(session& in, process& self, const given& all, bindings& scope) {
    print_layout whole = in.layout();
    whole.depth = -1;
    in.print(to_text_p(value(self, all[0], scope), whole) + "\n");
    return "ok"_atom;
  }
  static std::optional<term> rr(session& in, process& self, const given& all, bindings& scope) {
    return in.records_.read(self, value(self, all[0], scope), {});
  }
  static std::optional<term> rr_some(session& in, process& self, const given& all, bindings& scope) {
    const term module = value(self, all[0], scope);
    return in.records_.read(self, module, value(self, all[1], scope));
  }

  static constexpr function table[] = {
      {{"b", 0, "b()", "Prints the variables and their values."}, b},
      {{"catch_exception", 1, "catch_exception(Bool)", "true: an exception does not end the evaluating process."},
       catch_exception},
      {{"e", 1, "e(N)", "Runs command N again; e(-1): the last one."}, nullptr},
      {{"f", 0, "f()", "Forgets every variable."}, forget_all},
      {{"f", 1, "f(X)", "Forgets the variable X."}, forget},
      {{"h", 0, "h()", "Prints the last commands and their results."}, h},
      {{"history", 1, "history(N)", "Keeps the last N commands; returns how many it were."}, history},
      {{"rd", 2, "rd(Record, {Field = Default, ...})", "Defines a record; its name."}, rd},
      {{"results", 1, "results(N)", "Keeps the last N results; returns how many it were."}, results},
      {{"rf", 0, "rf()", "Forgets every record."}, rf},
      {{"rf", 1, "rf(Record)", "Forgets a record, or a list of them."}, rf_some},
      {{"rl", 0, "rl()", "Prints the definitions of the records."}, rl},
      {{"rl", 1, "rl(Record)", "Prints the definition of a record, or of a list of them."}, rl_some},
      {{"rp", 1, "rp(Term)", "Prints a term to its full depth, records with the names of their fields."}, rp},
      {{"rr", 1, "rr(Module)", "Reads the record that the state of a gen_server is; the names of what was read."}, rr},
      {{"rr", 2, "rr(Module, Records)", "The same where it is one of these."}, rr_some},
      {{"v", 1, "v(N)", "The result of command N; v(-1): of the last one."}, nullptr},
  };
};

std::vector<session_command> session_commands() {
  std::vector<session_command> commands;
  for (const auto& one : session_functions::table)
    commands.push_back(one.what);
  return commands;
}

std::optional<term> session::call(process& self, atom name, const term& arguments, bindings& scope) {
  session_functions::given given;
  for (const term& argument : arguments.elements_of_list())
    given.push_back(argument);
  for (const auto& one : session_functions::table)
    if (one.call && name.text() == one.what.name && given.size() == static_cast<std::size_t>(one.what.arity))
      return one.call(*this, self, given, scope);
  return std::nullopt;
}

void session::list_bindings(const bindings& scope) {
  std::map<std::string, term> sorted;
  for (const auto& [name, value] : scope)
    sorted.insert_or_assign(std::string(name.text()), value);
  for (const auto& [name, value] : sorted) {
    const std::string start = name + " = ";
    print(start + to_text_p(value, layout(static_cast<int>(start.size()))) + "\n");
  }
}

void session::list_history() {
  for (const history::command& one : history_.all()) {
    if (one.number == number_)  // the one that lists
      continue;
    std::string text = std::to_string(one.number) + ": " + one.source + "\n";
    if (one.result)
      text += "-> " + to_text_p(*one.result, layout(3)) + "\n";
    print(text);
  }
}
}  // namespace twinslot::console
