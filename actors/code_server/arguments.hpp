// actors/code_server/arguments.hpp - what the natives of module code accept, and how they refuse. A wrong type is the
// caller's error: function_clause, as where Erlang's code module has a guard (C09).
#pragma once
#include "runtime/term/term.hpp"

#include <optional>
#include <string>
#include <vector>

namespace twinslot::code_server {

[[noreturn]] void raise_function_clause(const char* function, const term* arguments, std::size_t count);
/// arguments[0].
atom module_argument(const char* function, const term* arguments, std::size_t count);

/// A file name: a string or an atom. Empty: it is neither.
std::optional<std::string> file_name(const term& name);
/// Elements of a proper list; empty: it is none.
std::optional<std::vector<term>> elements_of(const term& list);
term list_of_strings(const std::vector<std::string>& all);
term list_of_vector(const std::vector<term>& all);
}  // namespace twinslot::code_server
