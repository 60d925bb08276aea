// runtime/console/evaluator.hpp - runs expressions in the abstract format inside a process.
//
//     bindings scope;
//     evaluator(self, scope).run(expressions)      // value of the last; what was bound is in `scope`
//
// A fun is a term: its clauses, the variables it uses and, if it has one, its name; so it may go to any process, and
// node.interpreter is `run_fun`. A call in the last place of a fun takes no stack.
// Errors: `raised` as Erlang's evaluator raises it; `process_exit` when the process is to die, within some thousand
// steps. Thread rule: an evaluator belongs to its process's thread. Source: "Expressions" of Erlang's reference manual;
// erl_eval of OTP 25 for errors and order of evaluation.
#pragma once
#include "runtime/console/bindings.hpp"
#include "runtime/console/bits.hpp"
#include "runtime/process/node.hpp"

#include <optional>
#include <span>
#include <vector>

namespace twinslot::console {

/// Functions that exist at a console only and look at its state: b/0, f/1. See `shell_functions::current`.
class shell_functions {
public:
  virtual ~shell_functions() = default;
  /// A call with its arguments as they were written. Empty: no such function.
  virtual std::optional<term> call(process& self, atom name, const term& arguments, bindings& scope) = 0;
  /// An expression of a command as it is to be evaluated, when its turn comes. Throws syntax_error.
  virtual term prepared(const term& expression) { return expression; }
  /// Those of the calling thread; null outside of a console's evaluator.
  static shell_functions* current() noexcept;
  /// As long as it lives, they are the calling thread's, which has another process afterwards.
  class use {
  public:
    explicit use(shell_functions& now) noexcept;
    ~use();
    use(const use&) = delete;
  };
};

class evaluator {
public:
  evaluator(process& self, bindings& scope) : self_(self), home_(self.home()), scope_(scope) {}
  /// Value of the last expression of a list in the abstract format.
  term run(const term& expressions);

private:
  friend term run_fun(process&, const term&, const term*, std::size_t);
  using terms = std::vector<term>;
  // Where an expression stands: in the last place of a fun, a call may be handed to the fun's caller.
  enum class place { inner, last };
  struct handed_call {
    term fun;
    terms arguments;
  };

  // evaluator.cpp
  term body(const term& expressions, place where);
  term expression(const term& e, place where = place::inner);
  term operators(const term& e, place where);
  term apply_operator(const term& e, const term* operands, std::size_t count);
  term short_circuit(const term& e, const term& left, place where);
  term list_of_elements(const term& e);
  term map_value(const term& e);
  term match_expression(const term& e);
  term if_clauses(const term& e, place where);
  terms values(const term& expressions);
  /// The body of the first clause that takes the value; empty: none does.
  std::optional<term> select(const term& clauses, const term& value, place where);
  bool guard(const term& alternatives);
  void step();

  // evaluator_calls.cpp
  term call(const term& e, place where);
  term local_call(const term& e, atom name);
  /// An exception of the evaluator itself gets the stack entry that Erlang's has.
  static void add_own_frame(raised& failure);
  term remote_call(atom module, atom function, const terms& arguments);
  term native_call(const native& function, const term* arguments);
  term make_fun(const term& e);
  bool enter(const term& clause, const term* arguments, std::size_t count);

  // evaluator_waits.cpp
  term try_expression(const term& e);
  term try_body(const term& e);
  std::optional<term> handle(const term& clauses, const raised& failure);
  term catch_expression(const term& e);
  term receive_expression(const term& e, place where);

  // evaluator_comprehensions.cpp
  term list_comprehension(const term& e);
  term binary_comprehension(const term& e);
  template <class Each>
  void qualify(const term& qualifiers, const Each& each);
  template <class Each>
  void generate_list(const term& generator, const term& rest, const Each& each);
  template <class Each>
  void generate_binary(const term& generator, const term& rest, const Each& each);
  bool filter(const term& test);

  // evaluator_patterns.cpp: variables older than `from` don't count as bound
  bool match(const term& pattern, const term& value, bindings::mark from = 0);
  bool match_list(const term& pattern, const term& value, bindings::mark from);
  bool match_prefix(const term& pattern, const term& value, bindings::mark from);
  bool match_map(const term& pattern, const term& value, bindings::mark from);

  // evaluator_bits.cpp
  struct segment {
    segment_format format;
    bool takes_all = false;   // a binary without a size
    std::uint64_t unit = 1;   // of a binary without a size
    std::uint64_t units = 0;  // the size as written
  };
  /// Empty: the size is no size; the pattern can't match.
  std::optional<segment> format_of(const term& element, term* wrong_size = nullptr);
  term binary_value(const term& e);
  /// Raises badarg for what cannot be put into a binary, with {Segment, Type, What, Value} as its cause.
  [[noreturn]] static void refuse_segment(std::int64_t number, segment_format::type what, term cause, term value);
  void put_segment(bit_writer& out, const term& element, std::int64_t number);
  enum class fit { match, differs, too_short };
  bool match_binary(const term& pattern, const term& value, bindings::mark from);
  fit match_segments(const term& segments, bit_reader& in, bindings::mark from);
  fit match_segment(const term& element, bit_reader& in, bindings::mark from);

  process& self_;
  node& home_;
  bindings& scope_;
  std::optional<handed_call> handed_;
};

/// Runs a fun that an evaluator made: node.interpreter. Any process.
term run_fun(process& self, const term& fun, const term* arguments, std::size_t count);

/// Whether Name(Args...) without a module means erlang:Name.
bool is_auto_imported(atom name, std::size_t arity);
/// Whether a guard may call erlang:Name.
bool is_guard_function(atom name, std::size_t arity);
/// Whether the expression could stand in a guard.
bool is_guard_expression(const term& e);
}  // namespace twinslot::console
