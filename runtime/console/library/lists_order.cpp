// runtime/console/library/lists_order.cpp - lists: sorting and merging. Stable, in Erlang's order or a fun's.
#include "runtime/console/library/arguments.hpp"
#include "runtime/console/library/tables.hpp"

#include <algorithm>
#include <functional>

namespace twinslot::library {
namespace {

constexpr auto lists = "lists";

/// True if the first may stand before the second: equal ones may.
using order = std::function<bool(const term&, const term&)>;

bool in_order(const term& a, const term& b) {
  return compare(a, b) <= 0;
}
order by_fun(process& self, const term& fun, const char* name, int arity) {
  return [&self, fun, name, arity](const term& a, const term& b) {
    const term answer = call(self, fun, {a, b});
    if (!answer.is_bool())
      no_case(answer, lists, name, arity);
    return answer == "true"_atom;
  };
}

/// Merges [from, middle) and [middle, to) of `source` into `target`; the left goes first where both may.
void merge_runs(terms& source, terms& target, std::size_t from, std::size_t middle, std::size_t to,
                const order& before) {
  std::size_t left = from;
  std::size_t right = middle;
  for (std::size_t at = from; at < to; ++at) {
    const bool take_left = left < middle && (right >= to || before(source[left], source[right]));
    target[at] = std::move(source[take_left ? left++ : right++]);
  }
}

/// A merge sort from the bottom. Not std::stable_sort: a fun may be no order at all, and may raise.
terms sorted(terms elements, const order& before) {
  terms other(elements.size());
  for (std::size_t width = 1; width < elements.size(); width *= 2) {
    for (std::size_t from = 0; from < elements.size(); from += 2 * width)
      merge_runs(elements, other, from, std::min(from + width, elements.size()),
                 std::min(from + 2 * width, elements.size()), before);
    elements.swap(other);
  }
  return elements;
}

/// Of neighbours that may stand in either order, the first.
terms without_repeats(terms elements, const order& before) {
  terms kept;
  for (term& element : elements)
    if (kept.empty() || !before(element, kept.back()))
      kept.push_back(std::move(element));
  return kept;
}

unrolled check_list(const term& list, const char* name, std::initializer_list<term> args) {
  unrolled all = unroll(list);
  if (!all.rest.is_nil())
    no_clause(lists, name, args);
  return all;
}

term sort(process&, const term* a) {
  return list_from(sorted(check_list(a[0], "sort", {a[0]}).elements, in_order));
}
term usort(process&, const term* a) {
  return list_from(without_repeats(sorted(check_list(a[0], "usort", {a[0]}).elements, in_order), in_order));
}

terms sort_by(process& self, const term* a, const char* name) {
  if (!is_function(a[0], 2) && !(a[0].is_fun() && a[1].is_cons() && a[1].tail().is_cons()))
    no_clause(lists, name, {a[0], a[1]});
  return sorted(check_list(a[1], name, {a[0], a[1]}).elements, by_fun(self, a[0], name, 2));
}
term sort_fun(process& self, const term* a) {
  return list_from(sort_by(self, a, "sort"));
}
term usort_fun(process& self, const term* a) {
  return list_from(without_repeats(sort_by(self, a, "usort"), by_fun(self, a[0], "usort", 2)));
}

/// Element number `position` of a tuple; badarg of element/2 where there is none.
const term& key_of(const term& element, const term& position) {
  if (!element.is_tuple() || !position.is_int64() || static_cast<std::uint64_t>(position.as_int64()) > element.size())
    raise_in("badarg", "erlang", "element", {position, element});
  return element[static_cast<std::size_t>(position.as_int64() - 1)];
}
order by_key(const term& position) {
  return [position](const term& a, const term& b) { return in_order(key_of(a, position), key_of(b, position)); };
}

terms key_sorted(const term* a, const char* name) {
  if (!a[0].is_integer() || !less(0, a[0]))
    no_clause(lists, name, {a[0], a[1]});
  unrolled all = unroll(a[1]);
  if (!all.rest.is_nil() && all.elements.size() < 2)
    no_case(a[1], lists, name, 2);
  if (all.elements.size() > 1)
    for (const term& element : all.elements)
      key_of(element, a[0]);
  if (!all.rest.is_nil())
    no_clause(lists, name, {a[0], a[1]});
  return sorted(std::move(all.elements), by_key(a[0]));
}
term keysort(process&, const term* a) {
  return list_from(key_sorted(a, "keysort"));
}
term ukeysort(process&, const term* a) {
  return list_from(without_repeats(key_sorted(a, "ukeysort"), by_key(a[0])));
}

terms merged(terms left, terms right, const order& before) {
  const std::size_t middle = left.size();
  left.insert(left.end(), std::make_move_iterator(right.begin()), std::make_move_iterator(right.end()));
  terms target(left.size());
  merge_runs(left, target, 0, middle, left.size(), before);
  return target;
}

term merge_two(const term* a, const char* name, bool unique) {
  const order before = in_order;
  terms all =
      merged(check_list(a[0], name, {a[0], a[1]}).elements, check_list(a[1], name, {a[0], a[1]}).elements, before);
  return list_from(unique ? without_repeats(std::move(all), before) : std::move(all));
}
term merge(process&, const term* a) {
  return merge_two(a, "merge", false);
}
term umerge(process&, const term* a) {
  return merge_two(a, "umerge", true);
}

term merge_by(process& self, const term* a, const char* name, bool unique) {
  if (!is_function(a[0], 2))
    no_clause(lists, name, {a[0], a[1], a[2]});
  const order before = by_fun(self, a[0], name, 3);
  const unrolled left = check_list(a[1], name, {a[0], a[1], a[2]});
  terms all = merged(left.elements, check_list(a[2], name, {a[0], a[1], a[2]}).elements, before);
  return list_from(unique ? without_repeats(std::move(all), before) : std::move(all));
}
term merge_fun(process& self, const term* a) {
  return merge_by(self, a, "merge", false);
}
term umerge_fun(process& self, const term* a) {
  return merge_by(self, a, "umerge", true);
}

term merge_lists(const term* a, const char* name, const char* loop, bool unique) {
  const unrolled lists_of = unroll(a[0]);
  if (!lists_of.rest.is_nil())
    no_clause(lists, loop, {lists_of.rest, term{}});
  if (lists_of.elements.size() == 1)
    return lists_of.elements[0];
  terms all;
  for (const term& list : lists_of.elements)
    all = merged(std::move(all), check_list(list, name, {a[0]}).elements, in_order);
  return list_from(unique ? without_repeats(std::move(all), in_order) : std::move(all));
}
term merge_all(process&, const term* a) {
  return merge_lists(a, "merge", "mergel", false);
}
term umerge_all(process&, const term* a) {
  return merge_lists(a, "umerge", "umergel", true);
}
term merge3(process&, const term* a) {
  terms all;
  for (int i = 0; i < 3; ++i)
    all = merged(std::move(all), check_list(a[i], "merge3", {a[0], a[1], a[2]}).elements, in_order);
  return list_from(all);
}
term umerge3(process&, const term* a) {
  terms all;
  for (int i = 0; i < 3; ++i)
    all = merged(std::move(all), check_list(a[i], "umerge3", {a[0], a[1], a[2]}).elements, in_order);
  return list_from(without_repeats(std::move(all), in_order));
}

term key_merge(const term* a, const char* name, bool unique) {
  if (!a[0].is_integer() || !less(0, a[0]))
    no_clause(lists, name, {a[0], a[1], a[2]});
  if (!a[2].is_list())
    no_case(a[2], lists, name, 3);
  const order before = by_key(a[0]);
  unrolled left = check_list(a[1], name, {a[0], a[1], a[2]});
  unrolled right = check_list(a[2], name, {a[0], a[1], a[2]});
  if (!right.elements.empty())
    key_of(right.elements[0], a[0]);
  terms all = merged(std::move(left.elements), std::move(right.elements), before);
  return list_from(unique ? without_repeats(std::move(all), before) : std::move(all));
}
term keymerge(process&, const term* a) {
  return key_merge(a, "keymerge", false);
}
term ukeymerge(process&, const term* a) {
  return key_merge(a, "ukeymerge", true);
}

constexpr native functions[] = {
    {lists, "keymerge", 3, keymerge, "keymerge(N, TupleList1, TupleList2)", "Two lists sorted by element N, in one."},
    {lists, "keysort", 2, keysort, "keysort(N, TupleList)", "The tuples in the order of their element N."},
    {lists, "merge", 1, merge_all, "merge(ListOfLists)", "Sorted lists, in one sorted list."},
    {lists, "merge", 2, merge, "merge(List1, List2)", "Two sorted lists, in one sorted list."},
    {lists, "merge", 3, merge_fun, "merge(Fun, List1, List2)", "Two lists sorted by Fun(A, B), in one."},
    {lists, "merge3", 3, merge3, "merge3(List1, List2, List3)", "Three sorted lists, in one sorted list."},
    {lists, "sort", 1, sort, "sort(List)", "The elements in Erlang's order; equal ones keep their places."},
    {lists, "sort", 2, sort_fun, "sort(Fun, List)", "In the order of Fun(A, B): true if A may stand before B."},
    {lists, "ukeymerge", 3, ukeymerge, "ukeymerge(N, TupleList1, TupleList2)", "keymerge without equal keys."},
    {lists, "ukeysort", 2, ukeysort, "ukeysort(N, TupleList)", "keysort without equal keys; the first stays."},
    {lists, "umerge", 1, umerge_all, "umerge(ListOfLists)", "merge without repetitions."},
    {lists, "umerge", 2, umerge, "umerge(List1, List2)", "merge without repetitions."},
    {lists, "umerge", 3, umerge_fun, "umerge(Fun, List1, List2)", "merge by Fun(A, B) without repetitions."},
    {lists, "umerge3", 3, umerge3, "umerge3(List1, List2, List3)", "merge3 without repetitions."},
    {lists, "usort", 1, usort, "usort(List)", "sort without repetitions: of 1 and 1.0 the first stays."},
    {lists, "usort", 2, usort_fun, "usort(Fun, List)", "sort by Fun(A, B) without repetitions."},
};
}  // namespace

std::span<const native> lists_order() {
  return functions;
}
}  // namespace twinslot::library
