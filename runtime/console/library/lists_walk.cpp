// runtime/console/library/lists_walk.cpp - lists: the functions that call a fun for each element.
//
// A fun of the wrong arity or a term that is no list is refused as OTP 25's lists.erl does: some functions look at
// the list first (case_clause), others fall through the clauses of their inner loop (function_clause).
#include "runtime/console/library/arguments.hpp"
#include "runtime/console/library/tables.hpp"

namespace twinslot::library {
namespace {

constexpr auto lists = "lists";

void check_fun(const char* function, const term* a, std::size_t count, std::uint64_t arity) {
  if (is_function(a[0], arity))
    return;
  const term entry = tuple(atom(lists), atom(function), list_of(a, count), term{});
  throw raised{"error"_atom, "function_clause", list(entry)};
}

/// What a predicate says; {case_clause, Value} inside lists:Function/Arity where it is neither true nor false.
bool ask(process& self, const term& fun, const term& element, const char* function, int arity) {
  const term answer = call(self, fun, {element});
  if (!answer.is_bool())
    no_case(answer, lists, function, arity);
  return answer == "true"_atom;
}

term map_all(process& self, const term* a) {
  check_fun("map", a, 2, 1);
  if (!a[1].is_list())
    no_case(a[1], lists, "map", 2);
  terms made;
  term rest = a[1];
  for (; rest.is_cons(); rest = rest.tail())
    made.push_back(call(self, a[0], {rest.head()}));
  if (!rest.is_nil())
    no_clause(lists, "map_1", {a[0], rest});
  return list_from(made);
}

/// all and any: the answer that decides at once is `decisive`.
term ask_until(process& self, const term* a, bool decisive, const char* name, const char* loop) {
  check_fun(name, a, 2, 1);
  if (!a[1].is_list())
    no_case(a[1], lists, name, 2);
  term rest = a[1];
  for (; rest.is_cons(); rest = rest.tail())
    if (ask(self, a[0], rest.head(), name, 2) == decisive)
      return decisive;
  if (!rest.is_nil())
    no_clause(lists, loop, {a[0], rest});
  return !decisive;
}
term all(process& self, const term* a) {
  return ask_until(self, a, false, "all", "all_1");
}
term any(process& self, const term* a) {
  return ask_until(self, a, true, "any", "any_1");
}

term filter(process& self, const term* a) {
  constexpr auto comprehension = "-filter/2-lc$^0/1-0-";
  check_fun("filter", a, 2, 1);
  terms kept;
  term rest = a[1];
  for (; rest.is_cons(); rest = rest.tail()) {
    const term answer = call(self, a[0], {rest.head()});
    if (!answer.is_bool())
      raise_at(tuple("bad_filter", answer), lists, comprehension, 2);
    if (answer == "true"_atom)
      kept.push_back(rest.head());
  }
  if (!rest.is_nil())
    raise_at(tuple("bad_generator", rest), lists, comprehension, 2);
  return list_from(kept);
}

term filtermap(process& self, const term* a) {
  check_fun("filtermap", a, 2, 1);
  terms kept;
  term rest = a[1];
  for (; rest.is_cons(); rest = rest.tail()) {
    const term answer = call(self, a[0], {rest.head()});
    if (answer == "true"_atom)
      kept.push_back(rest.head());
    else if (answer.is_tagged("true"_atom, 2))
      kept.push_back(answer[1]);
    else if (answer != "false"_atom)
      no_case(answer, lists, "filtermap_1", 2);
  }
  if (!rest.is_nil())
    no_clause(lists, "filtermap_1", {a[0], rest});
  return list_from(kept);
}

term flatmap(process& self, const term* a) {
  check_fun("flatmap", a, 2, 1);
  std::vector<term> parts;
  term rest = a[1];
  for (; rest.is_cons(); rest = rest.tail())
    parts.push_back(call(self, a[0], {rest.head()}));
  if (!rest.is_nil())
    no_clause(lists, "flatmap_1", {a[0], rest});
  // From the back, as `++` nests: Erlang meets the last bad part first.
  term made;
  for (std::size_t i = parts.size(); i-- > 0;) {
    unrolled part = unroll(parts[i]);
    if (!part.rest.is_nil())
      raise_in("badarg", "erlang", "++", {parts[i], made});
    made = list_from(part.elements, made);
  }
  return made;
}

term foldl(process& self, const term* a) {
  check_fun("foldl", a, 3, 2);
  if (!a[2].is_list())
    no_case(a[2], lists, "foldl", 3);
  term value = a[1];
  term rest = a[2];
  for (; rest.is_cons(); rest = rest.tail())
    value = call(self, a[0], {rest.head(), value});
  if (!rest.is_nil())
    no_clause(lists, "foldl_1", {a[0], value, rest});
  return value;
}

term foldr(process& self, const term* a) {
  check_fun("foldr", a, 3, 2);
  const unrolled all_of = unroll(a[2]);
  if (!all_of.rest.is_nil())
    no_clause(lists, "foldr_1", {a[0], a[1], all_of.rest});
  term value = a[1];
  for (std::size_t i = all_of.elements.size(); i-- > 0;)
    value = call(self, a[0], {all_of.elements[i], value});
  return value;
}

term foreach (process& self, const term* a) {
  check_fun("foreach", a, 2, 1);
  term rest = a[1];
  for (; rest.is_cons(); rest = rest.tail())
    call(self, a[0], {rest.head()});
  if (!rest.is_nil())
    no_clause(lists, "foreach_1", {a[0], rest});
  return "ok";
}

term mapfoldl(process& self, const term* a) {
  check_fun("mapfoldl", a, 3, 2);
  terms made;
  term value = a[1];
  term rest = a[2];
  for (; rest.is_cons(); rest = rest.tail()) {
    const term answer = call(self, a[0], {rest.head(), value});
    if (!answer.is_tuple(2))
      raise_at(tuple("badmatch", answer), lists, "mapfoldl_1", 3);
    made.push_back(answer[0]);
    value = answer[1];
  }
  if (!rest.is_nil())
    no_clause(lists, "mapfoldl_1", {a[0], value, rest});
  return tuple(list_from(made), value);
}

term mapfoldr(process& self, const term* a) {
  check_fun("mapfoldr", a, 3, 2);
  unrolled all_of = unroll(a[2]);
  if (!all_of.rest.is_nil())
    no_clause(lists, "mapfoldr_1", {a[0], a[1], all_of.rest});
  term value = a[1];
  for (std::size_t i = all_of.elements.size(); i-- > 0;) {
    const term answer = call(self, a[0], {all_of.elements[i], value});
    if (!answer.is_tuple(2))
      raise_at(tuple("badmatch", answer), lists, "mapfoldr_1", 3);
    all_of.elements[i] = answer[0];
    value = answer[1];
  }
  return tuple(list_from(all_of.elements), value);
}

term partition(process& self, const term* a) {
  check_fun("partition", a, 2, 1);
  terms yes;
  terms no;
  term rest = a[1];
  for (; rest.is_cons(); rest = rest.tail())
    (ask(self, a[0], rest.head(), "partition_1", 4) ? yes : no).push_back(rest.head());
  if (!rest.is_nil())
    no_clause(lists, "partition_1",
              {a[0], rest, list_from(terms(yes.rbegin(), yes.rend())), list_from(terms(no.rbegin(), no.rend()))});
  return tuple(list_from(yes), list_from(no));
}

term dropwhile(process& self, const term* a) {
  check_fun("dropwhile", a, 2, 1);
  term rest = a[1];
  for (; rest.is_cons(); rest = rest.tail())
    if (!ask(self, a[0], rest.head(), "dropwhile_1", 2))
      return rest;
  if (!rest.is_nil())
    no_clause(lists, "dropwhile_1", {a[0], rest});
  return rest;
}

term takewhile(process& self, const term* a) {
  check_fun("takewhile", a, 2, 1);
  terms taken;
  term rest = a[1];
  for (; rest.is_cons(); rest = rest.tail()) {
    if (!ask(self, a[0], rest.head(), "takewhile_1", 2))
      return list_from(taken);
    taken.push_back(rest.head());
  }
  if (!rest.is_nil())
    no_clause(lists, "takewhile_1", {a[0], rest});
  return list_from(taken);
}

term splitwith(process& self, const term* a) {
  check_fun("splitwith", a, 2, 1);
  terms taken;
  term rest = a[1];
  for (; rest.is_cons(); rest = rest.tail()) {
    if (!ask(self, a[0], rest.head(), "splitwith_1", 3))
      return tuple(list_from(taken), rest);
    taken.push_back(rest.head());
  }
  if (!rest.is_nil())
    no_clause(lists, "splitwith_1", {a[0], rest, list_from(terms(taken.rbegin(), taken.rend()))});
  return tuple(list_from(taken), rest);
}

term search(process& self, const term* a) {
  check_fun("search", a, 2, 1);
  term rest = a[1];
  for (; rest.is_cons(); rest = rest.tail())
    if (ask(self, a[0], rest.head(), "search_1", 2))
      return tuple("value", rest.head());
  if (!rest.is_nil())
    no_clause(lists, "search_1", {a[0], rest});
  return false;
}

/// zipwith and zipwith3: as many lists as the fun takes arguments, all of one length.
term zip_by(process& self, const term* a, std::size_t lists_count, const char* name) {
  terms rest(a + 1, a + 1 + lists_count);
  terms made;
  const auto each = [&](auto test) {
    for (const term& list : rest)
      if (!test(list))
        return false;
    return true;
  };
  while (each([](const term& list) { return list.is_cons(); })) {
    terms heads;
    for (term& list : rest) {
      heads.push_back(list.head());
      list = list.tail();
    }
    made.push_back(self.home().call_fun(self, a[0], heads.data(), heads.size()));
  }
  if (!each([](const term& list) { return list.is_nil(); }) || !is_function(a[0], lists_count)) {
    rest.insert(rest.begin(), a[0]);
    throw raised{"error"_atom, "function_clause", list(tuple(atom(lists), atom(name), list_from(rest), term{}))};
  }
  return list_from(made);
}
term zipwith(process& self, const term* a) {
  return zip_by(self, a, 2, "zipwith");
}
term zipwith3(process& self, const term* a) {
  return zip_by(self, a, 3, "zipwith3");
}

constexpr native functions[] = {
    {lists, "all", 2, all, "all(Pred, List)", "True if the predicate holds for every element."},
    {lists, "any", 2, any, "any(Pred, List)", "True if the predicate holds for one element at least."},
    {lists, "dropwhile", 2, dropwhile, "dropwhile(Pred, List)", "What follows the first elements that all satisfy it."},
    {lists, "filter", 2, filter, "filter(Pred, List)", "The elements that satisfy the predicate."},
    {lists, "filtermap", 2, filtermap, "filtermap(Fun, List)", "Keeps, drops or replaces: true, false, {true, New}."},
    {lists, "zf", 2, filtermap, "zf(Fun, List)", "The same as filtermap/2."},
    {lists, "flatmap", 2, flatmap, "flatmap(Fun, List)", "The lists that the fun makes of the elements, in one."},
    {lists, "foldl", 3, foldl, "foldl(Fun, Acc0, List)", "Fun(Element, Acc) from the first element to the last."},
    {lists, "foldr", 3, foldr, "foldr(Fun, Acc0, List)", "Fun(Element, Acc) from the last element to the first."},
    {lists, "foreach", 2, foreach, "foreach(Fun, List)", "Calls the fun for each element in order; ok."},
    {lists, "map", 2, map_all, "map(Fun, List)", "What the fun makes of each element."},
    {lists, "mapfoldl", 3, mapfoldl, "mapfoldl(Fun, Acc0, List)", "map and foldl in one: Fun returns {New, Acc}."},
    {lists, "mapfoldr", 3, mapfoldr, "mapfoldr(Fun, Acc0, List)", "map and foldr in one: Fun returns {New, Acc}."},
    {lists, "partition", 2, partition, "partition(Pred, List)", "{Satisfying, NotSatisfying}."},
    {lists, "search", 2, search, "search(Pred, List)", "{value, First} of the elements that satisfy it, or false."},
    {lists, "splitwith", 2, splitwith, "splitwith(Pred, List)", "{takewhile(Pred, List), dropwhile(Pred, List)}."},
    {lists, "takewhile", 2, takewhile, "takewhile(Pred, List)", "The first elements, as long as they satisfy it."},
    {lists, "zipwith", 3, zipwith, "zipwith(Combine, List1, List2)", "Combine(A, B) of two lists of one length."},
    {lists, "zipwith3", 4, zipwith3, "zipwith3(Combine, List1, List2, List3)", "Combine(A, B, C) of three lists."},
};
}  // namespace

std::span<const native> lists_walk() {
  return functions;
}
}  // namespace twinslot::library
