#include "actors/gen_server/schema.hpp"

#include "runtime/term/print.hpp"

#include <optional>
#include <string>
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

std::optional<record> record_of(const term& name, const term& fields) {
  if (!name.is_atom() || name == "")
    return {};
  record made{name, {}};
  for (const term& entry : fields.elements_of_list()) {
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

/// A type without the fields of its records: one line.
term in_short(const term& type) {
  if (!type.is_tuple())
    return type;
  if (type.is_tagged("record"_atom, 3) || type.is_tagged("enum"_atom, 3))
    return tuple(type[0], type[1]);
  std::vector<term> parts;
  for (std::size_t i = 0; i < type.size(); ++i)
    parts.push_back(in_short(type[i]));
  return tuple_of(parts.data(), parts.size());
}

/// Moves one value, with all that is in it, from its old type to its new one.
class move {
public:
  std::vector<term> changes;
  term lost;
  std::string advice;

  /// Fields of the same name and type keep their values. `path`: the names of the fields around it.
  result<term> fields(const term& value, const record& from, const record& to, const std::string& path) {
    if (!value.is_tuple(from.fields.size() + 1))
      return error{tuple("bad_state", value, from.name)};
    std::vector<term> values{to.name};
    std::size_t at = 0;
    for (const field& wanted : to.fields) {
      const field* known = find(from.fields, wanted.name, at);
      if (!known) {
        note(tuple("added", named(path, wanted.name), wanted.initial));
        values.push_back(wanted.initial);
        continue;
      }
      auto moved = typed(value[at + 1], known->type, wanted.type, path + text_of(wanted.name));
      if (!moved) {
        say(from, to, wanted.name);
        return moved;
      }
      values.push_back(std::move(*moved));
    }
    for (std::size_t i = 0; i < from.fields.size(); ++i) {
      const field& dropped = from.fields[i];
      if (find(to.fields, dropped.name, at))
        continue;
      note(tuple("removed", named(path, dropped.name)));
      if (!(value[i + 1] == dropped.initial)) {
        lose(named(path, dropped.name), value[i + 1]);
        say(from, to, {});
      }
    }
    return tuple_of(values.data(), values.size());
  }

private:
  result<term> typed(const term& value, const term& from, const term& to, const std::string& path) {
    if (from == to)
      return value;
    if (from.is_tagged("record"_atom, 3) && to.is_tagged("record"_atom, 3))
      if (const auto before = record_of(from[1], from[2]), after = record_of(to[1], to[2]); before && after)
        return fields(value, *before, *after, path + ".");
    if (from.is_tagged("enum"_atom, 3) && to.is_tagged("enum"_atom, 3))
      return enumerator(value, to, path);
    if (from.is_tagged("list"_atom, 2) && to.is_tagged("list"_atom, 2))
      return list_elements(value, from[1], to[1], path);
    if (from.is_tagged("optional"_atom, 2) && to.is_tagged("optional"_atom, 2))
      return value == "undefined" ? value : typed(value, from[1], to[1], path);
    if (from.is_tagged("array"_atom, 3) && to.is_tagged("array"_atom, 3) && from[1] == to[1] && value.is_tuple())
      return tuple_elements(
          value, [&](std::size_t) { return std::pair(from[2], to[2]); }, path);
    if (from.is_tagged("map"_atom, 3) && to.is_tagged("map"_atom, 3) && value.is_map())
      return map_entries(value, from, to, path);
    if (from.is_tagged("tuple"_atom, 2) && to.is_tagged("tuple"_atom, 2) && value.is_tuple()) {
      std::vector<std::pair<term, term>> types;
      for (const term& each : from[1].elements_of_list())
        types.emplace_back(each, term{});
      std::size_t count = 0;
      for (const term& each : to[1].elements_of_list())
        if (count++ < types.size())
          types[count - 1].second = each;
      if (count == types.size() && value.is_tuple(count))
        return tuple_elements(
            value, [&](std::size_t i) { return types[i]; }, path);
    }
    return error{tuple("type_changed", atom(path), in_short(from), in_short(to))};
  }

  /// By its name: the number may mean another one now. A number has no name, and stays.
  result<term> enumerator(const term& value, const term& to, const std::string& path) {
    bool is_known = !value.is_atom();
    for (const term& each : to[2].elements_of_list())
      is_known = is_known || (each.is_tuple(2) && each[0] == value);
    if (!is_known) {
      lose(atom(path), value);
      say(to_text_p(value) + " is no enumerator of " + path + " any more");
    }
    return value;
  }

  result<term> list_elements(const term& value, const term& from, const term& to, const std::string& path) {
    std::vector<term> moved;
    for (const term& each : value.elements_of_list()) {
      auto one = typed(each, from, to, path);
      if (!one)
        return one;
      moved.push_back(std::move(*one));
    }
    if (moved.empty())
      if (auto fits = fits_at_all(from, to, path); !fits)
        return fits;
    return list_of(moved.data(), moved.size());
  }

  template <class Types>
  result<term> tuple_elements(const term& value, Types types, const std::string& path) {
    std::vector<term> moved;
    for (std::size_t i = 0; i < value.size(); ++i) {
      const auto [from, to] = types(i);
      auto one = typed(value[i], from, to, path);
      if (!one)
        return one;
      moved.push_back(std::move(*one));
    }
    return tuple_of(moved.data(), moved.size());
  }

  result<term> map_entries(const term& value, const term& from, const term& to, const std::string& path) {
    term moved = map();
    std::size_t count = 0;
    for (const term& entry : value.to_list().elements_of_list()) {
      auto key = typed(entry[0], from[1], to[1], path);
      if (!key)
        return key;
      auto mapped = typed(entry[1], from[2], to[2], path);
      if (!mapped)
        return mapped;
      if (moved.get(*key)) {  // two records that differed in a dropped field only
        lose(atom(path), entry[1]);
        say("two keys of " + path + " become equal");
      }
      moved = moved.with(*key, *mapped);
      ++count;
    }
    if (count == 0)
      for (const int part : {1, 2})
        if (auto fits = fits_at_all(from[part], to[part], path); !fits)
          return fits;
    return moved;
  }

  /// An empty container says nothing of what may be in it; it is refused where a full one would be, so that the answer
  /// depends on the types. Records and enums are a matter of their values.
  result<term> fits_at_all(const term& from, const term& to, const std::string& path) const {
    const bool by_value = from.is_tuple() && to.is_tuple() && from[0] == to[0];
    if (from == to || by_value)
      return term{};
    return error{tuple("type_changed", atom(path), in_short(from), in_short(to))};
  }

  static std::string text_of(const term& name) { return std::string(name.as_atom().text()); }
  static term named(const std::string& path, const term& name) {
    return path.empty() ? name : term(atom(path + text_of(name)));
  }
  void note(term change) {
    for (const term& each : changes)  // of another element of the same list
      if (each == change)
        return;
    changes.push_back(std::move(change));
  }
  void lose(term name, term value) {
    if (lost.is_nil())
      lost = tuple(std::move(name), std::move(value));
  }
  void say(std::string what) {
    if (advice.empty())
      advice = std::move(what);
  }
  /// record state: user is gone, owner is new
  void say(const record& from, const record& to, const term& changed) {
    std::string what;
    std::size_t at = 0;
    const auto add = [&](const term& name, const char* how) {
      what += (what.empty() ? "" : ", ") + text_of(name) + how;
    };
    for (const field& each : from.fields)
      if (!find(to.fields, each.name, at))
        add(each.name, " is gone");
    for (const field& each : to.fields)
      if (!find(from.fields, each.name, at))
        add(each.name, " is new");
    if (changed.is_atom())
      add(changed, " has another type");
    say("record " + text_of(from.name) + ": " + what);
  }
};
}  // namespace

result<adapted> adapt(const term& state, const term& old_schema, const term& new_schema, std::string* advice) {
  const auto of = [](const term& schema) {
    return schema.is_tuple(2) ? record_of(schema[0], schema[1]) : std::optional<record>{};
  };
  const auto from = of(old_schema);
  const auto to = of(new_schema);
  if (!from || !to)
    return error{"no_schema"};
  move made;
  auto moved = made.fields(state, *from, *to, "");
  if (advice)
    *advice = made.advice;
  if (!moved)
    return moved.error();
  return adapted{std::move(*moved), list_of(made.changes.data(), made.changes.size()), made.lost};
}
}  // namespace twinslot::gen_server
