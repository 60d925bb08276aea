#include "runtime/console/session.hpp"

#include "runtime/console/exception_text.hpp"
#include "runtime/console/expansion.hpp"
#include "runtime/console/parser.hpp"
#include "runtime/console/record_expansion.hpp"
#include "runtime/console/suggestions.hpp"
#include "runtime/term/print.hpp"

#include <algorithm>

namespace twinslot::console {
namespace {
std::string positioned(const syntax_error& error) {
  return "* " + std::to_string(error.at.line) + ":" + std::to_string(error.at.column) + ": " + error.text;
}

// What v(N) gives of a command that failed: what its process died of.
term caught(const raised& failure) {
  const bool is_throw = failure.what == "throw"_atom;
  return tuple("EXIT", tuple(is_throw ? tuple("nocatch", failure.reason) : failure.reason, failure.stack));
}
bool is_stack(const term& value) {
  const auto is_entry = [](const term& one) {
    return one.is_tuple(4) && one[0].is_atom() && one[1].is_atom() && (one[2].is_list() || one[2].is_int64()) &&
           one[3].is_list();
  };
  term rest = value;
  while (rest.is_cons() && is_entry(rest.head()))
    rest = rest.tail();
  return rest.is_nil();
}

// An exit signal that ended the evaluation; {Reason, Stack} of a process that died of an error shows its stack.
raised ended_by(const term& reason) {
  const bool has_stack = reason.is_tuple(2) && is_stack(reason[1]);
  return has_stack ? raised{"exit"_atom, reason[0], reason[1]} : raised{"exit"_atom, reason, {}};
}
}  // namespace

session::session(node& home, process& shell, session_options options)
    : home_(home), options_(std::move(options)), evaluator_(home, shell, *this) {}

std::string session::scan_error(const scanner& read) {
  if (!read.error().text.empty())
    return positioned(read.error());
  const auto parsed = parse_expressions(read.tokens());
  const auto* error = std::get_if<syntax_error>(&parsed);
  return error ? positioned(*error) : "";
}

session::outcome session::failed(std::string text) {
  return {verdict::failed, std::move(text)};
}

session::outcome session::run(const scanner& read) {
  const auto parsed = parse_expressions(read.tokens());
  if (const auto* error = std::get_if<syntax_error>(&parsed))
    return failed(positioned(*error));
  try {
    return evaluate(read, expanded(read, std::get<term>(parsed)));
  } catch (const unknown_command& missing) {
    return failed("* " + missing.number + ": command not found");
  } catch (const raised& failure) {  // too deep to be looked through
    return failed(exception_text(failure, {.width = columns()}));
  }
}

namespace {
/// Those that are not empty, each on a line.
std::string lines(std::initializer_list<std::string> all) {
  std::string text;
  for (const std::string& one : all)
    if (!one.empty())
      text += (text.empty() ? "" : "\n") + one;
  return text;
}

bool mentions(const scanner& read, std::initializer_list<atom> names) {
  return std::any_of(read.tokens().begin(), read.tokens().end(), [&](const token& one) {
    const atom name = one.category == "atom"_atom ? one.value.as_atom() : one.category;
    return std::find(names.begin(), names.end(), name) != names.end();
  });
}
}  // namespace

std::string session::told_of(const std::vector<std::string>& ended) {
  std::string text;
  for (const std::string& one : ended)
    text += (text.empty() ? "" : ", ") + one;
  if (ended.empty())
    return "";
  return (ended.size() == 1 ? "   ended with it, as it was linked: " : "   ended with it, as they were linked: ") +
         text;
}

term session::expanded(const scanner& read, const term& expressions) {
  if (!mentions(read, {"v"_atom, "e"_atom}))
    return expressions;
  return expand(expressions, {.result_of = [&](std::int64_t n) -> std::optional<term> {
                                const auto found = history_.find(n < 0 ? number_ + n : n);
                                return found ? found->result : std::nullopt;
                              },
                              .expressions_of = [&](std::int64_t n) -> std::optional<term> {
                                const auto found = history_.find(n < 0 ? number_ + n : n);
                                return found ? std::optional(found->expressions) : std::nullopt;
                              }});
}

term session::prepared(const term& expression) {
  return may_have_records_ ? expand_records(expression, records_) : expression;
}

session::outcome session::evaluate(const scanner& read, const term& expressions) {
  const std::int64_t number = number_;
  history_.add({number, std::string(read.source()), expressions, std::nullopt});
  may_have_records_ = mentions(read, {"#"_atom, "is_record"_atom, "record_info"_atom, "e"_atom});
  if (const std::string meanwhile = told_of(evaluator_.ended_meanwhile()); !meanwhile.empty())
    print(meanwhile + "\n");
  evaluation done = evaluator_.run(expressions, variables_, options_.evaluation_limit);
  number_ = number + 1;
  variables_ = std::move(done.after);
  switch (done.ended) {
    case evaluation::how::value:
      history_.set_result(number, done.value);
      print(to_text_p(done.value, layout()) + "\n");
      return {verdict::ok, {}, done.value == "error"_atom || done.value.is_tagged("error"_atom, 2)};
    case evaluation::how::raised:
      history_.set_result(number, caught(done.failure));
      return failed(lines(
          {exception_text(done.failure, {.width = columns(), .records = records_.shapes(), .caught = done.is_alive}),
           suggestion_for(home_, done.failure), told_of(done.ended_with_it)}));
    case evaluation::how::wrong: return failed(positioned(done.wrong));
    case evaluation::how::killed:
    case evaluation::how::interrupted: {
      const term reason = done.ended == evaluation::how::killed ? done.value : term("killed");
      history_.set_result(number, tuple("EXIT", reason));
      return failed(lines({exception_text(ended_by(reason), {.width = columns(), .records = records_.shapes()}),
                           told_of(done.ended_with_it)}));
    }
    case evaluation::how::timeout: break;
  }
  history_.set_result(number, tuple("EXIT", "timeout"));
  return failed("** evaluation killed: it took longer than " + std::to_string(options_.evaluation_limit.count()) +
                " ms (--eval-timeout)");
}
}  // namespace twinslot::console
