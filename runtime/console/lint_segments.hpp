// runtime/console/lint_segments.hpp - segments <<Value:Size/types>> that contradict themselves. For lint.cpp alone.
#pragma once
#include "runtime/term/term.hpp"

#include <string>

namespace twinslot::console {

/// What is wrong with a {bin_element, ...}'s size and types; empty: nothing.
std::string segment_error(const term& element);
/// Whether it takes whatever is left of a binary.
bool takes_the_rest(const term& element);
}  // namespace twinslot::console
