// runtime/console/operators.hpp - which operators there are, and how strongly they bind.
//
// For the parser. Source: "Operator Precedence" of Erlang's reference manual.
#pragma once
#include "runtime/term/term.hpp"

namespace twinslot::console {

enum class side { left, right, none };

struct binary_operator {
  int precedence;
  side associates;
  bool in_heads;  // may stand in a fun's head
};

constexpr int match_level = 100, comparison_level = 200, prefix_level = 600;

/// Null: it is none.
const binary_operator* find_binary(atom sign);
bool is_prefix(atom sign);
}  // namespace twinslot::console
