// actors/gen_server/schema.hpp - moving a state from one version's fields to another's by their names, where no
// code_change clause says how.
//
// A schema is {Record, [{Field, Type, Default}]}, as abi::server::schema answers; a state's term is then the tuple
// {Record, Value, ...} in that order. Record '' stands for a state that is no record: it has no names to go by.
// Source: design 3.4; W16.
#pragma once
#include "runtime/term/result.hpp"

#include <string>

namespace twinslot::gen_server {

struct adapted {
  term state;
  /// [{added, Field, Default} | {removed, Field}]: what differs, in the order of the fields. A field of a record inside
  /// is named with the fields around it: 'session.user'.
  term changes;
  /// {Field, Value} of the first dropped one whose value is not its default, or whose enumerator is gone; [] where
  /// there is none. With it the state may not be taken: a value would be lost.
  term lost;
};

/// The old state's term in the new schema: fields of the same name and type keep their values, new ones take their
/// defaults, dropped ones go; the same for records in fields, lists, optionals, tuples and maps. Enumerators go by
/// name. Errors: no_schema - one of the two is no record; {type_changed, Field, Old, New} - the types in short;
/// {bad_state, Term, Record}. `advice`: why it is refused or something lost, for a person: "record state: user is gone,
/// owner is new".
result<adapted> adapt(const term& state, const term& old_schema, const term& new_schema, std::string* advice = nullptr);
}  // namespace twinslot::gen_server
