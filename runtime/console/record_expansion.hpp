// runtime/console/record_expansion.hpp - #state{count = 1} and its like inside an expression, replaced by the tuples
// and calls that they stand for before it runs.
//
//     #r{a = 1}      a tuple; in a pattern, what is not named may be anything
//     R#r.a          twinslot:record_field(R, r, 2, 2); in a guard element(2, R) behind is_record(R, r, 2)
//     R#r{a = 1}     twinslot:record_update(R, r, 2, [{2, 1}])
//     #r.a           2
//     is_record(R, r), record_info(fields | size, r)
//
// For the session. Source: "Records" of Erlang's reference manual.
#pragma once
#include "runtime/console/records.hpp"
#include "runtime/console/scanner.hpp"
#include "runtime/process/native.hpp"

#include <span>

namespace twinslot::console {

/// An expression without records.
/// Throws syntax_error: a record or a field that is not known, a field that is there twice.
term expand_records(const term& expression, const records& known);

/// What the calls above call.
std::span<const native> record_functions();
}  // namespace twinslot::console
