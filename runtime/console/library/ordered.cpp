// runtime/console/library/ordered.cpp - ordsets and orddict: sets and dictionaries as sorted lists. 1 and 1.0 are
// equal.
#include "runtime/console/library/arguments.hpp"
#include "runtime/console/library/tables.hpp"

#include <algorithm>

namespace twinslot::library {
namespace {

constexpr auto ordsets = "ordsets";
constexpr auto orddict = "orddict";

/// Elements of a set, or function_clause of the function with its arguments.
terms take_set(const char* name, const term& set, std::initializer_list<term> args) {
  unrolled all = unroll(set);
  if (!all.rest.is_nil())
    no_clause(ordsets, name, args);
  return std::move(all.elements);
}
terms sorted_once(terms elements) {
  std::stable_sort(elements.begin(), elements.end(), less);
  elements.erase(
      std::unique(elements.begin(), elements.end(), [](const term& a, const term& b) { return compare(a, b) == 0; }),
      elements.end());
  return elements;
}
terms::iterator place_of(terms& elements, const term& wanted) {
  return std::lower_bound(elements.begin(), elements.end(), wanted, less);
}

term new_set(process&, const term*) {
  return {};
}
term set_from_list(process&, const term* a) {
  return list_from(sorted_once(take_set("from_list", a[0], {a[0]})));
}
term set_to_list(process&, const term* a) {
  return a[0];
}
term set_size(process&, const term* a) {
  return take_set("size", a[0], {a[0]}).size();
}
term is_element(process&, const term* a) {
  terms set = take_set("is_element", a[1], {a[0], a[1]});
  const auto at = place_of(set, a[0]);
  return at != set.end() && compare(*at, a[0]) == 0;
}
term add_element(process&, const term* a) {
  terms set = take_set("add_element", a[1], {a[0], a[1]});
  const auto at = place_of(set, a[0]);
  if (at != set.end() && compare(*at, a[0]) == 0)
    return a[1];
  set.insert(at, a[0]);
  return list_from(set);
}
term del_element(process&, const term* a) {
  terms set = take_set("del_element", a[1], {a[0], a[1]});
  const auto at = place_of(set, a[0]);
  if (at != set.end() && compare(*at, a[0]) == 0)
    set.erase(at);
  return list_from(set);
}
term set_union(process&, const term* a) {
  terms all = take_set("union", a[0], {a[0], a[1]});
  for (term& element : take_set("union", a[1], {a[0], a[1]}))
    all.push_back(std::move(element));
  return list_from(sorted_once(std::move(all)));
}
term set_union_all(process&, const term* a) {
  terms all;
  for (const term& set : take_set("union", a[0], {a[0]}))
    for (term& element : take_set("union", set, {a[0]}))
      all.push_back(std::move(element));
  return list_from(sorted_once(std::move(all)));
}
/// Elements of the first set that the second has, or has not.
terms kept(const char* name, const term* a, bool wanted) {
  const terms other = take_set(name, a[1], {a[0], a[1]});
  terms made;
  for (term& element : take_set(name, a[0], {a[0], a[1]}))
    if (std::binary_search(other.begin(), other.end(), element, less) == wanted)
      made.push_back(std::move(element));
  return made;
}
term set_intersection(process&, const term* a) {
  return list_from(kept("intersection", a, true));
}
term set_subtract(process&, const term* a) {
  return list_from(kept("subtract", a, false));
}
term is_subset(process&, const term* a) {
  return kept("is_subset", a, false).empty();
}
term is_disjoint(process&, const term* a) {
  return kept("is_disjoint", a, true).empty();
}

// orddict: [{Key, Value}] in the order of the keys.
struct entries {
  terms all;
  terms::iterator at;
  bool found;
};
entries find_key(const char* name, const term& key, const term& dictionary, std::initializer_list<term> args) {
  unrolled list = unroll(dictionary);
  if (!list.rest.is_nil())
    no_clause(orddict, name, args);
  for (const term& entry : list.elements)
    if (!entry.is_tuple(2))
      no_clause(orddict, name, args);
  entries made{std::move(list.elements), {}, false};
  made.at = std::lower_bound(made.all.begin(), made.all.end(), key,
                             [](const term& entry, const term& wanted) { return less(entry[0], wanted); });
  made.found = made.at != made.all.end() && compare((*made.at)[0], key) == 0;
  return made;
}
void set_value(entries& in, const term& key, const term& value) {
  if (in.found)
    *in.at = tuple(key, value);
  else
    in.all.insert(in.at, tuple(key, value));
}
term store(process&, const term* a) {
  entries in = find_key("store", a[0], a[2], {a[0], a[1], a[2]});
  set_value(in, a[0], a[1]);
  return list_from(in.all);
}
term fetch(process&, const term* a) {
  const entries in = find_key("fetch", a[0], a[1], {a[0], a[1]});
  if (!in.found)
    no_clause(
        orddict, "fetch",
        {a[0], list_of(in.all.data() + (in.at - in.all.begin()), static_cast<std::size_t>(in.all.end() - in.at))});
  return (*in.at)[1];
}
term find(process&, const term* a) {
  const entries in = find_key("find", a[0], a[1], {a[0], a[1]});
  return in.found ? tuple("ok", (*in.at)[1]) : term("error");
}
term is_key(process&, const term* a) {
  return find_key("is_key", a[0], a[1], {a[0], a[1]}).found;
}
term erase(process&, const term* a) {
  entries in = find_key("erase", a[0], a[1], {a[0], a[1]});
  if (in.found)
    in.all.erase(in.at);
  return list_from(in.all);
}
term fetch_keys(process&, const term* a) {
  terms keys;
  for (const term& entry : find_key("fetch_keys", {}, a[0], {a[0]}).all)
    keys.push_back(entry[0]);
  return list_from(keys);
}
term dictionary_from_list(process&, const term* a) {
  terms made;
  for (const term& entry : proper(a[0])) {
    if (!entry.is_tuple(2))
      no_clause(orddict, "from_list", {a[0]});
    made.push_back(entry);
  }
  // The last of equal keys stays.
  std::reverse(made.begin(), made.end());
  std::stable_sort(made.begin(), made.end(), [](const term& x, const term& y) { return less(x[0], y[0]); });
  made.erase(
      std::unique(made.begin(), made.end(), [](const term& x, const term& y) { return compare(x[0], y[0]) == 0; }),
      made.end());
  return list_from(made);
}
term update(process& self, const term* a) {
  entries in = find_key("update", a[0], a[2], {a[0], a[1], a[2]});
  if (!in.found)
    no_clause(orddict, "update", {a[0], a[1], term{}});
  set_value(in, a[0], call(self, a[1], {(*in.at)[1]}));
  return list_from(in.all);
}
term update_default(process& self, const term* a) {
  entries in = find_key("update", a[0], a[3], {a[0], a[1], a[2], a[3]});
  set_value(in, a[0], in.found ? call(self, a[1], {(*in.at)[1]}) : a[2]);
  return list_from(in.all);
}

constexpr native functions[] = {
    {ordsets, "add_element", 2, add_element, "add_element(Element, Ordset)", "The set with the element."},
    {ordsets, "del_element", 2, del_element, "del_element(Element, Ordset)", "The set without the element."},
    {ordsets, "from_list", 1, set_from_list, "from_list(List)", "A set of the elements."},
    {ordsets, "intersection", 2, set_intersection, "intersection(Ordset1, Ordset2)", "What both have."},
    {ordsets, "is_disjoint", 2, is_disjoint, "is_disjoint(Ordset1, Ordset2)", "True if they share nothing."},
    {ordsets, "is_element", 2, is_element, "is_element(Element, Ordset)", "True if the set has the element."},
    {ordsets, "is_subset", 2, is_subset, "is_subset(Ordset1, Ordset2)", "True if Ordset2 has all of Ordset1."},
    {ordsets, "new", 0, new_set, "new()", "The empty set."},
    {ordsets, "size", 1, set_size, "size(Ordset)", "How many elements it has."},
    {ordsets, "subtract", 2, set_subtract, "subtract(Ordset1, Ordset2)", "Ordset1 without what Ordset2 has."},
    {ordsets, "to_list", 1, set_to_list, "to_list(Ordset)", "The elements in order."},
    {ordsets, "union", 1, set_union_all, "union(OrdsetList)", "What any of them has."},
    {ordsets, "union", 2, set_union, "union(Ordset1, Ordset2)", "What one of them has."},
    {orddict, "erase", 2, erase, "erase(Key, Orddict)", "Without the key."},
    {orddict, "fetch", 2, fetch, "fetch(Key, Orddict)", "The key's value."},
    {orddict, "fetch_keys", 1, fetch_keys, "fetch_keys(Orddict)", "Every key."},
    {orddict, "find", 2, find, "find(Key, Orddict)", "{ok, Value} or error."},
    {orddict, "from_list", 1, dictionary_from_list, "from_list(List)", "A dictionary of [{Key, Value}]."},
    {orddict, "is_key", 2, is_key, "is_key(Key, Orddict)", "True if it has the key."},
    {orddict, "new", 0, new_set, "new()", "The empty dictionary."},
    {orddict, "size", 1, set_size, "size(Orddict)", "How many keys it has."},
    {orddict, "store", 3, store, "store(Key, Value, Orddict)", "With the key set."},
    {orddict, "to_list", 1, set_to_list, "to_list(Orddict)", "[{Key, Value}] in order."},
    {orddict, "update", 3, update, "update(Key, Fun, Orddict)", "Fun(Value) in place of the key's value."},
    {orddict, "update", 4, update_default, "update(Key, Fun, Initial, Orddict)", "Initial where there is no such key."},
};
}  // namespace

std::span<const native> ordered_functions() {
  return functions;
}
}  // namespace twinslot::library
