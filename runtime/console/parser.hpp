// runtime/console/parser.hpp - tokens to Erlang's abstract format: {op,{1,3},'+',{integer,{1,1},1},{integer,{1,5},2}}.
//
// An expression is a term and nothing else, so a fun made at the console can be sent to any process.
// For the console and its tests; any thread. Source: "The Abstract Format" of OTP's documentation; erl_parse.yrl of
// OTP 25 for precedences, positions and error texts.
#pragma once
#include "runtime/console/scanner.hpp"

#include <span>
#include <variant>

namespace twinslot::console {

/// Levels of brackets and operands; more is an error, not a stack overflow. A level takes 0.3 to 1 KB of stack; where a
/// thread has less (sanitizers), its end is the limit.
inline constexpr int nesting_limit = 10'000;

/// Expressions separated by commas, ended by a dot: [Expr] in the abstract format, or the first thing that is wrong.
std::variant<term, syntax_error> parse_expressions(std::span<const token> tokens);

/// Where the expression's text begins: the position of its leftmost part.
const term& first_position(const term& expression);
}  // namespace twinslot::console
