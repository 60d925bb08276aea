#include "actors/gen_server/schema.hpp"

#include <optional>
#include <vector>

namespace twinslot::gen_server {
namespace {
struct field {
  term name, type, initial;
};
struct record {
  term name;
  std::vector<field> fields;
};

std::optional<record> record_of(const term& schema) {
  if (!schema.is_tuple(2) || !schema[0].is_atom() || schema[0] == "")
    return {};
  record made{schema[0], {}};
  for (const term& entry : schema[1].elements_of_list()) {
    if (!entry.is_tuple(3))
      return {};
    made.fields.push_back({entry[0], entry[1], entry[2]});
  }
  return made;
}

const field* find(const std::vector<field>& fields, const term& name, std::size_t& at) {
  for (at = 0; at < fields.size(); ++at)
    if (fields[at].name == name)
      return &fields[at];
  return nullptr;
}
}  // namespace

result<adapted> adapt(const term& state, const term& old_schema, const term& new_schema) {
  const auto from = record_of(old_schema);
  const auto to = record_of(new_schema);
  if (!from || !to)
    return error{"no_schema"};
  if (!state.is_tuple(from->fields.size() + 1))
    return error{tuple("bad_state", state, old_schema)};

  std::vector<term> values{to->name}, changes;
  std::size_t at = 0;
  for (const field& wanted : to->fields) {
    const field* known = find(from->fields, wanted.name, at);
    if (known && !(known->type == wanted.type))
      return error{tuple("type_changed", wanted.name, known->type, wanted.type)};
    values.push_back(known ? state[at + 1] : wanted.initial);
    if (!known)
      changes.push_back(tuple("added", wanted.name, wanted.initial));
  }
  term lost;
  for (std::size_t i = 0; i < from->fields.size(); ++i) {
    const field& dropped = from->fields[i];
    if (find(to->fields, dropped.name, at))
      continue;
    changes.push_back(tuple("removed", dropped.name));
    if (lost.is_nil() && !(state[i + 1] == dropped.initial))
      lost = tuple(dropped.name, state[i + 1]);
  }
  return adapted{tuple_of(values.data(), values.size()), list_of(changes.data(), changes.size()), lost};
}
}  // namespace twinslot::gen_server
