// runtime/console/library/lists_parts.cpp - lists: parts, positions, joining and flattening; nothing calls a fun.
#include "runtime/console/library/arguments.hpp"
#include "runtime/console/library/number_text.hpp"
#include "runtime/console/library/tables.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace twinslot::library {
namespace {

constexpr auto lists = "lists";

term reversed(const terms& elements, term tail = {}) {
  return list_from(terms(elements.rbegin(), elements.rend()), std::move(tail));
}
bool is_natural(const term& value, int least = 0) {
  return value.is_integer() && !less(value, least);
}

/// A ++ B.
term append_two(const term& a, const term& b) {
  unrolled first = unroll(a);
  if (!first.rest.is_nil())
    raise_in("badarg", "erlang", "++", {a, b});
  return list_from(first.elements, b);
}

term append(process&, const term* a) {
  return append_two(a[0], a[1]);
}

term append_all(process&, const term* a) {
  const unrolled parts = unroll(a[0]);
  if (!parts.rest.is_nil())
    no_clause(lists, "append", {parts.rest});
  if (parts.elements.empty())
    return {};
  term made = parts.elements.back();
  for (std::size_t i = parts.elements.size() - 1; i-- > 0;)
    made = append_two(parts.elements[i], made);
  return made;
}

term concat(process&, const term* a) {
  const auto no_thing = [](const term& thing) { no_clause(lists, "thing_to_list", {thing}); };
  const unrolled things = unroll(a[0]);
  terms parts;
  for (const term& thing : things.elements) {
    if (thing.is_list())
      parts.push_back(thing);
    else if (thing.is_atom())
      parts.push_back(string(thing.as_atom().text()));
    else if (thing.is_integer())
      parts.push_back(string(integer_text(thing)));
    else if (thing.is_float())
      parts.push_back(string(text_of_float(thing.as_float(), {})));
    else
      no_thing(thing);
  }
  if (!things.rest.is_nil())
    no_clause(lists, "flatmap_1", {external_fun("lists"_atom, "thing_to_list"_atom, 1), things.rest});
  term made;
  for (std::size_t i = parts.size(); i-- > 0;)
    made = append_two(parts[i], made);
  return made;
}

term delete_first(process&, const term* a) {
  terms before;
  term rest = a[1];
  for (; rest.is_cons(); rest = rest.tail()) {
    if (rest.head() == a[0])
      return list_from(before, rest.tail());
    before.push_back(rest.head());
  }
  if (!rest.is_nil())
    no_clause(lists, "delete", {a[0], rest});
  return a[1];
}

term droplast(process&, const term* a) {
  unrolled all = unroll(a[0]);
  if (!all.rest.is_nil() || all.elements.empty())
    no_clause(lists, "droplast", {all.rest});
  all.elements.pop_back();
  return list_from(all.elements);
}

term duplicate(process&, const term* a) {
  if (!is_natural(a[0]))
    no_clause(lists, "duplicate", {a[0], a[1]});
  if (!a[0].is_int64() || a[0].as_int64() > elements_limit)
    raise_error("system_limit");
  return list_from(terms(static_cast<std::size_t>(a[0].as_int64()), a[1]));
}

term enumerate_from(const term& first, const term& list) {
  terms made;
  term number = first;
  term rest = list;
  for (; rest.is_cons(); rest = rest.tail()) {
    made.push_back(tuple(number, rest.head()));
    number = add(number, 1);
  }
  if (!rest.is_nil())
    no_clause(lists, "enumerate_1", {number, rest});
  return list_from(made);
}
term enumerate(process&, const term* a) {
  if (!a[0].is_list())
    no_clause(lists, "enumerate", {a[0]});
  return enumerate_from(1, a[0]);
}
term enumerate_with(process&, const term* a) {
  if (!a[0].is_integer() || !a[1].is_list())
    no_clause(lists, "enumerate", {a[0], a[1]});
  return enumerate_from(a[0], a[1]);
}

// Deep lists are taken apart from the right, as the nesting of OTP's recursion does, so that the same bad end is
// met first. `pending` holds the lists that are open: their elements, of which the last is next.
term flatten_onto(const term& deep, const term& tail) {
  terms made;  // backwards
  std::vector<terms> pending;
  const auto open = [&](const term& list) {
    unrolled all = unroll(list);
    if (!all.rest.is_nil()) {
      // The elements after the last list in here are not walked yet when the bad end is met.
      no_clause(lists, "do_flatten", {all.rest, reversed(made, tail)});
    }
    pending.push_back(std::move(all.elements));
  };
  open(deep);
  while (!pending.empty()) {
    if (pending.back().empty()) {
      pending.pop_back();
      continue;
    }
    const term last = std::move(pending.back().back());
    pending.back().pop_back();
    if (last.is_list())
      open(last);
    else
      made.push_back(last);
  }
  return reversed(made, tail);
}
term flatten(process&, const term* a) {
  if (!a[0].is_list())
    no_clause(lists, "flatten", {a[0]});
  return flatten_onto(a[0], {});
}
term flatten_tail(process&, const term* a) {
  if (!a[0].is_list() || !a[1].is_list())
    no_clause(lists, "flatten", {a[0], a[1]});
  return flatten_onto(a[0], a[1]);
}

term flatlength(process&, const term* a) {
  std::int64_t length = 0;
  std::vector<terms> pending;  // lists inside an open list; the last is next
  const auto open = [&](const term& list) {
    pending.emplace_back();
    term rest = list;
    for (; rest.is_cons(); rest = rest.tail()) {
      if (rest.head().is_list())
        pending.back().push_back(rest.head());
      else
        ++length;
    }
    if (!rest.is_nil())
      no_clause(lists, "flatlength", {rest, length});
  };
  open(a[0]);
  while (!pending.empty()) {
    if (pending.back().empty()) {
      pending.pop_back();
      continue;
    }
    const term last = std::move(pending.back().back());
    pending.back().pop_back();
    open(last);
  }
  return length;
}

term join(process&, const term* a) {
  if (!a[1].is_list())
    no_clause(lists, "join", {a[0], a[1]});
  unrolled all = unroll(a[1]);
  if (!all.rest.is_nil())
    no_clause(lists, "join_prepend", {a[0], all.rest});
  terms made;
  for (term& element : all.elements) {
    if (!made.empty())
      made.push_back(a[0]);
    made.push_back(std::move(element));
  }
  return list_from(made);
}

term last(process&, const term* a) {
  if (!a[0].is_cons())
    no_clause(lists, "last", {a[0]});
  term before = a[0].head();
  term rest = a[0].tail();
  for (; rest.is_cons(); rest = rest.tail())
    before = rest.head();
  if (!rest.is_nil())
    no_clause(lists, "last", {before, rest});
  return before;
}

/// The extreme of a list; of equal ones (1 and 1.0) the first.
term extreme(const term& list, int sign, const char* name) {
  if (!list.is_cons())
    no_clause(lists, name, {list});
  term best = list.head();
  term rest = list.tail();
  for (; rest.is_cons(); rest = rest.tail())
    if (compare(rest.head(), best) * sign > 0)
      best = rest.head();
  if (!rest.is_nil())
    no_clause(lists, name, {rest, best});
  return best;
}
term max_of(process&, const term* a) {
  return extreme(a[0], 1, "max");
}
term min_of(process&, const term* a) {
  return extreme(a[0], -1, "min");
}

term member(process&, const term* a) {
  term rest = a[1];
  for (; rest.is_cons(); rest = rest.tail())
    if (rest.head() == a[0])
      return true;
  if (!rest.is_nil())
    raise_in("badarg", lists, "member", {a[0], a[1]});
  return false;
}

term nth(process&, const term* a) {
  if (!a[0].is_number())
    raise_at("badarith", lists, "nth", 2);
  term left = a[0];
  term rest = a[1];
  for (; rest.is_cons() && less(1, left); rest = rest.tail())
    left = subtract(left, 1);
  if (!rest.is_cons() || !(left == term(1)))
    no_clause(lists, "nth", {left, rest});
  return rest.head();
}

term nthtail(process&, const term* a) {
  if (!a[0].is_number())
    raise_at("badarith", lists, "nthtail", 2);
  term left = a[0];
  term rest = a[1];
  for (; rest.is_cons() && less(0, left) && left.is_integer(); rest = rest.tail())
    left = subtract(left, 1);
  if (!(left == term(0)) || !(rest.is_list() || !(a[0] == term(0))))
    no_clause(lists, "nthtail", {left, rest});
  return rest;
}

term prefix(process&, const term* a) {
  term shorter = a[0];
  term longer = a[1];
  while (shorter.is_cons() && longer.is_cons()) {
    if (!(shorter.head() == longer.head()))
      return false;
    shorter = shorter.tail();
    longer = longer.tail();
  }
  if (shorter.is_nil() && longer.is_list())
    return true;
  if (shorter.is_cons() && longer.is_nil())
    return false;
  no_clause(lists, "prefix", {shorter, longer});
}

term suffix(process&, const term* a) {
  for (int i : {0, 1})
    if (!is_proper(a[i]))
      raise_in("badarg", "erlang", "length", {a[i]});
  const terms shorter = unroll(a[0]).elements;
  const terms longer = unroll(a[1]).elements;
  return shorter.size() <= longer.size() && std::equal(shorter.rbegin(), shorter.rend(), longer.rbegin());
}

term reverse(process&, const term* a) {
  const unrolled all = unroll(a[0]);
  if (all.rest.is_nil())
    return reversed(all.elements);
  if (all.elements.size() < 2)
    no_clause(lists, "reverse", {a[0]});
  raise_in("badarg", lists, "reverse", {a[0].tail().tail(), list(all.elements[1], all.elements[0])});
}
term reverse_onto(process&, const term* a) {
  const unrolled all = unroll(a[0]);
  if (!all.rest.is_nil())
    raise_in("badarg", lists, "reverse", {a[0], a[1]});
  return reversed(all.elements, a[1]);
}

/// First, First + Step, ... as many as reach Last.
term sequence(const term& first, const term& last, const term& step) {
  const term count = integer_divide(add(subtract(last, first), step), step);
  if (!count.is_int64() || count.as_int64() > elements_limit)
    raise_error("system_limit");
  terms made;
  term next = first;
  for (std::int64_t i = 0; i < count.as_int64(); ++i) {
    made.push_back(next);
    next = add(next, step);
  }
  return list_from(made);
}
term seq(process&, const term* a) {
  if (!a[0].is_integer() || !a[1].is_integer() || less(a[1], subtract(a[0], 1)))
    no_clause(lists, "seq", {a[0], a[1]});
  return sequence(a[0], a[1], 1);
}
term seq_step(process&, const term* a) {
  if (!a[0].is_integer() || !a[1].is_integer() || !a[2].is_integer())
    raise_in("badarg", lists, "seq", {a[0], a[1], a[2]});
  const int sign = compare(a[2], 0);
  if (sign == 0 && a[0] == a[1])
    return list(a[0]);
  if (sign == 0 || compare(subtract(a[0], a[2]), a[1]) * sign > 0)
    raise_in("badarg", lists, "seq", {a[0], a[1], a[2]});
  return sequence(a[0], a[1], a[2]);
}

term split(process&, const term* a) {
  if (!is_natural(a[0]) || !a[1].is_list())
    raise_in("badarg", lists, "split", {a[0], a[1]});
  terms taken;
  term left = a[0];
  term rest = a[1];
  for (; rest.is_cons() && less(0, left); rest = rest.tail()) {
    taken.push_back(rest.head());
    left = subtract(left, 1);
  }
  if (!(left == term(0)) && rest.is_nil())
    raise_in("badarg", lists, "split", {a[0], a[1]});
  if (!(left == term(0)))
    no_clause(lists, "split", {left, rest, reversed(taken)});
  return tuple(list_from(taken), rest);
}

/// The first `count` elements; fewer if the list is shorter.
term first_of(const term& list, const term& count) {
  terms taken;
  term left = count;
  term rest = list;
  for (; rest.is_cons() && less(0, left); rest = rest.tail()) {
    taken.push_back(rest.head());
    left = subtract(left, 1);
  }
  if (!(left == term(0)) && !(rest.is_list() && less(0, left)))
    no_clause(lists, "sublist_2", {rest, left});
  return list_from(taken);
}
term sublist(process&, const term* a) {
  if (!a[0].is_list() || !a[1].is_integer())
    no_clause(lists, "sublist", {a[0], a[1]});
  return first_of(a[0], a[1]);
}
term sublist_from(process&, const term* a) {
  if (!a[1].is_integer())
    no_clause(lists, "sublist", {a[0], a[1], a[2]});
  term start = a[1];
  term rest = a[0];
  for (; rest.is_cons() && less(1, start); rest = rest.tail())
    start = subtract(start, 1);
  if (rest.is_nil() && less(1, start))
    return {};
  if (!(start == term(1)) || !rest.is_list() || !is_natural(a[2]))
    no_clause(lists, "sublist", {rest, start, a[2]});
  return first_of(rest, a[2]);
}

term subtract_lists(process&, const term* a) {
  unrolled kept = unroll(a[0]);
  const unrolled gone = unroll(a[1]);
  if (!kept.rest.is_nil() || !gone.rest.is_nil())
    raise_in("badarg", "erlang", "--", {a[0], a[1]});
  std::unordered_map<term, std::size_t, term_hash> counts;
  for (const term& element : gone.elements)
    ++counts[element];
  terms made;
  for (term& element : kept.elements) {
    auto found = counts.find(element);
    if (found != counts.end() && found->second > 0)
      --found->second;
    else
      made.push_back(std::move(element));
  }
  return list_from(made);
}

term sum(process&, const term* a) {
  term total = 0;
  term rest = a[0];
  for (; rest.is_cons(); rest = rest.tail()) {
    const term element = rest.head();
    if (!element.is_number())
      raise_in("badarith", "erlang", "+", {total, element});
    total = add(total, element);
  }
  if (!rest.is_nil())
    no_clause(lists, "sum", {rest, total});
  return total;
}

term uniq(process&, const term* a) {
  std::unordered_set<term, term_hash> seen;
  terms made;
  term known = map();
  term rest = a[0];
  for (; rest.is_cons(); rest = rest.tail())
    if (seen.insert(rest.head()).second)
      made.push_back(rest.head());
  if (!rest.is_nil()) {
    for (const term& element : made)
      known = known.with(element, true);
    no_clause(lists, "uniq_1", {rest, known});
  }
  return list_from(made);
}
term uniq_by(process& self, const term* a) {
  if (!is_function(a[0], 1))
    no_clause(lists, "uniq", {a[0], a[1]});
  term known = map();
  terms made;
  term rest = a[1];
  for (; rest.is_cons(); rest = rest.tail()) {
    const term key = call(self, a[0], {rest.head()});
    if (known.get(key))
      continue;
    known = known.with(key, true);
    made.push_back(rest.head());
  }
  if (!rest.is_nil())
    no_clause(lists, "uniq_2", {rest, a[0], known});
  return list_from(made);
}

term unzip_any(const term& list, std::size_t width, const char* name) {
  std::vector<terms> columns(width);
  term rest = list;
  for (; rest.is_cons() && rest.head().is_tuple(width); rest = rest.tail())
    for (std::size_t i = 0; i < width; ++i)
      columns[i].push_back(rest.head()[i]);
  terms made;
  if (rest.is_nil()) {
    for (terms& column : columns)
      made.push_back(list_from(column));
    return tuple_from(made);
  }
  made.push_back(rest);
  for (const terms& column : columns)
    made.push_back(reversed(column));
  throw raised{"error"_atom, "function_clause",
               twinslot::list(tuple(atom(lists), atom(name), list_from(made), term{}))};
}
term unzip(process&, const term* a) {
  return unzip_any(a[0], 2, "unzip");
}
term unzip3(process&, const term* a) {
  return unzip_any(a[0], 3, "unzip3");
}

term zip(process&, const term* a) {
  terms made;
  term left = a[0];
  term right = a[1];
  for (; left.is_cons() && right.is_cons(); left = left.tail(), right = right.tail())
    made.push_back(tuple(left.head(), right.head()));
  if (!left.is_nil() || !right.is_nil())
    no_clause(lists, "zip", {left, right});
  return list_from(made);
}
term zip3(process&, const term* a) {
  terms made;
  term x = a[0];
  term y = a[1];
  term z = a[2];
  for (; x.is_cons() && y.is_cons() && z.is_cons(); x = x.tail(), y = y.tail(), z = z.tail())
    made.push_back(tuple(x.head(), y.head(), z.head()));
  if (!x.is_nil() || !y.is_nil() || !z.is_nil())
    no_clause(lists, "zip3", {x, y, z});
  return list_from(made);
}

constexpr native functions[] = {
    {lists, "append", 1, append_all, "append(ListOfLists)", "The lists, one after another, as one list."},
    {lists, "append", 2, append, "append(List1, List2)", "List1 ++ List2."},
    {lists, "concat", 1, concat, "concat(Things)", "Text of atoms, numbers and strings put together."},
    {lists, "delete", 2, delete_first, "delete(Elem, List)", "The list without the first element that matches."},
    {lists, "droplast", 1, droplast, "droplast(List)", "The list without its last element."},
    {lists, "duplicate", 2, duplicate, "duplicate(N, Elem)", "A list of N times the element."},
    {lists, "enumerate", 1, enumerate, "enumerate(List)", "[{1,A}, {2,B}, ...]."},
    {lists, "enumerate", 2, enumerate_with, "enumerate(Index, List)", "[{Index,A}, {Index+1,B}, ...]."},
    {lists, "flatlength", 1, flatlength, "flatlength(DeepList)", "Length that flatten(DeepList) would have."},
    {lists, "flatten", 1, flatten, "flatten(DeepList)", "The elements of lists in lists, in one list."},
    {lists, "flatten", 2, flatten_tail, "flatten(DeepList, Tail)", "flatten(DeepList) ++ Tail."},
    {lists, "join", 2, join, "join(Sep, List)", "The elements with Sep between any two."},
    {lists, "last", 1, last, "last(List)", "The last element."},
    {lists, "max", 1, max_of, "max(List)", "The largest element."},
    {lists, "member", 2, member, "member(Elem, List)", "True if an element matches Elem."},
    {lists, "min", 1, min_of, "min(List)", "The smallest element."},
    {lists, "nth", 2, nth, "nth(N, List)", "Element number N, counted from 1."},
    {lists, "nthtail", 2, nthtail, "nthtail(N, List)", "What follows the first N elements."},
    {lists, "prefix", 2, prefix, "prefix(List1, List2)", "True if List2 starts with List1."},
    {lists, "reverse", 1, reverse, "reverse(List)", "The elements from the last to the first."},
    {lists, "reverse", 2, reverse_onto, "reverse(List, Tail)", "reverse(List) ++ Tail."},
    {lists, "seq", 2, seq, "seq(From, To)", "[From, From+1, ..., To]."},
    {lists, "seq", 3, seq_step, "seq(From, To, Incr)", "[From, From+Incr, ...] up to To."},
    {lists, "split", 2, split, "split(N, List)", "{the first N elements, the rest}."},
    {lists, "sublist", 2, sublist, "sublist(List, Len)", "The first Len elements, or as many as there are."},
    {lists, "sublist", 3, sublist_from, "sublist(List, Start, Len)", "Len elements from position Start on."},
    {lists, "subtract", 2, subtract_lists, "subtract(List1, List2)", "List1 -- List2."},
    {lists, "suffix", 2, suffix, "suffix(List1, List2)", "True if List2 ends with List1."},
    {lists, "sum", 1, sum, "sum(List)", "The sum of the numbers in the list."},
    {lists, "uniq", 1, uniq, "uniq(List)", "The list without repetitions; the first of equals stays."},
    {lists, "uniq", 2, uniq_by, "uniq(Fun, List)", "Without elements for which Fun gives what it gave before."},
    {lists, "unzip", 1, unzip, "unzip(List)", "[{A,B}, ...] to {[A, ...], [B, ...]}."},
    {lists, "unzip3", 1, unzip3, "unzip3(List)", "[{A,B,C}, ...] to three lists."},
    {lists, "zip", 2, zip, "zip(List1, List2)", "Two lists of one length to [{A,B}, ...]."},
    {lists, "zip3", 3, zip3, "zip3(List1, List2, List3)", "Three lists of one length to [{A,B,C}, ...]."},
    {"erlang", "++", 2, append, "'++'(List1, List2)", "The elements of List1 followed by List2."},
    {"erlang", "--", 2, subtract_lists, "'--'(List1, List2)", "List1 without the first match of each of List2."},
};
}  // namespace

std::span<const native> lists_parts() {
  return functions;
}
}  // namespace twinslot::library
