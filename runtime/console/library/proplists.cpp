// runtime/console/library/proplists.cpp - proplists: lists of {Key, Value} and of atoms, which stand for {Key, true}.
#include "runtime/console/library/arguments.hpp"
#include "runtime/console/library/tables.hpp"

#include <unordered_set>

namespace twinslot::library {
namespace {

constexpr auto proplists = "proplists";

/// An entry of that key: the atom itself, or a tuple that starts with it.
bool is_entry(const term& element, const term& key) {
  if (element.is_atom())
    return element == key;
  return element.is_tuple() && element.size() >= 1 && element[0] == key;
}
/// A bare atom as the entry that it stands for.
term unfolded(const term& element) {
  return element.is_atom() ? tuple(element, true) : element;
}

/// Visits entries until `visit` says true; the list's bad end is refused as OTP does, by `name` with the key.
template <class Visit>
bool walk(const term& list, const char* name, std::initializer_list<term> before, Visit visit,
          std::initializer_list<term> after = {}) {
  term rest = list;
  for (; rest.is_cons(); rest = rest.tail())
    if (visit(rest.head()))
      return true;
  if (!rest.is_nil()) {
    terms args(before);
    args.push_back(rest);
    args.insert(args.end(), after.begin(), after.end());
    throw raised{"error"_atom, "function_clause",
                 twinslot::list(tuple(atom(proplists), atom(name), list_from(args), term{}))};
  }
  return false;
}

term value_or(const term& key, const term& list, const term& fallback) {
  term found = fallback;
  walk(list, "get_value", {key},
       [&](const term& element) {
         const bool counts = is_entry(element, key) && (element.is_atom() || element.is_tuple(2));
         if (counts)
           found = unfolded(element)[1];
         return counts || (is_entry(element, key) && element.is_tuple());
       },
       {fallback});
  return found;
}
term get_value(process&, const term* a) {
  return value_or(a[0], a[1], "undefined");
}
term get_value_default(process&, const term* a) {
  return value_or(a[0], a[1], a[2]);
}
term get_all_values(process&, const term* a) {
  terms values;
  walk(a[1], "get_all_values", {a[0]}, [&](const term& element) {
    if (is_entry(element, a[0]) && (element.is_atom() || element.is_tuple(2)))
      values.push_back(unfolded(element)[1]);
    return false;
  });
  return list_from(values);
}
term get_bool(process&, const term* a) {
  bool found = false;
  walk(a[1], "get_bool", {a[0]}, [&](const term& element) {
    if (!is_entry(element, a[0]))
      return false;
    found = element.is_atom() || (element.is_tuple(2) && element[1] == "true"_atom);
    return true;
  });
  return found;
}
term get_keys(process&, const term* a) {
  std::unordered_set<term, term_hash> seen;
  terms keys;
  walk(a[0], "get_keys", {}, [&](const term& element) {
    if (!element.is_atom() && !(element.is_tuple() && element.size() >= 1))
      return false;
    const term& key = element.is_atom() ? element : element[0];
    if (seen.insert(key).second)
      keys.push_back(key);
    return false;
  });
  return list_from(keys);
}
term lookup(process&, const term* a) {
  term found = "none";
  walk(a[1], "lookup", {a[0]}, [&](const term& element) {
    if (!is_entry(element, a[0]))
      return false;
    found = unfolded(element);
    return true;
  });
  return found;
}
term lookup_all(process&, const term* a) {
  terms found;
  walk(a[1], "lookup_all", {a[0]}, [&](const term& element) {
    if (is_entry(element, a[0]))
      found.push_back(unfolded(element));
    return false;
  });
  return list_from(found);
}
term is_defined(process&, const term* a) {
  return walk(a[1], "is_defined", {a[0]}, [&](const term& element) { return is_entry(element, a[0]); });
}
term delete_key(process&, const term* a) {
  terms kept;
  walk(a[1], "delete", {a[0]}, [&](const term& element) {
    if (!is_entry(element, a[0]))
      kept.push_back(element);
    return false;
  });
  return list_from(kept);
}

term unfold(process&, const term* a) {
  terms made;
  walk(a[0], "unfold", {}, [&](const term& element) {
    made.push_back(unfolded(element));
    return false;
  });
  return list_from(made);
}
term compacted(const term& element) {
  const bool folds = element.is_tuple(2) && element[0].is_atom() && element[1] == "true"_atom;
  return folds ? element[0] : element;
}
term compact(process&, const term* a) {
  const unrolled all = unroll(a[0]);
  if (!all.rest.is_nil())
    raise_at(tuple("bad_generator", all.rest), proplists, "-compact/1-lc$^0/1-0-", 1);
  terms made;
  for (const term& element : all.elements)
    made.push_back(compacted(element));
  return list_from(made);
}
term property(process&, const term* a) {
  return compacted(a[0]);
}
term property_of(process&, const term* a) {
  return compacted(tuple(a[0], a[1]));
}
term to_map(process&, const term* a) {
  term made = map();
  const unrolled all = unroll(a[0]);
  if (!all.rest.is_nil())
    no_clause("lists", "foldr_1", {external_fun("proplists"_atom, "to_map"_atom, 1), map(), all.rest});
  for (std::size_t i = all.elements.size(); i-- > 0;) {  // the first of equal keys stays
    const term entry = unfolded(all.elements[i]);
    if (entry.is_tuple(2))
      made = made.with(entry[0], entry[1]);
  }
  return made;
}
term from_map(process&, const term* a) {
  if (!a[0].is_map())
    raise_in(tuple("badmap", a[0]), "maps", "to_list", {a[0]});
  return a[0].to_list();
}
term split(process&, const term* a) {
  const terms keys = proper(a[1]);
  std::vector<terms> groups(keys.size());
  terms others;
  for (const term& element : proper(a[0])) {
    terms* home = &others;
    for (std::size_t i = 0; i < keys.size() && home == &others; ++i)
      if (is_entry(element, keys[i]))
        home = &groups[i];
    home->push_back(element);
  }
  terms lists;
  for (terms& group : groups)
    lists.push_back(list_from(group));
  return tuple(list_from(lists), list_from(others));
}

constexpr native functions[] = {
    {proplists, "compact", 1, compact, "compact(List)", "{Key, true} becomes Key."},
    {proplists, "delete", 2, delete_key, "delete(Key, List)", "Without the entries of that key."},
    {proplists, "from_map", 1, from_map, "from_map(Map)", "[{Key, Value}] of a map."},
    {proplists, "get_all_values", 2, get_all_values, "get_all_values(Key, List)", "Every value of the key."},
    {proplists, "get_bool", 2, get_bool, "get_bool(Key, List)", "True if the first entry of the key is true."},
    {proplists, "get_keys", 1, get_keys, "get_keys(List)", "The keys, each once."},
    {proplists, "get_value", 2, get_value, "get_value(Key, List)", "The first value of the key, or undefined."},
    {proplists, "get_value", 3, get_value_default, "get_value(Key, List, Default)", "The first value, or Default."},
    {proplists, "is_defined", 2, is_defined, "is_defined(Key, List)", "True if there is an entry of the key."},
    {proplists, "lookup", 2, lookup, "lookup(Key, List)", "The first entry of the key as a tuple, or none."},
    {proplists, "lookup_all", 2, lookup_all, "lookup_all(Key, List)", "Every entry of the key as a tuple."},
    {proplists, "property", 1, property, "property(Property)", "{Key, true} becomes Key."},
    {proplists, "property", 2, property_of, "property(Key, Value)", "The entry in its shortest form."},
    {proplists, "split", 2, split, "split(List, Keys)", "{[entries of each key], the others}."},
    {proplists, "to_map", 1, to_map, "to_map(List)", "A map; the first of equal keys stays."},
    {proplists, "unfold", 1, unfold, "unfold(List)", "Key becomes {Key, true}."},
};
}  // namespace

std::span<const native> proplists_functions() {
  return functions;
}
}  // namespace twinslot::library
