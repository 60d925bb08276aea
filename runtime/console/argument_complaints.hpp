// runtime/console/argument_complaints.hpp - which argument of a built-in was wrong, and why: told from the call alone.
//
//     atom_to_list(1)   ->   {1, "not an atom"}
//
// For exception_text.cpp. Source: the texts that OTP 25 shows below `called as`.
#pragma once
#include "runtime/term/raised.hpp"

#include <string>
#include <utility>
#include <vector>

namespace twinslot::console {

/// {Argument, What is wrong with it}; arguments count from 1. Empty where nothing is known.
std::vector<std::pair<int, std::string>> argument_complaints(const term& reason, atom module, atom function,
                                                             const term& arguments);
}  // namespace twinslot::console
