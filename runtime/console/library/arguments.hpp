// runtime/console/library/arguments.hpp - how natives take their arguments apart, refuse them, and build results.
//
// For the library's own .cpp files. A refusal carries the stack entry that Erlang's shell would show: the function,
// or the helper inside OTP's module, whose clauses did not match (`no function clause matching lists:map_1(...)`).
#pragma once
#include "runtime/process/native.hpp"
#include "runtime/process/node.hpp"
#include "runtime/process/process.hpp"
#include "runtime/term/arithmetic.hpp"
#include "runtime/term/print.hpp"
#include "runtime/term/raised.hpp"
#include "runtime/term/utf8.hpp"

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace twinslot::library {
using terms = std::vector<term>;

/// A result larger than this is refused with system_limit: Erlang's node would die of it.
inline constexpr std::int64_t elements_limit = 100'000'000;  // 1.6 GB as a list
inline constexpr std::int64_t bytes_limit = 2'000'000'000;

/// Raises error `reason` with the stack entry {Module, Function, Arguments, []}.
[[noreturn]] void raise_in(term reason, const char* module, const char* function, std::initializer_list<term> args);
/// Raises error `reason` with the stack entry {Module, Function, Arity, []}.
[[noreturn]] void raise_at(term reason, const char* module, const char* function, int arity);
/// Raises function_clause.
[[noreturn]] void no_clause(const char* module, const char* function, std::initializer_list<term> args);
/// Raises {case_clause, Value} inside Module:Function/Arity.
[[noreturn]] void no_case(const term& value, const char* module, const char* function, int arity);

/// A list of these; they are moved from.
inline term list_from(terms& elements, term tail = {}) {
  return list_of(elements.data(), elements.size(), std::move(tail));
}
inline term list_from(terms&& elements, term tail = {}) {
  return list_of(elements.data(), elements.size(), std::move(tail));
}
inline term tuple_from(const terms& elements) {
  return tuple_of(elements.data(), elements.size());
}

/// A list's elements in one row; `rest` is [] where it is proper, and the term itself where it is no list.
struct unrolled {
  terms elements;
  term rest;
};
unrolled unroll(const term& list);
/// Elements of a proper list; badarg on anything else.
terms proper(const term& list);
/// True for [] and lists that end in [].
bool is_proper(const term& list);

/// is_function(Value, Arity).
bool is_function(const term& value, std::uint64_t arity);
/// Fun(Arguments...).
inline term call(process& self, const term& fun, std::initializer_list<term> arguments) {
  return self.home().call_fun(self, fun, arguments.begin(), arguments.size());
}

/// An integer that fits 64 bits, or badarg.
std::int64_t take_integer(const term& value);
/// An integer of this range, or badarg.
std::int64_t take_integer(const term& value, std::int64_t from, std::int64_t to);
atom take_atom(const term& value);
bool take_bool(const term& value);
/// iodata as bytes, or badarg.
std::string take_bytes(const term& iodata);
/// A binary's bytes, or badarg.
std::string_view take_binary(const term& value);
/// A name for the system: string, chardata or atom, as UTF-8 without NUL; badarg otherwise.
std::string take_file_name(const term& name);

/// The order of `=<`, `<`: Erlang's, where 1 == 1.0.
inline bool less(const term& a, const term& b) {
  return compare(a, b) < 0;
}
}  // namespace twinslot::library
