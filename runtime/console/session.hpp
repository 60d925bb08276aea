// runtime/console/session.hpp - one conversation: numbered commands, variables, results, and what is printed of them.
//
//     1> X = 2.          run() of that text prints
//     2
//     2> X = 3.
//     ** exception error: no match of right hand side value 3
//
// Where the text comes from is the caller's matter (console.hpp). Output goes through node::put_chars.
// Thread rule: one thread; `interrupt` any; the shell functions are called by the evaluator's thread.
// Source: "shell" of OTP's reference manual; H08-H11, H13.
#pragma once
#include "runtime/console/evaluator_process.hpp"
#include "runtime/console/history.hpp"
#include "runtime/console/records.hpp"
#include "runtime/term/print.hpp"

#include <atomic>
#include <functional>
#include <string>

namespace twinslot::console {

/// What a session knows by itself: no native, as it looks at the session.
struct session_command {
  const char* name;
  int arity;
  const char* usage;
  const char* doc;
};
std::vector<session_command> session_commands();

struct session_options {
  std::chrono::milliseconds evaluation_limit{0};  // 0: none
  std::function<int()> columns;                   // of the terminal; empty: 80
};

class session : public shell_functions {
public:
  session(node& home, process& shell, session_options options);

  enum class verdict { ok, failed };
  struct outcome {
    verdict what = verdict::ok;
    std::string error;     // failed: the text that says why
    bool refused = false;  // ok: the value is `error` or {error, Reason}
  };
  /// Runs what a scanner has read up to a dot and prints the value; on a failure it prints nothing.
  outcome run(const scanner& read);
  /// The same where the scanner failed, or the text ended without a dot.
  static std::string scan_error(const scanner& read);
  /// "3> "
  std::string prompt() const { return std::to_string(number_) + "> "; }
  /// Ends the running evaluation. Any thread.
  void interrupt() { evaluator_.interrupt(); }
  /// q() was called.
  bool leaving() const noexcept { return leaving_; }
  void leave() noexcept { leaving_ = true; }
  const bindings& variables() const noexcept { return variables_; }
  int cancel_descriptor() const noexcept { return evaluator_.cancel_descriptor(); }
  /// The process that evaluates, and whom it can ask: a person, if one is there.
  evaluator_process& runner() noexcept { return evaluator_; }
  int columns() const { return options_.columns ? options_.columns() : 80; }

  /// How a value is shown whose first character stands in `column`: with the session's records.
  print_layout layout(int column = 0) const {
    print_layout chosen = shell_layout(columns(), column);
    chosen.records = records_.shapes();
    return chosen;
  }

  // Those of session_commands.
  std::optional<term> call(process& self, atom name, const term& arguments, bindings& scope) override;

  /// Without records, where the command may have some.
  term prepared(const term& expression) override;

  /// The session whose evaluator runs in this thread; null elsewhere.
  static session* current() noexcept { return dynamic_cast<session*>(shell_functions::current()); }

private:
  friend struct session_functions;
  outcome evaluate(const scanner& read, const term& expressions);
  outcome failed(std::string text);
  /// What processes ended because they were linked to the one that evaluated, one line; empty: none.
  static std::string told_of(const std::vector<std::string>& ended);
  term expanded(const scanner& read, const term& expressions);
  void print(const std::string& text) { home_.put_chars(text); }
  void list_bindings(const bindings& scope);
  void list_history();

  node& home_;
  session_options options_;
  history history_;
  bindings variables_;
  records records_;
  std::int64_t number_ = 1;
  std::atomic<bool> leaving_{false};
  std::atomic<bool> may_have_records_{false};  // the command that runs
  evaluator_process evaluator_;
};
}  // namespace twinslot::console
