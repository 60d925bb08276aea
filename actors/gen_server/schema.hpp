// actors/gen_server/schema.hpp - moving a state from one version's fields to another's by their names, where no
// code_change clause says how.
//
// A schema is {Record, [{Field, Type, Default}]}, as abi::server::schema answers; a state's term is then the tuple
// {Record, Value, ...} in that order. Record '' stands for a state that is no record: it has no names to go by.
// Source: design 3.4; W16.
#pragma once
#include "runtime/term/result.hpp"

namespace twinslot::gen_server {

struct adapted {
  term state;
  /// [{added, Field, Default} | {removed, Field}]: what differs, in the order of the fields.
  term changes;
  /// {Field, Value} of the first dropped one whose value is not its default; [] where there is none.
  term lost;
};

/// The old state's term in the new schema: fields of the same name and type keep their values, new ones take their
/// defaults, dropped ones go.
/// Errors: no_schema - one of the two is no record; {type_changed, Field, Old, New}; {bad_state, Term, Schema}.
result<adapted> adapt(const term& state, const term& old_schema, const term& new_schema);
}  // namespace twinslot::gen_server
