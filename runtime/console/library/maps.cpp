// runtime/console/library/maps.cpp - maps: the whole module of OTP 25. Keys come in Erlang's order.
//
// An iterator is [0 | Map], as OTP's prints; next/1 gives {Key, Value, Next} with Next a nest of such tuples for a
// small map, and [Rest | Map] for a large one, where Rest is the list of pairs that are left.
#include "runtime/console/library/arguments.hpp"
#include "runtime/console/library/tables.hpp"

namespace twinslot::library {
namespace {

constexpr auto maps = "maps";
constexpr std::size_t small_map = 32;

const term& take_map(const term& value) {
  if (!value.is_map())
    raise_error(tuple("badmap", value));
  return value;
}
void check_fun(const term& fun, std::uint64_t arity) {
  if (!is_function(fun, arity))
    raise_badarg();
}
terms pairs_of(const term& map) {
  return unroll(map.to_list()).elements;
}
const term& value_of(const term& key, const term& map) {
  const term* found = take_map(map).get(key);
  if (!found)
    raise_error(tuple("badkey", key));
  return *found;
}

/// One step of an iterator: {Key, Value, Next} or none; anything else is no iterator.
std::optional<term> step(const term& iterator) {
  if (iterator == "none"_atom)
    return iterator;
  if (iterator.is_tuple(3))
    return iterator;
  if (!iterator.is_cons() || !iterator.tail().is_map())
    return {};
  const term map = iterator.tail();
  const term at = iterator.head();
  if (at.is_int64() && at.as_int64() == 0 && map.size() <= small_map) {
    term next = "none";
    const terms pairs = pairs_of(map);
    for (std::size_t i = pairs.size(); i-- > 0;)
      next = tuple(pairs[i][0], pairs[i][1], next);
    return next;
  }
  const term rest = at.is_int64() && at.as_int64() == 0 ? map.to_list() : at;
  if (rest.is_nil())
    return term("none");
  if (!rest.is_cons() || !rest.head().is_tuple(2))
    return {};
  return tuple(rest.head()[0], rest.head()[1], cons(rest.tail(), map));
}

/// Calls `visit` with each key and value of a map or an iterator. {badmap, X} where it is neither.
template <class Visit>
void each(const term& map_or_iterator, Visit visit) {
  if (map_or_iterator.is_map()) {
    for (const term& pair : pairs_of(map_or_iterator))
      visit(pair[0], pair[1]);
    return;
  }
  term at = map_or_iterator;
  for (;;) {
    const std::optional<term> next = step(at);
    if (!next)
      raise_error(tuple("badmap", map_or_iterator));
    if (*next == "none"_atom)
      return;
    visit((*next)[0], (*next)[1]);
    at = (*next)[2];
  }
}

term new_map(process&, const term*) {
  return map();
}
term get(process&, const term* a) {
  return value_of(a[0], a[1]);
}
term get_default(process&, const term* a) {
  const term* found = take_map(a[1]).get(a[0]);
  return found ? *found : a[2];
}
term find(process&, const term* a) {
  const term* found = take_map(a[1]).get(a[0]);
  return found ? tuple("ok", *found) : term("error");
}
term is_key(process&, const term* a) {
  return take_map(a[1]).get(a[0]) != nullptr;
}
term put(process&, const term* a) {
  return take_map(a[2]).with(a[0], a[1]);
}
term remove(process&, const term* a) {
  return take_map(a[1]).without(a[0]);
}
term take(process&, const term* a) {
  const term* found = take_map(a[1]).get(a[0]);
  return found ? tuple(*found, a[1].without(a[0])) : term("error");
}
term update(process&, const term* a) {
  value_of(a[0], a[2]);
  return a[2].with(a[0], a[1]);
}
term update_with(process& self, const term* a) {
  take_map(a[2]);
  check_fun(a[1], 1);
  return a[2].with(a[0], call(self, a[1], {value_of(a[0], a[2])}));
}
term update_with_default(process& self, const term* a) {
  take_map(a[3]);
  check_fun(a[1], 1);
  const term* found = a[3].get(a[0]);
  return a[3].with(a[0], found ? call(self, a[1], {*found}) : a[2]);
}
term size(process&, const term* a) {
  return take_map(a[0]).size();
}

term keys(process&, const term* a) {
  terms all;
  for (const term& pair : pairs_of(take_map(a[0])))
    all.push_back(pair[0]);
  return list_from(all);
}
term values(process&, const term* a) {
  terms all;
  for (const term& pair : pairs_of(take_map(a[0])))
    all.push_back(pair[1]);
  return list_from(all);
}
term to_list(process&, const term* a) {
  return take_map(a[0]).to_list();
}
term from_list(process&, const term* a) {
  term made = map();
  for (const term& pair : proper(a[0])) {
    if (!pair.is_tuple(2))
      raise_badarg();
    made = made.with(pair[0], pair[1]);
  }
  return made;
}
term from_keys(process&, const term* a) {
  term made = map();
  for (const term& key : proper(a[0]))
    made = made.with(key, a[1]);
  return made;
}

term iterator(process&, const term* a) {
  return cons(0, take_map(a[0]));
}
term next(process&, const term* a) {
  const std::optional<term> found = step(a[0]);
  if (!found)
    raise_badarg();
  return *found;
}

term map_values(process& self, const term* a) {
  check_fun(a[0], 2);
  term made = map();
  each(a[1], [&](const term& key, const term& value) { made = made.with(key, call(self, a[0], {key, value})); });
  return made;
}
term fold(process& self, const term* a) {
  check_fun(a[0], 3);
  term value = a[1];
  each(a[2], [&](const term& key, const term& each_value) { value = call(self, a[0], {key, each_value, value}); });
  return value;
}
term foreach (process& self, const term* a) {
  check_fun(a[0], 2);
  each(a[1], [&](const term& key, const term& value) { call(self, a[0], {key, value}); });
  return "ok";
}
term filter(process& self, const term* a) {
  check_fun(a[0], 2);
  term made = map();
  each(a[1], [&](const term& key, const term& value) {
    const term answer = call(self, a[0], {key, value});
    if (!answer.is_bool())
      no_case(answer, maps, "filter_1", 2);
    if (answer == "true"_atom)
      made = made.with(key, value);
  });
  return made;
}
term filtermap(process& self, const term* a) {
  check_fun(a[0], 2);
  term made = map();
  each(a[1], [&](const term& key, const term& value) {
    const term answer = call(self, a[0], {key, value});
    if (answer == "true"_atom)
      made = made.with(key, value);
    else if (answer.is_tagged("true"_atom, 2))
      made = made.with(key, answer[1]);
    else if (answer != "false"_atom)
      no_case(answer, maps, "filtermap_1", 2);
  });
  return made;
}

term merge(process&, const term* a) {
  take_map(a[0]);
  term made = a[0];
  for (const term& pair : pairs_of(take_map(a[1])))
    made = made.with(pair[0], pair[1]);
  return made;
}
term merge_with(process& self, const term* a) {
  check_fun(a[0], 3);
  take_map(a[1]);
  term made = a[1];
  for (const term& pair : pairs_of(take_map(a[2]))) {
    const term* before = a[1].get(pair[0]);
    made = made.with(pair[0], before ? call(self, a[0], {pair[0], *before, pair[1]}) : pair[1]);
  }
  return made;
}
term intersect(process&, const term* a) {
  take_map(a[0]);
  term made = map();
  for (const term& pair : pairs_of(take_map(a[1])))
    if (a[0].get(pair[0]))
      made = made.with(pair[0], pair[1]);
  return made;
}
term intersect_with(process& self, const term* a) {
  check_fun(a[0], 3);
  take_map(a[1]);
  term made = map();
  for (const term& pair : pairs_of(take_map(a[2])))
    if (const term* before = a[1].get(pair[0]))
      made = made.with(pair[0], call(self, a[0], {pair[0], *before, pair[1]}));
  return made;
}

term with(process&, const term* a) {
  take_map(a[1]);
  if (!a[0].is_list())
    raise_badarg();
  term made = map();
  term rest = a[0];
  for (; rest.is_cons(); rest = rest.tail()) {
    const term key = rest.head();
    if (const term* found = a[1].get(key))
      made = made.with(key, *found);
  }
  if (!rest.is_nil())
    no_clause(maps, "with_1", {rest, a[1]});
  return made;
}
term without(process&, const term* a) {
  take_map(a[1]);
  if (!a[0].is_list())
    raise_badarg();
  term made = a[1];
  term rest = a[0];
  for (; rest.is_cons(); rest = rest.tail())
    made = made.without(rest.head());
  if (!rest.is_nil())
    no_clause("lists", "foldl_1", {external_fun("maps"_atom, "remove"_atom, 2), made, rest});
  return made;
}

term group(process& self, const term& key_of, const term* value_of_element, const term& list) {
  check_fun(key_of, 1);
  if (value_of_element)
    check_fun(*value_of_element, 1);
  term made = map();
  const terms elements = proper(list);
  for (std::size_t i = elements.size(); i-- > 0;) {
    const term key = call(self, key_of, {elements[i]});
    const term value = value_of_element ? call(self, *value_of_element, {elements[i]}) : elements[i];
    const term* before = made.get(key);
    made = made.with(key, cons(value, before ? *before : term{}));
  }
  return made;
}
term groups_from_list(process& self, const term* a) {
  return group(self, a[0], nullptr, a[1]);
}
term groups_from_list_with(process& self, const term* a) {
  return group(self, a[0], &a[1], a[2]);
}

constexpr native functions[] = {
    {maps, "filter", 2, filter, "filter(Pred, MapOrIter)", "The entries for which Pred(Key, Value) is true."},
    {maps, "filtermap", 2, filtermap, "filtermap(Fun, MapOrIter)",
     "Keeps, drops or replaces: true, false, {true, New}."},
    {maps, "find", 2, find, "find(Key, Map)", "{ok, Value} or error."},
    {maps, "fold", 3, fold, "fold(Fun, Init, MapOrIter)", "Fun(Key, Value, Acc) over every entry."},
    {maps, "foreach", 2, foreach, "foreach(Fun, MapOrIter)", "Calls Fun(Key, Value) for every entry; ok."},
    {maps, "from_keys", 2, from_keys, "from_keys(Keys, Value)", "A map with the same value for every key."},
    {maps, "from_list", 1, from_list, "from_list(List)", "A map of [{Key, Value}]; the last of equal keys stays."},
    {maps, "get", 2, get, "get(Key, Map)", "The value of a key; {badkey, Key} if there is none."},
    {maps, "get", 3, get_default, "get(Key, Map, Default)", "The value of a key, or Default."},
    {maps, "groups_from_list", 2, groups_from_list, "groups_from_list(KeyFun, List)",
     "The elements in lists, by what KeyFun gives."},
    {maps, "groups_from_list", 3, groups_from_list_with, "groups_from_list(KeyFun, ValueFun, List)",
     "What ValueFun gives in lists, by what KeyFun gives."},
    {maps, "intersect", 2, intersect, "intersect(Map1, Map2)", "The entries of Map2 whose keys Map1 has too."},
    {maps, "intersect_with", 3, intersect_with, "intersect_with(Combiner, Map1, Map2)",
     "Combiner(Key, Value1, Value2) for the keys that both have."},
    {maps, "is_key", 2, is_key, "is_key(Key, Map)", "True if the map has the key."},
    {maps, "iterator", 1, iterator, "iterator(Map)", "An iterator for next/1."},
    {maps, "keys", 1, keys, "keys(Map)", "Every key."},
    {maps, "map", 2, map_values, "map(Fun, MapOrIter)", "Fun(Key, Value) in place of every value."},
    {maps, "merge", 2, merge, "merge(Map1, Map2)", "The entries of both; those of Map2 where both have the key."},
    {maps, "merge_with", 3, merge_with, "merge_with(Combiner, Map1, Map2)",
     "The entries of both; Combiner(Key, Value1, Value2) where both have the key."},
    {maps, "new", 0, new_map, "new()", "The empty map, #{}."},
    {maps, "next", 1, next, "next(Iterator)", "{Key, Value, NextIterator} or none."},
    {maps, "put", 3, put, "put(Key, Value, Map)", "The map with the key set."},
    {maps, "remove", 2, remove, "remove(Key, Map)", "The map without the key."},
    {maps, "size", 1, size, "size(Map)", "How many keys it has."},
    {maps, "take", 2, take, "take(Key, Map)", "{Value, the map without the key}, or error."},
    {maps, "to_list", 1, to_list, "to_list(Map)", "[{Key, Value}]."},
    {maps, "update", 3, update, "update(Key, Value, Map)", "The map with the key set, which it must have."},
    {maps, "update_with", 3, update_with, "update_with(Key, Fun, Map)", "Fun(Value) in place of the key's value."},
    {maps, "update_with", 4, update_with_default, "update_with(Key, Fun, Init, Map)",
     "Fun(Value) in place of the key's value; Init where there is none."},
    {maps, "values", 1, values, "values(Map)", "Every value, in the order of the keys."},
    {maps, "with", 2, with, "with(Keys, Map)", "The map with these keys alone."},
    {maps, "without", 2, without, "without(Keys, Map)", "The map without these keys."},
};
}  // namespace

std::span<const native> maps_functions() {
  return functions;
}
}  // namespace twinslot::library
