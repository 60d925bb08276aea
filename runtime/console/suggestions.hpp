// runtime/console/suggestions.hpp - what a person may have meant who called a function that is not there.
//
//     1> counter:incremnt().
//     ** exception error: undefined function counter:incremnt/0
//        did you mean counter:increment/0?
//
// Any thread.
#pragma once
#include "runtime/process/node.hpp"
#include "runtime/term/raised.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace twinslot::console {

/// Names of modules: built in and loaded.
std::vector<std::string> known_modules(node& home);
struct known_function {
  std::string name;
  std::size_t arity;
};
/// A module's functions: of a built-in one, or of the current version.
std::vector<known_function> known_functions(node& home, const std::string& module);
/// What can be called without a module: the session's own, shell commands, functions of erlang.
std::vector<known_function> known_commands(node& home);

/// How many letters have to be typed, left out or changed to make one of the other; two neighbours in the wrong order
/// count once.
std::size_t typing_distance(std::string_view one, std::string_view other);

/// A line for the person, without a line feed; empty: the failure is no call of an undefined function, or there is
/// nothing like it.
std::string suggestion_for(node& home, const raised& failure);
}  // namespace twinslot::console
