// runtime/console/lint.hpp - what can be said of an expression before it runs: unbound and unsafe variables, patterns
// and guards that are none, segments that contradict themselves.
//
//     check({var,{1,1},'X'}, scope)   ->  1:1: variable 'X' is unbound
//
// For the console and its tests; any thread. Source: erl_lint of OTP 25 for rules and texts.
#pragma once
#include "runtime/console/bindings.hpp"
#include "runtime/console/scanner.hpp"

#include <optional>

namespace twinslot::console {

/// The first error of an expression in the abstract format, where `scope` holds the bound variables.
std::optional<syntax_error> check(const term& expression, const bindings& scope);
}  // namespace twinslot::console
