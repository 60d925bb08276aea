// runtime/console/evaluator_process.hpp - the process in which a session's expressions run: self() at the console.
//
//     session's thread                    evaluator's thread
//     {'$evaluate', Ref, Exprs, Vars} ->  runs them one after another
//                                     <-  {'$ask', Pid, Ref, Prompt}          a line of the person, if there is one
//                                     <-  {'$evaluated', Ref, Result, Vars}
//                                     <-  {'$leaving', [{Pid, Name}]}         it ends; these were linked to it
//
// An exception ends it with that reason, so that what is linked to it sees it; the next expression gets a new process
// with the same variables (H11), unless it was told to catch them. It is killed where an evaluation is interrupted or
// takes too long. Thread rule: everything is for the session's thread, `interrupt` for any, `ask` for the evaluator's.
#pragma once
#include "runtime/console/evaluator.hpp"
#include "runtime/console/scanner.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace twinslot::console {

/// What came of one command.
struct evaluation {
  enum class how { value, raised, wrong, killed, interrupted, timeout } ended = how::value;
  term value;                              // value; killed: the exit reason
  raised failure{};                        // raised
  bool is_alive = false;                   // raised: the process goes on, as catch_exceptions told it
  syntax_error wrong{};                    // wrong: what lint said; nothing of that expression has run
  bindings after;                          // as before unless `value`
  std::vector<std::string> ended_with_it;  // processes that were linked to the one that evaluated, and ended with it
};

class evaluator_process {
public:
  /// `shell` is the session's own process, `functions` its shell functions.
  evaluator_process(node& home, process& shell, shell_functions& functions);
  ~evaluator_process();

  /// Runs [Expr]. `limit` 0: no limit.
  evaluation run(const term& expressions, const bindings& before, std::chrono::milliseconds limit);
  /// Processes that ended with the evaluator since the last command, as they were linked to it: somebody's exit signal
  /// ended it while nothing ran.
  std::vector<std::string> ended_meanwhile();
  /// Whether an exception leaves the process alive; returns what was so before. Any thread.
  bool catch_exceptions(bool on) noexcept { return catches_.exchange(on); }
  /// Ends the running evaluation, if there is one.
  void interrupt();
  /// Reads a line that a person types behind a prompt; empty: the end of input, or given up.
  using line_reader = std::function<std::optional<std::string>(const std::string& prompt)>;
  /// Who reads for `ask`, in the session's thread; empty: nobody is there.
  void read_lines_with(line_reader read) { read_line_ = std::move(read); }
  bool can_ask() const noexcept { return static_cast<bool>(read_line_); }
  /// For `self`, the evaluator.
  std::optional<std::string> ask(process& self, const std::string& prompt);
  /// Readable once the running evaluation is to end: for what waits outside of receive. See os::command::cancel.
  int cancel_descriptor() const noexcept { return cancel_; }

private:
  void start();
  void answer_question(const term& question);
  evaluation wait(const term& ref, std::chrono::milliseconds limit);
  void kill();
  /// Of the processes that were linked to the evaluator, which has ended, those that have ended, too.
  std::vector<std::string> linked_that_ended();

  node& home_;
  process& shell_;
  shell_functions& functions_;
  line_reader read_line_;
  pid running_;
  reference monitor_;
  std::vector<std::future<void>> leaving_;  // ready when an evaluator has left the session's functions
  std::atomic<bool> busy_{false};
  std::atomic<bool> catches_{false};
  int cancel_ = -1;
};
}  // namespace twinslot::console
